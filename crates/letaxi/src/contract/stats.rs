//! `GET /stats/…`: figures for admins, and public ones.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use registry::AccountId;
use serde::Serialize;
use serde_json::Value;

use crate::api::envelope::Data;
use crate::api::identity::Admin;
use crate::api::input::{Faults, Fields, Kind, Read, Unknown, inputs, kind, kinds, object};
use crate::api::query::Query;
use crate::api::route::{Route, schema_of};
use crate::app::App;
use crate::app::figures::Part;
use crate::server::refusal::Error;

mod views;

use views::{
    AccountView, DepartementView, FleetsView, HailsView, PointsView, PublicView, SearchesView,
    TaxiView,
};

/// Routes of figures.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new("GET /stats/taxis", taxis, ["Taxis", "Taxis"]).answers::<TaxiView>(),
        Route::new("GET /stats/hails", hails, ["Ended hails", "Courses terminées"])
            .answers::<HailsView>(),
        Route::new(
            "GET /stats/groupements",
            fleets,
            ["Groups and their fleets", "Groupements et leurs flottes"],
        )
        .answers::<FleetsView<'_>>(),
        Route::new(
            "GET /stats/adsmap",
            taxi_map,
            ["Taxis by département", "Taxis par département"],
        )
        .answers::<DepartementView<'_>>(),
        Route::new("GET /stats/groups", groups, ["Search groups", "Rechercher des groupements"])
            .answers::<AccountView<'_>>(),
        Route::new("GET /stats/managers", managers, ["List managers", "Lister les gestionnaires"])
            .answers::<AccountView<'_>>(),
        Route::new(
            "GET /stats/searches",
            searches,
            ["Searches of the last month", "Recherches du dernier mois"],
        )
        .answers::<SearchesView>(),
        Route::new(
            "GET /stats/heatmap_hails",
            hail_points,
            ["Locations of recent hails", "Points des dernières courses"],
        )
        .answers::<PointsView>(),
        Route::new(
            "GET /stats/heatmap_taxis",
            taxi_points,
            ["Locations of free taxis", "Points des taxis libres"],
        )
        .answers::<PointsView>(),
        Route::new(
            "GET /stats/heatmap_searches",
            search_points,
            ["Locations of recent searches", "Points des dernières recherches"],
        )
        .answers::<PointsView>(),
        Route::new("GET /stats/letaxi", public, ["Public figures", "Statistiques publiques"])
            .answers_with(
                200,
                "Figures open to everyone.",
                "application/json",
                schema_of::<PublicView>,
            ),
    ]
}

inputs! {
    Filter -> Part = object(Unknown::Ignored, part_fields);
    GroupSearch -> String = object(Unknown::Ignored, groups_query);
}

/// Figures about taxis.
async fn taxis(
    State(app): State<Arc<App>>,
    _who: Admin,
    Query(part): Query<Filter>,
) -> Result<Response, Error> {
    Ok(answer(TaxiView::from(app.taxi_figures(&part).await?)))
}

/// Figures about ended hails.
async fn hails(
    State(app): State<Arc<App>>,
    _who: Admin,
    Query(part): Query<Filter>,
) -> Result<Response, Error> {
    Ok(answer(HailsView::from(app.hail_figures(&part).await?)))
}

/// Groups of operators with their fleets.
async fn fleets(
    State(app): State<Arc<App>>,
    _who: Admin,
    Query(part): Query<Filter>,
) -> Result<Response, Error> {
    Ok(answer(FleetsView::new(&app.fleets(&part))))
}

/// Taxis by département, with a point for the map.
async fn taxi_map(
    State(app): State<Arc<App>>,
    _who: Admin,
    Query(part): Query<Filter>,
) -> Result<Response, Error> {
    let counts = app.taxis_by_departement(&part);
    Ok(Data::all(counts.iter().map(DepartementView::from)).answer(StatusCode::OK))
}

/// Groups of operators, for a selection.
async fn groups(
    State(app): State<Arc<App>>,
    _who: Admin,
    Query(search): Query<GroupSearch>,
) -> Result<Response, Error> {
    let groups = app.groups(&search);
    Ok(Data::all(groups.iter().map(|account| AccountView::new(account))).answer(StatusCode::OK))
}

/// Accounts that manage others, for a selection.
async fn managers(State(app): State<Arc<App>>, _who: Admin) -> Result<Response, Error> {
    let managers = app.managers();
    Ok(Data::all(managers.iter().map(|account| AccountView::new(account))).answer(StatusCode::OK))
}

/// Figures about the searches of the last month.
async fn searches(
    State(app): State<Arc<App>>,
    _who: Admin,
    Query(part): Query<Filter>,
) -> Result<Response, Error> {
    Ok(answer(SearchesView::from(app.search_figures(&part).await?)))
}

/// Places of the customers of the newest hails.
async fn hail_points(State(app): State<Arc<App>>, _who: Admin) -> Result<Response, Error> {
    Ok(answer(PointsView::new(&app.hail_points().await?)))
}

/// Positions of free taxis.
async fn taxi_points(State(app): State<Arc<App>>, _who: Admin) -> Result<Response, Error> {
    Ok(answer(PointsView::new(&app.free_taxi_points())))
}

/// Places of the newest searches.
async fn search_points(State(app): State<Arc<App>>, _who: Admin) -> Result<Response, Error> {
    Ok(answer(PointsView::new(&app.search_points().await?)))
}

/// Public figures.
async fn public(State(app): State<Arc<App>>) -> Result<Response, Error> {
    Ok(axum::Json(PublicView::from(app.public_figures().await?)).into_response())
}

fn answer(view: impl Serialize) -> Response {
    Data::one(view).answer(StatusCode::OK)
}

/// Filters: lists are separated by commas; an empty one matches all.
fn part_fields(fields: &mut Fields<'_>) -> Option<Part> {
    let departements = fields.optional("departements", listed(None, |text| Some(text.to_owned())));
    // An invalid code matches no town.
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

/// Pattern of ids of accounts.
const ACCOUNTS: Option<&str> = Some("^([0-9]{1,9}(,[0-9]{1,9})*)?$");

/// Values separated by commas, with a pattern for the whole list, if any; an empty text counts as missing.
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

/// A search text; an empty one matches all.
fn groups_query(fields: &mut Fields<'_>) -> Option<String> {
    fields.optional("search", kinds::text()).map(Option::unwrap_or_default)
}
