//! What the API's reference says of every call, put together as OpenAPI 3.1.
//!
//! Each module of calls has a `reference()` next to its handlers, which lists them: an
//! `Operation` each, with the description that also reads the input, and the struct that is
//! answered. So the reference cannot say anything else than the code does; a test fails if a route is
//! missing here.

use std::collections::BTreeMap;

use registry::Role;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::identity::Identity;
use super::input::{Kind, Schema};
use crate::api::envelope::Data;
use crate::server::body::{BODY_LIMIT, MAX_BODY_BYTES};
use crate::server::listener::{HEAD_BYTES, HEAD_LINES};

/// A text in English and French.
pub(crate) type Words = [&'static str; 2];

/// Operations of one subject, with its title in English and French.
pub(crate) type Chapter = (Words, Vec<Operation>);

/// A call as the API's examples show it.
#[derive(Clone, Debug)]
pub struct Example {
    /// What was sent, if anything.
    pub body: Option<Value>,
    /// The status that was answered.
    pub status: u16,
    /// What was answered, if it was JSON.
    pub answer: Option<Value>,
}

/// Examples by method and path, as the reference names them: `POST /hails`, `GET /hails/{id}`.
pub type Examples = BTreeMap<String, Example>;

/// The description of the whole API for programs, with examples where there are any.
pub(crate) fn document(chapters: &[Chapter], examples: &Examples) -> Value {
    let mut paths = Map::new();
    for (tag, operations) in chapters {
        for operation in operations {
            let example = examples.get(&format!("{} {}", operation.method, operation.path));
            let methods = paths.entry(operation.path).or_insert_with(|| json!({}));
            methods[operation.method.to_lowercase()] = operation.describe(tag[0], example);
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "le.taxi",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "The registry of taxis: search a taxi, hail it, follow the ride.",
            "description": "No text that is sent may hold the character NUL. Whatever is refused is told \
                so in a document `Errors`, also where a call does not list its status: a path that is \
                none (404), a method that a path does not take (405), a failure of ours (500).",
            "license": {"name": "AGPL-3.0-or-later", "identifier": env!("CARGO_PKG_LICENSE")},
        },
        "servers": [{"url": "/"}],
        "tags": chapters.iter().map(|(words, _)| json!({"name": words[0], "x-name-fr": words[1]}))
            .collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "securitySchemes": {
                // As the incumbent calls it, after which programs name what they generate.
                "ApiKeyAuth": {
                    "type": "apiKey", "in": "header", "name": "X-Api-Key",
                    "description": "The key of the account.",
                },
                "Logas": {
                    "type": "apiKey", "in": "header", "name": "X-Logas",
                    "description":
                        "The e-mail of the account to act as, for admins and the accounts that manage it.",
                },
            },
            "schemas": {"Errors": errors()},
        },
    })
}

/// What is refused is told so: messages, nested like what was sent.
fn errors() -> Schema {
    json!({
        "type": "object",
        "required": ["errors"],
        "properties": {"errors": {
            "type": "object",
            "description": "Lists of messages, nested like what was sent; under `url` what is wrong with \
                the path, under an empty name what is wrong with the whole.",
        }},
    })
}

/// One call.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    method: &'static str,
    path: &'static str,
    summary: Words,
    /// Who may call; `None` is anyone, an empty list any account.
    roles: Option<&'static [Role]>,
    id: Option<&'static str>,
    /// The header by which it is done once, and what is said of it.
    once: Option<Value>,
    query: Option<Schema>,
    body: Option<Schema>,
    answers: Vec<(u16, &'static str, &'static str, Schema)>,
    may_miss: bool,
    /// What else may be refused, by status.
    refuses: Vec<(u16, String)>,
}

const JSON: &str = "application/json";

impl Operation {
    fn new(method: &'static str, path: &'static str, summary: Words) -> Self {
        Self {
            method,
            path,
            summary,
            roles: None,
            id: None,
            once: None,
            query: None,
            body: None,
            answers: Vec::new(),
            may_miss: false,
            refuses: Vec::new(),
        }
    }

    pub(crate) fn get(path: &'static str, summary: Words) -> Self {
        Self::new("GET", path, summary)
    }

