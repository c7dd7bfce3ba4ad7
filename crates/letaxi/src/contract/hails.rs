//! `POST /hails`, `GET` and `PUT /hails/:id`, and the document for an operator's server.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use dispatch::hail;
use registry::CustomerId;
use storage::hails::CustomerPart;
use territory::Point;

use crate::api::document::Body;
use crate::api::envelope::Data;
use crate::api::identity::{Client, Partner};
use crate::api::input::{
    Fields, Unknown, inputs, kinds, object, one, one_or_nothing, partial_object,
};
use crate::api::route::Route;
use crate::app::App;
use crate::app::hail::create::HailRequest;
use crate::app::hail::update::{AskedStatus, HailUpdate};
use crate::server::refusal::Error;

mod once;
mod refusals;
pub(super) mod view;

use view::View;

const INCIDENT_CUSTOMER_REASONS: [&str; 6] =
    ["", "mud_river", "parade", "earthquake", "no_show", "no_specs"];
const INCIDENT_TAXI_REASONS: [&str; 6] =
    ["no_show", "address", "traffic", "breakdown", "traffic_jam", "garbage_truck"];
const REPORTING_CUSTOMER_REASONS: [&str; 8] =
    ["ko", "payment", "courtesy", "route", "cleanliness", "late", "aggressive", "no_show"];
const RATING_RIDE_REASONS: [&str; 10] = [
    "ko",
    "payment",
    "courtesy",
    "route",
    "cleanliness",
    "late",
    "no_credit_card",
    "bad_itinerary",
    "dirty_taxi",
    "automatic_rating",
];

/// Routes of hails.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new("POST /hails", create_hail, ["Hail a taxi", "Commander un taxi"])
            .may_miss()
            .creates::<View<'_>>(),
        Route::new("GET /hails/{id}", get_hail, ["Get a hail", "Consulter une course"])
            .unpacked()
            .of("The id of the hail.")
            .answers::<View<'_>>(),
        Route::new("PUT /hails/{id}", update_hail, ["Update a hail", "Modifier une course"])
            .of("The id of the hail.")
            .answers::<View<'_>>(),
    ]
}

inputs! {
    Request -> HailRequest = one(object(Unknown::Refused, request));
    Update -> Option<HailUpdate> = one_or_nothing(partial_object(Unknown::Refused, update));
}

/// Hails a taxi for a customer.
async fn create_hail(
    State(app): State<Arc<App>>,
    who: Client,
    key: once::Key,
    body: Body<Request>,
) -> Result<Response, Error> {
    let request = body.read()?;
    if let Some(once) = key.once(&body) {
        let answer = app.create_hail_once(&who, request, &once).await?;
        return Ok(
            (StatusCode::CREATED, [(CONTENT_TYPE, "application/json")], answer).into_response()
        );
    }
    let hail = app.create_hail(&who, request).await?;
    Ok(Data::one(View::new(&hail)).answer(StatusCode::CREATED))
}

/// Shows a hail to its parties and admins.
async fn get_hail(
    State(app): State<Arc<App>>,
    who: Partner,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let hail = app.hail(&who, &id).await?;
    Ok(Data::one(View::new(&hail)).answer(StatusCode::OK))
}

/// Updates the status of a hail or the remarks of its parties.
async fn update_hail(
    State(app): State<Arc<App>>,
    who: Partner,
    Path(id): Path<String>,
    body: Body<Update>,
) -> Result<Response, Error> {
    let update = body.read();
    if update.is_err() {
        // A missing hail is reported before faults of the input.
        app.hail(&who, &id).await?;
    }
    let hail = app.update_hail(&who, &id, &update?.unwrap_or_default()).await?;
    Ok(Data::one(View::new(&hail)).answer(StatusCode::OK))
}

fn request(fields: &mut Fields<'_>) -> Option<HailRequest> {
    let lon = fields.required("customer_lon", kinds::lon());
    let lat = fields.required("customer_lat", kinds::lat());
    let address = fields.required("customer_address", kinds::long_text());
    let phone = fields.required("customer_phone_number", kinds::text());
    let customer = fields.required("customer_id", kinds::text());
    let taxi = fields.required("taxi_id", kinds::text());
    // Older apps name an operator; the hail goes to the taxi's own in any case.
    let operator = fields.optional("operateur", kinds::text());
    let session = fields.nullable("session_id", kinds::uuid());
    operator?;
    Some(HailRequest {
        taxi: taxi?,
        customer: CustomerPart {
            id: CustomerId(customer?),
            point: Point::new(lon?, lat?).expect("the ranges were just checked"),
            address: address?,
            phone: phone?,
        },
        session: session?.value(),
    })
}

fn update(fields: &mut Fields<'_>) -> Option<HailUpdate> {
    let status = fields.optional("status", kinds::word(&hail::WORDS));
    let taxi_phone = fields.optional("taxi_phone_number", kinds::text());
    let incident_taxi =
        fields.nullable("incident_taxi_reason", kinds::word(&INCIDENT_TAXI_REASONS));
    let reporting = fields.nullable("reporting_customer", kinds::boolean());
    let reporting_reason =
        fields.nullable("reporting_customer_reason", kinds::word(&REPORTING_CUSTOMER_REASONS));
    let lon = fields.optional("customer_lon", kinds::lon());
    let lat = fields.optional("customer_lat", kinds::lat());
    let address = fields.optional("customer_address", kinds::long_text());
    let phone = fields.optional("customer_phone_number", kinds::text());
    let rating = fields.nullable("rating_ride", kinds::whole());
    let rating_reason = fields.nullable("rating_ride_reason", kinds::word(&RATING_RIDE_REASONS));
    let incident_customer =
        fields.nullable("incident_customer_reason", kinds::word(&INCIDENT_CUSTOMER_REASONS));
    let owned = |word: Option<&str>| word.map(str::to_owned);
    // Validated and ignored: as with the incumbent, the number of the first call is kept.
    phone?;
    Some(HailUpdate {
        status: status?.map(asked_status),
        taxi_phone: taxi_phone?,
        customer_lon: lon?,
        customer_lat: lat?,
        customer_address: address?,
        incident_customer_reason: incident_customer?.change().map(owned),
        rating_ride: rating?.change(),
        rating_ride_reason: rating_reason?.change().map(owned),
        incident_taxi_reason: incident_taxi?.change().map(owned),
        reporting_customer: reporting?.change(),
        reporting_customer_reason: reporting_reason?.change().map(owned),
    })
}

fn asked_status(word: &str) -> AskedStatus {
    word.parse().map_or(AskedStatus::Retired, AskedStatus::Live)
}
