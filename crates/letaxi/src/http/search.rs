//! `GET /taxis`: the taxis that may take a customer at a point.

use std::fmt::Write;
use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use dispatch::ranking::Found;
use registry::Role;
use territory::Point;

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
    const BYTES_PER_TAXI: usize = 640;
    let mut json = String::with_capacity(16 + found.len() * BYTES_PER_TAXI);
    json.push_str(r#"{"data":["#);
    for (index, found) in found.iter().enumerate() {
        if index > 0 {
            json.push(',');
        }
        push_taxi(&mut json, found, for_admin);
    }
    json.push_str("]}");
    json
}

fn push_taxi(json: &mut String, found: &Found<Shown>, for_admin: bool) {
    let Shown { id, operator, names_operator, is_integration, description, fix } = &found.details;
    let card = if for_admin { &description.card.admin } else { &description.card.client };
    let name = if *names_operator { operator.email.as_str() } else { NEUTRAL_OPERATOR };
    let operator = serde_json::Value::from(name);
    // An app that is not told the operator must still tell tries from the real thing.
    let licence = if *is_integration && !names_operator { "integration" } else { "" };
    write!(
        json,
        concat!(
            r#"{{"id":"{id}","operator":{operator},"crowfly_distance":{distance:.4},"#,
            r#""position":{{"lon":{lon},"lat":{lat}}},"vehicle":{vehicle},"#,
            r#""rating":0,"status":"free","radius":0,"last_update":null,"#,
            r#""added_at":"1970-01-01T00:00:00","ads":{{"vehicle_id":0,"insee":"","#,
            r#""owner_type":"","doublage":null,"town":{{"name":""}},"owner_name":"","#,
            r#""category":"","numero":""}},"driver":{{"professional_licence":"{licence}","#,
            r#""first_name":"","last_name":"","departement":""}}}}"#,
        ),
        id = id,
        licence = licence,
        operator = operator,
        distance = found.distance_m,
        lon = fix.point.lon(),
        lat = fix.point.lat(),
        vehicle = card,
    )
    .expect("a text takes all that is written to it");
}

impl From<Excluded> for Error {
    fn from(_: Excluded) -> Self {
        Self::of_url(StatusCode::NOT_FOUND, "No cruising allowed in this area")
    }
}
