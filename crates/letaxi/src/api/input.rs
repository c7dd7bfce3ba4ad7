//! Description of inputs, which also validates them.
//!
//! An input is read field by field with [`Fields::required`], [`Fields::optional`] and [`Fields::nullable`],
//! each with a *kind* from [`kinds`], which reads a JSON value or returns its fault. All faults are
//! collected, nested like the input, and answered together, in the words that partners know (those of the
//! incumbent's validation library). The [`Kind::schema`] of the same description is the API's reference. So a
//! new field is one line, with its errors and its documentation.
//!
//! **Invariant:** a description reads all its fields before it uses the first of them, so that all faults are
//! found and all fields are described.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Map, Value};

pub use crate::server::faults::Faults;

pub mod kinds;
mod moment;
mod numbers;
mod schema;

use numbers::is_not_finite;

pub use moment::Moment;
pub use numbers::not_finite;
pub use schema::{About, Described, Kind, Read, Schema, Unknown, kind};
pub(crate) use schema::{Input, inputs};

/// Fields of an object, while they are read or described.
pub struct Fields<'a> {
    object: &'a Map<String, Value>,
    asked: Vec<&'static str>,
    faults: BTreeMap<String, Faults>,
    partial: bool,
    /// Description so far, if the fields are only described.
    described: Option<Described>,
}

impl<'a> Fields<'a> {
    /// Reads a field that must be present and not null.
    pub fn required<K: Kind<'a>>(&mut self, name: &'static str, kind: K) -> Option<K::Value> {
        self.ask(name, !self.partial, false, &kind)?;
        match self.object.get(name) {
            None if self.partial => None,
            None => self.fault(name, "Missing data for required field."),
            Some(Value::Null) => self.fault(name, "Field may not be null."),
            Some(value) => self.keep(name, kind.read(value)),
        }
    }

    /// Reads a field that may be absent but not be null. The outer `None` means a fault.
    pub fn optional<K: Kind<'a>>(
        &mut self,
        name: &'static str,
        kind: K,
    ) -> Option<Option<K::Value>> {
        self.ask(name, false, false, &kind)?;
        match self.object.get(name) {
            None => Some(None),
            Some(Value::Null) => self.fault(name, "Field may not be null."),
            Some(value) => self.keep(name, kind.read(value)).map(Some),
        }
    }

    /// Reads a field that may be absent or null. The outer `None` means a fault.
    pub fn nullable<K: Kind<'a>>(
        &mut self,
        name: &'static str,
        kind: K,
    ) -> Option<Given<K::Value>> {
        self.ask(name, false, true, &kind)?;
        match self.object.get(name) {
            None => Some(Given::Absent),
            Some(Value::Null) => Some(Given::Null),
            Some(value) => self.keep(name, kind.read(value)).map(Given::Value),
        }
    }

    /// Describes a field; `None` if that is the only task.
    fn ask<K: Kind<'a>>(
        &mut self,
        name: &'static str,
        required: bool,
        nullable: bool,
        kind: &K,
    ) -> Option<()> {
        if let Some(described) = &mut self.described {
            described.field(name, required, nullable, kind.schema());
            return None;
        }
        self.asked.push(name);
        Some(())
    }

    /// Adds a rule over several fields to the reference, as a keyword of JSON Schema.
    pub fn describe(&mut self, keyword: &'static str, rule: Value) {
        if let Some(described) = &mut self.described {
            described.rule(keyword, rule);
        }
    }

    /// Adds a fault of a valid field that does not fit the others.
    pub fn refuse(&mut self, name: &str, text: &str) {
        self.faults.insert(name.to_owned(), Faults::message(text));
    }

    /// Adds a fault of several fields together; reported only if each of them is valid.
    pub fn refuse_together(&mut self, text: impl Into<String>) {
        if self.faults.is_empty() && self.described.is_none() {
            self.faults.insert(TOGETHER.to_owned(), Faults::message(text));
        }
    }

    fn fault<T>(&mut self, name: &str, text: &str) -> Option<T> {
        self.refuse(name, text);
        None
    }

    fn keep<T>(&mut self, name: &str, read: Read<T>) -> Option<T> {
        read.map_err(|faults| self.faults.insert(name.to_owned(), faults)).ok()
    }

    fn finish<T>(mut self, unknown: Unknown, value: Option<T>) -> Read<T> {
        if unknown == Unknown::Refused {
            for name in self.object.keys() {
                if !self.asked.contains(&name.as_str()) {
                    // Faults of several fields are reported only if each field is valid.
                    self.faults.remove(TOGETHER);
                    self.faults.insert(name.clone(), Faults::message("Unknown field."));
                }
            }
        }
        match value {
            Some(value) if self.faults.is_empty() => Ok(value),
            _ => Err(Faults::Parts(self.faults)),
        }
    }
}

