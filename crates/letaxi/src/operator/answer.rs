//! Answers of operators' servers: limited to [`ANSWER_LIMIT`], and accepted in any encoding of JSON.

use std::io::Read;

use encoding_rs::Encoding;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use reqwest::{Response, StatusCode};
use serde_json::Value;

use super::reason::{ANSWER_LIMIT, Reason, reason_of};
use crate::app::hail::operator_call::{Header, RawAnswer};
use crate::json;

/// Maximum length of a phone number in an answer, in characters.
const PHONE_LIMIT: usize = 255;
/// Maximum length of the part of a body that a test call shows, in bytes.
const SHOWN_BYTES: usize = 4_096;
/// Shown in place of a secret value.
const HIDDEN: &str = "…";
/// Replacement for numbers that are not finite; no such number is used.
const NOT_FINITE: &str = "null";

/// Reads a 2xx answer, chunk by chunk.
pub(super) async fn read(response: Response) -> Result<Value, Reason> {
    judge_status(response.status())?;
    Received::of(response).await?.json()
}

/// An answer with its whole body.
pub(super) struct Received {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Received {
    /// Reads the body of an answer of any status.
    pub(super) async fn of(mut response: Response) -> Result<Self, Reason> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(reason_of)? {
            if body.len() + chunk.len() > ANSWER_LIMIT {
                return Err(Reason::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Self { status: response.status(), headers: response.headers().clone(), body })
    }

    /// The document, if the answer is good.
    pub(super) fn judge(self) -> Result<Value, Reason> {
        judge_status(self.status)?;
        self.json()
    }

    /// The answer as it came, for the operator to read.
    pub(super) fn raw(&self) -> RawAnswer {
        let body = decoded(self.body.clone(), &self.headers).unwrap_or_else(|_| self.body.clone());
        let shown = body.get(..SHOWN_BYTES).unwrap_or(&body);
        RawAnswer {
            status: self.status.as_u16(),
            headers: shown_headers(&self.headers),
            body: String::from_utf8_lossy(shown).into_owned(),
        }
    }

    fn json(self) -> Result<Value, Reason> {
        let body = decoded(self.body, &self.headers)?;
        parse(&body, &self.headers).ok_or(Reason::NotJson)
    }
}

fn judge_status(status: StatusCode) -> Result<(), Reason> {
    if status.is_redirection() {
        return Err(Reason::Redirect(status.as_u16()));
    }
    if status.is_success() { Ok(()) } else { Err(Reason::Status(status.as_u16())) }
}

/// Headers for people; values that are secret are hidden.
pub(super) fn shown_headers(headers: &HeaderMap) -> Vec<Header> {
    let shown = headers.iter().map(|(name, value)| Header {
        name: name.as_str().to_owned(),
        value: if value.is_sensitive() {
            HIDDEN.to_owned()
        } else {
            String::from_utf8_lossy(value.as_bytes()).into_owned()
        },
    });
    shown.collect()
}

/// Decodes the body: the encodings in the header were applied in their order, so the last is removed first.
fn decoded(mut body: Vec<u8>, headers: &HeaderMap) -> Result<Vec<u8>, Reason> {
    if body.is_empty() {
        return Ok(body);
    }
    let values = headers.get_all(CONTENT_ENCODING).iter();
    let values = values.map(|value| value.to_str().unwrap_or("unreadable"));
    let codings = values.flat_map(|value| value.split(',')).collect::<Vec<_>>();
    for coding in codings.into_iter().rev() {
        body = match coding.trim().to_ascii_lowercase().as_str() {
            "" | "identity" => body,
            "gzip" | "x-gzip" => inflated(MultiGzDecoder::new(&*body))?,
            // `deflate` means the zlib format; some servers send raw deflate data.
            "deflate" => match inflated(ZlibDecoder::new(&*body)) {
                Err(Reason::Coding) => inflated(DeflateDecoder::new(&*body))?,
                inflated => inflated?,
            },
            _ => return Err(Reason::Coding),
        };
    }
    Ok(body)
}

/// Decompresses at most [`ANSWER_LIMIT`] bytes.
fn inflated(decoder: impl Read) -> Result<Vec<u8>, Reason> {
    let mut body = Vec::new();
    let most = ANSWER_LIMIT as u64 + 1;
    decoder.take(most).read_to_end(&mut body).ok().ok_or(Reason::Coding)?;
    if body.len() > ANSWER_LIMIT { Err(Reason::TooLarge) } else { Ok(body) }
}

/// Parses JSON in UTF-8 or another encoding shown by its first bytes, else in the charset of the header.
/// Undecodable characters are replaced: they do not matter outside of the fields that are used.
fn parse(body: &[u8], headers: &HeaderMap) -> Option<Value> {
    let named = || {
        let content_type = headers.get(CONTENT_TYPE)?.to_str().ok()?;
        let parameters = content_type.split(';').skip(1).filter_map(|part| part.split_once('='));
        let (_, label) = parameters
            .map(|(name, value)| (name.trim(), value.trim().trim_matches('"')))
            .find(|(name, _)| name.eq_ignore_ascii_case("charset"))?;
        let (text, ..) = Encoding::for_label(label.as_bytes())?.decode(body);
        json::parse(text.as_bytes(), NOT_FINITE)
    };
    let as_read = || json::parse(String::from_utf8_lossy(body).as_bytes(), NOT_FINITE);
    json::parse(body, NOT_FINITE).or_else(named).or_else(as_read)
}

/// The taxi's phone number in an answer like `{"data": [{"taxi_phone_number": "…"}]}`, also if it is a JSON
/// number.
///
/// Answers of any other form are accepted and have no number. A number longer than [`PHONE_LIMIT`], or with
/// characters that no text column accepts, is ignored.
pub(super) fn phone_number(answer: &Value) -> Option<String> {
    let number = match answer.pointer("/data/0/taxi_phone_number")? {
        Value::String(number) => number.clone(),
        Value::Number(number) => number.as_u64()?.to_string(),
        _ => return None,
    };
    let fits = number.chars().count() <= PHONE_LIMIT && !number.contains(char::is_control);
    (fits && !number.trim().is_empty()).then_some(number)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_phone_number_is_taken_from_its_place_only() {
        let with = |number: Value| phone_number(&json!({"data": [{"taxi_phone_number": number}]}));
        assert_eq!(with(json!("0611223344")), Some("0611223344".to_owned()));
        assert_eq!(with(json!("+33 6 11 22 33 44")), Some("+33 6 11 22 33 44".to_owned()));
        assert_eq!(with(json!(611_223_344)), Some("611223344".to_owned()));
        for odd in [
            json!(""),
            json!("  "),
            json!(-6),
            json!(6.5),
            json!(null),
            json!(["06"]),
            json!("06\u{0}"),
        ] {
            assert_eq!(with(odd.clone()), None, "{odd}");
        }
        assert_eq!(with(json!("0".repeat(PHONE_LIMIT))), Some("0".repeat(PHONE_LIMIT)));
        assert_eq!(with(json!("0".repeat(PHONE_LIMIT + 1))), None);
        for answer in [
            json!(null),
            json!([]),
            json!({"data": {}}),
            json!({"data": []}),
            json!({"data": [null]}),
        ] {
            assert_eq!(phone_number(&answer), None, "{answer}");
        }
    }
}
