//! The header by which an app asks for a hail again without making a second one.

use axum::http::{HeaderMap, StatusCode};

use super::view::call;
use crate::api::document::Document;
use crate::app::hail::idempotency::Once;
use crate::server::refusal::Error;

/// The header, as it is written.
pub(super) const NAME: &str = "Idempotency-Key";

/// How long a key may be, in characters.
pub(super) const MAX_CHARS: usize = 255;

/// What the reference says of it.
pub(super) const ABOUT: &str = "A text of your own for this hail, such as a UUID. Whoever lost the \
    answer sends the same hail with the same key again within a day, and gets the first answer; no \
    second hail is made. Visible ASCII characters.";

/// What a request is to be known by, if its app wants that.
///
/// # Errors
///
/// If the key is none, is too long, or there are two.
pub(super) fn read(headers: &HeaderMap, document: &Document) -> Result<Option<Once>, Error> {
    let mut values = headers.get_all(NAME).iter();
    let Some(key) = values.next() else { return Ok(None) };
    let is_key =
        |key: &[u8]| (1..=MAX_CHARS).contains(&key.len()) && key.iter().all(u8::is_ascii_graphic);
    match key.to_str() {
        Ok(text) if is_key(text.as_bytes()) && values.next().is_none() => {
            let (key, digest) = (text.to_owned(), document.digest());
            Ok(Some(Once { key, digest, answer: call }))
        }
        _ => {
            let text = format!(
                "Header {NAME} must be given once, as 1 to {MAX_CHARS} visible ASCII characters \
                 without blanks."
            );
            Err(Error::of_request(StatusCode::BAD_REQUEST, &text))
        }
    }
}
