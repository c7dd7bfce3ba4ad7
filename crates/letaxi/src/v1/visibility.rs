//! `GET /v1/taxis/{id}/visibility`: the conditions of a search on a taxi, one by one.

pub(super) mod words;

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Serialize;
use territory::Point;

use super::french::in_language;
use crate::api::envelope::Data;
use crate::api::identity::AnyAccount;
use crate::api::input::{Fields, Unknown, inputs, kinds, object};
use crate::api::language::Language;
use crate::api::query::Query;
use crate::api::route::Route;
use crate::app::App;
use crate::app::fleet::visibility::{Check, Visibility};
use crate::server::refusal::Error;

/// Routes of the explanation.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            "GET /v1/taxis/{id}/visibility",
            get_visibility,
            [
                "Explain why searches show a taxi or not",
                "Expliquer pourquoi un taxi est visible ou non",
            ],
        )
        .of("The id of the taxi.")
        .answers::<View<'_>>(),
    ]
}

inputs! {
    Place -> Asked = object(Unknown::Refused, place);
}

/// Lists the conditions of a search on a taxi, for each description that the caller may see.
async fn get_visibility(
    State(app): State<Arc<App>>,
    who: AnyAccount,
    Path(id): Path<String>,
    Query(Asked { point }): Query<Place>,
    language: Language,
) -> Result<Response, Error> {
    let seen = app.visibility(&who, &id, point).await?.ok_or_else(|| unknown_taxi(&id))?;
    let views = seen.iter().map(|seen| View::new(seen, language));
    Ok(in_language(language, Data::all(views).answer(StatusCode::OK)))
}

/// The refusal of a taxi that does not exist or belongs to others.
pub(super) fn unknown_taxi(id: &str) -> Error {
    let text = format!("Unknown taxi {id}, or taxi exists but you are not the owner.");
    Error::of_url(StatusCode::NOT_FOUND, &text)
}

/// The place that is asked about.
pub(super) struct Asked {
    /// Place of a customer, if one is given.
    pub(super) point: Option<Point>,
}

/// Longitude and latitude, or neither.
pub(super) fn place(fields: &mut Fields<'_>) -> Option<Asked> {
    let lon = fields.optional("lon", kinds::lon());
    let lat = fields.optional("lat", kinds::lat());
    match (lon?, lat?) {
        (Some(lon), Some(lat)) => {
            let point = Point::new(lon, lat).expect("the ranges were just checked");
            Some(Asked { point: Some(point) })
        }
        (None, None) => Some(Asked { point: None }),
        (Some(_), None) => missing(fields, "lat"),
        (None, Some(_)) => missing(fields, "lon"),
    }
}

fn missing<T>(fields: &mut Fields<'_>, name: &str) -> Option<T> {
    fields.refuse(name, "Missing data for required field.");
    None
}

#[derive(JsonSchema, Serialize)]
struct View<'a> {
    /// E-mail address of the account that describes the taxi.
    operator: &'a str,
    /// True if all conditions hold; null if that depends on the place, and no point was given.
    visible: Option<bool>,
    conditions: Vec<ConditionView>,
}

#[derive(JsonSchema, Serialize)]
struct ConditionView {
    condition: &'static str,
    holds: bool,
    /// The value found; null if there is none.
    value: Option<words::Fact>,
    /// The value that is compared with; null if there is none.
    limit: Option<words::Fact>,
    sentence: String,
}

impl<'a> View<'a> {
    fn new(seen: &'a Visibility, language: Language) -> Self {
        let view = |check: &Check| ConditionView::new(check, language);
        Self {
            operator: &seen.account.email,
            visible: seen.is_shown,
            conditions: seen.checks.iter().map(view).collect(),
        }
    }
}

impl ConditionView {
    fn new(check: &Check, language: Language) -> Self {
        let (value, limit) = words::facts(&check.found);
        Self {
            condition: words::code(&check.found),
            holds: check.holds,
            value,
            limit,
            sentence: words::sentence(check, language),
        }
    }
}