/// A field that may be absent or null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given<T> {
    /// Missing.
    Absent,
    /// Null.
    Null,
    /// A value.
    Value(T),
}

impl<T> Given<T> {
    /// The value; `None` for missing and null.
    pub fn value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// The change of the field: `None` leaves it unchanged, `Some(None)` empties it.
    pub fn change(self) -> Option<Option<T>> {
        match self {
            Self::Absent => None,
            Self::Null => Some(None),
            Self::Value(value) => Some(Some(value)),
        }
    }
}

/// A kind: an object with the fields that `read` describes. `read` returns `None` only after a fault.
pub fn object<'a, T>(
    unknown: Unknown,
    read: impl Fn(&mut Fields<'a>) -> Option<T>,
) -> impl Kind<'a, Value = T> {
    object_kind(unknown, false, read)
}

/// A kind: an object for a partial update, without required fields. `read` must not depend on any of them.
pub fn partial_object<'a, T>(
    unknown: Unknown,
    read: impl Fn(&mut Fields<'a>) -> Option<T>,
) -> impl Kind<'a, Value = T> {
    object_kind(unknown, true, read)
}

struct ObjectKind<R> {
    unknown: Unknown,
    partial: bool,
    read: R,
}

fn object_kind<R>(unknown: Unknown, partial: bool, read: R) -> ObjectKind<R> {
    ObjectKind { unknown, partial, read }
}

impl<'a, T, R: Fn(&mut Fields<'a>) -> Option<T>> Kind<'a> for ObjectKind<R> {
    type Value = T;

    fn read(&self, value: &'a Value) -> Read<T> {
        read_object(value, self.unknown, self.partial, &self.read)
    }

    fn schema(&self) -> Schema {
        static NOTHING: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
        let mut fields = Fields {
            object: &NOTHING,
            asked: Vec::new(),
            faults: BTreeMap::new(),
            partial: self.partial,
            described: Some(Described::default()),
        };
        (self.read)(&mut fields);
        fields.described.unwrap_or_default().into_schema(self.unknown)
    }
}

fn read_object<'a, T>(
    value: &'a Value,
    unknown: Unknown,
    partial: bool,
    read: impl Fn(&mut Fields<'a>) -> Option<T>,
) -> Read<T> {
    let object = value.as_object().filter(|object| !is_not_finite(object));
    let object = object.ok_or_else(not_an_object)?;
    let mut fields =
        Fields { object, asked: Vec::new(), faults: BTreeMap::new(), partial, described: None };
    let value = read(&mut fields);
    fields.finish(unknown, value)
}

/// A kind: a list of at most `most` values of one kind.
pub fn list<'a, K: Kind<'a>>(most: usize, element: K) -> impl Kind<'a, Value = Vec<K::Value>> {
    ListKind { most, element, not_a_list: "Not a valid list.", too_long, null_in_it: true }
}

