//! Values between the engines: one type of value for each type of column that both have.

use std::hash::Hasher as _;

use chrono::{DateTime, NaiveDate, Utc};
use siphasher::sip128::{Hasher128 as _, SipHasher13};

/// Type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// True or false; 1 or 0 on SQLite.
    Bool,
    /// A number of at most 32 bits.
    Small,
    /// A number of at most 64 bits.
    Int,
    /// A number with a fraction.
    Real,
    /// A text.
    Text,
    /// Bytes.
    Bytes,
    /// A moment, with microseconds; RFC 3339 on SQLite.
    Time,
    /// A day; ISO 8601 on SQLite.
    Date,
}

impl Kind {
    /// The type of a column of PostgreSQL, as `information_schema` calls it.
    pub(super) fn of_postgres(data_type: &str) -> Option<Self> {
        Some(match data_type {
            "boolean" => Self::Bool,
            "integer" => Self::Small,
            "bigint" => Self::Int,
            "double precision" => Self::Real,
            "text" => Self::Text,
            "bytea" => Self::Bytes,
            "timestamp with time zone" => Self::Time,
            "date" => Self::Date,
            _ => return None,
        })
    }

    /// Name of the type in PostgreSQL's arrays.
    pub(super) fn postgres(self) -> &'static str {
        match self {
            Self::Bool => "boolean",
            Self::Small => "integer",
            Self::Int => "bigint",
            Self::Real => "double precision",
            Self::Text => "text",
            Self::Bytes => "bytea",
            Self::Time => "timestamptz",
            Self::Date => "date",
        }
    }
}

/// A value that is not null.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Bool(bool),
    Int(i64),
    Real(f64),
    Text(String),
    Bytes(Vec<u8>),
    Time(DateTime<Utc>),
    Date(NaiveDate),
}

/// A value or null.
pub(super) type Cell = Option<Value>;

impl Value {
    /// Length in bytes of what may be long.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Text(value) => value.len(),
            Self::Bytes(value) => value.len(),
            _ => 0,
        }
    }

    /// Its kind and its bytes: the same for the same value, on whichever engine it was.
    fn parts(&self) -> (u8, Vec<u8>) {
        match self {
            Self::Bool(value) => (b'b', vec![u8::from(*value)]),
            Self::Int(value) => (b'i', value.to_be_bytes().to_vec()),
            // SQLite has no negative zero.
            Self::Real(value) => (b'r', (value + 0.0).to_bits().to_be_bytes().to_vec()),
            Self::Text(value) => (b't', value.as_bytes().to_vec()),
            Self::Bytes(value) => (b'y', value.clone()),
            Self::Time(value) => (b'm', value.timestamp_micros().to_be_bytes().to_vec()),
            Self::Date(value) => (b'd', value.to_string().into_bytes()),
        }
    }

    fn of_parts(kind: u8, bytes: Vec<u8>) -> Option<Self> {
        let number = |bytes: &[u8]| Some(i64::from_be_bytes(bytes.try_into().ok()?));
        Some(match kind {
            b'b' => Self::Bool(bytes == [1]),
            b'i' => Self::Int(number(&bytes)?),
            b'r' => Self::Real(f64::from_bits(number(&bytes)?.cast_unsigned())),
            b't' => Self::Text(String::from_utf8(bytes).ok()?),
            b'y' => Self::Bytes(bytes),
            b'm' => Self::Time(DateTime::from_timestamp_micros(number(&bytes)?)?),
            b'd' => Self::Date(String::from_utf8(bytes).ok()?.parse().ok()?),
            _ => return None,
        })
    }
}

/// Adds rows up to the checksum of a table. Their order does not matter, for the engines sort texts differently.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum {
    /// Number of rows.
    pub(super) rows: u64,
    /// Sum of the digests of the rows.
    pub(super) checksum: u128,
}

impl Sum {
    pub(super) fn add(&mut self, row: &[Cell]) {
        self.rows += 1;
        self.checksum = self.checksum.wrapping_add(digest(row));
    }
}

