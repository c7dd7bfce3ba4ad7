//! The console: one page with its parts, built from `web/` and included in the program.
//!
//! Parts have addresses with the digest of the build, so browsers keep them for good. The page itself names them, and
//! is asked for anew each time.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, LOCATION, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::app::App;
use crate::server::refusal::Error;

include!(concat!(env!("OUT_DIR"), "/console_files.rs"));

/// Its paths; the first one also with a slash, which is its proper address.
pub(crate) const PATHS: [&str; 2] = ["/console", "/console/{*path}"];

const ROOT: &str = "/console/";

/// Content security policy: scripts, styles and calls of this server only, nothing inline, no frame around it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; font-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'";

/// The page, whatever the rest of its address: its script reads the address.
const PAGE: &str = "console.html";

/// A file of the build, as it is and compressed.
struct File {
    name: &'static str,
    plain: &'static [u8],
    gzip: Option<&'static [u8]>,
    brotli: Option<&'static [u8]>,
}

/// Routes of the console, which are not part of the API.
pub(crate) fn routes() -> Router<Arc<App>> {
    let [bare, rest] = PATHS;
    Router::new()
        .route(
            bare,
            get(move || async move { (StatusCode::PERMANENT_REDIRECT, [(LOCATION, ROOT)]) }),
        )
        .route(ROOT, get(|headers: HeaderMap| async move { page(&headers) }))
        .route(rest, get(page_or_part))
}

async fn page_or_part(Path(path): Path<String>, headers: HeaderMap) -> Response {
    let Some(asked) = path.strip_prefix('~') else { return page(&headers) };
    // A page of an older build asks for parts that are gone: it then says that it must be loaded anew.
    let name = asked.strip_prefix(DIGEST).and_then(|rest| rest.strip_prefix('/'));
    match name.and_then(file) {
        Some(part) => {
            let kept = [(CACHE_CONTROL, "public, max-age=31536000, immutable")];
            (kept, sent(part, &headers)).into_response()
        }
        None => Error::no_such_path().into_response(),
    }
}

fn page(headers: &HeaderMap) -> Response {
    // A weak tag, because the page may be compressed (RFC 9110, 8.8.1).
    let tag = format!("W/\"{DIGEST}\"");
    let known = headers.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let kept = [(ETAG, tag.as_str()), (CACHE_CONTROL, "no-cache")];
    if known {
        return (StatusCode::NOT_MODIFIED, kept).into_response();
    }
    let page = file(PAGE).expect("the build script has listed it");
    (kept, sent(page, headers)).into_response()
}

fn file(name: &str) -> Option<&'static File> {
    FILES.iter().find(|file| file.name == name)
}

/// The smallest form of a file that the caller accepts.
fn sent(file: &'static File, headers: &HeaderMap) -> Response {
    let (encoding, bytes) = match (file.brotli, file.gzip) {
        (Some(brotli), _) if accepts(headers, "br") => (Some("br"), brotli),
        (_, Some(gzip)) if accepts(headers, "gzip") => (Some("gzip"), gzip),
        _ => (None, file.plain),
    };
    let about = [
        (CONTENT_TYPE, content_type(file.name)),
        (VARY, "accept-encoding"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "same-origin"),
    ];
    let packed = encoding.map(|encoding| [(CONTENT_ENCODING, encoding)]);
    (about, packed, bytes).into_response()
}

/// True if the caller names this encoding and does not refuse it by a quality of zero.
fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    let named = |entry: &str| {
        let mut parts = entry.split(';').map(str::trim);
        let is_it = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let quality = parts.find_map(|part| part.strip_prefix("q=")).map(str::parse::<f32>);
        is_it && !quality.is_some_and(|quality| quality.is_ok_and(|quality| quality <= 0.0))
    };
    let lists = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|list| list.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(named)
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_read_with_their_quality() {
        for (list, brotli) in [
            ("gzip, deflate, br, zstd", true),
            ("BR;q=0.5", true),
            ("gzip, br;q=0", false),
            ("br;q=0.0, gzip", false),
            ("brotli", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, list.parse().unwrap())]);
            assert_eq!(accepts(&headers, "br"), brotli, "{list}");
        }
    }

    /// Pages that are built anew while the program is compiled may not be mixed with the older ones.
    #[test]
    fn the_page_names_parts_of_this_build() {
        let page = String::from_utf8_lossy(file(PAGE).unwrap().plain);
        let parts: Vec<&str> = page.split("/console/~").skip(1).collect();
        assert!(!parts.is_empty());
        for part in parts {
            let end = part.find('"').unwrap();
            let name = part[..end].strip_prefix(DIGEST).and_then(|rest| rest.strip_prefix('/'));
            assert!(name.and_then(file).is_some(), "{}", &part[..end]);
        }
    }

    #[test]
    fn every_file_has_a_type() {
        for file in FILES {
            assert_ne!(content_type(file.name), "application/octet-stream", "{}", file.name);
        }
    }
}
