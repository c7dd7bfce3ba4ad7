//! `GET /v1/registry`, `GET /v1/registry/logo`: name, logo, colours and contact, for pages and programs of everyone.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::api::envelope::Data;
use crate::api::route::Route;
use crate::app::App;
use crate::app::identity::{Colour, Contact, Identity};
use crate::server::refusal::Error;

/// Policy of the logo: whoever opens it as a page runs none of its scripts, and it loads nothing.
const POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox");

/// Routes of the registry itself.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            "GET /v1/registry",
            get_registry,
            ["Name, logo and contact of this registry", "Nom, logo et contact de ce registre"],
        )
        .answers::<RegistryView<'_>>(),
        Route::new(
            "GET /v1/registry/logo",
            get_logo,
            ["Logo of this registry", "Logo de ce registre"],
        )
        .refuses(404, "The registry has no logo.")
        .answers_with(200, "The file.", "application/octet-stream", || json!({}))
        .unpacked(),
    ]
}

/// Shows the identity of the registry.
async fn get_registry(State(app): State<Arc<App>>) -> Response {
    Data::one(RegistryView::new(&app.settings().identity)).answer(StatusCode::OK)
}

/// The logo. Its address changes with it, so browsers keep it.
async fn get_logo(State(app): State<Arc<App>>) -> Result<Response, Error> {
    let Some(logo) = app.settings().identity.logo.clone() else {
        return Err(Error::of_url(StatusCode::NOT_FOUND, "The registry has no logo."));
    };
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(logo.content_type)),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400")),
    ];
    Ok((headers, logo.bytes.clone()).into_response())
}

#[derive(JsonSchema, Serialize)]
struct RegistryView<'a> {
    name: &'a str,
    /// Version of the program.
    version: &'static str,
    /// Path of the logo.
    logo: Option<String>,
    /// Null if the pages have the colours of the program.
    colours: Option<ColoursView>,
    /// E-mail address or web page for questions.
    contact: Option<&'a str>,
    /// The body that answers for the personal data.
    controller: Option<&'a str>,
    /// Path of the privacy page.
    privacy: Option<&'static str>,
    /// Path of the accessibility statement.
    accessibility: Option<&'static str>,
}

/// Colours as `#rrggbb`.
#[derive(JsonSchema, Serialize)]
struct ColoursView {
    /// Fill of buttons and marks.
    accent: String,
    /// The same under a pointer.
    hover: String,
    /// Text on the accent.
    on_accent: String,
    /// Text in the hue of the accent: on light pages, on dark ones.
    ink: [String; 2],
    /// Background in the hue of the accent: of light pages, of dark ones.
    tint: [String; 2],
}

impl<'a> RegistryView<'a> {
    fn new(identity: &'a Identity) -> Self {
        let legal = |path| identity.shows_legal_pages.then_some(path);
        Self {
            name: &identity.name,
            version: env!("CARGO_PKG_VERSION"),
            logo: identity.logo_path(),
            colours: identity.colour.map(ColoursView::new),
            contact: identity.contact.as_ref().map(Contact::text),
            controller: identity.controller.as_deref(),
            privacy: legal("/legal/privacy"),
            accessibility: legal("/legal/accessibility"),
        }
    }
}

impl ColoursView {
    fn new(accent: Colour) -> Self {
        let palette = accent.palette();
        let both = |pair: [Colour; 2]| pair.map(|colour| colour.to_string());
        Self {
            accent: palette.accent.to_string(),
            hover: palette.hover.to_string(),
            on_accent: palette.on_accent.to_string(),
            ink: both(palette.ink),
            tint: both(palette.tint),
        }
    }
}
