//! The header that an operator requests with its hails, with the contract's rules.
//!
//! They are laxer than HTTP: a header that no message can carry is refused when the call is made, with the
//! reason.

use serde_json::{Value, json};

use crate::api::input::{Faults, Kind, Read, Schema, kind, kinds};

/// Its name: no colon, no line break, no blank at the start; ASCII.
pub(super) fn name() -> impl for<'a> Kind<'a, Value = String> {
    text("Invalid header name", "^([!-9;-~][ -9;-~]*)?$", |text| {
        let starts_well = !text.starts_with(|c: char| c.is_whitespace());
        text.is_ascii() && starts_well && !text.contains([':', '\r', '\n'])
    })
}

/// Its value: no line break unless a blank follows; ASCII.
pub(super) fn value() -> impl for<'a> Kind<'a, Value = String> {
    text("Invalid header value", "^[ -~]*$", |text| {
        let bytes = text.as_bytes();
        let goes_on = |index: usize, with: &[u8]| {
            bytes.get(index + 1).is_some_and(|next| with.contains(next))
        };
        let breaks = |(index, byte): (usize, &u8)| match byte {
            b'\n' => !goes_on(index, b" \t"),
            b'\r' => !goes_on(index, b" \t\n"),
            _ => false,
        };
        text.is_ascii() && !bytes.iter().enumerate().any(breaks)
    })
}

/// The pattern in the reference: printable ASCII. Other characters are accepted for compatibility.
fn text(
    fault: &'static str,
    pattern: &'static str,
    fits: impl Fn(&str) -> bool,
) -> impl for<'a> Kind<'a, Value = String> {
    let read = move |value: &Value| -> Read<String> {
        let text = kinds::text().read(value)?;
        if text.is_empty() || fits(&text) { Ok(text) } else { Err(Faults::message(fault)) }
    };
    kind(read, move || -> Schema {
        json!({"type": "string", "maxLength": kinds::SHORT_TEXT, "pattern": pattern})
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_cannot_bring_another_one() {
        let name = |text: &str| name().read(&json!(text)).is_ok();
        let value = |text: &str| value().read(&json!(text)).is_ok();
        for text in ["", "X-Api-Key", "X_Y", "x api", "(x)"] {
            assert!(name(text), "{text}");
        }
        for text in ["X:Y", ":", " X", "X\nY", "é", "X-Ÿ"] {
            assert!(!name(text), "{text}");
        }
        for text in ["", "secret", " x ", "a\n b", "a\r\n b"] {
            assert!(value(text), "{text:?}");
        }
        for text in ["a\nb", "a\r\nb", "a\n", "a\r", "é"] {
            assert!(!value(text), "{text:?}");
        }
    }
}
