//! The reference of the API, generated from the OpenAPI document: self-contained, so that it works offline.

use std::sync::LazyLock;

use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use serde_json::Value;

mod call;
mod fields;
mod french;

use super::frame::{Page, Place};
use super::guides::fill::spaced;
use super::reader::Reader;
use crate::api::language::Language;
use crate::api::openapi::TITLE;
use crate::app::App;

use call::Call;

/// The OpenAPI document. A test generates the file from the code, and fails if it differs.
const OPENAPI: &str = include_str!("../api/openapi.json");

/// The reference of the API, with the list of all calls beside it.
pub(super) fn page(app: &App, reader: &Reader) -> Response {
    static MADE: LazyLock<[[Markup; 2]; 2]> =
        LazyLock::new(|| [Language::English, Language::French].map(made));
    let [menu, body] = MADE[reader.language as usize].clone();
    let title = title(reader.language);
    let (identity, place) = (&app.settings().identity, Place::Reference);
    let page = Page { reader, identity, title, place, asked: "", menu: Some(menu), body };
    page.answer(StatusCode::OK)
}

/// The OpenAPI document of a registry with this name.
pub(super) fn description(name: &str) -> String {
    let [before, after] = [TITLE, name].map(|title| format!("\"title\": {}", Value::from(title)));
    OPENAPI.replacen(&before, &after, 1)
}

/// A call in a list.
pub(super) struct Listed {
    /// Anchor of the call in the reference.
    pub(super) id: String,
    pub(super) summary: String,
    /// Method and path.
    pub(super) name: String,
}

/// All calls, in the order of the reference.
pub(super) fn listed(language: Language) -> &'static [Listed] {
    static LISTED: LazyLock<[Vec<Listed>; 2]> = LazyLock::new(|| {
        let api: Value = serde_json::from_str(OPENAPI).unwrap_or_default();
        [Language::English, Language::French].map(|language| {
            let calls = chapters(&api).into_iter().flat_map(|(_, calls)| calls);
            calls.map(|call| Listed::new(&call, language)).collect()
        })
    });
    &LISTED[language as usize]
}

impl Listed {
    fn new(call: &Call<'_>, language: Language) -> Self {
        Self {
            id: call.id().to_owned(),
            summary: match language {
                Language::English => call.summary(language).to_owned(),
                Language::French => spaced(call.summary(language)),
            },
            name: format!("{} {}", call.method, call.path),
        }
    }
}

fn title(language: Language) -> &'static str {
    language.choose("API reference", "Référence de l’API")
}

fn made(language: Language) -> [Markup; 2] {
    let say = |english, french| language.choose(english, french);
    let mut api: Value = serde_json::from_str(OPENAPI).unwrap_or_default();
    if language == Language::French {
        french::say(&mut api);
    }
    let chapters = chapters(&api);
    let contents = html! {
        nav.menu #menu aria-label=(say("Contents", "Sommaire")) {
            @for (tag, calls) in &chapters {
                details {
                    summary { (chapter_title(tag, language)) }
                    ul {
                        @for call in calls {
                            li { a href={ "#" (call.id()) } { (call.summary(language)) " " span.method { (call.method) } } }
                        }
                    }
                }
            }
        }
    };
    let body = html! {
        h1 { (title(language)) }
        (introduction(language))
        @for (tag, calls) in &chapters {
            section {
                h2 { (chapter_title(tag, language)) }
                @for call in calls { (call.show(language)) }
            }
        }
    };
    [contents, body]
}

fn introduction(language: Language) -> Markup {
    let say = |english, french| language.choose(english, french);
    html! {
        p {
            (say("Each call carries the key of its account in the header ", "Chaque appel porte la clé de son compte dans l'en-tête "))
            code { "X-Api-Key" }
            (say("; admins and managers may act as another account, named by its e-mail in ", "\u{a0}; administrateurs et gestionnaires peuvent agir au nom d'un autre compte, désigné par son adresse e-mail dans "))
            code { "X-Logas" } "."
            (say(" Faults of a call are listed under ", " Les erreurs d'un appel sont listées sous "))
            code { "errors" }
            (say(", nested like the input. For programs: ", ", imbriquées comme les données envoyées. Pour les programmes\u{a0}: "))
            a href="/swagger.json" { "swagger.json" } "."
        }
        p {
            (say("The commands read two variables of the shell: ", "Les commandes lisent deux variables du shell\u{a0}: "))
            code { "URL" }
            (say(", the address of this service, and ", ", l'adresse de ce service, et "))
            code { "KEY" }
            (say(", the API key. They need curl 7.82 or newer.", ", la clé d'API. Elles demandent curl 7.82 ou plus récent."))
        }
    }
}

fn chapter_title(tag: &Value, language: Language) -> &str {
    tag[language.choose("name", "x-name-fr")].as_str().unwrap_or_default()
}

/// The chapters of the description in its order, each with its calls.
fn chapters(api: &Value) -> Vec<(&Value, Vec<Call<'_>>)> {
    let paths = || api["paths"].as_object().into_iter().flatten();
    let calls: Vec<Call<'_>> = paths()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().into_iter().flatten();
            methods.map(move |(method, value)| Call::new(path, method, value))
        })
        .collect();
    let tags = api["tags"].as_array().into_iter().flatten();
    tags.map(|tag| (tag, calls.iter().filter(|call| call.is_of(tag)).cloned().collect())).collect()
}
