//! `GET /v1/live`: searches, hails and taxis by minute, hour and day.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use registry::AccountId;
use schemars::JsonSchema;
use serde::Serialize;

use crate::api::envelope::{Data, naive};
use crate::api::identity::Operator;
use crate::api::input::{Faults, Fields, Unknown, inputs, kinds, object};
use crate::api::query::Query;
use crate::api::route::Route;
use crate::app::App;
use crate::app::figures::live::{LiveFigures, LiveRow};
use crate::app::figures::part::{FiguresRefused, MOST_DAYS, OnePart};
use crate::server::refusal::Error;

/// Routes of live counts.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            "GET /v1/live",
            live,
            [
                "Count searches, hails and taxis by minute, hour and day",
                "Compter recherches, courses et taxis par minute, heure et jour",
            ],
        )
        .refuses(404, NO_SUCH_PART)
        .answers::<LiveView>(),
    ]
}

/// Description of the refusal of an unknown town, zone or operator.
pub(super) const NO_SUCH_PART: &str = "The town, zone or operator is not known.";

inputs! {
    Part -> OnePart = object(Unknown::Refused, part_fields);
}

/// Counts searches, ended hails, and connected and free taxis: of everything, a town, a zone or an operator for
/// admins, of its own for an operator.
async fn live(
    State(app): State<Arc<App>>,
    who: Operator,
    Query(part): Query<Part>,
) -> Result<Response, Error> {
    Ok(Data::one(LiveView::from(app.live_figures(&who, &part).await?)).answer(StatusCode::OK))
}

/// The part of everything that figures are asked of.
pub(super) fn part_fields(fields: &mut Fields<'_>) -> Option<OnePart> {
    let town = fields.optional("town", kinds::text());
    let zone = fields.optional("zone", kinds::text());
    let operator = fields.optional("operator", kinds::identifier());
    Some(OnePart { town: town?, zone: zone?, operator: operator?.map(AccountId) })
}

#[derive(JsonSchema, Serialize)]
struct LiveView {
    /// The last hour, without minutes of which nothing is known; the last one may still run.
    minutes: Vec<RowView>,
    /// The last 24 hours.
    hours: Vec<RowView>,
    /// The last seven days.
    days: Vec<RowView>,
}

#[derive(JsonSchema, Serialize)]
struct RowView {
    /// Begin of the period, UTC.
    at: String,
    searches: i64,
    /// Searches with no taxi in reach.
    nobody_in_reach: i64,
    /// Hails that ended in the period, by outcome.
    hails: BTreeMap<String, i64>,
    /// Mean over the samples of each minute; null if there are none.
    connected_taxis: Option<f64>,
    /// Connected taxis that could be hailed.
    free_taxis: Option<f64>,
}

impl From<LiveFigures> for LiveView {
    fn from(figures: LiveFigures) -> Self {
        let views = |rows: Vec<LiveRow>| rows.into_iter().map(RowView::from).collect();
        let LiveFigures { minutes, hours, days } = figures;
        Self { minutes: views(minutes), hours: views(hours), days: views(days) }
    }
}

impl From<LiveRow> for RowView {
    fn from(row: LiveRow) -> Self {
        Self {
            at: naive(row.at),
            searches: row.searches,
            nobody_in_reach: row.nobody,
            hails: row.hails,
            connected_taxis: row.connected,
            free_taxis: row.free,
        }
    }
}

impl From<FiguresRefused> for Error {
    fn from(refused: FiguresRefused) -> Self {
        let bad = StatusCode::BAD_REQUEST;
        let of_argument = |status, name: &str, text: &str| {
            Self::new(status, Faults::at(&name, Faults::message(text)))
        };
        match refused {
            FiguresRefused::NotYours => Self::forbidden(),
            FiguresRefused::SeveralParts => {
                Self::of_request(bad, "Give one of town, zone and operator.")
            }
            FiguresRefused::Unknown(field) => {
                of_argument(StatusCode::NOT_FOUND, field, "It is not known.")
            }
            FiguresRefused::Backwards => {
                of_argument(bad, "since", "The first day is after the last.")
            }
            FiguresRefused::TooLong => {
                of_argument(bad, "since", &format!("A period has at most {MOST_DAYS} days."))
            }
            FiguresRefused::Broken(error) => error.into(),
        }
    }
}
