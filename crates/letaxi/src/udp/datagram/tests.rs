//! What is read of a datagram, and which signature is right for it.

use super::*;

/// A datagram whose fields are written like this, signed over these texts with the key `k`.
fn signed(fields: &str, texts: &str) -> Vec<u8> {
    let hash = Sha1::digest(format!("{texts}k"))
        .iter()
        .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    format!(r#"{{{fields}, "hash": "{hash}"}}"#).into_bytes()
}

const REST: &str = r#""device": "mobile", "status": "free", "version": "1""#;

#[test]
fn what_is_signed_is_the_very_text_the_sender_wrote() {
    for (fields, texts) in [
        // All as texts, as most senders do.
        (
            r#""timestamp": "1430076493", "operator": "neotaxi", "taxi": "9cf0ebf", "lat": "48.7", "lon": "2.8""#,
            "1430076493neotaxi9cf0ebf48.72.8",
        ),
        // Numbers count with every digit that is written, also those that say nothing.
        (
            r#""timestamp": 1430076493.50, "operator": "neotaxi", "taxi": "9cf0ebf", "lat": 48.70, "lon": 2.80e0"#,
            "1430076493.50neotaxi9cf0ebf48.702.80e0",
        ),
        (
            r#""timestamp": 0, "operator": "neotaxi", "taxi": "9cf0ebf", "lat": "48,70", "lon": " 2,8""#,
            "0neotaxi9cf0ebf48,70 2,8",
        ),
        // Escapes count as what they stand for.
        (
            r#""timestamp": "", "operator": "n\u00e9o\"taxi", "taxi": "9cf\u0030ebf", "lat": "48\u002e7", "lon": 2.8"#,
            "néo\"taxi9cf0ebf48.72.8",
        ),
        // The order of the fields, blanks and what else is in there do not count.
        (
            r#""x": [1, {"y": null}], "lon":2.8  ,"lat":48.7,"taxi":"9cf0ebf","operator":"neotaxi","timestamp":"1""#,
            "1neotaxi9cf0ebf48.72.8",
        ),
    ] {
        let bytes = signed(&format!("{fields}, {REST}"), &format!("{texts}mobilefree1"));
        let datagram = Datagram::read(&bytes).expect(fields);
        assert!(datagram.is_signed_with(b"k"), "{fields}");
        assert!(!datagram.is_signed_with(b"K"), "{fields}");
        assert_eq!(datagram.point, Point::new(2.8, 48.7).expect("in range"), "{fields}");
        assert_eq!(datagram.taxi, "9cf0ebf", "{fields}");
    }
}

/// Made by Python 3.11, as senders do: `json.loads` of the datagram, `str` of each field in the order in which they
/// are signed (of `float` of longitude and latitude in the rows of floats), the key `k`, SHA-1.
const OF_PYTHON: [(&str, &str, Numbers); 11] = [
    (
        r#""timestamp": 1430076493.50, "operator": "o", "taxi": "t", "lat": 48.70, "lon": 2.80, "device": "d", "status": "free", "version": 2"#,
        "563bad147eaf4b2f2b621c65231384436b2561c5",
        Numbers::AsPython,
    ),
    (
        r#""timestamp": 1430076493, "operator": "o", "taxi": "t", "lat": 48, "lon": 2, "device": "d", "status": "free", "version": 2"#,
        "a6384d18fa7bc9d057f88dfaf8891f1b16c973e1",
        Numbers::AsPython,
    ),
    (
        r#""timestamp": 1430076493, "operator": "o", "taxi": "t", "lat": 48, "lon": 2, "device": "d", "status": "free", "version": 2"#,
        "ae7d36e5480866340b99a127e441b8a0e4c2e051",
        Numbers::AsPythonFloats,
    ),
    (
        r#""timestamp": 1, "operator": "o", "taxi": "t", "lat": 48, "lon": 2.80, "device": "d", "status": "free", "version": 1.0"#,
        "64f6415ee6940c0eb21d005e392b63238f09aa25",
        Numbers::AsPythonFloats,
    ),
    (
        r#""timestamp": 0, "operator": "o", "taxi": "t", "lat": -0, "lon": -0.0, "device": "d", "status": "free", "version": 1"#,
        "a915bc3b519e0bc198a18c9d053b9c04ef748f45",
        Numbers::AsPython,
    ),
    (
        r#""timestamp": 0, "operator": "o", "taxi": "t", "lat": -0, "lon": -0.0, "device": "d", "status": "free", "version": 1"#,
        "ac93172038b5c7f9377ea8816c304ddff28673be",
        Numbers::AsPythonFloats,
    ),
    (
        r#""timestamp": 1430076493E0, "operator": "o", "taxi": "t", "lat": 4.87e1, "lon": 28E-1, "device": "d", "status": "free", "version": 1e2"#,
        "7b0ba8cf9b8f21035a3ad9691ef6902c067ef090",
        Numbers::AsPython,
    ),
    (
        r#""timestamp": 1e16, "operator": "o", "taxi": "t", "lat": 0.0001, "lon": 0.00001, "device": "d", "status": "free", "version": 123456789012345678901234567890"#,
        "186a27324dd0c8d30b8f9c0ebbfce7500083f749",
        Numbers::AsPython,
    ),
    (
        r#""timestamp": 9007199254740993.0, "operator": "o", "taxi": "t", "lat": 0.00012345, "lon": -1.5e-7, "device": "d", "status": "free", "version": 1.5e300"#,
        "5451dee3656bf53b92a4e43cbe8ba15f4cd36aab",
        Numbers::AsPython,
    ),
    (
        r#""timestamp": 1e-400, "operator": "o", "taxi": "t", "lat": 48.86000000000000123456, "lon": 2.3499999999999999999, "device": "d", "status": "free", "version": 1e999"#,
        "66fd44b026d4bd19c6e7020c3591b4578bdb161f",
        Numbers::AsPython,
    ),
    (
        r#""timestamp": "1.0", "operator": "o", "taxi": "t", "lat": "48.70", "lon": 2.80, "device": "d", "status": "free", "version": 1.0"#,
        "5daa01a99a98c2ba530a0e80ef7370446c87e701",
        Numbers::AsPython,
    ),
];

#[test]
fn numbers_may_be_signed_as_python_prints_them() {
    for (fields, hash, numbers) in OF_PYTHON {
        let bytes = format!(r#"{{{fields}, "hash": "{hash}"}}"#).into_bytes();
        let datagram = Datagram::read_with(&bytes, numbers).expect(fields);
        assert!(datagram.is_signed_with(b"k"), "{fields}");
        assert!(!datagram.is_signed_with(b"K"), "{fields}");
    }
}

#[test]
fn each_field_is_signed() {
    let fields = [
        ("timestamp", "1"),
        ("operator", "o"),
        ("taxi", "t"),
        ("lat", "48.7"),
        ("lon", "2.8"),
        ("device", "d"),
        ("status", "free"),
        ("version", "2"),
    ];
    let write = |fields: &[(&str, &str)]| {
        let fields: Vec<_> = fields.iter().map(|(k, v)| format!(r#""{k}": "{v}""#)).collect();
        fields.join(", ")
    };
    let texts: String = fields.iter().map(|(_, text)| *text).collect();
    for index in 0..fields.len() {
        let mut other = fields;
        other[index].1 = "3";
        let bytes = signed(&write(&other), &texts);
        let datagram = Datagram::read(&bytes).expect("it can be read");
        assert!(!datagram.is_signed_with(b"k"), "{}", fields[index].0);
    }
    let bytes = signed(&write(&fields), &texts);
    assert!(Datagram::read(&bytes).expect("it can be read").is_signed_with(b"k"));
}

#[test]
fn a_signature_may_be_written_in_capitals() {
    let fields =
        format!(r#""timestamp": 1, "operator": "o", "taxi": "t", "lat": 48.7, "lon": 2.8, {REST}"#);
    let bytes = signed(&fields, "1ot48.72.8mobilefree1");
    let text = String::from_utf8(bytes).expect("text");
    let (before, hash) = text.split_at(text.len() - 42);
    let bytes = format!("{before}{}", hash.to_uppercase()).into_bytes();
    assert!(Datagram::read(&bytes).expect("it can be read").is_signed_with(b"k"));
}

#[test]
fn what_is_not_as_agreed_on_is_told_from_what_is_nowhere_on_earth() {
    use Fault::{Malformed, OutOfRange, TooLong};
    let hash = "0123456789abcdef0123456789abcdef01234567";
    let good = format!(
        r#"{{"timestamp": 1, "operator": "o", "taxi": "t", "lat": 48.7, "lon": 2.8, {REST}, "hash": "{hash}"}}"#
    );
    let fault = |bytes: &[u8]| Datagram::read(bytes).err();
    assert_eq!(fault(good.as_bytes()), None);
    for (what, instead, expected) in [
        // No field may be missing, be there twice or be of another kind.
        (r#""timestamp": 1, "#, "", Malformed),
        (r#""operator": "o", "#, "", Malformed),
        (r#""taxi": "t", "#, "", Malformed),
        (r#""lat": 48.7, "#, "", Malformed),
        (r#""lon": 2.8, "#, "", Malformed),
        (r#""device": "mobile", "#, "", Malformed),
        (r#""status": "free", "#, "", Malformed),
        (r#""version": "1", "#, "", Malformed),
        (r#", "hash""#, r#", "hsah""#, Malformed),
        (r#""taxi": "t""#, r#""taxi": "t", "taxi": "u""#, Malformed),
        (r#""taxi": "t""#, r#""taxi": null"#, Malformed),
        (r#""taxi": "t""#, r#""taxi": ["t"]"#, Malformed),
        (r#""taxi": "t""#, r#""taxi": "\ud800""#, Malformed),
        (r#""taxi": "t""#, "\"taxi\": \"\n\"", Malformed),
        (r#""status": "free""#, r#""status": true"#, Malformed),
        (r#""lat": 48.7"#, r#""lat": 048.7"#, Malformed),
        (r#""lat": 48.7"#, r#""lat": "48,,7""#, Malformed),
        (r#""lat": 48.7"#, r#""lat": "48.7,0""#, Malformed),
        (r#""lat": 48.7"#, r#""lat": "north""#, Malformed),
        (r#""lat": 48.7"#, r#""lat": "" "#, Malformed),
        (r#""lat": 48.7"#, r#""lat": "48.700000000000000000000000000000000000000""#, Malformed),
        (hash, &hash[1..], Malformed),
        (&hash[..2], "0x", Malformed),
        ("}", "", Malformed),
        ("{", "[", Malformed),
        // Nowhere on Earth.
        (r#""lat": 48.7"#, r#""lat": 90.1"#, OutOfRange),
        (r#""lat": 48.7"#, r#""lat": "-90,1""#, OutOfRange),
        (r#""lon": 2.8"#, r#""lon": 180.1"#, OutOfRange),
        (r#""lon": 2.8"#, r#""lon": -1e300"#, OutOfRange),
        (r#""lon": 2.8"#, r#""lon": "NaN""#, OutOfRange),
        (r#""lon": 2.8"#, r#""lon": "inf""#, OutOfRange),
    ] {
        assert!(good.contains(what), "{what}");
        let bad = good.replacen(what, instead, 1);
        assert_eq!(fault(bad.as_bytes()), Some(expected), "{bad}");
    }
    for bytes in [&b""[..], b"null", b"{}", b"\xff\xfe", good.replace('o', "\u{0}").as_bytes()] {
        assert_eq!(fault(bytes), Some(Malformed), "{bytes:?}");
    }
    let mut not_text = good.clone().into_bytes();
    let at = good.find("mobile").expect("it is in there");
    not_text[at] = 0xff;
    assert_eq!(fault(&not_text), Some(Malformed));
    let mut long = good.into_bytes();
    long.resize(MAX_BYTES, b' ');
    assert_eq!(fault(&long), None);
    long.push(b' ');
    assert_eq!(fault(&long), Some(TooLong));
}

proptest::proptest! {
    #[test]
    fn whatever_comes_in_is_read_or_refused(bytes: Vec<u8>, text: String, lat: f64, tail in 0..400_usize) {
        let _ = Datagram::read(&bytes);
        let fields = format!(
            r#""timestamp": {text:?}, "operator": "o", "taxi": "t", "lat": "{lat}", "lon": 2.8, {REST}"#
        );
        let mut bytes = signed(&fields, "");
        let _ = Datagram::read(&bytes);
        bytes.truncate(tail);
        let _ = Datagram::read(&bytes);
    }
}
