//! Examples of the API's reference, taken from the stories' calls.

use letaxi::api::openapi::{Example, Examples};
use serde_json::{Map, Value};

use super::names::is_name;
use super::page::{Page, Step};
use super::pages;
use super::sentence::{Body, CallSentence, Sentence};
use super::shape::Shape;

/// For each call the first successful example that is shown completely; with a body, if possible.
pub(crate) fn examples() -> Examples {
    let mut routes = matchit::Router::new();
    for path in letaxi::service::paths() {
        routes.insert(path, path).unwrap();
    }
    let mut examples = Examples::new();
    for file in pages() {
        let text = std::fs::read_to_string(&file).unwrap();
        for story in Page::read(&file, &text).unwrap().stories {
            for step in &story.steps {
                let Sentence::Call(call) = &step.sentence else { continue };
                let path = call.path.split('?').next().unwrap_or_default();
                // The name in the reference: `GET /hails/{id}`.
                let route = routes.at(path).map_or(path, |route| route.value);
                if let Some(example) = example(call, step) {
                    examples.entry(format!("{} {route}", call.method)).or_insert(example);
                }
            }
        }
    }
    examples
}

fn example(call: &CallSentence, step: &Step) -> Option<Example> {
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
    Some(Example { body, status: shown.status, answer })
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