    pub(crate) fn post(path: &'static str, summary: Words) -> Self {
        Self::new("POST", path, summary)
    }

    pub(crate) fn put(path: &'static str, summary: Words) -> Self {
        Self::new("PUT", path, summary)
    }

    /// It takes something away, and answers nothing.
    pub(crate) fn delete(path: &'static str, summary: Words) -> Self {
        Self::new("DELETE", path, summary)
    }

    /// For those whom the handler asks for.
    pub(crate) fn by<I: Identity>(mut self) -> Self {
        self.roles = Some(I::ROLES);
        self
    }

    /// The id in its path, and what it is of.
    pub(crate) fn of(mut self, what: &'static str) -> Self {
        self.id = Some(what);
        self.may_miss = true;
        self
    }

    /// What of its input may be unknown to the registry.
    pub(crate) fn may_miss(mut self) -> Self {
        self.may_miss = true;
        self
    }

    /// It may be refused for a reason of its own.
    pub(crate) fn refuses(mut self, status: u16, about: &str) -> Self {
        self.refuses.push((status, about.to_owned()));
        self
    }

    /// It is done once for each text in this header.
    pub(crate) fn once(mut self, header: &str, about: &str, max_chars: usize) -> Self {
        self.once = Some(json!({
            "name": header, "in": "header", "required": false, "description": about,
            "schema": {"type": "string", "minLength": 1, "maxLength": max_chars},
        }));
        self.refuses(409, "The key was used for another request.")
    }

