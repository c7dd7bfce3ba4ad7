//! `GET /taxis`: the taxis that may take a customer at a point.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use dispatch::ranking::Found;
use registry::Role;
use territory::Point;

use super::decimal::{self, Zeros};
use super::error::Error;
use super::identity::Partner;
use super::input::{Fields, Kind, Unknown, kinds, object};
use super::openapi::Operation;
use super::query;
use super::words::NEUTRAL_OPERATOR;
use crate::app::App;
use crate::app::search::{Excluded, Shown};

/// Lists the taxis that may take a customer at a point, nearest first.
pub(super) async fn list_taxis(
    State(app): State<Arc<App>>,
    who: Partner,
    RawQuery(query): RawQuery,
) -> Result<impl IntoResponse, Error> {
    let query = query::first_values(query.as_deref());
    let point = object(Unknown::Ignored, point).read(&query)?;
    let found = app.search(&who, point)?;
    Ok(([(CONTENT_TYPE, "application/json")], json(&found, who.is(Role::Admin))))
}

/// What the reference says of these calls.
pub(super) fn reference() -> Vec<Operation> {
    vec![
        Operation::get(
            "/taxis",
            ["Search taxis around a customer", "Chercher les taxis autour d'un client"],
        )
        .by::<Partner>()
        .asks(object(Unknown::Ignored, point))
        .may_miss()
        .answers::<super::taxis::View<'_>>(),
    ]
}

fn point(fields: &mut Fields<'_>) -> Option<Point> {
    let lon = fields.required("lon", kinds::lon());
    let lat = fields.required("lat", kinds::lat());
    Some(Point::new(lon?, lat?).expect("the ranges were just checked"))
}

/// The answer, mostly copied from what is ready made: a search is answered more often than
/// anything else, and most of it is this.
///
/// Fields that the incumbent once filled and no longer does are there for apps that read them.
fn json(found: &[Found<Shown>], for_admin: bool) -> String {
    const BYTES_PER_TAXI: usize = 768;
    let mut json = String::with_capacity(16 + found.len() * BYTES_PER_TAXI);
    // A search meets few operators, and each time the same ones.
    let mut operator = (None, String::new());
    json.push_str(r#"{"data":["#);
    for (index, found) in found.iter().enumerate() {
        if index > 0 {
            json.push(',');
        }
        let name = operator_name(&found.details);
        if operator.0 != Some(name) {
            operator = (Some(name), serde_json::Value::from(name).to_string());
        }
        push_taxi(&mut json, found, &operator.1, for_admin);
    }
    json.push_str("]}");
    json
}

fn operator_name(shown: &Shown) -> &str {
    if shown.names_operator { shown.operator.email.as_str() } else { NEUTRAL_OPERATOR }
}

fn push_taxi(json: &mut String, found: &Found<Shown>, operator: &str, for_admin: bool) {
    let Shown { id, names_operator, is_integration, description, fix, .. } = &found.details;
    let card = if for_admin { &description.card.admin } else { &description.card.client };
    // An app that is not told the operator must still tell tries from the real thing.
    let licence = if *is_integration && !names_operator { "integration" } else { "" };
    json.push_str(r#"{"id":""#);
    json.push_str(id.as_str());
    json.push_str(r#"","operator":"#);
    json.push_str(operator);
    json.push_str(r#","crowfly_distance":"#);
    decimal::push(json, scaled(found.distance_m, 1e4), 4, Zeros::Kept);
    json.push_str(r#","position":{"lon":"#);
    decimal::push(json, scaled(fix.point.lon(), 1e7), 7, Zeros::Cut);
    json.push_str(r#","lat":"#);
    decimal::push(json, scaled(fix.point.lat(), 1e7), 7, Zeros::Cut);
    json.push_str(r#"},"vehicle":"#);
    json.push_str(card);
    json.push_str(concat!(
        r#","rating":0,"status":"free","radius":0,"last_update":null,"#,
        r#""added_at":"1970-01-01T00:00:00","ads":{"vehicle_id":0,"insee":"","#,
        r#""owner_type":"","doublage":null,"town":{"name":""},"owner_name":"","#,
        r#""category":"","numero":""},"driver":{"professional_licence":""#,
    ));
    json.push_str(licence);
    json.push_str(r#"","first_name":"","last_name":"","departement":""}}"#);
}

/// A distance or a degree in whole parts of itself; both are small.
fn scaled(number: f64, parts: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "metres of a search, degrees of the Earth")]
    let scaled = (number * parts).round_ties_even() as i64;
    scaled
}

impl From<Excluded> for Error {
    fn from(_: Excluded) -> Self {
        Self::of_url(StatusCode::NOT_FOUND, "No cruising allowed in this area")
    }
}
