//! `GET /v1/retention`: how long data are kept, and how old the oldest are.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Serialize;

use crate::api::envelope::{Data, naive};
use crate::api::identity::Admin;
use crate::api::route::Route;
use crate::app::App;
use crate::app::retention::ClockState;
use crate::server::refusal::Error;

/// Routes of retention.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            "GET /v1/retention",
            list_clocks,
            ["List the clocks of retention", "Lister les durées de conservation"],
        )
        .answers::<ClockView>(),
    ]
}

/// Lists the clocks, each with its source, its oldest data and its last round.
async fn list_clocks(State(app): State<Arc<App>>, _who: Admin) -> Result<Response, Error> {
    let clocks = app.retention_clocks().await?;
    Ok(Data::all(clocks.iter().map(ClockView::new)).answer(StatusCode::OK))
}

#[derive(JsonSchema, Serialize)]
struct ClockView {
    /// `exact_places`, `hails`, `taxis`, `inspections` or `activity`.
    clock: &'static str,
    /// Article of the law, or `letaxi` where no law names a time.
    source: &'static str,
    /// A setting.
    kept_days: u32,
    /// Data from before this time go with the next round.
    due_before: String,
    /// Time of the oldest data that are still there: creation of a hail, last connection of a taxi, time of a search, of
    /// a position, of a look-up or of a line of the log.
    oldest_at: Option<String>,
    /// Time of the last complete round. Rounds come each hour.
    last_round_at: Option<String>,
    /// Rows that it blurred or deleted.
    last_round_rows: Option<i64>,
    /// True if so much is due that the last round left it alone: `letaxi purge --now` does not.
    held_back: bool,
}

impl ClockView {
    fn new(state: &ClockState) -> Self {
        Self {
            clock: state.clock.word(),
            source: state.clock.source(),
            kept_days: state.kept_days,
            due_before: naive(state.due_before),
            oldest_at: state.oldest_at.map(naive),
            last_round_at: state.last_round_at.map(naive),
            last_round_rows: state.last_round_at.map(|_| state.last_round_rows),
            held_back: state.is_held_back,
        }
    }
}
