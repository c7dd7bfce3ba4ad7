//! Examples of the API's reference, taken from the stories' calls.

use axum::http::Method;
use letaxi::api::openapi::{Example, Examples};
use serde_json::{Map, Value};

use super::names::is_name;
use super::page::{Page, Step};
use super::pages;
use super::sentence::{Body, CallSentence, Sentence};
use super::shape::Shape;

/// For each call the first successful example that is shown completely; with a body, if possible.
pub(crate) fn examples() -> Examples {
    let mut examples = Examples::new();
    for file in pages() {
        let text = std::fs::read_to_string(&file).unwrap();
        for story in Page::read(&file, &text).unwrap().stories {
            for (name, example) in story.steps.iter().filter_map(example) {
                examples.entry(name).or_insert(example);
            }
        }
    }
    examples
}

fn example(step: &Step) -> Option<(String, Example)> {
    let Sentence::Call(call) = &step.sentence else { return None };
    let shown = step.answer.as_ref().filter(|shown| (200..300).contains(&shown.status))?;
    let json = shown.content_type.is_none();
    let answer = match &shown.body {
        Some(body) if json => Some(value(body)?),
        _ => None,
    };
    let body = match &call.body {
        Body::Nothing => None,
        Body::Json(body) => Some(value(body)?),
        Body::Raw { .. } => return None,
    };
    Some((name(call, &letaxi::service::paths()), Example { body, status: shown.status, answer }))
}

/// Name of the route of a call in the reference: `GET /hails/{id}`.
fn name(call: &CallSentence, paths: &[&str]) -> String {
    let path = call.path.split('?').next().unwrap_or_default();
    let leads_there = |pattern: &&str| {
        let (parts, pattern) = (path.split('/'), pattern.split('/'));
        let is_same = parts
            .clone()
            .zip(pattern.clone())
            .all(|(one, of)| of.starts_with('{') && !one.is_empty() || one == of);
        is_same && parts.count() == pattern.count()
    };
    // `/taxis/all` could be an id, but has a route of its own.
    let pattern = paths.iter().copied().filter(leads_there).min_by_key(|path| path.contains('{'));
    format!("{} {}", call.method, pattern.unwrap_or(path))
}

/// The value of a completely shown shape, with example values for names.
fn value(shape: &Shape) -> Option<Value> {
    Some(match shape {
        Shape::Any | Shape::List(_, true) | Shape::Object(_, true) => return None,
        Shape::Null => Value::Null,
        Shape::Bool(flag) => (*flag).into(),
        Shape::Number(number) => number.clone().into(),
        Shape::Text(text) if is_name(text) => named(text)?,
        Shape::Text(text) => text.clone().into(),
        Shape::List(elements, false) => {
            elements.iter().map(value).collect::<Option<Vec<_>>>()?.into()
        }
        Shape::Object(fields, false) => {
            let field = |(name, shape): &(String, Shape)| Some((name.clone(), value(shape)?));
            fields.iter().map(field).collect::<Option<Map<_, _>>>()?.into()
        }
    })
}

/// An example value for a name: its letter gives the kind.
fn named(name: &str) -> Option<Value> {
    let (kind, number) = name.split_at(1);
    let number: i64 = number.parse().ok()?;
    Some(match kind {
        "V" | "U" => number.into(),
        "S" => format!("00000000-0000-4000-8000-{number:012}").into(),
        _ => name.into(),
    })
}

#[test]
fn a_call_is_named_by_its_route_whatever_the_parameters_are_called() {
    let paths = ["/things", "/things/all", "/things/{thing}", "/v1/things/{thing}/parts/{part}"];
    for (path, route) in [
        ("/things?p=2", "/things"),
        ("/things/all", "/things/all"),
        ("/things/7", "/things/{thing}"),
        ("/v1/things/7/parts/wheel", "/v1/things/{thing}/parts/{part}"),
        ("/v1/things/7/parts", "/v1/things/7/parts"),
    ] {
        let call = CallSentence {
            who: String::new(),
            act_as: None,
            once: None,
            method: Method::PUT,
            path: path.to_owned(),
            body: Body::Nothing,
        };
        assert_eq!(name(&call, &paths), format!("PUT {route}"));
    }
}
