//! Hails as partners read them, and the documents around them.
//!
//! The words come from `dispatch`; their meaning for drivers and passengers is written down here from the
//! contract, so that a mistake in the registry's rules is not repeated.

use dispatch::hail::Status::{
    self, AcceptedByCustomer, AcceptedByTaxi, CustomerOnBoard, DeclinedByCustomer, DeclinedByTaxi,
    Failure, Finished, IncidentCustomer, IncidentTaxi, Received, ReceivedByOperator,
    ReceivedByTaxi, TimeoutAcceptedByCustomer, TimeoutCustomer, TimeoutTaxi,
};
use serde::{Deserialize, Deserializer, de::Error as _};

/// True if a taxi whose hail ended so is free again; if not, its driver has to say so.
pub(crate) fn frees_taxi(end: Status) -> bool {
    match end {
        DeclinedByTaxi | TimeoutTaxi | TimeoutAcceptedByCustomer => false,
        Finished | Failure | IncidentTaxi | DeclinedByCustomer | IncidentCustomer
        | TimeoutCustomer | Received | ReceivedByOperator | ReceivedByTaxi | AcceptedByTaxi
        | AcceptedByCustomer | CustomerOnBoard => true,
    }
}

/// The status by which a passenger gets out of a hail; `None` if it is over.
pub(crate) fn way_out(status: Status) -> Option<Status> {
    match status {
        Received | ReceivedByOperator | ReceivedByTaxi | AcceptedByTaxi => Some(DeclinedByCustomer),
        AcceptedByCustomer | CustomerOnBoard => Some(IncidentCustomer),
        Failure
        | DeclinedByTaxi
        | IncidentTaxi
        | TimeoutTaxi
        | DeclinedByCustomer
        | IncidentCustomer
        | TimeoutCustomer
        | TimeoutAcceptedByCustomer
        | Finished => None,
    }
}

/// A hail in an answer.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Hail {
    pub(crate) id: String,
    #[serde(deserialize_with = "status")]
    pub(crate) status: Status,
}

fn status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Status, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}

/// A hail that is delivered to an operator's back office.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Delivered {
    pub(crate) id: String,
    pub(crate) customer_lon: f64,
    pub(crate) customer_lat: f64,
    pub(crate) taxi: DeliveredTaxi,
}

/// The taxi of a delivered hail.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct DeliveredTaxi {
    pub(crate) id: String,
}

/// The envelope of every document: a list, of one element where one thing is meant.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Envelope<T> {
    pub(crate) data: Vec<T>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_by_its_word() {
        let read = |word: &str| {
            let hail = serde_json::json!({"id": "h", "status": word});
            serde_json::from_value::<Hail>(hail).map(|hail| hail.status)
        };
        for status in Status::ALL {
            assert_eq!(read(status.word()).unwrap(), status);
        }
        let unknown = read("lost").unwrap_err().to_string();
        assert!(unknown.contains("\"lost\""), "{unknown}");
    }

    #[test]
    fn a_passenger_can_get_out_of_any_hail_that_is_not_over() {
        for status in Status::ALL {
            assert_eq!(way_out(status).is_none(), status.is_over(), "{status:?}");
        }
    }
}
