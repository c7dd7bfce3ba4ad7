//! Parser for documents of requests, compatible with the incumbent's.

use serde_json::Value;

use super::input::not_finite;
use crate::json;

/// Parses a document; `None` if Python would refuse it, too.
///
/// A number that is not finite becomes [`not_finite`], so that the kind of its field can refuse it.
pub(crate) fn parse(bytes: &[u8]) -> Option<Value> {
    json::parse(bytes, not_finite())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::input::{Kind, Unknown, kinds, object, one};
    use crate::server::body::MAX_BODY_BYTES;

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
        // No document can contain it under its own name.
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

    /// A text in each encoding that Python detects, with and without a byte order mark.
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
