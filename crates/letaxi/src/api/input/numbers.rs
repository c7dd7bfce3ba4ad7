//! Numbers as partners send them: also as text, with blanks around, with an exponent.

use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::schema::Read;
use crate::server::faults::Faults;

/// The object that represents a number that is not finite, and its only field.
///
/// JSON has no such numbers, but the incumbent's parser accepted them (see `json`), so they are parsed and
/// then refused by the kind of their field. The field's name is random in each process, so that no document
/// can contain it.
static NOT_FINITE: LazyLock<[String; 2]> = LazyLock::new(|| {
    let field = uuid::Uuid::new_v4().to_string();
    [format!(r#"{{"{field}":0}}"#), field]
});

/// JSON for a number that is not finite.
pub fn not_finite() -> &'static str {
    &NOT_FINITE[0]
}

/// True if an object is [`not_finite`].
pub(super) fn is_not_finite(object: &Map<String, Value>) -> bool {
    object.len() == 1 && object.contains_key(&NOT_FINITE[1])
}

/// Reads a finite number; the fault distinguishes other values from numbers that are not finite.
pub(super) fn read_number(value: &Value) -> Read<f64> {
    let read = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => parse(text),
        Value::Object(object) if is_not_finite(object) => Some(f64::NAN),
        _ => None,
    };
    match read {
        Some(number) if number.is_finite() => Ok(number),
        Some(_) => {
            Err(Faults::message("Special numeric values (nan or infinity) are not permitted."))
        }
        None => Err(Faults::message("Not a valid number.")),
    }
}

/// Reads a whole number in range; the fault distinguishes other values from numbers out of range. A fraction
/// is cut off.
pub(super) fn read_whole<T: TryFrom<i128> + Bounded>(value: &Value) -> Read<T> {
    let not_valid = || Faults::message("Not a valid integer.");
    let wide: i128 = match value {
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => whole.into(),
            #[expect(clippy::cast_possible_truncation, reason = "what is too large stays so")]
            (None, Some(number)) => number as i128,
            (None, None) => return Err(not_valid()),
        },
        Value::String(text) => {
            let digits = text.trim();
            let unsigned = digits.strip_prefix(['+', '-']).unwrap_or(digits);
            if unsigned.is_empty() || !unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(not_valid());
            }
            digits.parse().unwrap_or(i128::MAX)
        }
        _ => return Err(not_valid()),
    };
    T::try_from(wide).map_err(|_too_large| {
        Faults::message(format!("Must be between {} and {}.", T::LEAST, T::MOST))
    })
}

/// A type of whole numbers with its range.
pub(super) trait Bounded: std::fmt::Display {
    /// Minimum and maximum.
    const LEAST: Self;
    const MOST: Self;
}

impl Bounded for i32 {
    const LEAST: Self = Self::MIN;
    const MOST: Self = Self::MAX;
}

impl Bounded for i64 {
    const LEAST: Self = Self::MIN;
    const MOST: Self = Self::MAX;
}

/// Parses a number like Python's `float`, which accepts the syntax of `str::parse` with blanks around it.
fn parse(text: &str) -> Option<f64> {
    text.trim().parse().ok()
}
