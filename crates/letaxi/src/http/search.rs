//! `GET /taxis`: the taxis that may take a customer at a point.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use registry::{AccountId, Role};
use territory::Point;

use super::decimal::{self, Zeros};
use super::error::Error;
use super::identity::Partner;
use super::input::{Fields, Kind, Unknown, kinds, object};
use super::openapi::Operation;
use super::query;
use super::vehicles::push_card;
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
    let mut answer = Answer::new(who.is(Role::Admin));
    app.search(&who, point, |shown| answer.push(shown))?;
    Ok(([(CONTENT_TYPE, "application/json")], answer.finish()))
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
struct Answer {
    json: String,
    for_admin: bool,
    /// The operator shown last, by its account, and its name as JSON: neighbours often share it.
    operator: (Option<AccountId>, String),
}

impl Answer {
    fn new(for_admin: bool) -> Self {
        /// Enough for most answers: 25 taxis.
        const ROOM: usize = 16 << 10;
        let mut json = String::with_capacity(ROOM);
        json.push_str(r#"{"data":["#);
        Self { json, for_admin, operator: (None, String::new()) }
    }

    fn finish(mut self) -> String {
        self.json.push_str("]}");
        self.json
    }

    fn push(&mut self, shown: Shown<'_>) {
        if self.operator.0 != Some(shown.operator.id) {
            let name = if shown.names_operator { &shown.operator.email } else { NEUTRAL_OPERATOR };
            self.operator = (Some(shown.operator.id), serde_json::Value::from(name).to_string());
        }
        // An app that is not told the operator must still tell tries from the real thing.
        let is_try = shown.is_integration && !shown.names_operator;
        let json = &mut self.json;
        json.push_str(if json.ends_with('[') { r#"{"id":""# } else { r#",{"id":""# });
        json.push_str(shown.id.as_str());
        json.push_str(r#"","operator":"#);
        json.push_str(&self.operator.1);
        json.push_str(r#","crowfly_distance":"#);
        decimal::push(json, scaled(shown.distance_m, 1e4), 4, Zeros::Kept);
        json.push_str(r#","position":{"lon":"#);
        decimal::push(json, scaled(shown.fix.point.lon(), 1e7), 7, Zeros::Cut);
        json.push_str(r#","lat":"#);
        decimal::push(json, scaled(shown.fix.point.lat(), 1e7), 7, Zeros::Cut);
        json.push_str(r#"},"vehicle":"#);
        push_card(json, shown.card, self.for_admin);
        json.push_str(concat!(
            r#","rating":0,"status":"free","radius":0,"last_update":null,"#,
            r#""added_at":"1970-01-01T00:00:00","ads":{"vehicle_id":0,"insee":"","#,
            r#""owner_type":"","doublage":null,"town":{"name":""},"owner_name":"","#,
            r#""category":"","numero":""},"driver":{"professional_licence":""#,
        ));
        json.push_str(if is_try { "integration" } else { "" });
        json.push_str(r#"","first_name":"","last_name":"","departement":""}}"#);
    }
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
