//! The contract's sentences for refused hails and changes.

use axum::http::StatusCode;
use dispatch::hail::{RETIRED_WORD, Refused};
use dispatch::session::NotTheirs;

use crate::app::hail::create::HailRefused;
use crate::app::hail::update::{PartyField, UpdateRefused};
use crate::server::refusal::Error;

impl From<HailRefused> for Error {
    fn from(refused: HailRefused) -> Self {
        let bad = StatusCode::BAD_REQUEST;
        let (status, field, text) = match refused {
            HailRefused::UnknownTaxi => {
                (StatusCode::NOT_FOUND, "operateur", "Unable to find taxi for this operateur.")
            }
            HailRefused::Banned => {
                (StatusCode::FORBIDDEN, "customer_id", "This customer is banned.")
            }
            HailRefused::NeverSeen => (bad, "taxi_id", "Taxi is not online."),
            HailRefused::NoLongerSeen => (bad, "taxi_id", "Taxi is no longer online."),
            HailRefused::NotFree => (bad, "taxi_id", "Taxi is not free."),
            // The known sentence, with its misprint.
            HailRefused::Session(NotTheirs::Unknown(_)) => {
                (bad, "session_id", "This sesssion ID does not exist.")
            }
            HailRefused::Session(NotTheirs::OfAnother(_)) => {
                let text = "The session ID exists, but it is linked to another customer.";
                (bad, "session_id", text)
            }
            HailRefused::NoAddress => (
                bad,
                "customer_address",
                "Customer can't be located, please provide an pickup address for the taxi.",
            ),
            HailRefused::KeyUsed => {
                let text = "This Idempotency-Key was used for another hail within the last day.";
                return Self::of_request(StatusCode::CONFLICT, text);
            }
            HailRefused::Broken(error) => return error.into(),
        };
        Self::of_field(status, field, text)
    }
}

impl From<UpdateRefused> for Error {
    fn from(refused: UpdateRefused) -> Self {
        let bad = StatusCode::BAD_REQUEST;
        match refused {
            UpdateRefused::Unknown => Self::of_url(StatusCode::NOT_FOUND, "Hail not found"),
            UpdateRefused::NoParty => {
                let text = "You do not have the permissions to view this hail";
                Self::of_url(StatusCode::FORBIDDEN, text)
            }
            UpdateRefused::NoTaxiPhone => {
                let text =
                    "Status changes to accepted_by_taxi but taxi_phone_number is not provided";
                Self::of_field(bad, "status", text)
            }
            UpdateRefused::Retired(from) => {
                let text = if from.is_over() {
                    format!("Hail status is {from} and cannot be changed to {RETIRED_WORD}")
                } else {
                    format!("Impossible to set status from {from} to {RETIRED_WORD}")
                };
                Self::of_field(bad, "status", &text)
            }
            UpdateRefused::Step(refused) => Self::of_field(bad, "status", &step_sentence(refused)),
            UpdateRefused::NotYours(field) => {
                let text = "You do not have the permissions to change this value";
                Self::of_field(bad, word(field), text)
            }
            UpdateRefused::Broken(error) => error.into(),
        }
    }
}

fn step_sentence(refused: Refused) -> String {
    match refused {
        Refused::Over { from, to } => {
            format!("Hail status is {from} and cannot be changed to {to}")
        }
        Refused::NoSuchStep { from, to } => {
            format!("Impossible to set status from {from} to {to}")
        }
        Refused::NotYours { from, to, needs } => {
            format!("Permission {needs} is required to change status from {from} to {to}")
        }
    }
}

fn word(field: PartyField) -> &'static str {
    match field {
        PartyField::IncidentTaxiReason => "incident_taxi_reason",
        PartyField::ReportingCustomer => "reporting_customer",
        PartyField::ReportingCustomerReason => "reporting_customer_reason",
        PartyField::CustomerLon => "customer_lon",
        PartyField::CustomerLat => "customer_lat",
        PartyField::CustomerAddress => "customer_address",
        PartyField::RatingRide => "rating_ride",
        PartyField::RatingRideReason => "rating_ride_reason",
        PartyField::IncidentCustomerReason => "incident_customer_reason",
    }
}
