//! JSON as the incumbent's parser read it: `json.loads` of Python, which takes more than RFC 8259 allows.
//!
//! Well-formed UTF-8 is read in one pass. Only a document that this pass refuses is looked at again, for
//! another encoding, for numbers that are not finite and for halves of surrogate pairs.

use serde::de::IgnoredAny;
use serde_json::Value;

use super::input::not_finite;

/// What stands for half of a surrogate pair: neither Rust's texts nor PostgreSQL can hold one.
const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;

/// Reads a document; `None` if Python would refuse it, too.
///
/// A number that is not finite (`NaN`, `-Infinity`, `1e999`) becomes [`not_finite`], so that the kind of its
/// field can refuse it. Half of a surrogate pair becomes U+FFFD.
pub(super) fn parse(bytes: &[u8]) -> Option<Value> {
    if let Ok(value) = serde_json::from_slice(bytes) {
        return Some(value);
    }
    serde_json::from_str(&within_the_standard(&decode(bytes)?)).ok()
}

/// The text of a document in the encoding that Python's `json.detect_encoding` finds.
fn decode(bytes: &[u8]) -> Option<String> {
    match bytes {
        [0, 0, 0xfe, 0xff, rest @ ..] => utf_32(rest, u32::from_be_bytes),
        [0xff, 0xfe, 0, 0, rest @ ..] => utf_32(rest, u32::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf_16(rest, u16::from_be_bytes),
        [0xff, 0xfe, rest @ ..] => utf_16(rest, u16::from_le_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => utf_8(rest),
        [0, 0, _, _, ..] => utf_32(bytes, u32::from_be_bytes),
        [0, _, _, _, ..] | [0, _] => utf_16(bytes, u16::from_be_bytes),
        [_, 0, 0, 0, ..] => utf_32(bytes, u32::from_le_bytes),
        [_, 0, _, _, ..] | [_, 0] => utf_16(bytes, u16::from_le_bytes),
        _ => utf_8(bytes),
    }
}

/// UTF-8 in which halves of surrogate pairs may be written as characters.
fn utf_8(mut bytes: &[u8]) -> Option<String> {
    let mut text = String::with_capacity(bytes.len());
    while let Err(error) = str::from_utf8(bytes) {
        let (good, bad) = bytes.split_at(error.valid_up_to());
        let [0xed, 0xa0..=0xbf, 0x80..=0xbf, rest @ ..] = bad else { return None };
        text.push_str(str::from_utf8(good).ok()?);
        text.push(REPLACEMENT);
        bytes = rest;
    }
    text.push_str(str::from_utf8(bytes).ok()?);
    Some(text)
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (units, rest) = bytes.as_chunks();
    let characters = char::decode_utf16(units.iter().map(|bytes| unit(*bytes)));
    rest.is_empty().then(|| characters.map(|one| one.unwrap_or(REPLACEMENT)).collect())
}

fn utf_32(bytes: &[u8], number: fn([u8; 4]) -> u32) -> Option<String> {
    let (numbers, rest) = bytes.as_chunks();
    let characters = numbers.iter().map(|bytes| match number(*bytes) {
        0xd800..=0xdfff => Some(REPLACEMENT),
        other => char::from_u32(other),
    });
    if rest.is_empty() { characters.collect() } else { None }
}

/// The same document without what the standard does not allow.
fn within_the_standard(json: &str) -> String {
    let mut copy = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(first) = rest.chars().next() {
        let length = if first == '"' {
            copy_text(rest, &mut copy)
        } else if let Some(length) = length_of_not_finite(rest) {
            copy.push_str(not_finite());
            length
        } else {
            let length = length_of_number(rest).max(first.len_utf8());
            copy.push_str(&rest[..length]);
            length
        };
        rest = &rest[length..];
    }
    copy
}

/// The length of the number that is not finite at the begin, if there is one.
fn length_of_not_finite(json: &str) -> Option<usize> {
    if let Some(word) =
        ["NaN", "Infinity", "-Infinity"].iter().find(|word| json.starts_with(**word))
    {
        return Some(word.len());
    }
    let number = &json[..length_of_number(json)];
    let is_infinite = number.parse().is_ok_and(f64::is_infinite);
    // Rust reads numbers, `+1` for one, that JSON does not know.
    let is_json = || serde_json::from_str::<IgnoredAny>(number).is_ok();
    (is_infinite && is_json()).then_some(number.len())
}

/// How many characters at the begin may belong to one number.
fn length_of_number(json: &str) -> usize {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E');
    json.find(|c| !is_part(c)).unwrap_or(json.len())
}

/// Copies the text at the begin, its quotes included, and tells its length.
fn copy_text(json: &str, copy: &mut String) -> usize {
    copy.push('"');
    let mut at = 1;
    while let Some(plain) = json[at..].find(['"', '\\']) {
        copy.push_str(&json[at..at + plain]);
        at += plain;
        if json[at..].starts_with('"') {
            copy.push('"');
            return at + 1;
        }
        let length = match (escaped_unit(&json[at..]), json.get(at + 6..).and_then(escaped_unit)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => {
                copy.push(REPLACEMENT);
                at += 6;
                continue;
            }
            (Some(_), _) => 6,
            (None, _) => 1 + json[at + 1..].chars().next().map_or(0, char::len_utf8),
        };
        copy.push_str(&json[at..at + length]);
        at += length;
    }
    copy.push_str(&json[at..]);
    json.len()
}

/// The unit of UTF-16 that `\u` and four digits at the begin stand for.
fn escaped_unit(json: &str) -> Option<u16> {
    let digits = json.strip_prefix("\\u")?.get(..4)?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(())?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::body::MAX_BODY_BYTES;
    use super::super::input::{Kind, Unknown, kinds, object, one};
    use super::*;

    #[test]
    fn numbers_that_are_not_finite_pass_the_syntax_but_not_the_field() {
        let value = parse(
            br#"{"lon": NaN, "lat": -Infinity, "far": 1e999, "name": "NaN \" Infinity 1e999"}"#,
        );
        let value = value.expect("taken as syntax");
        for field in ["lon", "lat", "far"] {
            let fault = kinds::number().read(&value[field]).expect_err("not a number one can use");
            let says = ["Special numeric values (nan or infinity) are not permitted."];
            assert_eq!(json!(fault), json!(says));
        }
        assert_eq!(value["name"], json!("NaN \" Infinity 1e999"));
    }

    #[test]
    fn what_stands_for_a_number_that_is_not_finite_is_no_object() {
        let document = parse(br#"{"data": [NaN]}"#).expect("taken as syntax");
        for unknown in [Unknown::Refused, Unknown::Ignored] {
            let description = one(object(unknown, |fields| fields.optional("x", kinds::number())));
            let faults = description.read(&document).expect_err("no object");
            assert_eq!(json!(faults), json!({"data": {"0": {"_schema": ["Invalid input type."]}}}));
        }
        // No document can hold it under its own name.
        let value = parse(br#"{"\u0000not finite": 0}"#).expect("an object");
        assert_eq!(json!(kinds::number().read(&value)), json!({"Err": ["Not a valid number."]}));
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in [
            "",
            "  ",
            "{",
            "hello",
            "{'data': []}",
            "[1,]",
            "{} {}",
            "NaNa",
            "+1e999",
            "01e999",
            "1.e999",
            "\"\\",
            "\"\\ud83",
            "\"\\u+83d\"",
            "[\"\\\u{e9}\"]",
            "\u{feff}\u{feff}{}",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
        for bytes in [
            &b"\"\xff\""[..],
            b"\"\xed\xa0\"",
            b"\xff\xfe{",
            b"\xff\xfe\0\0{\0\0",
            b"\0\0\0\x22\0\x11\0\0\0\0\0\x22",
        ] {
            assert_eq!(parse(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth| "[".repeat(depth) + &"]".repeat(depth);
        assert!(parse(nested(100).as_bytes()).is_some());
        assert_eq!(parse(nested(200).as_bytes()), None);
        assert_eq!(parse("[".repeat(MAX_BODY_BYTES).as_bytes()), None);
    }

    #[test]
    fn of_two_fields_of_one_name_the_last_counts() {
        assert_eq!(parse(br#"{"a": 1, "a": 2}"#), Some(json!({"a": 2})));
    }

    /// A text in each encoding that Python finds, with and without a byte order mark.
    fn encodings(text: &str) -> Vec<Vec<u8>> {
        let marked = format!("\u{feff}{text}");
        let mut all = vec![marked.clone().into_bytes()];
        for text in [text, &marked] {
            all.push(text.encode_utf16().flat_map(u16::to_be_bytes).collect());
            all.push(text.encode_utf16().flat_map(u16::to_le_bytes).collect());
            all.push(text.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect());
            all.push(text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect());
        }
        all
    }

    #[test]
    fn every_encoding_is_read_that_python_finds() {
        for (text, value) in [
            (
                r#"{"data": [{"name": "Zoé 🚕 \ud83d\ude95"}]}"#,
                json!({"data": [{"name": "Zoé 🚕 🚕"}]}),
            ),
            ("{}", json!({})),
            ("7", json!(7)),
        ] {
            for bytes in encodings(text) {
                assert_eq!(parse(&bytes).as_ref(), Some(&value), "{bytes:?}");
            }
        }
    }

    #[test]
    fn half_of_a_surrogate_pair_is_replaced() {
        for (bytes, text) in [
            (&br#""x\ud83d""#[..], "x\u{fffd}"),
            (br#""\ude00\ud83d\ude00\ud83dx\uD83D\n""#, "\u{fffd}😀\u{fffd}x\u{fffd}\n"),
            (br#""\ud83d\ud83d\ude00""#, "\u{fffd}😀"),
            (br#""\\ud83d \ud83d""#, "\\ud83d \u{fffd}"),
            (b"\"\xed\xa0\xbdx\xed\xb8\x80\"", "\u{fffd}x\u{fffd}"),
            (b"\"\0x\0\x3d\xd8\"\0", "x\u{fffd}"),
            (b"\"\0\0\0\x3d\xd8\0\0\"\0\0\0", "\u{fffd}"),
        ] {
            assert_eq!(parse(bytes), Some(json!(text)), "{bytes:?}");
        }
    }
}
