//! `GET /`, `GET /doc`, `GET /swagger.json`: pages, and the description of the API.

use std::convert::Infallible;
use std::sync::{Arc, LazyLock};

use axum::extract::{FromRequestParts, State};
use axum::http::header::{
    ACCEPT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use data_encoding::BASE64;
use serde_json::json;

use super::reference;
use crate::api::language::{Language, preferred};
use crate::api::query;
use crate::api::route::{Argument, Route};
use crate::app::App;

/// Routes of pages.
pub(super) fn routes() -> Vec<Route> {
    let page = |route: Route| {
        route.answers_with(200, "A page.", "text/html", || json!({"type": "string"}))
    };
    vec![
        page(Route::new("GET /", home, ["Home page", "Page d'accueil"])),
        page(Route::new("GET /doc", reference_page, ["API reference", "Référence de l'API"])),
        Route::new(
            "GET /swagger.json",
            description,
            [
                "API reference for programs (OpenAPI 3.1)",
                "Référence de l'API pour les programmes (OpenAPI 3.1)",
            ],
        )
        .answers_with(
            200,
            "An OpenAPI document.",
            "application/json",
            || json!({"type": "object"}),
        ),
    ]
}

/// The home page: the console, or our own.
async fn home(State(app): State<Arc<App>>, Reader(language): Reader) -> Response {
    match app.settings().console_url.as_deref() {
        Some(url) => moved(url),
        None => page(reference::home(language)),
    }
}

/// The reference of the API.
async fn reference_page(State(app): State<Arc<App>>, Reader(language): Reader) -> Response {
    match app.settings().swagger_url.as_deref() {
        Some(url) => moved(url),
        None => page(reference::page(language)),
    }
}

/// The OpenAPI 3.1 document.
async fn description() -> Response {
    ([(CONTENT_TYPE, "application/json")], reference::OPENAPI).into_response()
}

/// The language of whoever reads a page: the one of its link, else the one that the browser prefers; French
/// if neither says so.
struct Reader(Language);

impl Argument for Reader {}

impl<S: Sync> FromRequestParts<S> for Reader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(language(parts.uri.query(), &parts.headers)))
    }
}

fn language(query: Option<&str>, headers: &HeaderMap) -> Language {
    let asked = query::first_values(query)["lang"].as_str().and_then(Language::of);
    let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    asked.or_else(|| preferred(accepted?)).unwrap_or(Language::French)
}

/// An HTML page that runs and loads nothing and cannot be framed.
fn page(html: String) -> Response {
    let headers = [
        (CONTENT_SECURITY_POLICY, POLICY.clone()),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (headers, Html(html)).into_response()
}

/// Content security policy: only our own style, by its digest.
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
