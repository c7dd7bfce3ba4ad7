//! What a request may hold, as a description that also checks.
//!
//! An input is read field by field with [`Fields::required`], [`Fields::optional`] and
//! [`Fields::nullable`], each told a *kind* from [`kinds`]: a function that reads a JSON value or
//! says what is wrong with it. All faults are collected, nested like the input, and answered at
//! once, in the words partners already know (those of the incumbent's validation library). So a
//! new field is one line, and its errors come for free.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

pub mod kinds;
mod numbers;

/// What is wrong with a value: messages, or the faults of its parts under their names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Faults {
    /// Messages about the value itself.
    Messages(Vec<String>),
    /// The faults of its parts: field names, or indices as text.
    Parts(BTreeMap<String, Self>),
}

impl Faults {
    /// One message about the value itself.
    pub fn message(text: impl Into<String>) -> Self {
        Self::Messages(vec![text.into()])
    }

    /// Faults of one part.
    pub fn at(part: &impl ToString, faults: Self) -> Self {
        Self::Parts(BTreeMap::from([(part.to_string(), faults)]))
    }

    /// The same message about several fields of one object.
    pub fn each(fields: &[&str], text: &str) -> Self {
        Self::Parts(fields.iter().map(|field| ((*field).to_owned(), Self::message(text))).collect())
    }

    /// Faults of several fields of one object.
    pub fn of_fields(fields: Vec<(&str, Self)>) -> Self {
        Self::Parts(fields.into_iter().map(|(name, faults)| (name.to_owned(), faults)).collect())
    }

    /// These faults as those of the one element of `data`.
    #[must_use]
    pub fn in_data(self) -> Self {
        Self::at(&"data", Self::at(&0, self))
    }

    /// What is wrong with something that should be an object and is not.
    fn not_an_object() -> Self {
        Self::at(&"_schema", Self::message("Invalid input type."))
    }
}

/// A value that was read, or what is wrong with it.
pub type Read<T> = Result<T, Faults>;

/// What an object may do with fields that nobody asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// They are faults.
    Refused,
    /// They are passed over, for partners who have always sent them.
    Ignored,
}

/// The fields of one object, on their way to being read.
pub struct Fields<'a> {
    object: &'a Map<String, Value>,
    asked: Vec<&'static str>,
    faults: BTreeMap<String, Faults>,
    partial: bool,
}

