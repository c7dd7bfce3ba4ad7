//! `GET /v1/figures`: figures of a period, by day; `GET /v1/refusals`: its refusals, by operator or town.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::NaiveDate;
use dispatch::refusal::Ground;
use schemars::JsonSchema;
use serde::Serialize;

use super::live::{NO_SUCH_PART, part_fields};
use crate::api::envelope::Data;
use crate::api::identity::Operator;
use crate::api::input::{Fields, Unknown, inputs, kinds, object};
use crate::api::query::{Filters, Query};
use crate::api::route::Route;
use crate::app::App;
use crate::app::figures::daily::{Figures, Percentiles, PeriodFigures};
use crate::app::figures::part::OnePart;
use crate::app::figures::refusals::{Refusals, RefusedBy};
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
        Route::new(
            "GET /v1/refusals",
            refusals,
            [
                "Refusals of a period, by operator or town",
                "Refus d'une période, par opérateur ou commune",
            ],
        )
        .refuses(404, NO_SUCH_PART)
        .answers::<RefusalsView<'_>>(),
    ]
}

/// A part of everything, and the first and the last day.
type Asked = (OnePart, Option<NaiveDate>, Option<NaiveDate>);

/// Codes of towns, and the first and the last day.
type AskedRefusals = (Vec<String>, Option<NaiveDate>, Option<NaiveDate>);

inputs! {
    Period -> Asked = object(Unknown::Refused, period_fields);
    RefusalsPeriod -> AskedRefusals = object(Unknown::Refused, refusals_fields);
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

/// Refusals by legal ground in the last seven days or another period of at most 92: of each operator or, if any are
/// named, of towns for admins, of its own for an operator.
async fn refusals(
    State(app): State<Arc<App>>,
    who: Operator,
    Filters((towns, since, until)): Filters<RefusalsPeriod>,
) -> Result<Response, Error> {
    let refusals = app.refusals(&who, &towns, since, until).await?;
    Ok(Data::all(refusals.iter().map(RefusalsView::new)).answer(StatusCode::OK))
}

fn period_fields(fields: &mut Fields<'_>) -> Option<Asked> {
    let since = fields.optional("since", kinds::date());
    let until = fields.optional("until", kinds::date());
    let part = part_fields(fields);
    Some((part?, since?, until?))
}

fn refusals_fields(fields: &mut Fields<'_>) -> Option<AskedRefusals> {
    let since = fields.optional("since", kinds::once("since", kinds::date()));
    let until = fields.optional("until", kinds::once("until", kinds::date()));
    let towns = fields.optional("town", kinds::many(kinds::text()));
    Some((towns?.unwrap_or_default(), since?, until?))
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

#[derive(JsonSchema, Serialize)]
struct RefusalsView<'a> {
    /// Id of the operator; null in a row of a town.
    operator: Option<i64>,
    /// INSEE code of the town; null in a row of an operator.
    town: Option<String>,
    /// E-mail address of the operator, or name of the town.
    name: &'a str,
    /// Ended hails.
    hails: i64,
    /// Those that the driver declined.
    declined: i64,
    /// Those of them by legal ground; `none`: no ground was given.
    refusals: BTreeMap<&'static str, i64>,
}

impl<'a> RefusalsView<'a> {
    fn new(refusals: &'a Refusals) -> Self {
        let (operator, town, name) = match &refusals.by {
            RefusedBy::Operator(account) => (Some(account.id.0), None, account.email.as_str()),
            RefusedBy::Town(code, name) => (None, Some(code.to_string()), name.as_str()),
        };
        let Refusals { hails, declined, grounds, .. } = refusals;
        let refusals = ground_counts(grounds, refusals.without_ground());
        Self { operator, town, name, hails: *hails, declined: *declined, refusals }
    }
}

/// Numbers of refusals by the word of their ground, with those that have none.
fn ground_counts(
    grounds: &BTreeMap<Ground, i64>,
    without_ground: i64,
) -> BTreeMap<&'static str, i64> {
    let none = Some(("none", without_ground)).filter(|(_, hails)| *hails > 0);
    grounds.iter().map(|(ground, hails)| (ground.word(), *hails)).chain(none).collect()
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
        Self {
            searches: figures.searches,
            nobody_in_reach: figures.nobody,
            nobody_in_reach_share: figures.nobody_share(),
            nearest_distance: figures.nearest_m.map(view),
            answer_delay: figures.answer_s.map(view),
            approach_time: figures.approach_s.map(view),
            refusals: ground_counts(&figures.grounds, figures.without_ground()),
            connected_hours: figures.connected_hours,
            hails: figures.hails,
        }
    }
}
