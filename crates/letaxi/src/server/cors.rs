//! CORS: pages of all origins may call the API.
//!
//! Headers are those of the incumbent to the letter, because partners' proxies and caches depend on them: a
//! sent origin is repeated, and answers vary by it.

use axum::extract::Request;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, CONTENT_TYPE, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};

/// Methods for all pages; a call reports those of its path.
const METHODS: HeaderValue =
    HeaderValue::from_static("DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT");

/// Headers of a request that decide on the CORS headers of its answer.
pub(crate) struct CorsRequest {
    origin: Option<HeaderValue>,
    preflight: Option<HeaderMap>,
}

impl CorsRequest {
    /// Reads them from a request.
    pub(crate) fn of(request: &Request) -> Self {
        let (method, headers) = (request.method(), request.headers());
        let is_preflight =
            *method == Method::OPTIONS && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        Self {
            origin: headers.get(ORIGIN).cloned(),
            preflight: is_preflight.then(|| preflight(headers)),
        }
    }

    /// Adds the headers that allow any origin.
    pub(crate) fn allow(self, response: &mut Response) {
        let headers = response.headers_mut();
        let vary = if self.origin.is_some() { "Origin, Cookie" } else { "Cookie" };
        // A compressed answer varies already by the accepted encoding.
        headers.append(VARY, HeaderValue::from_static(vary));
        let anyone = HeaderValue::from_static("*");
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, self.origin.unwrap_or(anyone));
        headers.extend(self.preflight.into_iter().flatten());
    }
}

/// Headers of the answer to a preflight request, beside those of all answers.
fn preflight(headers: &HeaderMap) -> HeaderMap {
    let mut answer = HeaderMap::from_iter([(ACCESS_CONTROL_ALLOW_METHODS, METHODS)]);
    if let Some(wanted) = headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
    }
    answer
}

/// The answer to `OPTIONS` on a path that exists.
pub(crate) fn options(allow: &str) -> Response {
    let allow = HeaderValue::from_str(allow).unwrap_or(METHODS);
    let empty = [(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))];
    let mut response = (StatusCode::OK, empty).into_response();
    response.headers_mut().insert(axum::http::header::ALLOW, allow);
    response
}
