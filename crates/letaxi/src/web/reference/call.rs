//! One call in the reference: its arguments, its input, a command to try it, its answers and refusals.

use maud::{Markup, html};
use serde_json::Value;

use super::fields::{self, Field, fields_of};
use crate::api::language::Language;

const JSON: &str = "application/json";

/// A call as the description has it.
#[derive(Clone)]
pub(super) struct Call<'a> {
    pub(super) path: &'a str,
    pub(super) method: String,
    value: &'a Value,
}

impl<'a> Call<'a> {
    pub(super) fn new(path: &'a str, method: &str, value: &'a Value) -> Self {
        Self { path, method: method.to_uppercase(), value }
    }

    /// True if it belongs to the chapter of this tag.
    pub(super) fn is_of(&self, tag: &Value) -> bool {
        self.value["tags"][0] == tag["name"]
    }

    pub(super) fn id(&self) -> &str {
        self.value["operationId"].as_str().unwrap_or_default()
    }

    pub(super) fn summary(&self, language: Language) -> &str {
        self.value[language.choose("summary", "x-summary-fr")].as_str().unwrap_or_default()
    }

    pub(super) fn show(&self, language: Language) -> Markup {
        let say = |english, french| language.choose(english, french);
        let body = &self.value["requestBody"]["content"][JSON]["schema"];
        html! {
            article id=(self.id()) {
                h3 { a href={ "#" (self.id()) } { (self.summary(language)) } }
                p { span.method { (self.method) } " " code { (self.path) } }
                p.quiet { (say("For: ", "Pour\u{a0}: ")) (who(&self.value["x-roles"], language)) }
                @if let Some(parameters) = self.value["parameters"].as_array() {
                    h4 { (say("Arguments", "Paramètres")) }
                    (table(parameters.iter().filter_map(fields::of_parameter), language))
                }
                @if !body.is_null() {
                    h4 { (say("Body", "Corps")) }
                    (table(fields_of(body), language))
                }
                (folded(&html! { (say("Command", "Commande")) }, &code(&self.command())))
                (self.answers(language))
            }
        }
    }

    /// The call as a command for a shell. Names in capitals stand for values to fill in.
    fn command(&self) -> String {
        let parameters = || self.value["parameters"].as_array().into_iter().flatten();
        let needed = parameters().filter(|one| one["in"] == "query" && one["required"] == true);
        let query: Vec<String> = needed
            .filter_map(|one| one["name"].as_str())
            .map(|name| format!("{name}={}", name.to_uppercase()))
            .collect();
        let mut path = self.path.to_owned();
        for name in
            parameters().filter(|one| one["in"] == "path").filter_map(|one| one["name"].as_str())
        {
            path = path.replace(&format!("{{{name}}}"), &name.to_uppercase());
        }
        if !query.is_empty() {
            path = format!("{path}?{}", query.join("&"));
        }
        let mut command = match self.method.as_str() {
            "GET" => "curl".to_owned(),
            method => format!("curl --request {method}"),
        };
        command = format!("{command} \"$URL{path}\"");
        if !self.value["x-roles"].is_null() {
            command.push_str(" --header \"X-Api-Key: $KEY\"");
        }
        let body = &self.value["requestBody"]["content"][JSON]["example"];
        if !body.is_null() {
            command = format!("{command} --json '{}'", pretty(body).replace('\'', r"'\''"));
        }
        command
    }

    /// Each answer, folded, and all refusals together.
    fn answers(&self, language: Language) -> Markup {
        let responses = || self.value["responses"].as_object().into_iter().flatten();
        let about =
            |response: &Value| response["description"].as_str().unwrap_or_default().to_owned();
        let is_well = |status: &str| status.starts_with('2');
        html! {
            h4 { (language.choose("Answers", "Réponses")) }
            @for (status, response) in responses().filter(|(status, _)| is_well(status)) {
                @let title = html! { (status) " " (about(response)) };
                @match response["content"].as_object().and_then(|contents| contents.iter().next()) {
                    Some((content_type, content)) => (folded(&title, &answer(content_type, content, language))),
                    None => p { (title) },
                }
            }
            (folded(
                &html! { (language.choose("Refusals", "Refus")) },
                &html! {
                    dl {
                        @for (status, response) in responses().filter(|(status, _)| !is_well(status)) {
                            dt { (status) } dd { (about(response)) }
                        }
                    }
                },
            ))
        }
    }
}

fn answer(content_type: &str, content: &Value, language: Language) -> Markup {
    html! {
        p { code { (content_type) } }
        (table(fields_of(&content["schema"]).into_iter().map(Field::of_answer), language))
        @if !content["example"].is_null() {
            p { (language.choose("Example:", "Exemple\u{a0}:")) }
            (code(&pretty(&content["example"])))
        }
    }
}

fn folded(title: &Markup, content: &Markup) -> Markup {
    html! { details { summary { (title) } (content) } }
}

fn code(text: &str) -> Markup {
    html! { pre tabindex="0" { code { (text) } } }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
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
        div.wide tabindex="0" role="group" aria-label=(say("Fields", "Champs")) {
            table {
                thead { tr {
                    th scope="col" { (say("Field", "Champ")) }
                    th scope="col" { (say("Type", "Type")) }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_command_says_all_that_a_call_needs() {
        let value = json!({
            "x-roles": ["operateur"],
            "parameters": [
                {"name": "thing", "in": "path", "required": true},
                {"name": "part", "in": "path", "required": true},
                {"name": "unit", "in": "query", "required": true},
                {"name": "p", "in": "query", "required": false},
            ],
            "requestBody": {"content": {JSON: {"example": {"name": "l'aile"}}}},
        });
        let command = Call::new("/things/{thing}/parts/{part}", "put", &value).command();
        let begin = r#"curl --request PUT "$URL/things/THING/parts/PART?unit=UNIT" --header "X-Api-Key: $KEY""#;
        assert_eq!(command, format!("{begin} --json '{{\n  \"name\": \"l'\\''aile\"\n}}'"));
        assert_eq!(Call::new("/doc", "get", &json!({})).command(), "curl \"$URL/doc\"");
    }
}
