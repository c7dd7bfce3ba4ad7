//! The privacy page and the accessibility statement, from `docs/legal` and the settings.

use axum::http::StatusCode;
use axum::response::Response;
use maud::{PreEscaped, html};

use super::frame::{Page, Place};
use super::guides::fill::{self, fill};
use super::guides::link;
use super::guides::markdown::render;
use super::reader::Reader;
use crate::app::App;

macro_rules! texts {
    ($name:literal) => {
        [
            include_str!(concat!("../../../../docs/legal/en/", $name, ".md")),
            include_str!(concat!("../../../../docs/legal/fr/", $name, ".md")),
        ]
    };
}

/// The pages by their names, in English and French.
const PAGES: [(&str, [&str; 2]); 2] =
    [("privacy", texts!("privacy")), ("accessibility", texts!("accessibility"))];

/// A legal page; `None` if there is none of this name, or the settings show none.
pub(super) fn page(app: &App, reader: &Reader, name: &str) -> Option<Response> {
    let identity = &app.settings().identity;
    let (_, texts) = PAGES.iter().find(|(known, _)| *known == name)?;
    if !identity.shows_legal_pages {
        return None;
    }
    let value = |name: &str| {
        fill::of_the_program(name, reader.language, &[])
            .or_else(|| fill::of_the_registry(name, app, reader))
    };
    let text = fill(texts[reader.language as usize], &value);
    let rendered = render(&text, &|target| link(target, reader), reader.say("Table", "Tableau"));
    let body = html! { (PreEscaped(&rendered.html)) };
    let (title, place) = (rendered.title.as_str(), Place::Legal);
    let page = Page { reader, identity, title, place, asked: "", menu: None, body };
    Some(page.answer(StatusCode::OK))
}
