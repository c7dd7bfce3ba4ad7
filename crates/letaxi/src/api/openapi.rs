//! Description of the API as OpenAPI 3.1, collected from all calls.
//!
//! Each module of calls has a function `reference()` beside its handlers, with an `Operation` for each call:
//! it contains the description that also reads the input, and the struct of the answer. So the reference
//! cannot disagree with the code; a test fails if a route is missing.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::input::Schema;
use super::route::{Chapter, Route, names_in};
use super::upload::{FILES_LIMIT, MOST_FILES, MOST_MIB, MOST_MIB_OF_OTHERS};
use crate::server::body::{BODY_LIMIT, MAX_BODY_BYTES};
use crate::server::listener::{HEAD_BYTES, HEAD_LINES};

/// An example of a call.
#[derive(Clone, Debug)]
pub struct Example {
    /// Body of the request, if it has one.
    pub body: Option<Value>,
    /// Status of the answer.
    pub status: u16,
    /// Body of the answer, if it is JSON.
    pub answer: Option<Value>,
}

/// Examples by method and path: `POST /hails`, `GET /hails/{id}`.
pub type Examples = BTreeMap<String, Example>;

/// Title of the document, before it is told the name of the registry.
pub(crate) const TITLE: &str = "Taxi registry";

/// The OpenAPI document of the whole API, with examples if there are any.
pub(crate) fn document(chapters: &[Chapter], examples: &Examples) -> Value {
    let mut paths = Map::new();
    for (tag, routes) in chapters {
        for route in routes {
            let example = examples.get(&format!("{} {}", route.method, route.path()));
            let methods = paths.entry(route.path()).or_insert_with(|| json!({}));
            methods[route.method.to_lowercase()] = operation(route, tag[0], example);
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": TITLE,
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "The registry of taxis: search a taxi, hail it, follow the ride.",
            "description": "Texts must not contain the character NUL. Every refusal is a document `Errors`, \
                also with statuses that a call does not list: unknown path (404), method not allowed (405), \
                internal error (500), service unavailable (503).",
            "license": {"name": "AGPL-3.0-or-later", "identifier": env!("CARGO_PKG_LICENSE")},
        },
        "servers": [{"url": "/"}],
        "tags": chapters.iter().map(|(words, _)| json!({"name": words[0], "x-name-fr": words[1]}))
            .collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "securitySchemes": {
                // The incumbent's name, from which programs derive names.
                "ApiKeyAuth": {
                    "type": "apiKey", "in": "header", "name": "X-Api-Key",
                    "description": "The API key of the account.",
                },
                "Logas": {
                    "type": "apiKey", "in": "header", "name": "X-Logas",
                    "description":
                        "E-mail of the account to act as, for admins and for accounts that manage it.",
                },
            },
            "schemas": {"Errors": errors()},
        },
    })
}

/// Schema of refusals: messages, nested like the request.
fn errors() -> Schema {
    json!({
        "type": "object",
        "required": ["errors"],
        "properties": {"errors": {
            "type": "object",
            "description": "Lists of messages, nested like the input; under `url` those about the path, under \
                an empty name those about the whole request.",
        }},
    })
}

const JSON: &str = "application/json";

fn operation(route: &Route, tag: &str, example: Option<&Example>) -> Value {
    let inputs = &route.inputs;
    let mut operation = json!({
        "tags": [tag],
        "summary": route.summary[0],
        "x-summary-fr": route.summary[1],
        "operationId": operation_id(route),
        "security": match inputs.roles {
            None => json!([]),
            Some(_) => json!([{"ApiKeyAuth": []}, {"ApiKeyAuth": [], "Logas": []}]),
        },
        "responses": responses(route, example),
    });
    if let Some(roles) = inputs.roles {
        operation["x-roles"] = roles.iter().map(|role| role.word()).collect();
    }
    let parameters = parameters(route);
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if let Some(schema) = inputs.body {
        let mut content = json!({"schema": schema()});
        if let Some(body) = example.and_then(|example| example.body.as_ref()) {
            content["example"] = body.clone();
        }
        operation["requestBody"] = json!({"required": true, "content": {JSON: content}});
    }
    if inputs.takes_files {
        let file = json!({"type": "string", "format": "binary"});
        let files = json!({"type": "array", "minItems": 1, "maxItems": MOST_FILES, "items": file});
        let schema =
            json!({"type": "object", "required": ["files"], "properties": {"files": files}});
        let content = json!({"multipart/form-data": {"schema": schema}});
        operation["requestBody"] = json!({"required": true, "content": content});
    }
    operation
}

