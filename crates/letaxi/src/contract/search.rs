//! `GET /taxis`: the taxis that may take a customer at a point.

use std::ops::Range;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use registry::{AccountId, Role};
use territory::Point;

use super::decimal::{self, Zeros};
use super::vehicles::push_card;
use super::words::NEUTRAL_OPERATOR;
use crate::api::identity::Partner;
use crate::api::input::{Fields, Unknown, inputs, kinds, object};
use crate::api::query::Query;
use crate::api::route::Route;
use crate::app::App;
use crate::app::fleet::search::{Excluded, Shown};
use crate::server::refusal::Error;

/// Routes of the search.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            "GET /taxis",
            list_taxis,
            [
                "Search available taxis around a customer",
                "Rechercher les taxis disponibles autour d'un client",
            ],
        )
        .unpacked()
        .may_miss()
        .answers::<super::taxis::View<'_>>(),
    ]
}

inputs! {
    Place -> Point = object(Unknown::Ignored, point);
}

/// Lists the taxis that may take a customer at a point, nearest first.
async fn list_taxis(
    State(app): State<Arc<App>>,
    who: Partner,
    Query(point): Query<Place>,
) -> Result<impl IntoResponse, Error> {
    let mut answer = Answer::new(who.is(Role::Admin));
    app.search(&who, point, |shown| answer.push(shown))?;
    Ok(([(CONTENT_TYPE, "application/json")], answer.finish()))
}

fn point(fields: &mut Fields<'_>) -> Option<Point> {
    let lon = fields.required("lon", kinds::lon());
    let lat = fields.required("lat", kinds::lat());
    Some(Point::new(lon?, lat?).expect("the ranges were just checked"))
}

/// The answer to a search, mostly copied from prepared texts, because it is the most frequent large answer.
///
/// Fields that the incumbent no longer fills are kept for apps that read them.
struct Answer {
    json: Vec<u8>,
    for_admin: bool,
    /// Accounts of the operators shown so far, with the position of their names in the answer: a search meets
    /// few.
    operators: Vec<(AccountId, Range<usize>)>,
}

impl Answer {
    fn new(for_admin: bool) -> Self {
        /// Initial capacity, sufficient for most answers: 25 taxis.
        const ROOM: usize = 16 << 10;
        let mut json = Vec::with_capacity(ROOM);
        json.extend_from_slice(br#"{"data":["#);
        Self { json, for_admin, operators: Vec::new() }
    }

    fn finish(mut self) -> Vec<u8> {
        self.write("]}");
        self.json
    }

    fn push(&mut self, shown: Shown<'_>) {
        self.write(if self.json.ends_with(b"[") { r#"{"id":""# } else { r#",{"id":""# });
        self.json.extend_from_slice(shown.id.as_bytes());
        self.write(r#"","operator":"#);
        self.write_operator(&shown);
        self.write(r#","crowfly_distance":"#);
        decimal::push(&mut self.json, scaled(shown.distance_m, 1e4), 4, Zeros::Kept);
        self.write(r#","position":{"lon":"#);
        decimal::push(&mut self.json, scaled(shown.fix.point.lon(), 1e7), 7, Zeros::Cut);
        self.write(r#","lat":"#);
        decimal::push(&mut self.json, scaled(shown.fix.point.lat(), 1e7), 7, Zeros::Cut);
        self.write(r#"},"vehicle":"#);
        push_card(&mut self.json, shown.card, self.for_admin);
        self.write(concat!(
            r#","rating":0,"status":"free","radius":0,"last_update":null,"#,
            r#""added_at":"1970-01-01T00:00:00","ads":{"vehicle_id":0,"insee":"","#,
            r#""owner_type":"","doublage":null,"town":{"name":""},"owner_name":"","#,
            r#""category":"","numero":""},"driver":{"professional_licence":""#,
        ));
        // An app that does not see operators must still recognise test taxis.
        if shown.is_integration && !shown.names_operator {
            self.write("integration");
        }
        self.write(r#"","first_name":"","last_name":"","departement":""}}"#);
    }

    fn write(&mut self, text: &str) {
        self.json.extend_from_slice(text.as_bytes());
    }

    fn write_operator(&mut self, shown: &Shown<'_>) {
        let id = shown.operator.id;
        if let Some((_, name)) = self.operators.iter().find(|(known, _)| *known == id) {
            self.json.extend_from_within(name.clone());
            return;
        }
        let name = if shown.names_operator { &shown.operator.email } else { NEUTRAL_OPERATOR };
        let begin = self.json.len();
        serde_json::to_writer(&mut self.json, name).expect("texts always become JSON");
        self.operators.push((id, begin..self.json.len()));
    }
}

/// A distance or an angle as an integer of the given scale; both are small.
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
