//! Bodies of requests: limits of size and time, and checks of headers.
//!
//! The incumbent checked content type and JSON syntax before the key and before the path; partners' software
//! relies on these answers, so bodies are read before routing.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::timeout;

use super::refusal::Error;

/// Maximum size of a body, in bytes: 50 positions need about 5 kB. A parsed document takes up to a hundred
/// times its size.
pub const MAX_BODY_BYTES: usize = 256 * 1024;
/// Time limit for a body.
pub const BODY_LIMIT: Duration = Duration::from_secs(30);

/// Reads the body of POST, PUT and PATCH; bodies of other methods are ignored.
///
/// # Errors
///
/// If it is too large, too slow or of another type.
pub(crate) async fn read(request: Request) -> Result<(Request, Option<Bytes>), Error> {
    if !matches!(*request.method(), Method::POST | Method::PUT | Method::PATCH) {
        return Ok((request, None));
    }
    let (parts, body) = request.into_parts();
    let bytes = bytes_of(&parts, body).await?;
    Ok((Request::from_parts(parts, Body::empty()), Some(bytes)))
}

async fn bytes_of(parts: &Parts, body: Body) -> Result<Bytes, Error> {
    // An empty value counts as missing.
    let content_type =
        parts.headers.get(CONTENT_TYPE).filter(|content_type| !content_type.is_empty());
    if let Some(content_type) = content_type {
        check_content_type(&parts.method, content_type.to_str().unwrap_or_default())?;
    }
    check_content_encoding(parts.headers.get_all(CONTENT_ENCODING).iter())?;
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
    // The value contains the word, but is another type: the incumbent passed it in a first check and failed
    // at a second.
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if media_type == "application/json" {
        Ok(())
    } else {
        let text = "The Content-Type header must be application/json and nothing else.";
        Err(Error::of_request(StatusCode::UNSUPPORTED_MEDIA_TYPE, text))
    }
}

/// Compressed bodies are refused: their content can be a thousand times as large.
fn check_content_encoding<'a>(
    mut encodings: impl Iterator<Item = &'a HeaderValue>,
) -> Result<(), Error> {
    let is_identity = |encoding: &str| encoding.trim().eq_ignore_ascii_case("identity");
    let is_none = |encoding: &HeaderValue| {
        let encoding = encoding.to_str();
        encoding
            .is_ok_and(|list| list.split(',').all(|one| one.trim().is_empty() || is_identity(one)))
    };
    if encodings.all(is_none) {
        return Ok(());
    }
    let text = "Bodies with a Content-Encoding are not taken: send the JSON as it is.";
    Err(Error::of_request(StatusCode::UNSUPPORTED_MEDIA_TYPE, text))
}

/// The body is not JSON.
pub(crate) fn not_json() -> Error {
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

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;

    use super::*;

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
}
