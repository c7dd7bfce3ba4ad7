//! HTML pages about the API, generated from the OpenAPI document: self-contained, so that they work offline.

use std::sync::LazyLock;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::Value;

mod call;
mod fields;
mod french;

use crate::api::language::Language;

use call::Call;

/// The OpenAPI document. A test generates the file from the code, and fails if it differs.
pub(crate) const OPENAPI: &str = include_str!("../api/openapi.json");

/// Style of the pages: included verbatim, because their policy has its digest.
pub(crate) const STYLE: &str = include_str!("reference.css");

/// The first page.
pub(crate) fn home(language: Language) -> String {
    let say = |english, french| language.choose(english, french);
    let body = html! {
        h1 { "le.taxi" }
        p {
            (say(
                "The taxi registry: an app finds and hails the nearest taxi that may take its customer, \
                 of any operator.",
                "Le registre des taxis : une application y trouve et commande le taxi le plus proche \
                 habilité à prendre son client, quelle que soit sa centrale.",
            ))
        }
        ul {
            li { a href="console/" { "Console" } }
            li { a href="doc" { (say("API reference", "Référence de l'API")) } }
            li { a href="swagger.json" { (say("API reference for programs (OpenAPI 3.1)", "Référence de l'API pour les programmes (OpenAPI 3.1)")) } }
            li { a href="stations/stations.csv" { (say("Taxi ranks as CSV", "Stations de taxis en CSV")) } }
            li { a href="stations/stations.json" { (say("Taxi ranks as GeoJSON", "Stations de taxis en GeoJSON")) } }
            li { a href="stats/letaxi" { (say("Public figures", "Statistiques publiques")) } }
        }
    };
    shell(language, "le.taxi", &html! {}, &body)
}

/// The reference of the API.
pub(crate) fn page(language: Language) -> String {
    static PAGES: LazyLock<[String; 2]> =
        LazyLock::new(|| [Language::English, Language::French].map(made_page));
    PAGES[language as usize].clone()
}

fn made_page(language: Language) -> String {
    let say = |english, french| language.choose(english, french);
    let mut api: Value = serde_json::from_str(OPENAPI).unwrap_or_default();
    if language == Language::French {
        french::say(&mut api);
    }
    let chapters = chapters(&api);
    let contents = html! {
        nav aria-label=(say("Contents", "Sommaire")) {
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
    let title = say("API reference", "Référence de l'API");
    let body = html! {
        h1 { (title) }
        (introduction(language))
        @for (tag, calls) in &chapters {
            section {
                h2 { (chapter_title(tag, language)) }
                @for call in calls { (call.show(language)) }
            }
        }
    };
    shell(language, title, &contents, &body)
}

fn introduction(language: Language) -> Markup {
    let say = |english, french| language.choose(english, french);
    html! {
        p {
            (say("Each call carries the key of its account in the header ", "Chaque appel porte la clé de son compte dans l'en-tête "))
            code { "X-Api-Key" }
            (say("; admins and managers may act as another account, named by its e-mail in ", " ; administrateurs et gestionnaires peuvent agir au nom d'un autre compte, désigné par son adresse e-mail dans "))
            code { "X-Logas" } "."
            (say(" Faults of a call are listed under ", " Les erreurs d'un appel sont listées sous "))
            code { "errors" }
            (say(", nested like the input. For programs: ", ", imbriquées comme les données envoyées. Pour les programmes : "))
            a href="swagger.json" { "swagger.json" } "."
        }
        p {
            (say("The commands read two variables of the shell: ", "Les commandes lisent deux variables du shell : "))
            code { "URL" }
            (say(", the address of this service, and ", ", l'adresse de ce service, et "))
            code { "KEY" }
            (say(", the API key. They need curl 7.82 or newer.", ", la clé d'API. Elles demandent curl 7.82 ou plus récent."))
        }
    }
}

fn shell(language: Language, title: &str, contents: &Markup, body: &Markup) -> String {
    let (other, other_name) = language.choose(("fr", "Français"), ("en", "English"));
    let page = html! {
        (DOCTYPE)
        html lang=(language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#main" { (language.choose("Skip to the content", "Aller au contenu")) }
                header {
                    a href="./" { "le.taxi" }
                    a href={ "?lang=" (other) } lang=(other) hreflang=(other) { (other_name) }
                }
                (contents)
                main #main { (body) }
            }
        }
    };
    page.into_string()
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
