//! Kinds of values: each reads a JSON value, as leniently as partners are used to, or says what is
//! wrong with it in the words they know.

#![expect(clippy::missing_errors_doc, reason = "the error of a kind is the fault of its value")]

use std::ops::RangeInclusive;
use std::str::FromStr;

use chrono::NaiveDate;
use serde_json::Value;
use territory::{MAX_LAT, MAX_LON};
use uuid::Uuid;

pub use super::numbers::{number, whole};
use super::{Faults, Read};

/// The longest short text, in characters: names, numbers, words. The incumbent's database refused
/// longer ones.
pub const SHORT_TEXT: usize = 255;

/// The longest long text, in characters: addresses.
pub const LONG_TEXT: usize = 4_000;

/// Text of at most [`SHORT_TEXT`] characters.
pub fn text(value: &Value) -> Read<String> {
    text_up_to(value, SHORT_TEXT)
}

/// Text of at most [`LONG_TEXT`] characters.
pub fn long_text(value: &Value) -> Read<String> {
    text_up_to(value, LONG_TEXT)
}

/// Text that is not empty.
pub fn some_text(value: &Value) -> Read<String> {
    let text = text(value)?;
    if text.is_empty() { Err(Faults::message("Field may not be empty.")) } else { Ok(text) }
}

/// Text of so many characters.
pub fn text_of(length: RangeInclusive<usize>) -> impl Fn(&Value) -> Read<String> {
    move |value| {
        let text = text(value)?;
        if length.contains(&text.chars().count()) {
            Ok(text)
        } else {
            let (least, most) = (length.start(), length.end());
            Err(Faults::message(format!("Length must be between {least} and {most}.")))
        }
    }
}

/// One of these words.
pub fn word<'w>(words: &'w [&'w str]) -> impl Fn(&Value) -> Read<&'w str> {
    move |value| {
        let text = text(value)?;
        let known = words.iter().find(|word| **word == text);
        let must_be = || Faults::message(format!("Must be one of: {}.", words.join(", ")));
        known.copied().ok_or_else(must_be)
    }
}

/// One of these words, as the value it stands for. Words and values are told by the same type, so
/// a word that is known always parses.
pub fn word_for<T: FromStr>(words: &[&str]) -> impl Fn(&Value) -> Read<T> {
    move |value| {
        let known = word(words)(value)?.parse().ok();
        Ok(known.expect("a type reads each of its own words"))
    }
}

/// A boolean, also as one of the words and numbers that partners send for it.
pub fn boolean(value: &Value) -> Read<bool> {
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

/// A date: `YYYY-MM-DD`.
pub fn date(value: &Value) -> Read<NaiveDate> {
    let not_a_date = || Faults::message("Not a valid date.");
    let text = value.as_str().ok_or_else(not_a_date)?;
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return Err(not_a_date()) };
    let digits = |part: &str, least: usize, most: usize| {
        let fits = (least..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        if fits { part.parse::<u32>().ok() } else { None }
    };
    let (year, month, day) = (digits(year, 4, 4), digits(month, 1, 2), digits(day, 1, 2));
    year.and_then(|year| i32::try_from(year).ok())
        .filter(|year| *year >= 1)
        .zip(month.zip(day))
        .and_then(|(year, (month, day))| NaiveDate::from_ymd_opt(year, month, day))
        .ok_or_else(not_a_date)
}

/// A UUID, with or without hyphens.
pub fn uuid(value: &Value) -> Read<Uuid> {
    let read = value.as_str().and_then(|text| Uuid::parse_str(text).ok());
    read.ok_or_else(|| Faults::message("Not a valid UUID."))
}

/// A whole number within a range.
pub fn whole_within(range: RangeInclusive<i32>) -> impl Fn(&Value) -> Read<i32> {
    move |value| {
        let number = whole(value)?;
        let fits = range.contains(&number);
        fits.then_some(number).ok_or_else(|| out_of_range(range.start(), range.end()))
    }
}

/// A longitude in degrees.
pub fn lon(value: &Value) -> Read<f64> {
    number_within(value, MAX_LON)
}

/// A latitude in degrees.
pub fn lat(value: &Value) -> Read<f64> {
    number_within(value, MAX_LAT)
}

fn number_within(value: &Value, most: f64) -> Read<f64> {
    let number = number(value)?;
    let fits = (-most..=most).contains(&number);
    fits.then_some(number).ok_or_else(|| out_of_range(-most, most))
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