impl<'a> Fields<'a> {
    /// Reads a field that must be there and not be null.
    pub fn required<T>(
        &mut self,
        name: &'static str,
        kind: impl FnOnce(&'a Value) -> Read<T>,
    ) -> Option<T> {
        self.asked.push(name);
        match self.object.get(name) {
            None if self.partial => None,
            None => self.fault(name, "Missing data for required field."),
            Some(Value::Null) => self.fault(name, "Field may not be null."),
            Some(value) => self.keep(name, kind(value)),
        }
    }

    /// Reads a field that may be absent but not be null. The outer `None` means a fault.
    pub fn optional<T>(
        &mut self,
        name: &'static str,
        kind: impl FnOnce(&'a Value) -> Read<T>,
    ) -> Option<Option<T>> {
        self.asked.push(name);
        match self.object.get(name) {
            None => Some(None),
            Some(Value::Null) => self.fault(name, "Field may not be null."),
            Some(value) => self.keep(name, kind(value)).map(Some),
        }
    }

    /// Reads a field that may be absent or null. The outer `None` means a fault.
    pub fn nullable<T>(
        &mut self,
        name: &'static str,
        kind: impl FnOnce(&'a Value) -> Read<T>,
    ) -> Option<Given<T>> {
        self.asked.push(name);
        match self.object.get(name) {
            None => Some(Given::Absent),
            Some(Value::Null) => Some(Given::Null),
            Some(value) => self.keep(name, kind(value)).map(Given::Value),
        }
    }

    /// Adds a fault of a field that was read well but does not fit the others.
    pub fn refuse(&mut self, name: &str, text: &str) {
        self.faults.insert(name.to_owned(), Faults::message(text));
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
    /// It was not there.
    Absent,
    /// It was null.
    Null,
    /// It had a value.
    Value(T),
}

impl<T> Given<T> {
    /// The value; absent and null alike are none.
    pub fn value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// What the field is to become: `None` leaves it as it is, `Some(None)` empties it.
    pub fn change(self) -> Option<Option<T>> {
        match self {
            Self::Absent => None,
            Self::Null => Some(None),
            Self::Value(value) => Some(Some(value)),
        }
    }
}

/// A kind: an object whose fields `read` describes. `read` answers `None` only after a fault.
pub fn object<'a, T>(
    unknown: Unknown,
    read: impl Fn(&mut Fields<'a>) -> Option<T>,
) -> impl Fn(&'a Value) -> Read<T> {
    move |value| read_object(value, unknown, false, &read)
}

/// A kind: an object for a partial update, in which required fields may be missing. `read` must
/// not depend on any of them.
pub fn partial_object<'a, T>(
    unknown: Unknown,
    read: impl Fn(&mut Fields<'a>) -> Option<T>,
) -> impl Fn(&'a Value) -> Read<T> {
    move |value| read_object(value, unknown, true, &read)
}

fn read_object<'a, T>(
    value: &'a Value,
    unknown: Unknown,
    partial: bool,
    read: impl Fn(&mut Fields<'a>) -> Option<T>,
) -> Read<T> {
    let object = value.as_object().ok_or_else(Faults::not_an_object)?;
    let mut fields = Fields { object, asked: Vec::new(), faults: BTreeMap::new(), partial };
    let value = read(&mut fields);
    fields.finish(unknown, value)
}

/// A kind: a list of at most `most` values of one kind.
pub fn list<'a, T>(
    most: usize,
    kind: impl Fn(&'a Value) -> Read<T>,
) -> impl Fn(&'a Value) -> Read<Vec<T>> {
    let elements = list_of(most, move |value| match value {
        Value::Null => Err(Faults::message("Field may not be null.")),
        value => kind(value),
    });
    move |value| match value {
        Value::Array(values) => elements(values),
        _ => Err(Faults::message("Not a valid list.")),
    }
}

/// A kind: a list of at most `most` objects, which has words of its own for what is no list and for
/// a null in it.
pub fn objects<'a, T>(
    most: usize,
    unknown: Unknown,
    read: impl Fn(&mut Fields<'a>) -> Option<T>,
) -> impl Fn(&'a Value) -> Read<Vec<T>> {
    let elements = list_of(most, move |value| read_object(value, unknown, false, &read));
    move |value| match value {
        Value::Array(values) => elements(values),
        _ => Err(Faults::message("Invalid type.")),
    }
}

/// Reads the first `most` elements, then says whether there are more.
fn list_of<'a, T>(
    most: usize,
    kind: impl Fn(&'a Value) -> Read<T>,
) -> impl Fn(&'a [Value]) -> Read<Vec<T>> {
    move |elements| {
        let mut faults = BTreeMap::new();
        let mut values = Vec::with_capacity(elements.len().min(most));
        for (index, element) in elements.iter().take(most).enumerate() {
            match kind(element) {
                Ok(value) => values.push(value),
                Err(fault) => drop(faults.insert(index.to_string(), fault)),
            }
        }
        if !faults.is_empty() {
            Err(Faults::Parts(faults))
        } else if elements.len() > most {
            Err(Faults::message(format!("Longer than maximum length {most}.")))
        } else {
            Ok(values)
        }
    }
}

/// Reads a document `{"data": [ELEMENT]}`.
///
/// # Errors
///
/// Every fault of the envelope and of the element.
pub fn one<'a, T>(document: &'a Value, kind: impl Fn(&'a Value) -> Read<T>) -> Read<T> {
    envelope(document, false, kind)
        .map(|element| element.expect("an element was required, and there was no fault"))
}

/// Reads a document `{"data": [ELEMENT]}` of an update, in which `data` itself may be missing:
/// then nothing is to change.
///
/// # Errors
///
/// Every fault of the envelope and of the element.
pub fn one_or_nothing<'a, T>(
    document: &'a Value,
    kind: impl Fn(&'a Value) -> Read<T>,
) -> Read<Option<T>> {
    envelope(document, true, kind)
}

fn envelope<'a, T>(
    document: &'a Value,
    may_be_missing: bool,
    kind: impl Fn(&'a Value) -> Read<T>,
) -> Read<Option<T>> {
    let single = |value: &'a Value| {
        let mut elements = list(MOST_ELEMENTS, &kind)(value)?;
        match (elements.pop(), elements.is_empty()) {
            (Some(element), true) => Ok(element),
            _ => Err(Faults::message("data should be a list of one element.")),
        }
    };
    read_object(document, Unknown::Refused, false, |fields| {
        if may_be_missing {
            fields.optional("data", single)
        } else {
            fields.required("data", single).map(Some)
        }
    })
}

/// How many elements of `data` are looked at before the list is refused for having more than one.
const MOST_ELEMENTS: usize = 50;

#[cfg(test)]
mod tests;
