//! Records in inputs and answers: fields that `registry` declares once.

use std::borrow::Cow;
use std::marker::PhantomData;

use registry::account::ChangedBy;
use registry::record::{Change, Field, Record, Slot, Value};
use registry::vehicle::{FeatureUse, Features};
use registry::{AccountFields, Role};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};
use serde_json::{Map, json};

use crate::api::input::{Fields, Given, kinds};

/// A record that answers show.
pub(super) trait Shows: Record {
    /// True if texts are null in some answers.
    const TEXT_MAY_BE_NULL: bool;

    /// True if fields of this use are shown.
    fn is_shown(used: Self::Use) -> bool;
}

impl Shows for Features {
    const TEXT_MAY_BE_NULL: bool = true;

    fn is_shown(used: FeatureUse) -> bool {
        used != FeatureUse::Obsolete
    }
}

impl Shows for AccountFields {
    const TEXT_MAY_BE_NULL: bool = false;

    fn is_shown(used: ChangedBy) -> bool {
        used == ChangedBy::Account
    }
}

/// Reads the fields of a record that an input may change; `None` after any fault. `text_of` reads texts.
pub(super) fn changes<T: Record>(
    fields: &mut Fields<'_>,
    may_change: impl Fn(&Field<T>) -> bool,
    text_of: impl Fn(&mut Fields<'_>, &'static str) -> Option<Given<String>>,
) -> Option<Change<T>> {
    let mut change = Change::default();
    let mut sound = true;
    for field in T::FIELDS.iter().filter(|field| may_change(field)) {
        let word = field.word;
        change.add_if(field, |slot| {
            let changed = match slot {
                Slot::Text(text) => text_of(fields, word)
                    .map(|given| put(text, given.change().map(Option::unwrap_or_default))),
                Slot::OptionalText(text) => {
                    text_of(fields, word).map(|given| put(text, given.change()))
                }
                Slot::Whole(number) => {
                    fields.nullable(word, kinds::whole()).map(|given| put(number, given.change()))
                }
                Slot::Flag(flag) => {
                    fields.nullable(word, kinds::boolean()).map(|given| put(flag, given.change()))
                }
                // No input changes these.
                Slot::Time(_) | Slot::Account(_) | Slot::Roles(_) => Some(false),
            };
            sound &= changed.is_some();
            changed == Some(true)
        });
    }
    sound.then_some(change)
}

fn put<T>(slot: &mut T, new: Option<T>) -> bool {
    new.map(|new| *slot = new).is_some()
}

/// The fields of a record that an answer shows.
pub(super) struct Shown<'a, T> {
    fields: Vec<(&'static str, Value<'a>)>,
    record: PhantomData<T>,
}

impl<'a, T: Shows> Shown<'a, T> {
    /// The fields of a record; `shown` may change the value of one, by its word.
    pub(super) fn new(record: &'a T, shown: impl Fn(&'static str, Value<'a>) -> Value<'a>) -> Self {
        let fields = T::FIELDS.iter().filter(|field| T::is_shown(field.used));
        let fields = fields.map(|field| (field.word, shown(field.word, (field.value)(record))));
        Self { fields: fields.collect(), record: PhantomData }
    }
}

impl<T> Serialize for Shown<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.fields.iter().map(|(word, value)| (word, Json(*value))))
    }
}

struct Json<'a>(Value<'a>);

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Text(text) => text.serialize(serializer),
            Value::OptionalText(text) => text.serialize(serializer),
            Value::Whole(number) => number.serialize(serializer),
            Value::Flag(flag) => flag.serialize(serializer),
            Value::Time(time) => time.serialize(serializer),
            Value::Account(id) => id.map(|id| id.0).serialize(serializer),
            Value::Roles(roles) => serializer.collect_seq(roles.iter().map(Role::word)),
        }
    }
}

impl<T: Shows> JsonSchema for Shown<'_, T> {
    fn schema_name() -> Cow<'static, str> {
        std::any::type_name::<T>().into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let blank = T::default();
        let shown: Vec<_> = T::FIELDS.iter().filter(|field| T::is_shown(field.used)).collect();
        let property = |field: &&Field<T>| {
            let schema = match (field.value)(&blank) {
                Value::Text(_) if !T::TEXT_MAY_BE_NULL => json!({"type": "string"}),
                Value::Text(_) | Value::OptionalText(_) => json!({"type": ["string", "null"]}),
                Value::Whole(_) => json!({"type": ["integer", "null"], "format": "int32"}),
                Value::Flag(_) => json!({"type": ["boolean", "null"]}),
                Value::Time(_) => json!({"type": ["string", "null"], "format": "date-time"}),
                Value::Account(_) => json!({"type": ["integer", "null"], "format": "int64"}),
                Value::Roles(_) => json!({"type": "array", "items": {"type": "string"}}),
            };
            (field.word.to_owned(), schema)
        };
        let required: Vec<_> = shown.iter().map(|field| field.word).collect();
        let properties: Map<_, _> = shown.iter().map(property).collect();
        let schema = json!({"type": "object", "properties": properties, "required": required});
        schema.try_into().expect("an object is a schema")
    }
}
