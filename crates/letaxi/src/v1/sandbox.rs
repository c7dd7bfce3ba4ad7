//! `GET /v1/integration`, `POST`, `GET` and `DELETE /v1/sandbox/taxis`: means to try software out.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use dispatch::sandbox::Behaviour;
use registry::Role;
use schemars::JsonSchema;
use serde::Serialize;
use storage::sandbox::SandboxTaxi;
use territory::{Point, Town};

use super::visibility::{Asked, place};
use crate::api::document::Body;
use crate::api::envelope::{Data, naive};
use crate::api::identity::Partner;
use crate::api::input::{Fields, Unknown, inputs, kinds, object};
use crate::api::query::Query;
use crate::api::route::Route;
use crate::app::App;
use crate::app::sandbox::SANDBOX_EMAIL;
use crate::app::sandbox::taxis::{MOST_OF_AN_ACCOUNT, MOST_TAXIS, SandboxRefused};
use crate::server::refusal::Error;

/// Routes of the sandbox.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            "GET /v1/integration",
            get_integration,
            [
                "Get the accounts for trying software out",
                "Consulter les comptes prévus pour essayer un logiciel",
            ],
        )
        .answers::<IntegrationView<'_>>(),
        Route::new(
            "POST /v1/sandbox/taxis",
            add_taxi,
            [
                "Create a test taxi that answers by itself",
                "Créer un taxi de test qui répond tout seul",
            ],
        )
        .refuses(409, "The registry has no sandbox, or as many test taxis as it may.")
        .creates::<TaxiView>(),
        Route::new(
            "GET /v1/sandbox/taxis",
            list_taxis,
            ["List own test taxis", "Lister ses taxis de test"],
        )
        .answers::<TaxiView>(),
        Route::new(
            "DELETE /v1/sandbox/taxis/{id}",
            end_taxi,
            ["Remove a test taxi", "Supprimer un taxi de test"],
        )
        .of("The id of the taxi."),
    ]
}

inputs! {
    New -> NewTaxi = object(Unknown::Refused, new_taxi);
    Place -> Asked = object(Unknown::Refused, place);
}

/// A test taxi as it is asked for.
struct NewTaxi {
    behaviour: Behaviour,
    point: Point,
}

/// Tells which account everybody may act for, to play the other side of a hail, whether there is a sandbox, and a town:
/// that at the point, or any if no point is given.
async fn get_integration(
    State(app): State<Arc<App>>,
    _who: Partner,
    Query(Asked { point }): Query<Place>,
) -> Result<Response, Error> {
    let places = app.places();
    let town = places.place_to_try(point);
    let town = town.map(|(town, point)| TownView::new(town, point));
    Ok(Data::one(IntegrationView::new(&app, town)).answer(StatusCode::OK))
}

/// Creates a taxi that stands at a place for an hour and answers hails as its behaviour says: `accept`, `refuse`,
/// `ignore`, `slow` (accepts 3 seconds before the time limit) or `no_show` (accepts, then reports that the customer is not
/// there).
async fn add_taxi(
    State(app): State<Arc<App>>,
    who: Partner,
    body: Body<New>,
) -> Result<Response, Error> {
    let NewTaxi { behaviour, point } = body.read()?;
    let taxi = app.add_sandbox_taxi(&who, behaviour, point).await?;
    Ok(Data::one(TaxiView::new(&taxi)).answer(StatusCode::CREATED))
}

/// Lists the test taxis that the account made and that have not ended.
async fn list_taxis(State(app): State<Arc<App>>, who: Partner) -> Result<Response, Error> {
    let taxis = app.sandbox_taxis(&who).await?;
    Ok(Data::all(taxis.iter().map(TaxiView::new)).answer(StatusCode::OK))
}

/// Switches a test taxi off. A hail that it is in ends by its time limit.
async fn end_taxi(
    State(app): State<Arc<App>>,
    who: Partner,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    app.end_sandbox_taxi(&who, &id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn new_taxi(fields: &mut Fields<'_>) -> Option<NewTaxi> {
    let behaviour = fields.required("behaviour", kinds::word_for(&Behaviour::WORDS));
    let lon = fields.required("lon", kinds::lon());
    let lat = fields.required("lat", kinds::lat());
    let (behaviour, lon, lat) = (behaviour?, lon?, lat?);
    Some(NewTaxi { behaviour, point: Point::new(lon, lat).expect("the ranges were just checked") })
}

#[derive(JsonSchema, Serialize)]
struct IntegrationView<'a> {
    /// E-mail address of the account for which every account may act (header `X-Logas`); null if there is none.
    integration_account: Option<String>,
    /// Roles of that account.
    roles: Vec<&'static str>,
    /// True if the registry itself takes hails for that account.
    takes_hails: bool,
    /// True if accounts may create test taxis that answer by themselves.
    sandbox: bool,
    /// The town at the point, or, without one, any town; null if there is none.
    town: Option<TownView<'a>>,
}

#[derive(JsonSchema, Serialize)]
struct TownView<'a> {
    insee: &'a str,
    name: &'a str,
    /// A point in the town.
    lon: f64,
    lat: f64,
}

impl<'a> TownView<'a> {
    fn new(town: &'a Town, point: Point) -> Self {
        Self { insee: town.code.as_str(), name: &town.name, lon: point.lon(), lat: point.lat() }
    }
}

impl<'a> IntegrationView<'a> {
    fn new(app: &App, town: Option<TownView<'a>>) -> Self {
        let account = app.integration_account();
        let roles = account.iter().flat_map(|account| account.roles.iter().map(Role::word));
        Self {
            takes_hails: account.as_ref().is_some_and(|account| app.takes_hails_of(account.id)),
            roles: roles.collect(),
            integration_account: account.map(|account| account.email.clone()),
            sandbox: app.settings().sandbox,
            town,
        }
    }
}

#[derive(JsonSchema, Serialize)]
struct TaxiView {
    /// The taxi, for `POST /hails`. Searches may show it under another id.
    id: String,
    /// `accept`, `refuse`, `ignore`, `slow` or `no_show`.
    behaviour: &'static str,
    lon: f64,
    lat: f64,
    added_at: String,
    /// Time at which the taxi is switched off.
    ends_at: String,
}

impl TaxiView {
    fn new(taxi: &SandboxTaxi) -> Self {
        Self {
            id: taxi.taxi.to_string(),
            behaviour: taxi.behaviour.word(),
            lon: taxi.point.lon(),
            lat: taxi.point.lat(),
            added_at: naive(taxi.added_at),
            ends_at: naive(taxi.ends_at),
        }
    }
}

impl From<SandboxRefused> for Error {
    fn from(refused: SandboxRefused) -> Self {
        let conflict = |text: &str| Self::of_request(StatusCode::CONFLICT, text);
        match refused {
            SandboxRefused::Off => {
                conflict("This registry has no sandbox: its setting of this name is off.")
            }
            SandboxRefused::NoTown => conflict("No town of the territory has this point."),
            SandboxRefused::TooMany => conflict(&format!(
                "The account has {MOST_OF_AN_ACCOUNT} test taxis, which is as many as it may: remove one.",
            )),
            SandboxRefused::Full => conflict(&format!(
                "There are {MOST_TAXIS} test taxis, which is as many as there may be: try again later.",
            )),
            SandboxRefused::NoAccount => conflict(&format!(
                "The account {SANDBOX_EMAIL} is disabled, or has not the role of an operator.",
            )),
            SandboxRefused::Unknown => {
                Self::of_url(StatusCode::NOT_FOUND, "The account has no such test taxi.")
            }
            SandboxRefused::Broken(error) => error.into(),
        }
    }
}
