//! What people and programs read about the API.

/// The description of the API for programs.
pub(super) const OPENAPI: &str = include_str!("openapi.json");

pub(super) fn home(_: &str) -> String { String::new() }
pub(super) fn page(_: &str) -> String { String::new() }
pub(super) fn language(_: &axum::http::HeaderMap) -> &'static str { "en" }
