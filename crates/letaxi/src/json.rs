//! A JSON parser compatible with the incumbent's `json.loads` of Python, which accepts more than RFC 8259.
//!
//! Valid UTF-8 is parsed in one pass. Only if that fails, the document is checked for another encoding, for
//! numbers that are not finite and for halves of surrogate pairs. Requests of partners and answers of
//! operators' servers are parsed by the same rules.

use serde::de::IgnoredAny;
use serde_json::Value;

/// Replacement of half a surrogate pair (U+FFFD): neither Rust's texts nor PostgreSQL can hold one.
const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;

/// Parses a document; `None` if Python would refuse it, too.
///
/// A number that is not finite (`NaN`, `-Infinity`, `1e999`) becomes `not_finite`, which is JSON. Half of a
/// surrogate pair becomes U+FFFD.
pub(crate) fn parse(bytes: &[u8], not_finite: &str) -> Option<Value> {
    if let Ok(value) = serde_json::from_slice(bytes) {
        return Some(value);
    }
    serde_json::from_str(&within_the_standard(&decode(bytes)?, not_finite)).ok()
}

/// Decodes a document, in the encoding that Python's `json.detect_encoding` finds.
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

/// Decodes UTF-8 that may contain encoded halves of surrogate pairs.
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

/// Replaces the parts of a document that the standard does not allow.
fn within_the_standard(json: &str, not_finite: &str) -> String {
    let mut copy = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(first) = rest.chars().next() {
        let length = if first == '"' {
            copy_text(rest, &mut copy)
        } else if let Some(length) = length_of_not_finite(rest) {
            copy.push_str(not_finite);
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

/// Length of a number at the start that is not finite, if there is one.
fn length_of_not_finite(json: &str) -> Option<usize> {
    if let Some(word) =
        ["NaN", "Infinity", "-Infinity"].iter().find(|word| json.starts_with(**word))
    {
        return Some(word.len());
    }
    let number = &json[..length_of_number(json)];
    let is_infinite = number.parse().is_ok_and(f64::is_infinite);
    // Rust parses numbers such as `+1`, which JSON does not allow.
    let is_json = || serde_json::from_str::<IgnoredAny>(number).is_ok();
    (is_infinite && is_json()).then_some(number.len())
}

/// Length of the number at the start of a text, in characters.
fn length_of_number(json: &str) -> usize {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E');
    json.find(|c| !is_part(c)).unwrap_or(json.len())
}

/// Copies the string at the start, with its quotes, and returns its length.
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

/// The UTF-16 unit of `\u` and four digits at the start.
fn escaped_unit(json: &str) -> Option<u16> {
    let digits = json.strip_prefix("\\u")?.get(..4)?;
    digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(())?;
    u16::from_str_radix(digits, 16).ok()
}
