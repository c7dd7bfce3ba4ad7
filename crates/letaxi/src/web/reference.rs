//! The pages that people read about the API, made of the same description as programs read:
//! complete in themselves, so that they also work offline.

use std::sync::LazyLock;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::Value;

mod fields;

use crate::api::language::Language;

use fields::{Field, fields_of};

/// The description of the API for programs. A test writes the file from the code, and fails if it
/// is not what the code says.
pub(crate) const OPENAPI: &str = include_str!("../api/openapi.json");

/// How our pages look: they hold it word by word, as their policy has its digest.
pub(crate) const STYLE: &str = include_str!("reference.css");

/// The first page.
pub(crate) fn home(language: Language) -> String {
    let say = |english, french| language.choose(english, french);
    let body = html! {
        h1 { "le.taxi" }
        p {
            (say(
                "The registry of taxis: an app searches and hails the nearest taxi that may take its \
                 customer, whichever company it drives with.",
                "Le registre des taxis : une application y trouve et commande le taxi le plus proche \
                 habilité à prendre son client, quelle que soit sa centrale.",
            ))
        }
        ul {
            li { a href="doc" { (say("Reference of the API", "Référence de l'API")) } }
            li { a href="swagger.json" { (say("The same for programs (OpenAPI 3.1)", "La même pour les programmes (OpenAPI 3.1)")) } }
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
    let api: Value = serde_json::from_str(OPENAPI).unwrap_or_default();
    let chapters = chapters(&api);
    let contents = html! {
        nav aria-label=(say("Contents", "Sommaire")) {
            @for (tag, operations) in &chapters {
                h2 { (chapter_title(tag, language)) }
                ul {
                    @for operation in operations {
                        li { a href={ "#" (operation.id()) } { (operation.title()) } }
                    }
                }
            }
        }
    };
    let body = html! {
        h1 { (say("Reference of the API", "Référence de l'API")) }
        p {
            (say("Each call carries the key of its account in the header ", "Chaque appel porte la clé de son compte dans l'en-tête "))
            code { "X-Api-Key" }
            (say("; an admin may act as another account, named by its e-mail in ", " ; un administrateur peut agir au nom d'un autre compte, nommé par son adresse dans "))
            code { "X-Logas" } "."
            (say(" What is wrong with a call is told under ", " Ce qui ne va pas est dit sous "))
            code { "errors" }
            (say(", nested like what was sent. For programs: ", ", imbriqué comme ce qui a été envoyé. Pour les programmes : "))
            a href="swagger.json" { "swagger.json" } "."
        }
        @for (tag, operations) in &chapters {
            section {
                h2 { (chapter_title(tag, language)) }
                @for operation in operations { (operation.show(language)) }
            }
        }
    };
    shell(language, say("Reference of the API", "Référence de l'API"), &contents, &body)
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
fn chapters(api: &Value) -> Vec<(&Value, Vec<Shown<'_>>)> {
    let paths = || api["paths"].as_object().into_iter().flatten();
    let operations: Vec<Shown<'_>> = paths()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().into_iter().flatten();
            methods.map(move |(method, call)| Shown { path, method: method.to_uppercase(), call })
        })
        .collect();
    let tags = api["tags"].as_array().into_iter().flatten();
    tags.map(|tag| {
        let of_tag = operations.iter().filter(|operation| operation.call["tags"][0] == tag["name"]);
        (tag, of_tag.cloned().collect())
    })
    .collect()
}

/// A call, to be shown.
#[derive(Clone)]
struct Shown<'a> {
    path: &'a str,
    method: String,
    call: &'a Value,
}

impl Shown<'_> {
    fn id(&self) -> &str {
        self.call["operationId"].as_str().unwrap_or_default()
    }

    fn title(&self) -> Markup {
        html! { span.method { (self.method) } " " code { (self.path) } }
    }

    fn show(&self, language: Language) -> Markup {
        let say = |english, french| language.choose(english, french);
        let summary = language.choose("summary", "x-summary-fr");
        let body = &self.call["requestBody"]["content"]["application/json"];
        html! {
            article id=(self.id()) {
                h3 { (self.title()) }
                p { (self.call[summary].as_str().unwrap_or_default()) }
                p.who { (say("For: ", "Pour : ")) (who(&self.call["x-roles"], language)) }
                @if let Some(parameters) = self.call["parameters"].as_array() {
                    h4 { (say("Arguments", "Paramètres")) }
                    (table(parameters.iter().filter_map(fields::of_parameter), language))
                }
                @if !body.is_null() {
                    h4 { (say("What is sent", "Ce qui est envoyé")) }
                    (table(fields_of(&body["schema"]), language))
                    (example(&body["example"], language))
                }
                (answers(&self.call["responses"], language))
            }
        }
    }
}

/// What is answered when all goes well. Two statuses of one form are shown once.
fn answers(responses: &Value, language: Language) -> Markup {
    let well = responses.as_object().into_iter().flatten();
    let well = well.filter(|(status, _)| status.starts_with('2'));
    let contents: Vec<_> = well
        .filter_map(|(status, answer)| {
            let (content_type, content) = answer["content"].as_object()?.iter().next()?;
            Some((status, content_type, content))
        })
        .collect();
    let same = |i: usize| i > 0 && contents[i].2["schema"] == contents[i - 1].2["schema"];
    html! {
        @for (index, (status, content_type, content)) in contents.iter().enumerate() {
            h4 { (language.choose("Answer ", "Réponse ")) (status) " " code { (content_type) } }
            @if same(index) { p.who { (language.choose("As above.", "Comme ci-dessus.")) } }
            @else {
                (table(fields_of(&content["schema"]).into_iter().map(Field::of_answer), language))
            }
            (example(&content["example"], language))
        }
    }
}

fn who(roles: &Value, language: Language) -> String {
    match roles.as_array() {
        None => language.choose("anyone", "tous, sans clé").to_owned(),
        Some(roles) if roles.is_empty() => language.choose("any account", "tout compte").to_owned(),
        Some(roles) => roles.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
    }
}

fn table(fields: impl IntoIterator<Item = Field>, language: Language) -> Markup {
    let say = |english, french| language.choose(english, french);
    let mut fields = fields.into_iter().peekable();
    if fields.peek().is_none() {
        return html! {};
    }
    html! {
        div.wide tabindex="0" role="region" aria-label=(say("Fields", "Champs")) {
            table {
                thead { tr {
                    th scope="col" { (say("Field", "Champ")) }
                    th scope="col" { (say("Kind", "Type")) }
                    th scope="col" { (say("Notes", "Remarques")) }
                } }
                tbody {
                    @for field in fields {
                        tr {
                            th scope="row" {
                                code { (field.name) }
                                @if field.required { " " span.required { (say("required", "obligatoire")) } }
                            }
                            td { (field.kind) }
                            td { (field.notes) }
                        }
                    }
                }
            }
        }
    }
}

fn example(value: &Value, language: Language) -> Markup {
    if value.is_null() {
        return html! {};
    }
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    html! {
        details {
            summary { (language.choose("Example", "Exemple")) }
            pre tabindex="0" { code { (text) } }
        }
    }
}
