//! Columns and values, whatever the table.

use std::borrow::Cow;

use chrono::NaiveDate;
use registry::Time;

/// Type of a column; each of its values may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// Whole number.
    Whole,
    /// True or false.
    Truth,
    /// Time (UTC).
    Time,
    /// Day (UTC).
    Day,
}

/// A value of a column.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "each is the type it holds")]
pub enum Value {
    Missing,
    Text(Cow<'static, str>),
    Whole(i64),
    Truth(bool),
    Time(Time),
    Day(NaiveDate),
}

/// Name, type and description of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Name.
    pub name: &'static str,
    /// Type.
    pub kind: Kind,
    /// Description.
    pub about: &'static str,
}

impl From<&'static str> for Value {
    fn from(text: &'static str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Whole(number)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Whole(number.into())
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Truth(truth)
    }
}

impl From<NaiveDate> for Value {
    fn from(day: NaiveDate) -> Self {
        Self::Day(day)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Missing, Into::into)
    }
}