/// A kind: a list of at most `most` objects, with special messages for values that are not lists and for a
/// null in the list.
pub fn objects<'a, T>(
    most: usize,
    unknown: Unknown,
    read: impl Fn(&mut Fields<'a>) -> Option<T>,
) -> ListKind<impl Kind<'a, Value = T>> {
    let element = object_kind(unknown, false, read);
    ListKind { most, element, not_a_list: "Invalid type.", too_long, null_in_it: false }
}

fn too_long(most: usize) -> String {
    format!("Longer than maximum length {most}.")
}

/// A list of elements of a kind.
pub struct ListKind<K> {
    most: usize,
    element: K,
    not_a_list: &'static str,
    /// Message for more than `most` elements.
    too_long: fn(usize) -> String,
    /// True if a null element is reported as null, not as a wrong type.
    null_in_it: bool,
}

impl<'a, K: Kind<'a>> Kind<'a> for ListKind<K> {
    type Value = Vec<K::Value>;

    fn read(&self, value: &'a Value) -> Read<Self::Value> {
        match value {
            Value::Array(elements) => self.read_elements(elements),
            _ => Err(Faults::message(self.not_a_list)),
        }
    }

    fn schema(&self) -> Schema {
        schema::list(self.most, &self.element.schema())
    }
}

impl<K> ListKind<K> {
    /// Sets the message for too many elements.
    #[must_use]
    pub fn saying_if_longer(self, too_long: fn(usize) -> String) -> Self {
        Self { too_long, ..self }
    }

    /// Reads the first `most` elements, then reports further ones.
    fn read_elements<'a>(&self, elements: &'a [Value]) -> Read<Vec<K::Value>>
    where
        K: Kind<'a>,
    {
        let most = self.most;
        let mut faults = BTreeMap::new();
        let mut values = Vec::with_capacity(elements.len().min(most));
        for (index, element) in elements.iter().take(most).enumerate() {
            let read = match element {
                Value::Null if self.null_in_it => Err(Faults::message("Field may not be null.")),
                element => self.element.read(element),
            };
            match read {
                Ok(value) => values.push(value),
                Err(fault) => drop(faults.insert(index.to_string(), fault)),
            }
        }
        if !faults.is_empty() {
            Err(Faults::Parts(faults))
        } else if elements.len() > most {
            Err(Faults::message((self.too_long)(most)))
        } else {
            Ok(values)
        }
    }
}

/// A kind: a document `{"data": [ELEMENT]}`.
pub fn one<'a, K: Kind<'a>>(element: K) -> impl Kind<'a, Value = K::Value> {
    let element = Single(element);
    object(Unknown::Refused, move |fields| fields.required("data", &element))
}

/// A kind: a document `{"data": [ELEMENT]}` of an update, in which `data` may be missing: then nothing
/// changes.
pub fn one_or_nothing<'a, K: Kind<'a>>(element: K) -> impl Kind<'a, Value = Option<K::Value>> {
    let element = Single(element);
    object(Unknown::Refused, move |fields| fields.optional("data", &element))
}

/// A list of exactly one element.
struct Single<K>(K);

impl<'a, K: Kind<'a>> Kind<'a> for Single<K> {
    type Value = K::Value;

    fn read(&self, value: &'a Value) -> Read<K::Value> {
        let mut elements = list(MOST_ELEMENTS, &self.0).read(value)?;
        match (elements.pop(), elements.is_empty()) {
            (Some(element), true) => Ok(element),
            _ => Err(Faults::message("data should be a list of one element.")),
        }
    }

    fn schema(&self) -> Schema {
        schema::list_of_one(&self.0.schema())
    }
}

/// Number of elements of `data` that are checked before the list is refused for having more than one.
const MOST_ELEMENTS: usize = 50;

/// Fault of a value that should be an object and is not.
fn not_an_object() -> Faults {
    Faults::at(&TOGETHER, Faults::message("Invalid input type."))
}

/// Key of faults of several fields together.
const TOGETHER: &str = "_schema";

#[cfg(test)]
mod tests;
