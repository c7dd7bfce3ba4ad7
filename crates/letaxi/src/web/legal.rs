//! The privacy page and the accessibility statement, from `docs/legal` and the settings.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::http::StatusCode;
use axum::response::Response;
use chrono::NaiveDate;
use maud::{PreEscaped, html};
use serde::Deserialize;

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

/// The record that the tests in browsers write.
#[derive(Deserialize)]
struct Tested {
    axe: String,
    chromium: String,
    /// Day of the last run without a fault, by view.
    views: BTreeMap<String, NaiveDate>,
    /// States of pages that were looked at.
    states: Vec<String>,
}

static TESTED: LazyLock<Tested> = LazyLock::new(|| {
    let record = include_str!("../../../../docs/legal/tested.json");
    serde_json::from_str(record).expect("web/tests/browser/tested.mjs writes it")
});

/// Values of the last tests in a browser.
fn of_the_tests(name: &str, reader: &Reader) -> Option<String> {
    Some(match name {
        "tested_day" => {
            let day = TESTED.views.values().min()?;
            day.format(reader.say("%Y-%m-%d", "%d/%m/%Y")).to_string()
        }
        "tested_axe" => TESTED.axe.clone(),
        "tested_chromium" => TESTED.chromium.clone(),
        "tested_states" => TESTED.states.len().to_string(),
        _ => return None,
    })
}

/// A legal page; `None` if there is none of this name, or the settings show none.
pub(super) fn page(app: &App, reader: &Reader, name: &str) -> Option<Response> {
    let identity = &app.settings().identity;
    let (_, texts) = PAGES.iter().find(|(known, _)| *known == name)?;
    if !identity.shows_legal_pages {
        return None;
    }
    let value = |name: &str| {
        of_the_tests(name, reader)
            .or_else(|| fill::of_the_program(name, reader.language, &[]))
            .or_else(|| fill::of_the_registry(name, app, reader))
    };
    let text = fill(texts[reader.language as usize], &value);
    let rendered = render(&text, &|target| link(target, reader), reader.say("Table", "Tableau"));
    let body = html! { (PreEscaped(&rendered.html)) };
    let (title, place) = (rendered.title.as_str(), Place::Legal);
    let page = Page { reader, identity, title, place, asked: "", menu: None, body };
    Some(page.answer(StatusCode::OK))
}
