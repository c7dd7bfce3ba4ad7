//! Answers that readers may keep: `ETag`, `Cache-Control`, and 304 if nothing changed.

use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::app::documents::document::Document;

/// Answers with a document that may be kept for so many seconds, or with 304 if the reader has it.
///
/// The tag is a weak one, because the answer may be compressed on its way (RFC 9110, 8.8.1).
pub(crate) fn published(
    asked: &HeaderMap,
    document: Document,
    content_type: &'static str,
    max_age_s: u32,
) -> Response {
    let tag = format!("W/\"{}\"", document.tag);
    let known = asked.get_all(IF_NONE_MATCH).iter().any(|header| {
        let tags = header.to_str().unwrap_or_default().split(',');
        tags.map(str::trim).any(|one| one == "*" || weak(one) == weak(&tag))
    });
    let headers = [(ETAG, tag), (CACHE_CONTROL, format!("public, max-age={max_age_s}"))];
    if known {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    let body = Body::from(Bytes::from_owner(document.bytes));
    (headers, [(CONTENT_TYPE, content_type)], body).into_response()
}

/// A tag as weak comparison sees it.
fn weak(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}
