//! `GET /v1/figures`: figures of a period, by day.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Serialize;

use super::live::{NO_SUCH_PART, part_fields};
use crate::api::envelope::Data;
use crate::api::identity::Operator;
use crate::api::input::{Fields, Unknown, inputs, kinds, object};
use crate::api::query::Query;
use crate::api::route::Route;
use crate::app::App;
use crate::app::figures::daily::{Figures, Percentiles, PeriodFigures};
use crate::app::figures::part::OnePart;
use crate::server::refusal::Error;

/// Routes of figures.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            "GET /v1/figures",
            figures,
            ["Figures of a period, by day", "Statistiques d'une période, par jour"],
        )
        .refuses(404, NO_SUCH_PART)
        .answers::<PeriodView>(),
    ]
}

/// A part of everything, and the first and the last day.
type Asked = (OnePart, Option<NaiveDate>, Option<NaiveDate>);

inputs! {
    Period -> Asked = object(Unknown::Refused, period_fields);
}

/// Figures about searches, hails and taxis of the last seven days or another period of at most 92: of everything, a
/// town, a zone or an operator for admins, of its own for an operator.
async fn figures(
    State(app): State<Arc<App>>,
    who: Operator,
    Query((part, since, until)): Query<Period>,
) -> Result<Response, Error> {
    let figures = app.figures(&who, &part, since, until).await?;
    Ok(Data::one(PeriodView::from(figures)).answer(StatusCode::OK))
}

fn period_fields(fields: &mut Fields<'_>) -> Option<Asked> {
    let since = fields.optional("since", kinds::date());
    let until = fields.optional("until", kinds::date());
    let part = part_fields(fields);
    Some((part?, since?, until?))
}

#[derive(JsonSchema, Serialize)]
struct PeriodView {
    /// The first day (UTC).
    since: NaiveDate,
    /// The last day.
    until: NaiveDate,
    total: FiguresView,
    days: Vec<DayView>,
}

#[derive(JsonSchema, Serialize)]
struct DayView {
    day: NaiveDate,
    #[serde(flatten)]
    figures: FiguresView,
}

#[derive(JsonSchema, Serialize)]
struct FiguresView {
    searches: i64,
    /// Searches with no taxi in reach.
    nobody_in_reach: i64,
    /// Share of searches with no taxi in reach; null without searches.
    nobody_in_reach_share: Option<f64>,
    /// Distance to the nearest taxi at searches that found one, in metres.
    nearest_distance: Option<PercentilesView>,
    /// Ended hails by outcome.
    hails: BTreeMap<String, i64>,
    /// Seconds from the reception of a hail to the driver's answer.
    answer_delay: Option<PercentilesView>,
    /// Seconds from the driver's acceptance to the customer on board.
    approach_time: Option<PercentilesView>,
    /// Refusals by legal ground; `none`: no ground was given.
    refusals: BTreeMap<&'static str, i64>,
    /// Hours that taxis were connected, added up over taxis.
    connected_hours: f64,
}

/// Median and 90th percentile.
#[derive(JsonSchema, Serialize)]
struct PercentilesView {
    p50: f64,
    p90: f64,
}

impl From<PeriodFigures> for PeriodView {
    fn from(figures: PeriodFigures) -> Self {
        let day = |(day, figures)| DayView { day, figures: FiguresView::from(figures) };
        Self {
            since: figures.period.first,
            until: figures.period.last,
            total: figures.total.into(),
            days: figures.days.into_iter().map(day).collect(),
        }
    }
}

impl From<Figures> for FiguresView {
    fn from(figures: Figures) -> Self {
        let view = |of: Percentiles| PercentilesView { p50: of.p50, p90: of.p90 };
        let grounds = figures.grounds.iter().map(|(ground, hails)| (ground.word(), *hails));
        let none = Some(("none", figures.without_ground())).filter(|(_, hails)| *hails > 0);
        Self {
            searches: figures.searches,
            nobody_in_reach: figures.nobody,
            nobody_in_reach_share: figures.nobody_share(),
            nearest_distance: figures.nearest_m.map(view),
            answer_delay: figures.answer_s.map(view),
            approach_time: figures.approach_s.map(view),
            refusals: grounds.chain(none).collect(),
            connected_hours: figures.connected_hours,
            hails: figures.hails,
        }
    }
}