    /// The arguments of its query.
    pub(crate) fn asks<'a>(mut self, query: impl Kind<'a>) -> Self {
        self.query = Some(query.schema());
        self
    }

    /// The document it is sent.
    pub(crate) fn takes<'a>(mut self, body: impl Kind<'a>) -> Self {
        self.body = Some(body.schema());
        self
    }

    /// It answers `{"data": […]}` with all there is.
    pub(crate) fn answers<T: JsonSchema + Serialize>(self) -> Self {
        self.answers_with(200, "What was asked for.", JSON, all_of::<T>())
    }

    /// It answers one page of a list, and where that stands.
    pub(crate) fn answers_pages_of<T: JsonSchema + Serialize>(self) -> Self {
        self.answers_with(200, "A page of the list.", JSON, schema_of::<Data<T>>())
    }

    /// It makes something, or changes what is there.
    pub(crate) fn makes<T: JsonSchema + Serialize>(self) -> Self {
        self.answers_with(201, "It was made.", JSON, all_of::<T>()).answers::<T>()
    }

    /// It makes something anew each time.
    pub(crate) fn always_makes<T: JsonSchema + Serialize>(self) -> Self {
        self.answers_with(201, "It was made.", JSON, all_of::<T>())
    }

    /// It answers something of another form.
    pub(crate) fn answers_with(
        mut self,
        status: u16,
        about: &'static str,
        content_type: &'static str,
        schema: Schema,
    ) -> Self {
        self.answers.push((status, about, content_type, schema));
        self
    }

    fn describe(&self, tag: &str, example: Option<&Example>) -> Value {
        let mut operation = json!({
            "tags": [tag],
            "summary": self.summary[0],
            "x-summary-fr": self.summary[1],
            "operationId": self.name(),
            "security": self.security(),
            "responses": self.responses(example),
        });
        if let Some(roles) = self.roles {
            operation["x-roles"] = roles.iter().map(|role| role.word()).collect();
        }
        let parameters = self.parameters();
        if !parameters.is_empty() {
            operation["parameters"] = parameters.into();
        }
        if let Some(schema) = &self.body {
            let mut content = json!({"schema": schema});
            if let Some(body) = example.and_then(|example| example.body.as_ref()) {
                content["example"] = body.clone();
            }
            operation["requestBody"] = json!({"required": true, "content": {JSON: content}});
        }
        operation
    }

    /// `PUT /hails/{id}` is `put_hails_id`.
    fn name(&self) -> String {
        let mut name = self.method.to_lowercase();
        if self.path == "/" {
            name.push_str("_home");
        }
        let parts = self.path.split(|c: char| !c.is_ascii_alphanumeric());
        for part in parts.filter(|part| !part.is_empty()) {
            name.push('_');
            name.push_str(&part.to_lowercase());
        }
        name
    }

    fn security(&self) -> Value {
        match self.roles {
            None => json!([]),
            Some(_) => json!([{"ApiKeyAuth": []}, {"ApiKeyAuth": [], "Logas": []}]),
        }
    }

    fn parameters(&self) -> Vec<Value> {
        let in_path = in_braces(self.path).zip(self.id).map(|(name, what)| {
            json!({
                "name": name, "in": "path", "required": true, "description": what,
                "schema": {"type": "string"},
            })
        });
        let query = self.query.iter().flat_map(|schema| {
            let required = schema["required"].as_array();
            schema["properties"].as_object().into_iter().flatten().map(move |(name, schema)| {
                let required = required.is_some_and(|all| all.iter().any(|one| one == name));
                json!({"name": name, "in": "query", "required": required, "schema": schema})
            })
        });
        in_path.into_iter().chain(self.once.clone()).chain(query).collect()
    }

    fn responses(&self, example: Option<&Example>) -> Value {
        let mut responses = Map::new();
        for (status, about, content_type, schema) in &self.answers {
            let mut content = json!({"schema": schema});
            let shown = example.filter(|example| example.status == *status);
            if let Some(answer) = shown.and_then(|example| example.answer.as_ref()) {
                content["example"] = answer.clone();
            }
            let answer = json!({"description": about, "content": {*content_type: content}});
            responses.insert(status.to_string(), answer);
        }
        if self.answers.is_empty() {
            responses.insert("204".to_owned(), json!({"description": "It is done."}));
        }
        for (status, about) in self.refusals() {
            let schema = json!({"$ref": "#/components/schemas/Errors"});
            let answer = json!({"description": about, "content": {JSON: {"schema": schema}}});
            responses.insert(status.to_string(), answer);
        }
        // Told by what reads HTTP, before anybody of ours has seen the request.
        let kib = HEAD_BYTES / 1024;
        let about = format!("Address and headers have more than {kib} KiB or {HEAD_LINES} lines.");
        responses.insert("431".to_owned(), json!({"description": about}));
        responses.into()
    }

    fn refusals(&self) -> Vec<(u16, String)> {
        let mut refusals = self.refuses.clone();
        let mut refuses = |status, about: &str| refusals.push((status, about.to_owned()));
        if self.body.is_some() || self.query.is_some() {
            refuses(400, "Something is wrong with what was sent: nothing was changed.");
        }
        if let Some(roles) = self.roles {
            refuses(401, "The key is missing or not valid.");
            if !roles.is_empty() {
                refuses(403, "The account does not have the role.");
            }
        }
        if self.may_miss {
            refuses(404, "There is no such thing, or not for this account.");
        }
        if self.body.is_some() {
            let (seconds, kib) = (BODY_LIMIT.as_secs(), MAX_BODY_BYTES / 1024);
            refuses(408, &format!("The document took longer than {seconds} s to arrive."));
            refuses(413, &format!("The document is larger than {kib} KiB."));
            refuses(
                415,
                "The `Content-Type` is another than JSON, or there is a `Content-Encoding`.",
            );
        }
        let come_back = "Too many requests: `Retry-After` says in how many seconds to come back.";
        refuses(429, come_back);
        refusals
    }
}

/// The name of a path's parameter, if it has one.
fn in_braces(path: &str) -> Option<&str> {
    let (_, rest) = path.split_once('{')?;
    rest.split_once('}').map(|(name, _)| name)
}

/// An answer that is no page of a list.
fn all_of<T: JsonSchema + Serialize>() -> Schema {
    let mut schema = schema_of::<Data<T>>();
    if let Some(fields) = schema["properties"].as_object_mut() {
        fields.remove("meta");
    }
    schema
}

/// What a struct looks like as it is answered.
pub(crate) fn schema_of<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().for_serialize().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    // The names of our structs mean nothing to others.
    without_titles(&mut schema);
    schema
}

fn without_titles(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.retain(|name, value| name != "title" || !value.is_string());
            fields.values_mut().for_each(without_titles);
        }
        Value::Array(values) => values.iter_mut().for_each(without_titles),
        _ => {}
    }
}
