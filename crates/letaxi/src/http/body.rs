//! The document of a writing request, read before anything else is looked at.
//!
//! The incumbent checked content type and JSON syntax before the key, and even before it looked
//! whether the path exists; partners' software relies on these answers, so this is a layer around
//! all routes.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

use super::error::Error;
use super::input::{Faults, Kind};

/// The largest body taken, in bytes: 50 positions need about 5 kB. A document takes up to a hundred
/// times its size while it is looked at.
pub const MAX_BODY_BYTES: usize = 256 * 1024;
/// How long a body may take to arrive.
pub const BODY_LIMIT: Duration = Duration::from_secs(30);

/// The JSON document a request came with.
#[derive(Clone, Debug)]
pub struct Document(Arc<Value>);

impl Document {
    /// The text at a place in the document, if there is one, before anything is checked.
    pub fn text_at(&self, pointer: &str) -> Option<&str> {
        self.0.pointer(pointer)?.as_str()
    }

    /// SHA-256 of what the document says, whatever its blanks and the order of its fields.
    pub fn digest(&self) -> [u8; 32] {
        let digest = ring::digest::digest(&ring::digest::SHA256, self.0.to_string().as_bytes());
        digest.as_ref().try_into().expect("SHA-256 has 32 bytes")
    }

    /// Reads the document as the description of an input says.
    ///
    /// # Errors
    ///
    /// All faults at once, as 400.
    pub fn read<'a, K: Kind<'a>>(&'a self, kind: K) -> Result<K::Value, Error> {
        kind.read(&self.0).map_err(Error::faults)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Document {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        // Only a handler of a writing method asks for it, and the layer has put it there.
        parts.extensions.get().cloned().ok_or_else(not_json)
    }
}

/// What a request came with, for the handler of positions, which reads it in a way of its own.
#[derive(Clone, Debug)]
pub struct Unparsed(Bytes);

/// Where positions go, again and again from all operators: these bodies are gone through once, by the
/// handler. It owes the same answers to what is no JSON.
const UNPARSED: [&str; 2] = ["/geotaxi", "/geotaxi/"];

impl Unparsed {
    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The document they are.
    ///
    /// # Errors
    ///
    /// If they are no JSON.
    pub fn document(&self) -> Result<Document, Error> {
        let value = parse(&self.0).ok_or_else(not_json)?;
        Ok(Document(Arc::new(value)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Unparsed {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        // Only the handler of such a path asks for it, and the layer has put it there.
        parts.extensions.remove().ok_or_else(not_json)
    }
}

/// Reads the document of POST, PUT and PATCH, and leaves it with the request.
///
/// # Errors
///
/// If there is none.
pub(super) async fn read_document(request: Request) -> Result<Request, Error> {
    if !matches!(*request.method(), Method::POST | Method::PUT | Method::PATCH) {
        return Ok(request);
    }
    let (mut parts, body) = request.into_parts();
    let unparsed = Unparsed(bytes_of(&parts, body).await?);
    if parts.method == Method::POST && UNPARSED.contains(&parts.uri.path()) {
        parts.extensions.insert(unparsed);
    } else {
        parts.extensions.insert(unparsed.document()?);
    }
    Ok(Request::from_parts(parts, Body::empty()))
}

async fn bytes_of(parts: &Parts, body: Body) -> Result<Bytes, Error> {
    if let Some(content_type) = parts.headers.get(CONTENT_TYPE) {
        check_content_type(&parts.method, content_type.to_str().unwrap_or_default())?;
    }
    whole(body, BODY_LIMIT).await
}

async fn whole(body: Body, limit: Duration) -> Result<Bytes, Error> {
    match timeout(limit, Limited::new(body, MAX_BODY_BYTES).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(not_json()),
        Err(_elapsed) => Err(too_slow()),
    }
}

fn check_content_type(method: &Method, content_type: &str) -> Result<(), Error> {
    if !content_type.contains("application/json") {
        let must = "requests require to set the Content-Type header to application/json";
        return Err(Error::of_request(StatusCode::BAD_REQUEST, &format!("{method} {must}")));
    }
    // The word is there, but the type is another: the incumbent let it pass the first check and
    // stumbled over the second.
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if media_type == "application/json" {
        Ok(())
    } else {
        let text = "The Content-Type header must be application/json and nothing else.";
        Err(Error::of_request(StatusCode::UNSUPPORTED_MEDIA_TYPE, text))
    }
}

fn not_json() -> Error {
    let text = "No data provided, or data is not valid JSON.";
    Error::of_request(StatusCode::BAD_REQUEST, text)
}

fn too_slow() -> Error {
    let text = format!("The body took longer than {} s.", BODY_LIMIT.as_secs());
    Error::of_request(StatusCode::REQUEST_TIMEOUT, &text)
}

fn too_large() -> Error {
    let text = format!("The body is larger than {MAX_BODY_BYTES} bytes.");
    Error::of_request(StatusCode::PAYLOAD_TOO_LARGE, &text)
}

/// Parses JSON, and the three words for numbers that are not finite, which the incumbent's parser
/// let in: they are refused later, where the field is named.
fn parse(bytes: &[u8]) -> Option<Value> {
    if let Ok(value) = serde_json::from_slice(bytes) {
        return Some(value);
    }
    let text = std::str::from_utf8(bytes).ok()?;
    let named = name_not_finite(text)?;
    serde_json::from_str(&named).ok()
}

/// Puts an object that kinds refuse by name in the place of each `NaN`, `Infinity` and `-Infinity`
/// outside of texts; `None` if there is none.
fn name_not_finite(text: &str) -> Option<String> {
    const STAND_IN: &str = r#"{"\u0000not finite":0}"#;
    let mut named = String::with_capacity(text.len() + STAND_IN.len());
    let (mut rest, mut found) = (text, false);
    while let Some(first) = rest.chars().next() {
        if first == '"' {
            let end = end_of_text(rest);
            named.push_str(&rest[..end]);
            rest = &rest[end..];
            continue;
        }
        let word = ["NaN", "-Infinity", "Infinity"].into_iter().find(|w| rest.starts_with(w));
        if let Some(word) = word {
            found = true;
            named.push_str(STAND_IN);
            rest = &rest[word.len()..];
        } else {
            named.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    found.then_some(named)
}

/// Where the text that `json` begins with ends, its closing quote included.
fn end_of_text(json: &str) -> usize {
    let mut escaped = false;
    for (index, byte) in json.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return index + 1,
            _ => {}
        }
    }
    json.len()
}

/// Faults of the query string or of the document as they are answered.
impl From<Faults> for Error {
    fn from(faults: Faults) -> Self {
        Self::faults(faults)
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;
    use serde_json::json;

    use super::super::input::kinds;
    use super::*;

    #[test]
    fn numbers_that_are_not_finite_pass_the_syntax_but_not_the_field() {
        let value = parse(br#"{"lon": NaN, "lat": -Infinity, "name": "NaN \" Infinity"}"#);
        let value = value.expect("taken as syntax");
        for field in ["lon", "lat"] {
            let fault = kinds::number().read(&value[field]).expect_err("not a number one can use");
            let says = ["Special numeric values (nan or infinity) are not permitted."];
            assert_eq!(json!(fault), json!(says));
        }
        assert_eq!(value["name"], json!("NaN \" Infinity"));
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in ["", "  ", "{", "hello", "{'data': []}", "[1,]", "{} {}", "NaNa"] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth| "[".repeat(depth) + &"]".repeat(depth);
        assert!(parse(nested(100).as_bytes()).is_some());
        assert_eq!(parse(nested(200).as_bytes()), None);
        assert_eq!(parse("[".repeat(MAX_BODY_BYTES).as_bytes()), None);
    }

    #[tokio::test]
    async fn a_body_that_does_not_come_or_does_not_end_is_not_waited_for() {
        struct Bad(Option<Bytes>);
        impl hyper::body::Body for Bad {
            type Data = Bytes;
            type Error = std::convert::Infallible;

            fn poll_frame(
                self: std::pin::Pin<&mut Self>,
                _: &mut std::task::Context<'_>,
            ) -> std::task::Poll<Option<Result<hyper::body::Frame<Bytes>, Self::Error>>>
            {
                match &self.0 {
                    Some(again) => Some(Ok(hyper::body::Frame::data(again.clone()))).into(),
                    None => std::task::Poll::Pending,
                }
            }
        }
        let slow = whole(Body::new(Bad(None)), Duration::from_millis(1)).await;
        assert_eq!(slow.unwrap_err().into_response().status(), StatusCode::REQUEST_TIMEOUT);
        let endless = Body::new(Bad(Some(Bytes::from_static(&[b' '; 4096]))));
        let endless = whole(endless, BODY_LIMIT).await;
        assert_eq!(endless.unwrap_err().into_response().status(), StatusCode::PAYLOAD_TOO_LARGE);
    }

    #[test]
    fn of_two_fields_of_one_name_the_last_counts() {
        assert_eq!(parse(br#"{"a": 1, "a": 2}"#), Some(json!({"a": 2})));
    }
}
