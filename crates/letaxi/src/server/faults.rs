//! Faults of an input, nested like the input.

use std::collections::BTreeMap;

use serde::Serialize;

/// Faults of a value: messages, or the faults of its parts under their names.
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
}
