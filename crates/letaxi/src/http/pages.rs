//! `GET /` and `GET /doc`: where a browser finds what people read.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};

use super::reference;
use crate::app::App;

/// The first page: the console, or our own.
pub(super) async fn home(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    match app.settings().console_url.as_deref() {
        Some(url) => moved(url),
        None => Html(reference::home(reference::language(&headers))).into_response(),
    }
}

/// The reference of the API.
pub(super) async fn reference_page(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    match app.settings().swagger_url.as_deref() {
        Some(url) => moved(url),
        None => Html(reference::page(reference::language(&headers))).into_response(),
    }
}

/// The description of the API for programs: OpenAPI 3.1.
pub(super) async fn description() -> Response {
    ([(CONTENT_TYPE, "application/json")], reference::OPENAPI).into_response()
}

fn moved(url: &str) -> Response {
    let html = [(CONTENT_TYPE.as_str(), "text/html; charset=utf-8"), (LOCATION.as_str(), url)];
    (StatusCode::MOVED_PERMANENTLY, html, "").into_response()
}
