//! `GET /stats/…`: figures for admins, and the public ones.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use registry::{Account, AccountId};
use serde::Serialize;
use serde_json::{Map, Value, json};
use territory::Point;

use super::error::Error;
use super::identity::Admin;
use super::input::{Faults, Fields, Kind, Read, Schema, Unknown, kind, kinds, object};
use super::query;
use super::words::{Data, naive};
use crate::app::App;
use crate::app::figures::hails::{HailFigures, Per, Period};
use crate::app::figures::searches::Quarters;
use crate::app::figures::taxis::Fleet;
use crate::app::figures::{OverTime, Part};

/// Figures about taxis.
pub(super) async fn taxis(
    State(app): State<Arc<App>>,
    _who: Admin,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    let figures = app.taxi_figures(&part(query.as_deref())?).await?;
    let by_hour = figures.connected_by_hour.iter();
    let by_hour: Map<_, _> =
        by_hour.map(|(hour, taxis)| (hour.to_string(), Value::from(*taxis))).collect();
    answer(json!({
        "registered_taxis": figures.registered,
        "connected_taxis": figures.connected,
        "registered_taxis_since_threshold": figures.registered_since,
        "connected_taxis_since_threshold": figures.connected_since,
        "connected_taxis_now": figures.connected_now,
        "monthly_hails_per_taxi": figures.monthly_hails,
        "average_radius": figures.mean_radius_m,
        "average_radius_change": figures.radius_chosen_percent,
        "connected_taxis_per_hour": by_hour,
    }))
}

/// Figures about hails that are over.
pub(super) async fn hails(
    State(app): State<Arc<App>>,
    _who: Admin,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    const OUTCOMES: [&str; 10] = [
        "finished",
        "declined_by_taxi",
        "declined_by_customer",
        "timeout_taxi",
        "timeout_ride",
        "timeout_customer",
        "incident_taxi",
        "incident_customer",
        "timeout_accepted_by_customer",
        "failure",
    ];
    let figures = app.hail_figures(&part(query.as_deref())?).await?;
    let mut view = json!({
        "hails_received": figures.count(None),
        // Where there is no distance, none is told: as a number, since pages reckon with it.
        "average_hail_distance": figures.mean_distance_m().filled(),
        "hails_total": {"current_year": figures.current_year, "last_year": figures.last_year},
        "hails_average": {
            "last_three_months": means(&figures, Period::LastThreeMonths),
            "current_year": means(&figures, Period::CurrentYear),
            "last_year": means(&figures, Period::LastYear),
        },
        "average_times": crate::app::figures::counting::STEPS.iter()
            .map(|(step, ..)| ((*step).to_owned(), figures.mean_time_s(step).into()))
            .collect::<Map<String, Value>>(),
    });
    for outcome in OUTCOMES {
        view[format!("hails_{outcome}")] = json!(figures.count(Some(outcome)));
    }
    answer(view)
}

fn means(figures: &HailFigures, period: Period) -> Value {
    let per = |per: Per| {
        let mean = |outcome| figures.mean(period, per, outcome);
        json!({
            "total": mean(None),
            "timeout_customer": mean(Some("timeout_customer")),
            "declined_by_customer": mean(Some("declined_by_customer")),
            "incident_taxi": mean(Some("incident_taxi")),
            "declined_by_taxi": mean(Some("declined_by_taxi")),
        })
    };
    json!({"daily": per(Per::Day), "weekly": per(Per::Week), "monthly": per(Per::Month)})
}

/// Groups of operators with their fleets.
pub(super) async fn fleets(
    State(app): State<Arc<App>>,
    _who: Admin,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    let fleets = app.fleets(&part(query.as_deref())?);
    let fleets: Vec<_> = fleets.iter().map(FleetView::new).collect();
    // The number was never filled in; pages count the list.
    answer(json!({"registered_groupements": 0, "fleet_data": fleets}))
}

/// Taxis by département, with a point to draw them at.
pub(super) async fn taxi_map(
    State(app): State<Arc<App>>,
    _who: Admin,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    let counts = app.taxis_by_departement(&part(query.as_deref())?);
    let views = counts.iter().map(|count| {
        json!({
            "count": count.taxis,
            "insee": count.departement.number,
            "name": count.departement.name,
            "position": count.point.map(|point| {
                json!({"type": "Point", "coordinates": [point.lon, point.lat]})
            }),
        })
    });
    Ok(Data::all(views).answer(StatusCode::OK))
}

/// Groups of operators, to choose from.
pub(super) async fn groups(
    State(app): State<Arc<App>>,
    _who: Admin,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    let query = query::first_values(query.as_deref());
    let search = object(Unknown::Ignored, groups_query).read(&query)?;
    let groups = app.groups(search.as_deref());
    Ok(Data::all(groups.iter().map(|account| AccountView::new(account))).answer(StatusCode::OK))
}

/// Accounts that manage others, to choose from.
pub(super) async fn managers(
    State(app): State<Arc<App>>,
    _who: Admin,
) -> Result<Response, Error> {
    let managers = app.managers();
    Ok(Data::all(managers.iter().map(|account| AccountView::new(account))).answer(StatusCode::OK))
}

/// Figures about the searches of the last month.
pub(super) async fn searches(
    State(app): State<Arc<App>>,
    _who: Admin,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    let figures = app.search_figures(&part(query.as_deref())?).await?;
    let mut taxis = Map::new();
    for (measure, quarters) in [
        ("taxis_found", figures.found),
        ("taxis_seen", figures.seen),
        ("closest_taxi", figures.nearest_m),
    ] {
        let of = |share: fn(&Quarters) -> f64| quarters.as_ref().map(share);
        taxis.insert(format!("{measure}_25"), of(|quarters| quarters.first).into());
        taxis.insert(format!("{measure}_50"), of(|quarters| quarters.median).into());
        taxis.insert(format!("{measure}_75"), of(|quarters| quarters.third).into());
    }
    let apps = figures.apps.iter();
    let apps: Vec<_> = apps
        .map(|(account, searches)| json!({"moteur": account.email, "count": searches}))
        .collect();
    answer(json!({"taxis": taxis, "moteurs": apps}))
}

