//! `GET /v1/map/around`: the taxis around a place, and why a search there shows them or not.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Serialize;
use territory::Point;

use super::french::in_language;
use super::map::{plate, shown};
use super::visibility::words;
use crate::api::envelope::Data;
use crate::api::identity::AnyAccount;
use crate::api::input::{Fields, Unknown, inputs, kinds, object};
use crate::api::language::Language;
use crate::api::query::Query;
use crate::api::route::Route;
use crate::app::App;
use crate::app::fleet::around::{AROUND_M, Around, TaxiAround};
use crate::app::fleet::visibility::Place;
use crate::server::refusal::Error;

/// Routes of places on a map.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            "GET /v1/map/around",
            get_around,
            [
                "Explain which taxis may take a customer at a place, and why others may not",
                "Expliquer quels taxis peuvent prendre un client en un lieu, et pourquoi pas les autres",
            ],
        )
        .answers::<AroundView<'_>>(),
    ]
}

inputs! {
    Asked -> Point = object(Unknown::Refused, place);
}

/// The taxis within a kilometre that the caller may see, nearest first, each with the conditions that it does not meet.
/// It counts as no search.
async fn get_around(
    State(app): State<Arc<App>>,
    who: AnyAccount,
    Query(point): Query<Asked>,
    language: Language,
) -> Result<Response, Error> {
    let around = app.around(&who, point);
    let view = AroundView::new(&around, language);
    Ok(in_language(language, Data::one(view).answer(StatusCode::OK)))
}

fn place(fields: &mut Fields<'_>) -> Option<Point> {
    let lon = fields.required("lon", kinds::lon());
    let lat = fields.required("lat", kinds::lat());
    Some(Point::new(lon?, lat?).expect("the ranges were just checked"))
}

#[derive(JsonSchema, Serialize)]
struct AroundView<'a> {
    /// The town of the place; null outside of all towns.
    town: Option<TownView<'a>>,
    /// Names of the pick-up zones (ZUPC) of the town.
    zones: &'a [String],
    /// Name of the exclusion zone around the place, if it lies in one.
    exclusion: Option<&'a str>,
    /// Radius in which taxis were looked for, in metres.
    within_m: f64,
    taxis: Vec<TaxiView<'a>>,
    /// Number of taxis that are farther than those listed.
    left_out: usize,
}

#[derive(JsonSchema, Serialize)]
struct TownView<'a> {
    insee: &'a str,
    name: &'a str,
}

#[derive(JsonSchema, Serialize)]
struct TaxiView<'a> {
    id: String,
    plate: String,
    /// E-mail address of the account that describes the taxi.
    operator: &'a str,
    status: &'static str,
    lon: f64,
    lat: f64,
    /// Distance to the place, in metres.
    distance_m: f64,
    /// True if a search there shows it.
    visible: bool,
    /// The conditions that it does not meet.
    unmet: Vec<UnmetView>,
}

#[derive(JsonSchema, Serialize)]
struct UnmetView {
    condition: &'static str,
    sentence: String,
}

impl<'a> AroundView<'a> {
    fn new(around: &'a Around, language: Language) -> Self {
        let town = |town: &'a Place| TownView { insee: town.code.as_str(), name: &town.name };
        Self {
            town: around.town.as_ref().map(town),
            zones: &around.zones,
            exclusion: around.exclusion.as_deref(),
            within_m: AROUND_M,
            taxis: around.taxis.iter().map(|taxi| TaxiView::new(taxi, language)).collect(),
            left_out: around.left_out,
        }
    }
}

impl<'a> TaxiView<'a> {
    fn new(taxi: &'a TaxiAround, language: Language) -> Self {
        let seen = &taxi.visibility;
        let unmet = seen.checks.iter().filter(|check| !check.holds).map(|check| UnmetView {
            condition: words::code(&check.found),
            sentence: words::sentence(check, language),
        });
        Self {
            id: taxi.taxi.to_string(),
            plate: plate(&taxi.plate),
            operator: &seen.account.email,
            status: taxi.status.word(),
            lon: shown(taxi.fix.point.lon()),
            lat: shown(taxi.fix.point.lat()),
            distance_m: taxi.distance_m.round(),
            visible: seen.is_shown == Some(true),
            unmet: unmet.collect(),
        }
    }
}
