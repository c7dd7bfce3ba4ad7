//! The header with which an app repeats a hail without creating a second one.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;

use super::view::call;
use crate::api::document::Body;
use crate::api::route::{Argument, HeaderParameter, Inputs};
use crate::app::hail::idempotency::Once;
use crate::server::refusal::Error;

/// Name of the header.
const NAME: &str = "Idempotency-Key";

/// Length of a key, in characters.
const MAX_CHARS: usize = 255;

/// Its description in the reference.
const ABOUT: &str = "A text of your own for this hail, such as a UUID. After a lost answer, send the same hail \
    with the same key again within a day: the answer is the first one, and no second hail is created. Visible \
    ASCII characters.";

/// The key of a request, if it has one.
pub(super) struct Key(Option<String>);

impl Key {
    /// The key with the digest of its document, and the function that words the answer.
    pub(super) fn once<I>(self, body: &Body<I>) -> Option<Once> {
        self.0.map(|key| Once { key, digest: body.digest(), answer: call })
    }
}

impl Argument for Key {
    fn describe(inputs: &mut Inputs) {
        inputs.header = Some(HeaderParameter { name: NAME, about: ABOUT, max_chars: MAX_CHARS });
        inputs.refusals.push((409, "The key was used for another request."));
    }
}

impl<S: Sync> FromRequestParts<S> for Key {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let mut values = parts.headers.get_all(NAME).iter();
        let Some(key) = values.next() else { return Ok(Self(None)) };
        let is_key = |key: &[u8]| {
            (1..=MAX_CHARS).contains(&key.len()) && key.iter().all(u8::is_ascii_graphic)
        };
        match key.to_str() {
            Ok(text) if is_key(text.as_bytes()) && values.next().is_none() => {
                Ok(Self(Some(text.to_owned())))
            }
            _ => {
                let text = format!(
                    "Header {NAME} must be given once, as 1 to {MAX_CHARS} visible ASCII \
                     characters without blanks."
                );
                Err(Error::of_request(StatusCode::BAD_REQUEST, &text))
            }
        }
    }
}
