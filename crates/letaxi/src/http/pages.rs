//! `GET /`, `GET /doc`, `GET /swagger.json`: what people and programs read about all this.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use serde_json::json;

use super::openapi::Operation;
use super::query;
use super::reference::{self, Language};
use crate::app::App;

/// The first page: the console, or our own.
pub(super) async fn home(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    match app.settings().console_url.as_deref() {
        Some(url) => moved(url),
        None => Html(reference::home(language(query.as_deref(), &headers))).into_response(),
    }
}

/// The reference of the API.
pub(super) async fn reference_page(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    match app.settings().swagger_url.as_deref() {
        Some(url) => moved(url),
        None => Html(reference::page(language(query.as_deref(), &headers))).into_response(),
    }
}

/// The description of the API for programs: OpenAPI 3.1.
pub(super) async fn description() -> Response {
    ([(CONTENT_TYPE, "application/json")], reference::OPENAPI).into_response()
}

/// What the reference says of these calls.
pub(super) fn reference() -> Vec<Operation> {
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

/// The language a page is asked in: by its link, else by what the browser prefers.
fn language(query: Option<&str>, headers: &HeaderMap) -> Language {
    let asked = query::first_values(query)["lang"].as_str().and_then(Language::of);
    let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    asked.unwrap_or_else(|| preferred(accepted.unwrap_or_default()))
}

/// The first of ours among the languages a browser accepts, by their weight (RFC 9110, 12.5.4);
/// French if there is none.
fn preferred(accepted: &str) -> Language {
    let mut languages: Vec<(f32, &str)> = accepted
        .split(',')
        .map(|range| match range.split_once(";q=") {
            Some((tag, weight)) => (weight.trim().parse().unwrap_or(0.0), tag.trim()),
            None => (1.0, range.trim()),
        })
        .collect();
    languages.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut ours = languages.iter().filter(|(weight, _)| *weight > 0.0);
    ours.find_map(|(_, tag)| Language::of(tag)).unwrap_or(Language::French)
}

fn moved(url: &str) -> Response {
    let html = [(CONTENT_TYPE.as_str(), "text/html; charset=utf-8"), (LOCATION.as_str(), url)];
    (StatusCode::MOVED_PERMANENTLY, html, "").into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_speaks_the_language_that_the_browser_prefers() {
        for (accepted, language) in [
            ("", Language::French),
            ("en", Language::English),
            ("de-DE,de;q=0.9,en;q=0.8,fr;q=0.7", Language::English),
            ("en;q=0.2, fr-FR;q=0.9", Language::French),
            ("en;q=0, *", Language::French),
        ] {
            assert_eq!(preferred(accepted), language, "{accepted:?}");
        }
    }
}
