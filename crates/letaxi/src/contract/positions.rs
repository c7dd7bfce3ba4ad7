//! `POST /geotaxi`: positions, at most 50 per call.

use std::sync::Arc;

use axum::extract::{FromRequestParts, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{Method, Uri};
use axum::response::IntoResponse;
use serde_json::json;
use territory::Point;

use crate::api::document::{Body, Unparsed};
use crate::api::identity::Operator;
use crate::api::input::{Faults, Fields, Unknown, inputs, kinds, object, objects, one};
use crate::api::route::{Argument, Inputs, Route};
use crate::app::App;
use crate::app::fleet::report::{MAX_POSITIONS, Report, UnknownTaxis};
use crate::server::refusal::Error;

mod quick;

/// Path of reports, for the layer that treats them apart.
pub(crate) const PATH: &str = "/geotaxi";

/// Routes of positions.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            "POST /geotaxi",
            report_positions,
            ["Report positions", "Envoyer des positions"],
        )
        .answers_with(
            200,
            "All positions were taken.",
            "text/html",
            || json!({"type": "string", "const": ""}),
        ),
    ]
}

inputs! {
    Positions -> Vec<Report> = one(object(Unknown::Refused, batch));
}

/// Stores a batch of positions, all or none.
async fn report_positions(
    State(app): State<Arc<App>>,
    batch: Batch,
    who: Operator,
) -> Result<impl IntoResponse, Error> {
    let reports = batch.reports()?;
    app.report(&who, &reports)?;
    // The known answer: empty, and by an accident of the incumbent HTML.
    Ok(([(CONTENT_TYPE, "text/html; charset=utf-8")], ""))
}

/// True for a report of positions.
pub(crate) fn are_reported(method: &Method, uri: &Uri) -> bool {
    method == Method::POST && uri.path().strip_suffix('/').unwrap_or(uri.path()) == PATH
}

/// A sent batch: most are valid and parsed in one pass.
enum Batch {
    /// Its reports.
    Read(Vec<Report>),
    /// There may be faults, to be named, or oddities that are allowed.
    Unread(Body<Positions>),
}

impl Batch {
    fn reports(self) -> Result<Vec<Report>, Error> {
        match self {
            Self::Read(reports) => Ok(reports),
            Self::Unread(body) => body.read(),
        }
    }
}

impl Argument for Batch {
    fn describe(inputs: &mut Inputs) {
        Body::<Positions>::describe(inputs);
    }
}

impl FromRequestParts<Arc<App>> for Batch {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Error> {
        let body = Unparsed::from_request_parts(parts, app).await?;
        match quick::reports(body.bytes()) {
            Some(reports) => Ok(Self::Read(reports)),
            None => Ok(Self::Unread(body.body()?)),
        }
    }
}

fn batch(fields: &mut Fields<'_>) -> Option<Vec<Report>> {
    let positions = objects(MAX_POSITIONS, Unknown::Refused, report);
    let too_many = |most| format!("Up to {most} positions are accepted");
    fields.required("positions", positions.saying_if_longer(too_many))
}

fn report(fields: &mut Fields<'_>) -> Option<Report> {
    let taxi = fields.required("taxi_id", kinds::text());
    let lon = fields.required("lon", kinds::lon());
    let lat = fields.required("lat", kinds::lat());
    let point = Point::new(lon?, lat?).expect("the ranges were just checked");
    Some(Report { taxi: taxi?.parse().ok(), point })
}

impl From<UnknownTaxis> for Error {
    fn from(UnknownTaxis(reports): UnknownTaxis) -> Self {
        let fault = || Faults::at(&"taxi_id", Faults::message("Identifiant de taxi inconnu"));
        let reports = reports.into_iter().map(|index| (index.to_string(), fault()));
        Self::faults(Faults::at(&"positions", Faults::Parts(reports.collect())).in_data())
    }
}
