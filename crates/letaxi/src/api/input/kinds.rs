//! Kinds of values: each reads a JSON value, with the leniency that partners know, or returns its fault in
//! the words that they know.

use std::ops::RangeInclusive;
use std::str::FromStr;

use chrono::NaiveDate;
use registry::Password;
use registry::password::{LONGEST, PasswordFault, SHORTEST};
use serde_json::{Value, json};
use territory::{Bounds, InseeCode, MAX_LAT, MAX_LON};
use uuid::Uuid;

use super::moment::{self, Moment};
use super::numbers::{read_number, read_whole};
use super::{Faults, Kind, Read, Schema, kind};

/// Maximum length of a short text, in characters: names, numbers, words. The incumbent's database refused
/// longer ones.
pub const SHORT_TEXT: usize = 255;

/// Maximum length of a long text, in characters: addresses.
pub const LONG_TEXT: usize = 4_000;

/// Text of at most [`SHORT_TEXT`] characters.
pub fn text() -> impl for<'a> Kind<'a, Value = String> {
    kind(|value: &Value| text_up_to(value, SHORT_TEXT), || text_schema(SHORT_TEXT))
}

/// Text of at most [`LONG_TEXT`] characters.
pub fn long_text() -> impl for<'a> Kind<'a, Value = String> {
    kind(|value: &Value| text_up_to(value, LONG_TEXT), || text_schema(LONG_TEXT))
}

/// Text that is not empty.
pub fn some_text() -> impl for<'a> Kind<'a, Value = String> {
    let read = |value: &Value| {
        let text = text_up_to(value, SHORT_TEXT)?;
        if text.is_empty() { Err(Faults::message("Field may not be empty.")) } else { Ok(text) }
    };
    kind(read, || json!({"type": "string", "minLength": 1, "maxLength": SHORT_TEXT}))
}

/// Text of so many characters.
pub fn text_of(length: RangeInclusive<usize>) -> impl for<'a> Kind<'a, Value = String> {
    let (least, most) = (*length.start(), *length.end());
    let read = move |value: &Value| {
        let text = text_up_to(value, SHORT_TEXT)?;
        if (least..=most).contains(&text.chars().count()) {
            Ok(text)
        } else {
            Err(Faults::message(format!("Length must be between {least} and {most}.")))
        }
    };
    kind(read, move || json!({"type": "string", "minLength": least, "maxLength": most}))
}

/// A password to be set.
pub fn new_password() -> impl for<'a> Kind<'a, Value = Password> {
    let read = |value: &Value| -> Read<Password> {
        // It reports a text that is longer than any password.
        let text = text_up_to(value, SHORT_TEXT)?;
        Password::new(&text).map_err(|fault| match fault {
            PasswordFault::TooShort => {
                Faults::message(format!("Shorter than minimum length {SHORTEST}."))
            }
            PasswordFault::TooLong | PasswordFault::Nul => Faults::message(fault.to_string()),
        })
    };
    let schema = || json!({"type": "string", "minLength": SHORTEST, "maxLength": LONGEST, "writeOnly": true});
    kind(read, schema)
}

/// INSEE code of a town.
pub fn town_code() -> impl for<'a> Kind<'a, Value = InseeCode> {
    let read = |value: &Value| {
        let text = text_up_to(value, SHORT_TEXT)?;
        text.parse().map_err(|_not_a_code| {
            Faults::message("Not the INSEE code of a town: five characters, such as 75056.")
        })
    };
    kind(read, || json!({"type": "string", "pattern": "^[0-9][0-9AB][0-9]{3}$"}))
}

