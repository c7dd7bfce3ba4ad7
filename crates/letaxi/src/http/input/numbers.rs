//! Numbers as partners send them: also as text, with blanks around, with an exponent.

use serde_json::Value;

use super::{Faults, Read};

/// How `NaN` and infinities reach us: JSON has no word for them, but the incumbent's parser had
/// (see `http::body`), so they are let in as this object and refused here by name.
pub(super) const NOT_FINITE: &str = "\u{0}not finite";

/// Reads a finite number, or says whether it is no number at all, or one that is not finite.
pub(super) fn read_number(value: &Value) -> Read<f64> {
    let read = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => parse(text),
        Value::Object(object) if object.contains_key(NOT_FINITE) => Some(f64::NAN),
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

/// Reads a whole number of 32 bits, or says that it is none, or too large.
pub(super) fn read_whole(value: &Value) -> Read<i32> {
    let not_valid = || Faults::message("Not a valid integer.");
    let wide = match value {
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => whole as f64,
            (None, Some(number)) => number.trunc(),
            (None, None) => return Err(not_valid()),
        },
        Value::String(text) => {
            let digits = text.trim();
            let unsigned = digits.strip_prefix(['+', '-']).unwrap_or(digits);
            if unsigned.is_empty() || !unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(not_valid());
            }
            digits.parse().ok().ok_or_else(not_valid)?
        }
        _ => return Err(not_valid()),
    };
    let fits = (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&wide);
    #[expect(clippy::cast_possible_truncation, reason = "the range was just checked")]
    fits.then_some(wide as i32)
        .ok_or_else(|| Faults::message(format!("Must be between {} and {}.", i32::MIN, i32::MAX)))
}

/// Reads a number as Python's `float` does, which accepts what `str::parse` does and blanks
/// around it.
fn parse(text: &str) -> Option<f64> {
    text.trim().parse().ok()
}
