//! `GET /v1/map/taxis`: positions of taxis for live maps.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use dispatch::eligibility::POSITION_LIFE_S;
use registry::{Account, AccountId};
use schemars::JsonSchema;
use serde::Serialize;

use crate::api::envelope::Data;
use crate::api::identity::AnyAccount;
use crate::api::input::{Fields, Kind, Unknown, inputs, kinds, object};
use crate::api::query::Query;
use crate::api::route::Route;
use crate::app::App;
use crate::app::clock::age_s;
use crate::app::fleet::map::{MAP_KEPT_S, MapTaxis, MapWish, OnMap, UnknownOperator};
use crate::server::refusal::Error;

/// Routes of live maps.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            "GET /v1/map/taxis",
            get_taxis,
            ["Positions of taxis for a live map", "Positions des taxis pour une carte en direct"],
        )
        .refuses(404, "The operator is not known, or belongs to others.")
        .answers::<MapView>(),
    ]
}

inputs! {
    Asked -> MapWish = object(Unknown::Refused, wish);
}

/// The connected taxis: for an operator its own, for a manager those of its operators, for an admin all.
async fn get_taxis(
    State(app): State<Arc<App>>,
    who: AnyAccount,
    Query(wish): Query<Asked>,
) -> Result<Response, Error> {
    // Tens of thousands of taxis take milliseconds, for which no other call shall wait.
    let answer = tokio::task::spawn_blocking(move || {
        let taxis = app.taxis_on_map(&who, &wish)?;
        Ok(Data::one(MapView::from(&taxis)).answer(StatusCode::OK))
    });
    answer.await.map_err(|error| Error::broken(&error))?.map_err(|error: UnknownOperator| {
        // The same answer for an account of others, so that nobody learns of it.
        let UnknownOperator = error;
        Error::of_field(StatusCode::NOT_FOUND, "operator", "It is not known.")
    })
}

fn wish(fields: &mut Fields<'_>) -> Option<MapWish> {
    let bounds = fields.optional("bbox", kinds::bounds());
    let operator = fields.optional("operator", kinds::identifier());
    let since = fields.optional(
        "since",
        kinds::identifier().about(
            "Only what changed in this second or later: `at` of the last answer. Taxis that left the box or fell \
             silent are not told.",
        ),
    );
    let most = i32::try_from(MAP_KEPT_S).expect("a day has fewer seconds");
    let within = fields.optional(
        "within",
        kinds::whole_within(1..=most)
            .about("Only taxis that reported within so many seconds; as searches do, 120 if it is not given."),
    );
    let whole = |number: i64| u32::try_from(number.max(0)).unwrap_or(u32::MAX);
    Some(MapWish {
        bounds: bounds?,
        operator: operator?.map(AccountId),
        since_s: since?.map(whole),
        within_s: within?.map_or(POSITION_LIFE_S, |seconds| whole(seconds.into())),
    })
}

/// Taxis as one list for each of their fields; the same index is the same taxi in all of them.
#[derive(JsonSchema, Serialize)]
struct MapView {
    /// Second of the answer since 1 January 1970, UTC.
    at: u32,
    /// The accounts that report these taxis.
    operators: Vec<OperatorView>,
    id: Vec<String>,
    plate: Vec<String>,
    lon: Vec<f64>,
    lat: Vec<f64>,
    /// Status in the operator's description.
    status: Vec<&'static str>,
    /// Age of the position in seconds.
    age_s: Vec<u32>,
    /// Number of the account that reports it.
    operator: Vec<i64>,
}

#[derive(JsonSchema, Serialize)]
struct OperatorView {
    id: i64,
    email: String,
    name: Option<String>,
}

impl From<&MapTaxis> for MapView {
    fn from(map: &MapTaxis) -> Self {
        fn list<T>(map: &MapTaxis, of: impl Fn(&OnMap) -> T) -> Vec<T> {
            map.taxis.iter().map(of).collect()
        }
        Self {
            at: map.at_s,
            operators: map.accounts.iter().map(|account| OperatorView::from(&**account)).collect(),
            id: list(map, |taxi| taxi.taxi.to_string()),
            plate: list(map, |taxi| plate(&taxi.description.card.plate)),
            lon: list(map, |taxi| shown(taxi.fix.point.lon())),
            lat: list(map, |taxi| shown(taxi.fix.point.lat())),
            status: list(map, |taxi| taxi.description.status.word()),
            age_s: list(map, |taxi| age_s(taxi.fix.at_s, map.at_s)),
            operator: list(map, |taxi| taxi.account.0),
        }
    }
}

impl From<&Account> for OperatorView {
    fn from(account: &Account) -> Self {
        let name = account.commercial_name.clone().filter(|name| !name.is_empty());
        Self { id: account.id.0, email: account.email.clone(), name }
    }
}

/// A plate, from its text in answers of searches, which is JSON.
pub(super) fn plate(card: &str) -> String {
    serde_json::from_str(card).unwrap_or_default()
}

/// Degrees with five digits: a metre.
pub(super) fn shown(degrees: f64) -> f64 {
    (degrees * 1e5).round() / 1e5
}
