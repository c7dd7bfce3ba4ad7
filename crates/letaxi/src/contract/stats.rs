//! `GET /stats/…`: figures for admins, and the public ones.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use registry::AccountId;
use serde::Serialize;
use serde_json::Value;

use crate::api::envelope::Data;
use crate::api::identity::Admin;
use crate::api::input::{Faults, Fields, Kind, Read, Unknown, kind, kinds, object};
use crate::api::openapi::{Operation, Words, schema_of};
use crate::api::query;
use crate::app::App;
use crate::app::figures::Part;
use crate::server::refusal::Error;

mod views;

use views::{
    AccountView, DepartementView, FleetsView, HailsView, PointsView, PublicView, SearchesView,
    TaxiView,
};

/// Figures about taxis.
pub(super) async fn taxis(
    State(app): State<Arc<App>>,
    _who: Admin,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    Ok(answer(TaxiView::from(app.taxi_figures(&part(query.as_deref())?).await?)))
}

/// Figures about hails that are over.
pub(super) async fn hails(
    State(app): State<Arc<App>>,
    _who: Admin,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    Ok(answer(HailsView::from(app.hail_figures(&part(query.as_deref())?).await?)))
}

/// Groups of operators with their fleets.
pub(super) async fn fleets(
    State(app): State<Arc<App>>,
    _who: Admin,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    Ok(answer(FleetsView::new(&app.fleets(&part(query.as_deref())?))))
}

/// Taxis by département, with a point to draw them at.
pub(super) async fn taxi_map(
    State(app): State<Arc<App>>,
    _who: Admin,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    let counts = app.taxis_by_departement(&part(query.as_deref())?);
    Ok(Data::all(counts.iter().map(DepartementView::from)).answer(StatusCode::OK))
}

/// Groups of operators, to choose from.
pub(super) async fn groups(
    State(app): State<Arc<App>>,
    _who: Admin,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    let query = query::first_values(query.as_deref());
    let search = object(Unknown::Ignored, groups_query).read(&query)?;
    let groups = app.groups(&search);
    Ok(Data::all(groups.iter().map(|account| AccountView::new(account))).answer(StatusCode::OK))
}

/// Accounts that manage others, to choose from.
pub(super) async fn managers(State(app): State<Arc<App>>, _who: Admin) -> Result<Response, Error> {
    let managers = app.managers();
    Ok(Data::all(managers.iter().map(|account| AccountView::new(account))).answer(StatusCode::OK))
}

/// Figures about the searches of the last month.
pub(super) async fn searches(
    State(app): State<Arc<App>>,
    _who: Admin,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    Ok(answer(SearchesView::from(app.search_figures(&part(query.as_deref())?).await?)))
}

/// Where the customers of the newest hails stood.
pub(super) async fn hail_points(
    State(app): State<Arc<App>>,
    _who: Admin,
) -> Result<Response, Error> {
    Ok(answer(PointsView::new(&app.hail_points().await?)))
}

/// Where free taxis are.
pub(super) async fn taxi_points(
    State(app): State<Arc<App>>,
    _who: Admin,
) -> Result<Response, Error> {
    Ok(answer(PointsView::new(&app.free_taxi_points())))
}

/// Where the newest searches were.
pub(super) async fn search_points(
    State(app): State<Arc<App>>,
    _who: Admin,
) -> Result<Response, Error> {
    Ok(answer(PointsView::new(&app.search_points().await?)))
}

/// Public figures.
pub(super) async fn public(State(app): State<Arc<App>>) -> Result<Response, Error> {
    Ok(axum::Json(PublicView::from(app.public_figures().await?)).into_response())
}

fn answer(view: impl Serialize) -> Response {
    Data::one(view).answer(StatusCode::OK)
}

/// What the reference says of these calls.
pub(super) fn reference() -> Vec<Operation> {
    let figures = |path, summary: Words| Operation::get(path, summary).by::<Admin>();
    let part = || object(Unknown::Ignored, part_fields);
    vec![
        figures("/stats/taxis", ["Taxis", "Taxis"]).asks(part()).answers::<TaxiView>(),
        figures("/stats/hails", ["Hails that are over", "Courses terminées"])
            .asks(part())
            .answers::<HailsView>(),
        figures("/stats/groupements", ["Groups and their fleets", "Groupements et leurs flottes"])
            .asks(part())
            .answers::<FleetsView<'_>>(),
        figures("/stats/adsmap", ["Taxis by département", "Taxis par département"])
            .asks(part())
            .answers::<DepartementView<'_>>(),
        figures("/stats/groups", ["Groups to choose from", "Groupements au choix"])
            .asks(object(Unknown::Ignored, groups_query))
            .answers::<AccountView<'_>>(),
        figures("/stats/managers", ["Managers to choose from", "Gestionnaires au choix"])
            .answers::<AccountView<'_>>(),
        figures("/stats/searches", ["Searches of the last month", "Recherches du dernier mois"])
            .asks(part())
            .answers::<SearchesView>(),
        figures("/stats/heatmap_hails", ["Where hails were made", "Carte des courses"])
            .answers::<PointsView>(),
        figures("/stats/heatmap_taxis", ["Where taxis are free", "Carte des taxis libres"])
            .answers::<PointsView>(),
        figures("/stats/heatmap_searches", ["Where searches were made", "Carte des recherches"])
            .answers::<PointsView>(),
        Operation::get("/stats/letaxi", ["Public figures", "Statistiques publiques"]).answers_with(
            200,
            "What anyone may know.",
            "application/json",
            schema_of::<PublicView>(),
        ),
    ]
}

fn part(query: Option<&str>) -> Result<Part, Error> {
    let query = query::first_values(query);
    Ok(object(Unknown::Ignored, part_fields).read(&query)?)
}

/// Filters: lists are separated by commas; an empty one asks for all.
fn part_fields(fields: &mut Fields<'_>) -> Option<Part> {
    let departements = fields.optional("departements", listed(None, |text| Some(text.to_owned())));
    // What is no code of a town is of none.
    let towns = fields.optional("insee", listed(None, |text| Some(text.parse().ok())));
    let account = |text: &str| text.parse().ok().map(AccountId);
    let operators = fields.optional("groups", listed(ACCOUNTS, account));
    let manager = fields.optional("manager", listed(ACCOUNTS, account));
    Some(Part {
        departements: departements?.flatten(),
        towns: towns?.flatten().map(|towns| towns.into_iter().flatten().collect()),
        operators: operators?.flatten(),
        manager: manager?.flatten().and_then(|managers| managers.first().copied()),
    })
}

/// Numbers of accounts.
const ACCOUNTS: Option<&str> = Some("^([0-9]{1,9}(,[0-9]{1,9})*)?$");

/// Values separated by commas, all of them together as a pattern, if they have one; nothing at all is none.
fn listed<T>(
    pattern: Option<&'static str>,
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
    kind(read, move || {
        let mut schema = kinds::long_text().schema();
        schema["description"] = "Values separated by commas.".into();
        if let Some(pattern) = pattern {
            schema["pattern"] = pattern.into();
        }
        schema
    })
}

/// A search; an empty one finds all.
fn groups_query(fields: &mut Fields<'_>) -> Option<String> {
    fields.optional("search", kinds::text()).map(Option::unwrap_or_default)
}
