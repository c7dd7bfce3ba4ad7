//! Mutation of valid input: of any bytes, and of JSON values in unchanged structure.

use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};
use serde_json::Value;

/// Tokens that have confused parsers.
const TOKENS: [&[u8]; 34] = [
    b"\0",
    b"\xff",
    b"\xc3\x28",
    b"\xef\xbb\xbf",
    b"\\u0000",
    b"\\ud800",
    b"null",
    b"true",
    b"-1",
    b"0",
    b"-0.0",
    b"1e400",
    b"NaN",
    b"1e999",
    b"99999999999999999999",
    b"-9223372036854775808",
    b"2147483648",
    b"[",
    b"]",
    b"{",
    b"}",
    b"[[[[[[[[",
    b"\"",
    b",",
    b";",
    b":",
    b"%00",
    b"%ff",
    b"%",
    b"&",
    b"=",
    b"\r\n",
    b"0001-01-01T00:00:00Z",
    b"9999-12-31T23:59:59Z",
];

/// A replacement for a value.
fn value(dice: &mut impl Rng) -> Value {
    const VALUES: [&str; 26] = [
        "null",
        "true",
        "0",
        "-1",
        "1e308",
        "2147483647",
        "2147483648",
        "9223372036854775807",
        "18446744073709551615",
        "1.5",
        "\"\"",
        "\"\\u0000\"",
        "\"a\\u0000b\"",
        "\"\\ud83d\\ude95\"",
        "\"\\u202e\"",
        "\"NaN\"",
        "[]",
        "{}",
        "[[]]",
        "[null]",
        "{\"\": 1}",
        "180.0000001",
        "-90",
        "\"0001-01-01\"",
        "\"9999-12-31T23:59:59.999999+14:00\"",
        "\"-262144-01-01T00:00:00\"",
    ];
    if dice.random_ratio(1, 20) {
        return Value::from("é".repeat(dice.random_range(1..3_000)));
    }
    let text = VALUES.choose(dice).expect("some");
    serde_json::from_str(text).expect("JSON")
}

/// A mutated input, made from these valid ones.
pub(super) fn mutated(dice: &mut impl Rng, good: &[&[u8]]) -> Vec<u8> {
    let mut bytes = good.choose(dice).expect("a good input").to_vec();
    if dice.random_ratio(2, 3)
        && let Ok(mut json) = serde_json::from_slice(&bytes)
    {
        for _ in 0..dice.random_range(1..4) {
            change_a_leaf(dice, &mut json);
        }
        bytes = json.to_string().into_bytes();
        if dice.random_ratio(3, 4) {
            return bytes;
        }
    }
    for _ in 0..dice.random_range(1..6) {
        break_bytes(dice, &mut bytes, good);
    }
    bytes
}

fn change_a_leaf(dice: &mut impl Rng, json: &mut Value) {
    match json {
        Value::Array(items) if !items.is_empty() && dice.random_ratio(9, 10) => {
            let place = dice.random_range(0..items.len());
            match dice.random_range(0..20) {
                0 => drop(items.remove(place)),
                1 => items.push(items[place].clone()),
                _ => change_a_leaf(dice, &mut items[place]),
            }
        }
        Value::Object(fields) if !fields.is_empty() && dice.random_ratio(9, 10) => {
            let names: Vec<String> = fields.keys().cloned().collect();
            let name = names.choose(dice).expect("a field");
            match dice.random_range(0..20) {
                0 => drop(fields.remove(name)),
                1 => drop(fields.insert(format!("{name}_"), value(dice))),
                _ => change_a_leaf(dice, &mut fields[name.as_str()]),
            }
        }
        leaf => *leaf = value(dice),
    }
}

fn break_bytes(dice: &mut impl Rng, bytes: &mut Vec<u8>, good: &[&[u8]]) {
    let from = dice.random_range(0..=bytes.len());
    let to = dice.random_range(from..=bytes.len().min(from + 24));
    match dice.random_range(0..6) {
        0 if from < bytes.len() => bytes[from] ^= 1 << dice.random_range(0..8),
        1 => drop(bytes.drain(from..to)),
        2 => {
            let again = bytes[from..to].to_vec();
            bytes.splice(from..from, again);
        }
        3 => {
            let other = good.choose(dice).expect("a good input");
            let tail = &other[dice.random_range(0..=other.len())..];
            bytes.splice(from.., tail.iter().copied());
        }
        _ => {
            let token = TOKENS.choose(dice).expect("some");
            bytes.splice(from..to, token.iter().copied());
        }
    }
}