/// Where the customers of the newest hails stood.
pub(super) async fn hail_points(
    State(app): State<Arc<App>>,
    _who: Admin,
) -> Result<Response, Error> {
    answer(points(&app.hail_points().await?))
}

/// Where free taxis are.
pub(super) async fn taxi_points(
    State(app): State<Arc<App>>,
    _who: Admin,
) -> Result<Response, Error> {
    answer(points(&app.free_taxi_points()))
}

/// Where the newest searches were.
pub(super) async fn search_points(
    State(app): State<Arc<App>>,
    _who: Admin,
) -> Result<Response, Error> {
    answer(points(&app.search_points().await?))
}

/// Public figures.
pub(super) async fn public(State(app): State<Arc<App>>) -> Result<Response, Error> {
    let figures = app.public_figures().await?;
    let by_word = |percents: &[(&'static str, f64)]| {
        let percents = percents.iter();
        percents.map(|(word, percent)| ((*word).to_owned(), (*percent).into())).collect()
    };
    let months = figures.connected_percent.iter().map(|(month, percents)| {
        let percents: Map<String, Value> = by_word(percents);
        json!([format!("{month}T00:00:00+00:00"), percents])
    });
    let growth: Map<String, Value> = by_word(&figures.growth_percent);
    let view = json!({
        "groups": figures.groups,
        "apps": figures.publishers,
        "taxis_connected": months.collect::<Vec<_>>(),
        "hails_growth": growth,
    });
    Ok(axum::Json(view).into_response())
}

fn answer(view: Value) -> Result<Response, Error> {
    Ok(Data::one(view).answer(StatusCode::OK))
}

/// Points as a map of heat wants them: latitude first.
fn points(points: &[Point]) -> Value {
    let points = points.iter().map(|point| (point.lat(), point.lon()));
    json!({"points": points.collect::<Vec<_>>()})
}

fn part(query: Option<&str>) -> Result<Part, Error> {
    let query = query::first_values(query);
    Ok(object(Unknown::Ignored, part_fields).read(&query)?)
}

/// Filters: lists are separated by commas; an empty one asks for all.
fn part_fields(fields: &mut Fields<'_>) -> Option<Part> {
    let departements = fields.optional("departements", listed(|text| Some(text.to_owned())));
    // What is no code of a town is of none.
    let towns = fields.optional("insee", listed(|text| Some(text.parse().ok())));
    let operators = fields.optional("groups", listed(|text| text.parse().ok().map(AccountId)));
    let manager = fields.optional("manager", listed(|text| text.parse().ok().map(AccountId)));
    Some(Part {
        departements: departements?.flatten(),
        towns: towns?.flatten().map(|towns| towns.into_iter().flatten().collect()),
        operators: operators?.flatten(),
        manager: manager?.flatten().and_then(|managers| managers.first().copied()),
    })
}

/// Values separated by commas; nothing at all is none.
fn listed<T>(
    one: impl Fn(&str) -> Option<T>,
) -> impl for<'a> Kind<'a, Value = Option<Vec<T>>> {
    let read = move |value: &Value| -> Read<Option<Vec<T>>> {
        let text = kinds::long_text().read(value)?;
        if text.is_empty() {
            return Ok(None);
        }
        let values = text.split(',').map(|part| one(part.trim())).collect::<Option<_>>();
        values.map(Some).ok_or_else(|| Faults::message("Not a valid integer."))
    };
    kind(read, || -> Schema { json!({"type": "string", "description": "Values separated by commas."}) })
}

fn groups_query(fields: &mut Fields<'_>) -> Option<Option<String>> {
    fields.optional("search", kinds::text())
}

#[derive(Serialize)]
struct FleetView<'a> {
    id: i64,
    email: &'a str,
    fleet_size: Option<i32>,
    count: u64,
    ratio: Option<f64>,
    last_taxi: Option<String>,
    manager: Option<&'a str>,
}

#[derive(Serialize)]
struct AccountView<'a> {
    id: i64,
    email: &'a str,
    commercial_name: Option<&'a str>,
}

impl<'a> FleetView<'a> {
    fn new(fleet: &'a Fleet) -> Self {
        let size = fleet.account.fleet_size.filter(|size| *size > 0);
        Self {
            id: fleet.account.id.0,
            email: &fleet.account.email,
            fleet_size: fleet.account.fleet_size,
            count: fleet.taxis,
            ratio: size.map(|size| 100.0 * fleet.taxis as f64 / f64::from(size)),
            last_taxi: fleet.last_added_at.map(naive),
            manager: fleet.manager.as_ref().map(|manager| manager.email.as_str()),
        }
    }
}

impl<'a> AccountView<'a> {
    fn new(account: &'a Account) -> Self {
        let commercial_name = account.commercial_name.as_deref();
        Self { id: account.id.0, email: &account.email, commercial_name }
    }
}

impl<T: Serialize> Serialize for OverTime<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;

        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("today", &self.today)?;
        map.serialize_entry("three_months_ago", &self.three_months_ago)?;
        map.serialize_entry("six_months_ago", &self.six_months_ago)?;
        map.serialize_entry("twelve_months_ago", &self.twelve_months_ago)?;
        map.end()
    }
}
