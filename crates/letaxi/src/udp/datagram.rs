//! Parser of a datagram: a JSON object whose fields are signed as the text that the sender wrote, or with its
//! numbers as Python prints them; see [`Numbers`].
//!
//! The sender is not looked up here; the caller passes the keys. Text without escapes is not copied.

use std::borrow::Cow;

use data_encoding::HEXLOWER_PERMISSIVE;
use serde::Deserialize;
use serde_json::value::RawValue;
use sha1::{Digest, Sha1};
use subtle::ConstantTimeEq;
use territory::Point;

mod python;

/// Maximum length of a datagram in bytes. A position takes about 300.
pub const MAX_BYTES: usize = 2048;

/// Maximum length of a longitude or latitude, in bytes.
const MAX_NUMBER: usize = 40;

/// Length of a SHA-1 digest in bytes.
const DIGEST_BYTES: usize = 20;

/// A position as sent, before its account is checked.
///
/// The time is parsed because it is signed, but it is not used: senders' clocks are wrong by hours, and
/// partners write it in many ways. A position counts from its arrival.
#[derive(Debug)]
pub struct Datagram<'a> {
    /// E-mail address or commercial name of the claimed sender.
    pub operator: Cow<'a, str>,
    /// The taxi's public id, not yet looked up.
    pub taxi: Cow<'a, str>,
    /// Position of the taxi.
    pub point: Point,
    /// Signed fields, in the order of the signature.
    signed: [Cow<'a, str>; 8],
    hash: [u8; DIGEST_BYTES],
}

/// Reason for which a datagram cannot be parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Longer than [`MAX_BYTES`].
    TooLong,
    /// Not a JSON object, or a field is missing, duplicated or of the wrong type.
    Malformed,
    /// The longitude or latitude is out of range.
    OutOfRange,
}

/// Fields as they stand in the datagram. Unknown fields are ignored.
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

/// Form of a datagram's numbers in the signed text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// With every written digit, as agreed with operators.
    AsWritten,
    /// As Python prints what it reads: `48.7` for `48.70`.
    AsPython,
    /// As Python prints them if the sender treats longitude and latitude as floating-point numbers: `48`
    /// becomes `48.0`.
    AsPythonFloats,
}

impl<'a> Datagram<'a> {
    /// Parses a datagram that is signed with its numbers as written.
    ///
    /// # Errors
    ///
    /// If it is too long, does not follow the protocol, or is out of range.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Fault> {
        Self::read_with(bytes, Numbers::AsWritten)
    }

    /// Parses a datagram that is signed with its numbers in this form.
    ///
    /// # Errors
    ///
    /// As [`Datagram::read`].
    pub fn read_with(bytes: &'a [u8], numbers: Numbers) -> Result<Self, Fault> {
        if bytes.len() > MAX_BYTES {
            return Err(Fault::TooLong);
        }
        // UTF-8 is checked once for the whole document, not again for each field.
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

    /// True if this key fits the signature. The comparison takes constant time.
    pub fn is_signed_with(&self, key: &[u8]) -> bool {
        let mut right = Sha1::new();
        for text in &self.signed {
            right.update(text.as_bytes());
        }
        right.update(key);
        right.finalize().as_slice().ct_eq(&self.hash[..]).into()
    }
}

/// Value of a field: a number in its signed form, a text without escapes.
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

/// Parses a number with a decimal point or a decimal comma.
fn degrees(text: &str) -> Result<f64, Fault> {
    let text = text.trim();
    if text.len() > MAX_NUMBER {
        return Err(Fault::Malformed);
    }
    let mut with_point = [0; MAX_NUMBER];
    let with_point = &mut with_point[..text.len()];
    with_point.copy_from_slice(text.as_bytes());
    // A second comma becomes a second point, which no number has.
    for byte in with_point.iter_mut().filter(|byte| **byte == b',') {
        *byte = b'.';
    }
    let number = str::from_utf8(with_point).ok().and_then(|text| text.parse().ok());
    number.ok_or(Fault::Malformed)
}

/// Parses a digest in hexadecimal digits of either case.
fn digest(text: &str) -> Result<[u8; DIGEST_BYTES], Fault> {
    let mut digest = [0; DIGEST_BYTES];
    if text.len() != 2 * DIGEST_BYTES {
        return Err(Fault::Malformed);
    }
    let read = HEXLOWER_PERMISSIVE.decode_mut(text.as_bytes(), &mut digest);
    read.map(|_length| digest).map_err(|_not_hex| Fault::Malformed)
}

#[cfg(test)]
mod tests;
