//! The trait of kinds of values, and their description in the API's reference: JSON Schema, the dialect of
//! OpenAPI 3.1.

use serde_json::{Map, Value, json};

use crate::server::faults::Faults;

/// A JSON Schema.
pub type Schema = Value;

/// A value or its faults.
pub type Read<T> = Result<T, Faults>;

/// Treatment of unknown fields of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// They are faults.
    Refused,
    /// They are ignored, for partners who have always sent them.
    Ignored,
}

/// A kind of value: reads it from JSON, with the leniency that partners know, and describes it for the
/// reference.
pub trait Kind<'a> {
    /// Type of the value.
    type Value;

    /// Reads a value.
    ///
    /// # Errors
    ///
    /// Returns the faults of the value.
    fn read(&self, value: &'a Value) -> Read<Self::Value>;

    /// Description for the reference. Leniencies are not advertised.
    fn schema(&self) -> Schema;

    /// The same kind with a sentence about the field.
    fn about(self, text: &'static str) -> About<Self>
    where
        Self: Sized,
    {
        About { kind: self, text }
    }
}

impl<'a, K: Kind<'a>> Kind<'a> for &K {
    type Value = K::Value;

    fn read(&self, value: &'a Value) -> Read<K::Value> {
        (*self).read(value)
    }

    fn schema(&self) -> Schema {
        (*self).schema()
    }
}

/// An input of a route: the description that reads it has a name, by which the handler's arguments name it.
pub(crate) trait Input {
    /// Type of the value.
    type Value;

    /// The description.
    fn kind<'a>(&self) -> impl Kind<'a, Value = Self::Value>;

    /// Description for the reference.
    fn schema() -> Schema
    where
        Self: Default,
    {
        Self::default().kind().schema()
    }
}

/// Names inputs: `Name -> Type = description;`.
macro_rules! inputs {
    ($($(#[$doc:meta])* $visibility:vis $name:ident -> $value:ty = $kind:expr;)+) => {$(
        $(#[$doc])*
        #[derive(Default)]
        $visibility struct $name;

        impl $crate::api::input::Input for $name {
            type Value = $value;

            fn kind<'a>(&self) -> impl $crate::api::input::Kind<'a, Value = $value> {
                $kind
            }
        }
    )+};
}

pub(crate) use inputs;

/// A kind of two functions: one reads, one describes.
pub fn kind<R, S>(read: R, schema: S) -> Pair<R, S> {
    Pair { read, schema }
}

/// See [`kind`].
pub struct Pair<R, S> {
    read: R,
    schema: S,
}

impl<'a, T, R, S> Kind<'a> for Pair<R, S>
where
    R: Fn(&'a Value) -> Read<T>,
    S: Fn() -> Schema,
{
    type Value = T;

    fn read(&self, value: &'a Value) -> Read<T> {
        (self.read)(value)
    }

    fn schema(&self) -> Schema {
        (self.schema)()
    }
}

/// A kind with a sentence about the field: see [`Kind::about`].
pub struct About<K> {
    kind: K,
    text: &'static str,
}

impl<'a, K: Kind<'a>> Kind<'a> for About<K> {
    type Value = K::Value;

    fn read(&self, value: &'a Value) -> Read<K::Value> {
        self.kind.read(value)
    }

    fn schema(&self) -> Schema {
        let mut schema = self.kind.schema();
        schema["description"] = self.text.into();
        schema
    }
}

/// Description of an object's fields.
#[derive(Debug, Default)]
pub struct Described {
    properties: Map<String, Value>,
    required: Vec<&'static str>,
    rules: Map<String, Value>,
}

impl Described {
    pub(super) fn field(
        &mut self,
        name: &'static str,
        required: bool,
        nullable: bool,
        schema: Schema,
    ) {
        self.properties.insert(name.to_owned(), if nullable { or_null(schema) } else { schema });
        if required {
            self.required.push(name);
        }
    }

    pub(super) fn rule(&mut self, keyword: &'static str, rule: Value) {
        self.rules.insert(keyword.to_owned(), rule);
    }

    pub(super) fn into_schema(self, unknown: Unknown) -> Schema {
        let mut schema = json!({"type": "object", "properties": self.properties});
        if !self.required.is_empty() {
            schema["required"] = self.required.into();
        }
        if unknown == Unknown::Refused {
            schema["additionalProperties"] = false.into();
        }
        for (keyword, rule) in self.rules {
            schema[keyword] = rule;
        }
        schema
    }
}

pub(super) fn list(most: usize, element: &Schema) -> Schema {
    json!({"type": "array", "maxItems": most, "items": element})
}

pub(super) fn list_of_one(element: &Schema) -> Schema {
    json!({"type": "array", "minItems": 1, "maxItems": 1, "items": element})
}

/// The same schema, or null.
fn or_null(mut schema: Schema) -> Schema {
    if let Some(words) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        words.push(Value::Null);
        return schema;
    }
    match schema.get("type") {
        Some(Value::String(one)) => schema["type"] = json!([one, "null"]),
        _ => return json!({"anyOf": [schema, {"type": "null"}]}),
    }
    schema
}