/// Digest of a row, against mistakes and not against intent.
pub(super) fn digest(row: &[Cell]) -> u128 {
    let mut hasher = SipHasher13::new();
    for cell in row {
        match cell {
            None => hasher.write_u8(0),
            Some(value) => {
                let (kind, bytes) = value.parts();
                hasher.write_u8(kind);
                hasher.write_usize(bytes.len());
                hasher.write(&bytes);
            }
        }
    }
    hasher.finish128().as_u128()
}

/// The key of a row as a text, from which [`read_key`] makes it again.
pub(super) fn key_text(key: &[Cell]) -> String {
    let word = |cell: &Cell| match cell {
        None => "0".to_owned(),
        Some(value) => {
            let (kind, bytes) = value.parts();
            bytes
                .iter()
                .fold(char::from(kind).to_string(), |word, byte| format!("{word}{byte:02x}"))
        }
    };
    key.iter().map(word).collect::<Vec<_>>().join(" ")
}

/// The key that [`key_text`] wrote.
pub(super) fn read_key(text: &str) -> Option<Vec<Value>> {
    let value = |word: &str| {
        let (kind, digits) = word.split_at_checked(1)?;
        let (pairs, []) = digits.as_bytes().as_chunks::<2>() else { return None };
        let pairs = pairs.iter().map(|pair| std::str::from_utf8(pair).ok());
        let bytes = pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect::<Option<_>>()?;
        Value::of_parts(kind.as_bytes()[0], bytes)
    };
    text.split(' ').map(value).collect()
}

/// The key of a row for people: without quotes and kinds. Keys are ids, codes and days; none says who someone is.
pub(super) fn shown_key(key: &[Cell]) -> String {
    let word = |cell: &Cell| match cell {
        None => "null".to_owned(),
        Some(Value::Bool(value)) => value.to_string(),
        Some(Value::Int(value)) => value.to_string(),
        Some(Value::Real(value)) => value.to_string(),
        Some(Value::Text(value)) => without_controls(value),
        Some(Value::Bytes(value)) => format!("{} bytes", value.len()),
        Some(Value::Time(value)) => value.to_rfc3339(),
        Some(Value::Date(value)) => value.to_string(),
    };
    key.iter().map(word).collect::<Vec<_>>().join(" ")
}

/// A text with its control characters written out: not every engine takes them.
fn without_controls(text: &str) -> String {
    let shown = |c: char| if c.is_control() { c.escape_unicode().to_string() } else { c.into() };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Cell> {
        vec![
            Some(Value::Bool(true)),
            Some(Value::Int(i64::MIN)),
            Some(Value::Real(-0.1)),
            Some(Value::Text("Aïcha d’Échelle 🚕".into())),
            Some(Value::Text(String::new())),
            Some(Value::Bytes(vec![0, 255])),
            Some(Value::Time(DateTime::from_timestamp_micros(1_709_208_000_123_456).unwrap())),
            Some(Value::Date(NaiveDate::from_ymd_opt(2024, 2, 29).unwrap())),
        ]
    }

    #[test]
    fn a_key_is_read_as_it_was_written() {
        let key: Vec<Value> = all().into_iter().flatten().collect();
        assert_eq!(read_key(&key_text(&all())), Some(key));
        for text in ["x00", "i00", "t4", "", "tff"] {
            assert_eq!(read_key(text), None, "{text}");
        }
    }

    #[test]
    fn a_checksum_tells_values_apart_and_not_the_order_of_rows() {
        let text = |text: &str| Some(Value::Text(text.into()));
        let sum = |rows: &[&[Cell]]| {
            let mut sum = Sum::default();
            for row in rows {
                sum.add(row);
            }
            sum
        };
        let (one, two) = ([text("a"), text("b")], [text("c"), None]);
        assert_eq!(sum(&[&one, &two]), sum(&[&two, &one]));
        for others in [
            [text("ab"), text("")],
            [text("b"), text("a")],
            [None, text("b")],
            [text("a"), Some(Value::Bytes(b"b".to_vec()))],
        ] {
            assert_ne!(sum(&[&one]), sum(&[&others]), "{others:?}");
        }
        assert_ne!(digest(&[None]), digest(&[text("")]), "null is not an empty text");
        assert_eq!(digest(&[Some(Value::Real(0.0))]), digest(&[Some(Value::Real(-0.0))]));
    }
}