/// One of these words.
pub fn word<'w>(words: &'w [&'w str]) -> impl for<'a> Kind<'a, Value = &'w str> {
    kind(move |value: &Value| read_word(value, words), move || json!({"enum": words}))
}

/// One of these words, converted to its value. Words and values belong to the same type, so a known word
/// always parses.
pub fn word_for<'w, T>(words: &'w [&'w str]) -> impl for<'a> Kind<'a, Value = T> + 'w
where
    T: FromStr + 'w,
{
    let read = move |value: &Value| {
        let known = read_word(value, words)?.parse().ok();
        Ok(known.expect("a type reads each of its own words"))
    };
    kind(read, move || json!({"enum": words}))
}

/// A boolean, also as one of the words and numbers that partners send.
pub fn boolean() -> impl for<'a> Kind<'a, Value = bool> {
    kind(read_boolean, || json!({"type": "boolean"}))
}

/// A date: `YYYY-MM-DD`.
pub fn date() -> impl for<'a> Kind<'a, Value = NaiveDate> {
    kind(|value: &Value| read_date(value, '-'), || json!({"type": "string", "format": "date"}))
}

/// A UUID, with or without hyphens.
pub fn uuid() -> impl for<'a> Kind<'a, Value = Uuid> {
    let read = |value: &Value| {
        let read = value.as_str().and_then(|text| Uuid::parse_str(text).ok());
        read.ok_or_else(|| Faults::message("Not a valid UUID."))
    };
    kind(read, || json!({"type": "string", "format": "uuid"}))
}

/// A finite number, also as text.
pub fn number() -> impl for<'a> Kind<'a, Value = f64> {
    kind(read_number, || json!({"type": "number"}))
}

/// A whole number of 32 bits; a fraction is cut off, and text without one is accepted.
pub fn whole() -> impl for<'a> Kind<'a, Value = i32> {
    kind(read_whole, || json!({"type": "integer", "format": "int32"}))
}

/// An identifier. A number that is too large for our rows matches nothing.
pub fn identifier() -> impl for<'a> Kind<'a, Value = i64> {
    kind(read_whole, || json!({"type": "integer", "format": "int64"}))
}

/// A whole number within a range.
pub fn whole_within(range: RangeInclusive<i32>) -> impl for<'a> Kind<'a, Value = i32> {
    let (least, most) = (*range.start(), *range.end());
    let read = move |value: &Value| {
        let number: i32 = read_whole(value)?;
        let fits = (least..=most).contains(&number);
        fits.then_some(number).ok_or_else(|| out_of_range(least, most))
    };
    kind(read, move || json!({"type": "integer", "minimum": least, "maximum": most}))
}

/// A page number, in the list that an argument of a query is.
pub fn page<'a>() -> impl Kind<'a, Value = i32> {
    let about = "Number of the page, from 1.";
    let schema =
        move || json!({"type": "integer", "minimum": 1, "maximum": i32::MAX, "description": about});
    once("p", kind(|value: &'a Value| whole().read(value), schema))
}

/// A value in the list that an argument of a query is: one that may not be repeated.
pub fn once<'a, K: Kind<'a>>(name: &'static str, each: K) -> impl Kind<'a, Value = K::Value> {
    let schema = each.schema();
    let values = super::list(MANY, each);
    let read = move |value: &'a Value| {
        let text = format!("Argument `{name}` is specified more than once");
        let mut values = values.read(value)?;
        let only = values.pop().filter(|_| values.is_empty());
        only.ok_or_else(|| Faults::message(text))
    };
    kind(read, move || schema.clone())
}

/// Values of an argument that may be repeated.
pub fn many<'a, K: Kind<'a>>(each: K) -> impl Kind<'a, Value = Vec<K::Value>> {
    super::list(MANY, each)
}

/// Maximum number of repetitions of an argument.
const MANY: usize = 100;

/// A date in filters of lists: `YYYY/MM/DD`.
pub fn slashed_date() -> impl for<'a> Kind<'a, Value = NaiveDate> {
    let schema = || json!({"type": "string", "pattern": "^[0-9]{4}/(0?[1-9]|1[0-2])/(0?[1-9]|[12][0-9]|3[01])$"});
    kind(|value: &Value| read_date(value, '/'), schema)
}

/// A date and a time of day in ISO 8601; without an offset it is UTC.
pub fn date_time() -> impl for<'a> Kind<'a, Value = Moment> {
    let read = |value: &Value| {
        let moment = value.as_str().and_then(Moment::read);
        moment.ok_or_else(|| Faults::message("Not a valid datetime."))
    };
    kind(read, || json!({"type": "string", "format": "date-time"}))
}

/// A rectangle, as west, south, east and north in degrees, separated by commas.
pub fn bounds() -> impl for<'a> Kind<'a, Value = Bounds> {
    let read = |value: &Value| {
        let text = value.as_str().unwrap_or_default();
        let numbers: Option<Vec<f64>> =
            text.split(',').map(|part| part.trim().parse().ok()).collect();
        match numbers.as_deref() {
            Some([west, south, east, north]) if west <= east && south <= north => {
                Ok(Bounds { west: *west, south: *south, east: *east, north: *north })
            }
            _ => Err(Faults::message(
                "Not a valid box: give it as west,south,east,north in degrees.",
            )),
        }
    };
    kind(
        read,
        || json!({"type": "string", "description": "West, south, east and north in degrees, separated by commas."}),
    )
}

/// A longitude in degrees.
pub fn lon() -> impl for<'a> Kind<'a, Value = f64> {
    number_within(MAX_LON, "Longitude in degrees (WGS 84).")
}

/// A latitude in degrees.
pub fn lat() -> impl for<'a> Kind<'a, Value = f64> {
    number_within(MAX_LAT, "Latitude in degrees (WGS 84).")
}

fn read_word<'w>(value: &Value, words: &'w [&'w str]) -> Read<&'w str> {
    let text = text_up_to(value, SHORT_TEXT)?;
    let known = words.iter().find(|word| **word == text);
    let must_be = || Faults::message(format!("Must be one of: {}.", words.join(", ")));
    known.copied().ok_or_else(must_be)
}

fn read_boolean(value: &Value) -> Read<bool> {
    const TRUE: [&str; 11] = ["t", "T", "true", "True", "TRUE", "on", "On", "ON", "y", "Y", "1"];
    const FALSE: [&str; 11] =
        ["f", "F", "false", "False", "FALSE", "off", "Off", "OFF", "n", "N", "0"];
    const YES: [&str; 3] = ["yes", "Yes", "YES"];
    const NO: [&str; 3] = ["no", "No", "NO"];
    let read = match value {
        Value::Bool(value) => Some(*value),
        Value::Number(number) => match number.as_f64() {
            Some(1.0) => Some(true),
            Some(0.0) => Some(false),
            _ => None,
        },
        Value::String(text) => {
            let text = text.as_str();
            if TRUE.contains(&text) || YES.contains(&text) {
                Some(true)
            } else if FALSE.contains(&text) || NO.contains(&text) {
                Some(false)
            } else {
                None
            }
        }
        _ => None,
    };
    read.ok_or_else(|| Faults::message("Not a valid boolean."))
}

fn read_date(value: &Value, separator: char) -> Read<NaiveDate> {
    let date = value.as_str().and_then(|text| moment::read_date(text, separator));
    date.ok_or_else(|| Faults::message("Not a valid date."))
}

fn number_within(most: f64, about: &'static str) -> impl for<'a> Kind<'a, Value = f64> {
    let read = move |value: &Value| {
        let number = read_number(value)?;
        let fits = (-most..=most).contains(&number);
        fits.then_some(number).ok_or_else(|| out_of_range(-most, most))
    };
    let schema =
        move || json!({"type": "number", "minimum": -most, "maximum": most, "description": about});
    kind(read, schema)
}

fn out_of_range(least: impl std::fmt::Display, most: impl std::fmt::Display) -> Faults {
    Faults::message(format!(
        "Must be greater than or equal to {least} and less than or equal to {most}."
    ))
}

fn text_up_to(value: &Value, most: usize) -> Read<String> {
    let text = value.as_str().ok_or_else(|| Faults::message("Not a valid string."))?;
    if text.contains('\0') {
        return Err(Faults::message("NUL characters are not permitted."));
    }
    if text.len() > most && text.chars().count() > most {
        return Err(Faults::message(format!("Longer than maximum length {most}.")));
    }
    Ok(text.to_owned())
}

fn text_schema(most: usize) -> Schema {
    json!({"type": "string", "maxLength": most})
}
