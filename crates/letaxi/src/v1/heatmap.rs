//! `GET /v1/heatmap`: hails and searches by cells of the H3 grid.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::NaiveDate;
use h3o::Resolution;
use schemars::JsonSchema;
use serde::Serialize;

use crate::api::envelope::Data;
use crate::api::input::{Fields, Unknown, inputs, kinds, object};
use crate::api::query::Query;
use crate::api::route::Route;
use crate::app::App;
use crate::app::account::limits::Admitted;
use crate::app::figures::heat::{
    HEAT_RESOLUTIONS, HeatMap, HeatOf, HeatRefused, HeatWish, MOST_HEAT_CELLS, MOST_HEAT_DAYS,
    MOST_HEAT_EVENTS, PUBLIC_HEAT_RESOLUTION,
};
use crate::server::refusal::Error;

/// Time after which another heat map may be possible.
const WAIT: std::time::Duration = std::time::Duration::from_secs(5);

/// Routes of heat maps.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            "GET /v1/heatmap",
            get_heat_map,
            [
                "Hails or searches by H3 cells: for everyone counts from 10 in a whole month, in cells of resolution 8, for \
                 admins all",
                "Courses ou recherches par cellules H3 : pour tous les nombres à partir de 10 d'un mois entier, \
                 en cellules de résolution 8, pour les administrateurs tous",
            ],
        )
        .refuses(429, "Another heat map is under way: `Retry-After` gives the seconds to wait.")
        .answers::<HeatView>(),
    ]
}

inputs! {
    HeatQuery -> HeatWish = object(Unknown::Refused, heat_query);
}

fn heat_query(fields: &mut Fields<'_>) -> Option<HeatWish> {
    let of = fields.required("of", kinds::word(&["hails", "searches"]));
    let resolution = fields.required("resolution", kinds::whole_within(HEAT_RESOLUTIONS));
    let bounds = fields.optional("bbox", kinds::bounds());
    let since = fields.optional("since", kinds::date());
    let until = fields.optional("until", kinds::date());
    let resolution =
        u8::try_from(resolution?).ok().and_then(|number| Resolution::try_from(number).ok());
    Some(HeatWish {
        of: if of? == "hails" { HeatOf::Hails } else { HeatOf::Searches },
        resolution: resolution.expect("H3 has these resolutions"),
        bounds: bounds?,
        since: since?,
        until: until?,
    })
}

/// Counts hails or searches by cells.
async fn get_heat_map(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Admitted>,
    Query(wish): Query<HeatQuery>,
) -> Result<Response, Error> {
    let map = app.heat_map(&caller, wish).await?;
    Ok(Data::one(HeatView::from(map)).answer(StatusCode::OK))
}

#[derive(JsonSchema, Serialize)]
struct HeatView {
    /// First day (UTC).
    since: NaiveDate,
    /// First day after the span.
    until: NaiveDate,
    /// Counts below this are hidden.
    shown_from: u64,
    /// Cells with their counts.
    cells: Vec<(String, u64)>,
}

impl From<HeatMap> for HeatView {
    fn from(map: HeatMap) -> Self {
        let HeatMap { since, until, shown_from, cells } = map;
        let cells = cells.into_iter().map(|(cell, count)| (cell.to_string(), count)).collect();
        Self { since, until, shown_from, cells }
    }
}

impl From<HeatRefused> for Error {
    fn from(refused: HeatRefused) -> Self {
        let bad = |field: &str, text: &str| Self::of_field(StatusCode::BAD_REQUEST, field, text);
        match refused {
            HeatRefused::Span => bad(
                "until",
                &format!(
                    "A heat map is of 1 to {MOST_HEAT_DAYS} days: `until` is the first day after them."
                ),
            ),
            HeatRefused::NotAMonth => bad(
                "since",
                "Without an admin's key, a heat map is of one whole month that is over: give its first day.",
            ),
            HeatRefused::NotPublic => bad(
                "resolution",
                &format!(
                    "Without an admin's key, a heat map has cells of resolution {PUBLIC_HEAT_RESOLUTION}."
                ),
            ),
            HeatRefused::TooLarge => bad(
                "resolution",
                &format!(
                    "More than {MOST_HEAT_CELLS} cells or {MOST_HEAT_EVENTS} events: ask for larger cells, a smaller \
                     box or fewer days."
                ),
            ),
            HeatRefused::Busy => Self::too_many(WAIT),
            HeatRefused::Broken(error) => error.into(),
        }
    }
}
