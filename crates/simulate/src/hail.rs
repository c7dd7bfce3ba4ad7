//! A hail as partners see it: the words of the public interface and what they mean to them.
//!
//! Written from the contract, not taken from the registry's own rules: a partner has nothing else.

use serde::{Deserialize, Serialize};

/// Where a hail stands, in the contract's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words are the contract's, which explains them")]
pub enum Status {
    Received,
    SentToOperator,
    ReceivedByOperator,
    ReceivedByTaxi,
    AcceptedByTaxi,
    AcceptedByCustomer,
    CustomerOnBoard,
    Finished,
    DeclinedByTaxi,
    DeclinedByCustomer,
    IncidentTaxi,
    IncidentCustomer,
    TimeoutTaxi,
    TimeoutCustomer,
    TimeoutAcceptedByCustomer,
    Failure,
}

impl Status {
    /// The contract's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::SentToOperator => "sent_to_operator",
            Self::ReceivedByOperator => "received_by_operator",
            Self::ReceivedByTaxi => "received_by_taxi",
            Self::AcceptedByTaxi => "accepted_by_taxi",
            Self::AcceptedByCustomer => "accepted_by_customer",
            Self::CustomerOnBoard => "customer_on_board",
            Self::Finished => "finished",
            Self::DeclinedByTaxi => "declined_by_taxi",
            Self::DeclinedByCustomer => "declined_by_customer",
            Self::IncidentTaxi => "incident_taxi",
            Self::IncidentCustomer => "incident_customer",
            Self::TimeoutTaxi => "timeout_taxi",
            Self::TimeoutCustomer => "timeout_customer",
            Self::TimeoutAcceptedByCustomer => "timeout_accepted_by_customer",
            Self::Failure => "failure",
        }
    }

    /// Whether nothing more can happen to the hail.
    pub fn is_over(self) -> bool {
        self >= Self::Finished
    }

    /// Whether the taxi comes back free by itself; if not, its driver has to say so.
    pub(crate) fn frees_taxi(self) -> bool {
        !matches!(self, Self::DeclinedByTaxi | Self::TimeoutTaxi | Self::TimeoutAcceptedByCustomer)
    }

    /// How a passenger gets out of a hail that stands here; nothing to get out of when it is over.
    pub(crate) fn way_out(self) -> Option<Self> {
        match self {
            Self::AcceptedByCustomer | Self::CustomerOnBoard => Some(Self::IncidentCustomer),
            _ if self.is_over() => None,
            _ => Some(Self::DeclinedByCustomer),
        }
    }
}

/// What partners read of a hail.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Hail {
    pub(crate) id: String,
    pub(crate) status: Status,
}

/// What an operator's back office reads of a hail that is delivered to it.
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

/// The envelope around everything: a list, of one element where one thing is meant.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Envelope<T> {
    pub(crate) data: Vec<T>,
}

#[cfg(test)]
mod tests {
    use super::Status::{self, *};

    const ALL: [Status; 16] = [
        Received,
        SentToOperator,
        ReceivedByOperator,
        ReceivedByTaxi,
        AcceptedByTaxi,
        AcceptedByCustomer,
        CustomerOnBoard,
        Finished,
        DeclinedByTaxi,
        DeclinedByCustomer,
        IncidentTaxi,
        IncidentCustomer,
        TimeoutTaxi,
        TimeoutCustomer,
        TimeoutAcceptedByCustomer,
        Failure,
    ];

    #[test]
    fn a_status_is_written_and_read_as_its_word() {
        for status in ALL {
            let json = format!("\"{}\"", status.word());
            assert_eq!(serde_json::to_string(&status).unwrap(), json);
            assert_eq!(serde_json::from_str::<Status>(&json).unwrap(), status);
        }
    }

    #[test]
    fn a_passenger_can_get_out_of_any_hail_that_is_not_over() {
        for status in ALL {
            assert_eq!(status.way_out().is_none(), status.is_over(), "{status:?}");
        }
        assert_eq!(ALL.iter().filter(|status| status.is_over()).count(), 9);
    }
}