/// `PUT /hails/{id}` is `put_hails_id`.
fn operation_id(route: &Route) -> String {
    let mut name = route.method.to_lowercase();
    if route.path() == "/" {
        name.push_str("_home");
    }
    let parts = route.path().split(|c: char| !c.is_ascii_alphanumeric());
    for part in parts.filter(|part| !part.is_empty()) {
        name.push('_');
        name.push_str(&part.to_lowercase());
    }
    name
}

fn parameters(route: &Route) -> Vec<Value> {
    let in_path = names_in(route.path()).enumerate().map(|(place, name)| {
        json!({
            "name": name, "in": "path", "required": true,
            "description": route.parameters.get(place).copied().unwrap_or_default(),
            "schema": {"type": "string"},
        })
    });
    let header = route.inputs.header.map(|header| {
        json!({
            "name": header.name, "in": "header", "required": false, "description": header.about,
            "schema": {"type": "string", "minLength": 1, "maxLength": header.max_chars},
        })
    });
    let query = route.inputs.query.map(|schema| schema()).unwrap_or_default();
    let required = query["required"].as_array();
    let fields = query["properties"].as_object().into_iter().flatten();
    let in_query = fields.map(|(name, schema)| {
        let required = required.is_some_and(|all| all.iter().any(|one| one == name));
        json!({"name": name, "in": "query", "required": required, "schema": schema})
    });
    in_path.chain(header).chain(in_query).collect()
}

fn responses(route: &Route, example: Option<&Example>) -> Value {
    let mut responses = Map::new();
    for answer in &route.answers {
        let mut content = json!({"schema": (answer.schema)()});
        let shown = example.filter(|example| example.status == answer.status);
        if let Some(body) = shown.and_then(|example| example.answer.as_ref()) {
            content["example"] = body.clone();
        }
        let described =
            json!({"description": answer.about, "content": {answer.content_type: content}});
        responses.insert(answer.status.to_string(), described);
    }
    if route.answers.is_empty() {
        responses.insert("204".to_owned(), json!({"description": "Done."}));
    }
    for (status, about) in refusals(route) {
        let schema = json!({"$ref": "#/components/schemas/Errors"});
        let answer = json!({"description": about, "content": {JSON: {"schema": schema}}});
        responses.insert(status.to_string(), answer);
    }
    // Answered by the HTTP library, before the request reaches any route, and without a document.
    let kib = HEAD_BYTES / 1024;
    let about = format!("Request line and headers exceed {kib} KiB or {HEAD_LINES} lines.");
    responses.insert("431".to_owned(), json!({"description": about}));
    responses.into()
}

/// Status and reason of each refusal: those of the route, and those that follow from its inputs.
fn refusals(route: &Route) -> Vec<(u16, String)> {
    let inputs = &route.inputs;
    let mut refusals = Vec::new();
    let mut refuses = |status, about: &str| refusals.push((status, about.to_owned()));
    for (status, about) in &inputs.refusals {
        refuses(*status, about);
    }
    if inputs.body.is_some() || inputs.query.is_some() || inputs.takes_files {
        refuses(400, "The input is not valid. Nothing was changed.");
    }
    if let Some(roles) = inputs.roles {
        refuses(401, "The API key is missing or not valid.");
        if !roles.is_empty() {
            refuses(403, "The account does not have the role.");
        }
    }
    if route.may_miss {
        refuses(404, "Not found, or not accessible to this account.");
    }
    if inputs.body.is_some() {
        let (seconds, kib) = (BODY_LIMIT.as_secs(), MAX_BODY_BYTES / 1024);
        refuses(408, &format!("The body took longer than {seconds} s to arrive."));
        refuses(413, &format!("The body is larger than {kib} KiB."));
        refuses(415, "The `Content-Type` is not JSON, or there is a `Content-Encoding`.");
    }
    if inputs.takes_files {
        let seconds = FILES_LIMIT.as_secs();
        refuses(408, &format!("The files took longer than {seconds} s to arrive."));
        refuses(
            413,
            &format!(
                "More than {MOST_FILES} files or {MOST_MIB} MiB, or a file other than GeoJSON of more than {MOST_MIB_OF_OTHERS} MiB."
            ),
        );
        refuses(415, "The `Content-Type` is not `multipart/form-data`.");
    }
    refuses(429, "Too many requests: `Retry-After` gives the seconds to wait.");
    refusals
}
