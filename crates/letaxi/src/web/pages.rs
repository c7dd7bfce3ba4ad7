//! `GET /`, `GET /doc`, `GET /swagger.json`: what people and programs read about all this.

use std::sync::{Arc, LazyLock};

use axum::extract::{RawQuery, State};
use axum::http::header::{
    ACCEPT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use data_encoding::BASE64;
use serde_json::json;

use super::reference;
use crate::api::language::{Language, preferred};
use crate::api::openapi::Operation;
use crate::api::query;
use crate::app::App;

/// The first page: the console, or our own.
pub(crate) async fn home(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    match app.settings().console_url.as_deref() {
        Some(url) => moved(url),
        None => page(reference::home(language(query.as_deref(), &headers))),
    }
}

/// The reference of the API.
pub(crate) async fn reference_page(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    match app.settings().swagger_url.as_deref() {
        Some(url) => moved(url),
        None => page(reference::page(language(query.as_deref(), &headers))),
    }
}

/// The description of the API for programs: OpenAPI 3.1.
pub(crate) async fn description() -> Response {
    ([(CONTENT_TYPE, "application/json")], reference::OPENAPI).into_response()
}

/// What the reference says of these calls.
pub(crate) fn reference() -> Vec<Operation> {
    let page = |path, summary| {
        Operation::get(path, summary).answers_with(
            200,
            "A page.",
            "text/html",
            json!({"type": "string"}),
        )
    };
    vec![
        page("/", ["The first page", "La première page"]),
        page("/doc", ["This reference", "Cette référence"]),
        Operation::get(
            "/swagger.json",
            [
                "This reference for programs (OpenAPI 3.1)",
                "Cette référence pour les programmes (OpenAPI 3.1)",
            ],
        )
        .answers_with(
            200,
            "An OpenAPI document.",
            "application/json",
            json!({"type": "object"}),
        ),
    ]
}

/// The language a page is asked in: by its link, else by what the browser prefers; French if neither
/// says so.
fn language(query: Option<&str>, headers: &HeaderMap) -> Language {
    let asked = query::first_values(query)["lang"].as_str().and_then(Language::of);
    let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    asked.or_else(|| preferred(accepted?)).unwrap_or(Language::French)
}

/// A page for people, which runs nothing, loads nothing and stands in no other page.
fn page(html: String) -> Response {
    let headers = [
        (CONTENT_SECURITY_POLICY, POLICY.clone()),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (headers, Html(html)).into_response()
}

/// What a page may hold: our own style, by its digest.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let digest = ring::digest::digest(&ring::digest::SHA256, reference::STYLE.as_bytes());
    let style = BASE64.encode(digest.as_ref());
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    );
    policy.parse().expect("it is ASCII")
});

fn moved(url: &str) -> Response {
    let html = [(CONTENT_TYPE.as_str(), "text/html; charset=utf-8"), (LOCATION.as_str(), url)];
    (StatusCode::MOVED_PERMANENTLY, html, "").into_response()
}
