//! A hail as it is answered, and the document that an operator's server is called with.

use dispatch::hail;
use schemars::JsonSchema;
use serde::Serialize;
use storage::hails::Transition;
use uuid::Uuid;

use crate::api::envelope::{Data, naive};
use crate::app::hail::view::HailView;
use crate::contract::words::{NEUTRAL_OPERATOR, Position, with_offset};

/// Value of a hidden phone number. Never null, because some operators' servers fail at that.
pub(in crate::contract) const HIDDEN_PHONE: &str = "0600000000";

#[derive(JsonSchema, Serialize)]
pub(super) struct View<'a> {
    id: &'a str,
    session_id: Uuid,
    status: &'static str,
    creation_datetime: String,
    last_status_change: String,
    operateur: &'a str,
    customer_id: &'a str,
    customer_lon: f64,
    customer_lat: f64,
    customer_address: &'a str,
    customer_phone_number: &'a str,
    taxi_phone_number: &'a str,
    taxi: TaxiView<'a>,
    incident_customer_reason: Option<&'a str>,
    incident_taxi_reason: Option<&'a str>,
    reporting_customer: Option<bool>,
    reporting_customer_reason: Option<&'a str>,
    rating_ride: Option<i32>,
    rating_ride_reason: Option<&'a str>,
    transitions: Vec<TransitionView<'a>>,
}

#[derive(JsonSchema, Serialize)]
struct TaxiView<'a> {
    id: &'a str,
    position: Position,
    crowfly_distance: Option<f64>,
    last_update: Option<u32>,
    vehicle: VehicleView<'a>,
    driver: DriverView<'a>,
}

#[derive(Default, JsonSchema, Serialize)]
struct VehicleView<'a> {
    licence_plate: &'a str,
    color: &'a str,
}

#[derive(Default, JsonSchema, Serialize)]
struct DriverView<'a> {
    first_name: &'a str,
    last_name: &'a str,
}

#[derive(JsonSchema, Serialize)]
struct TransitionView<'a> {
    from_status: Option<&'static str>,
    to_status: &'static str,
    timestamp: String,
    user: Option<i64>,
    reason: Option<&'a str>,
}

impl<'a> View<'a> {
    pub(super) fn new(view: &'a HailView) -> Self {
        let hail = &view.record;
        let phones = hail::shows_phones(hail.status, view.viewer);
        let phone = |number: &'a str| if phones { number } else { HIDDEN_PHONE };
        let changed_at = if view.just_changed { with_offset } else { naive };
        Self {
            id: hail.id.as_str(),
            session_id: hail.session,
            status: hail.status.word(),
            creation_datetime: naive(hail.created_at),
            last_status_change: changed_at(hail.changed_at),
            operateur: view.operator_email.as_deref().unwrap_or(NEUTRAL_OPERATOR),
            customer_id: &hail.customer.id.0,
            customer_lon: hail.customer.point.lon(),
            customer_lat: hail.customer.point.lat(),
            customer_address: &hail.customer.address,
            customer_phone_number: phone(&hail.customer.phone),
            taxi_phone_number: phone(hail.taxi_phone.as_deref().unwrap_or_default()),
            taxi: TaxiView::new(view),
            incident_customer_reason: hail.remarks.incident_customer_reason.as_deref(),
            incident_taxi_reason: hail.remarks.incident_taxi_reason.as_deref(),
            reporting_customer: hail.remarks.reporting_customer,
            reporting_customer_reason: hail.remarks.reporting_customer_reason.as_deref(),
            rating_ride: hail.remarks.rating_ride,
            rating_ride_reason: hail.remarks.rating_ride_reason.as_deref(),
            transitions: hail.transitions.iter().map(TransitionView::new).collect(),
        }
    }
}

impl<'a> TaxiView<'a> {
    fn new(view: &'a HailView) -> Self {
        let hail = &view.record;
        let fix = view.fix.filter(|_| hail::shows_position(hail.status));
        let distance_km = fix.map(|fix| fix.point.ellipsoid_distance_km(hail.customer.point));
        let (vehicle, driver) = if hail::shows_driver(hail.status) {
            (
                VehicleView { licence_plate: hail.plate.as_str(), color: &hail.color },
                DriverView {
                    first_name: &hail.driver_first_name,
                    last_name: &hail.driver_last_name,
                },
            )
        } else {
            Default::default()
        };
        Self {
            id: view.taxi.as_str(),
            position: fix.map_or_else(Position::default, |fix| fix.point.into()),
            crowfly_distance: distance_km,
            last_update: fix.map(|fix| fix.at_s),
            vehicle,
            driver,
        }
    }
}

impl<'a> TransitionView<'a> {
    fn new(transition: &'a Transition) -> Self {
        Self {
            from_status: transition.from.map(hail::Status::word),
            to_status: transition.to.word(),
            timestamp: with_offset(transition.at),
            user: transition.by.map(|account| account.0),
            reason: transition.reason.as_deref(),
        }
    }
}

/// The document for an operator's server.
pub(in crate::contract) fn call(view: &HailView) -> String {
    serde_json::to_string(&Data::one(View::new(view)))
        .expect("texts and numbers always become JSON")
}
