//! One datagram: a JSON object whose fields are signed in the very text the sender wrote, or with its numbers
//! as Python prints them: see [`Numbers`].
//!
//! Nothing is known of the sender here; keys are handed in. Where the text needs no unescaping, it
//! is not copied.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;
use sha1::{Digest, Sha1};
use subtle::ConstantTimeEq;
use territory::Point;

mod python;

/// Longest datagram that is read, in bytes. A position takes about 300; what is longer than one
/// packet on the way is no position.
pub const MAX_BYTES: usize = 2048;

/// Longest text of a longitude or latitude, in bytes.
const MAX_NUMBER: usize = 40;

/// Length of a SHA-1 digest in bytes.
const DIGEST_BYTES: usize = 20;

/// A position as it was sent, not yet known to be anybody's.
///
/// Its time is read, since it is signed, but not judged: senders' clocks are wrong by hours, and
/// partners write it as they like. A position counts from the moment it arrives.
#[derive(Debug)]
pub struct Datagram<'a> {
    /// E-mail or commercial name of the account that says it sent this.
    pub operator: Cow<'a, str>,
    /// The taxi's public id, not yet known to exist.
    pub taxi: Cow<'a, str>,
    /// Where the taxi is.
    pub point: Point,
    /// All that is signed, in the order in which it is.
    signed: [Cow<'a, str>; 8],
    hash: [u8; DIGEST_BYTES],
}

/// Why a datagram cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It has more than [`MAX_BYTES`].
    TooLong,
    /// It is no JSON object, lacks a field, has one twice, or one is not of its kind.
    Malformed,
    /// Its longitude or latitude is nowhere on Earth.
    OutOfRange,
}

/// The fields as they stand in the datagram. Others than these are let through.
#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    timestamp: &'a RawValue,
    #[serde(borrow)]
    operator: &'a RawValue,
    #[serde(borrow)]
    taxi: &'a RawValue,
    #[serde(borrow)]
    lat: &'a RawValue,
    #[serde(borrow)]
    lon: &'a RawValue,
    #[serde(borrow)]
    device: &'a RawValue,
    #[serde(borrow)]
    status: &'a RawValue,
    #[serde(borrow)]
    version: &'a RawValue,
    #[serde(borrow)]
    hash: &'a RawValue,
}

/// Forms of a datagram's numbers in the signed text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// With every digit that is written, as was agreed on with operators.
    AsWritten,
    /// As Python prints what it reads: `48.7` for `48.70`.
    AsPython,
    /// As Python prints them where longitude and latitude are floating-point numbers to the sender, and `48`
    /// is `48.0`.
    AsPythonFloats,
}

impl<'a> Datagram<'a> {
    /// Reads a datagram that is signed with its numbers as they are written.
    ///
    /// # Errors
    ///
    /// If it is too long, is not what was agreed on, or leads nowhere on Earth.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Fault> {
        Self::read_with(bytes, Numbers::AsWritten)
    }

    /// Reads a datagram that is signed with its numbers in this form.
    ///
    /// # Errors
    ///
    /// As [`Datagram::read`].
    pub fn read_with(bytes: &'a [u8], numbers: Numbers) -> Result<Self, Fault> {
        if bytes.len() > MAX_BYTES {
            return Err(Fault::TooLong);
        }
        // Once for all of it: what is read from a text is not looked at again, field by field.
        let document = str::from_utf8(bytes).map_err(|_not_text| Fault::Malformed)?;
        let fields: Fields<'a> =
            serde_json::from_str(document).map_err(|_malformed| Fault::Malformed)?;
        let text = |field: &'a RawValue| text(field, numbers, false);
        let place = |field: &'a RawValue| self::text(field, numbers, true);
        let operator = text(fields.operator)?;
        let taxi = text(fields.taxi)?;
        let (lat, lon) = (place(fields.lat)?, place(fields.lon)?);
        let point = Point::new(degrees(&lon)?, degrees(&lat)?)
            .map_err(|_out_of_range| Fault::OutOfRange)?;
        let hash = digest(&text(fields.hash)?)?;
        let signed = [
            text(fields.timestamp)?,
            operator.clone(),
            taxi.clone(),
            lat,
            lon,
            text(fields.device)?,
            text(fields.status)?,
            text(fields.version)?,
        ];
        Ok(Self { operator, taxi, point, signed, hash })
    }

    /// Whether it is signed with this key. Takes as long for a nearly right signature as for any.
    pub fn is_signed_with(&self, key: &[u8]) -> bool {
        let mut right = Sha1::new();
        for text in &self.signed {
            right.update(text.as_bytes());
        }
        right.update(key);
        right.finalize().ct_eq(&self.hash[..]).into()
    }
}

/// Value of a field: a number in the form that is signed, a text as it reads once unescaped.
fn text(field: &RawValue, numbers: Numbers, is_place: bool) -> Result<Cow<'_, str>, Fault> {
    let raw = field.get();
    match raw.as_bytes() {
        [b'"', inside @ .., b'"'] if !inside.contains(&b'\\') => {
            Ok(Cow::Borrowed(&raw[1..raw.len() - 1]))
        }
        [b'"', ..] => {
            let unescaped = serde_json::from_str(raw).map_err(|_lone_half| Fault::Malformed)?;
            Ok(Cow::Owned(unescaped))
        }
        [b'-' | b'0'..=b'9', ..] => Ok(match numbers {
            Numbers::AsWritten => Cow::Borrowed(raw),
            Numbers::AsPython => python::printed(raw, false),
            Numbers::AsPythonFloats => python::printed(raw, is_place),
        }),
        _ => Err(Fault::Malformed),
    }
}

/// A number with a decimal point or a decimal comma.
fn degrees(text: &str) -> Result<f64, Fault> {
    let text = text.trim();
    if text.len() > MAX_NUMBER {
        return Err(Fault::Malformed);
    }
    let mut with_point = [0; MAX_NUMBER];
    let with_point = &mut with_point[..text.len()];
    with_point.copy_from_slice(text.as_bytes());
    // A second comma makes a second point, which no number has.
    for byte in with_point.iter_mut().filter(|byte| **byte == b',') {
        *byte = b'.';
    }
    let number = str::from_utf8(with_point).ok().and_then(|text| text.parse().ok());
    number.ok_or(Fault::Malformed)
}

/// A digest written as hexadecimal digits, in either case.
fn digest(text: &str) -> Result<[u8; DIGEST_BYTES], Fault> {
    let digits: &[u8; DIGEST_BYTES * 2] =
        text.as_bytes().try_into().map_err(|_other_length| Fault::Malformed)?;
    let mut digest = [0; DIGEST_BYTES];
    let mut all = 0;
    for (byte, pair) in digest.iter_mut().zip(digits.chunks_exact(2)) {
        let [high, low] = [pair[0], pair[1]].map(|digit| HEX[usize::from(digit)]);
        *byte = high << 4 | low & 0xf;
        all |= high | low;
    }
    if all & NO_DIGIT == 0 { Ok(digest) } else { Err(Fault::Malformed) }
}

/// Marks, in [`HEX`], what is no digit.
const NO_DIGIT: u8 = 0x80;

/// The value of each hexadecimal digit. A table, because branches on digits that are as good as random
/// would cost as much as the SHA-1.
const HEX: [u8; 256] = {
    let mut values = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        let digit = b"0123456789abcdef"[value as usize];
        values[digit as usize] = value;
        values[digit.to_ascii_uppercase() as usize] = value;
        value += 1;
    }
    values
};

#[cfg(test)]
mod tests;
