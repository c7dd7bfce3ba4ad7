//! Query strings, converted to values for the kinds of [`super::input`].

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde_json::{Map, Value};

use super::input::{Input, Kind};
use super::route::{Argument, Inputs};
use crate::server::refusal::Error;

/// The query of a request, read as the input `I`. The first of several arguments of one name counts.
pub(crate) struct Query<I: Input>(pub(crate) I::Value);

/// The query of a request, read as the input `I`, whose arguments are lists: each may be given several times.
pub(crate) struct Filters<I: Input>(pub(crate) I::Value);

macro_rules! extractor {
    ($name:ident, $values:ident) => {
        impl<I: Input + Default> Argument for $name<I> {
            fn describe(inputs: &mut Inputs) {
                inputs.query = Some(I::schema);
            }
        }

        impl<I: Input + Default, S: Sync> FromRequestParts<S> for $name<I> {
            type Rejection = Error;

            async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
                let query = $values(parts.uri.query());
                Ok(Self(I::default().kind().read(&query)?))
            }
        }
    };
}

extractor!(Query, first_values);
extractor!(Filters, all_values);

/// Arguments by name; the first of each counts.
pub(crate) fn first_values(query: Option<&str>) -> Value {
    let mut object = Map::new();
    for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        object.entry(name).or_insert_with(|| Value::String(value.into_owned()));
    }
    Value::Object(object)
}

/// Arguments by name, each with all its values.
pub(crate) fn all_values(query: Option<&str>) -> Value {
    let mut object = Map::new();
    for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        let values = object.entry(name).or_insert_with(|| Value::Array(Vec::new()));
        let values = values.as_array_mut().expect("nothing else was put in");
        values.push(Value::String(value.into_owned()));
    }
    Value::Object(object)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_two_arguments_of_one_name_the_first_counts() {
        assert_eq!(
            first_values(Some("lon=2.35&lat=%2B48.86&lon=0&debug")),
            json!({"lon": "2.35", "lat": "+48.86", "debug": ""})
        );
        assert_eq!(first_values(None), json!({}));
    }

    #[test]
    fn a_list_has_all_values_of_an_argument() {
        assert_eq!(all_values(Some("id=a&p=2&id=b")), json!({"id": ["a", "b"], "p": ["2"]}));
    }
}
