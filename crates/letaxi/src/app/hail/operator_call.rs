//! The call to an operator's server, as `operator` makes it.

use std::time::Duration;

use async_trait::async_trait;
use registry::{AccountId, HailId};

use crate::app::monitor::metrics::Measured;

/// Name of the header of test calls; its value is `1`.
pub const TEST: &str = "x-letaxi-test";

/// A call to an operator's server. It contains the operator's secret, so it has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct OperatorRequest {
    /// The operator.
    pub account: AccountId,
    /// Its hail; repeated calls have the same id.
    pub hail: HailId,
    /// URL set by the operator, not yet checked.
    pub endpoint: String,
    /// Name of a header requested by the operator; empty: none.
    pub header_name: String,
    /// Value of that header.
    pub header_value: String,
    /// The JSON document.
    pub body: String,
    /// Signature that proves the origin: `t=…,v1=…`.
    pub signature: String,
    /// Time for which the outcome is useful.
    pub time_left: Duration,
}

/// Outcome of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallOutcome {
    /// The operator's server accepted the hail.
    Delivered {
        /// Phone number of the driver, if the answer contained it.
        taxi_phone: Option<String>,
    },
    /// Refused or failed; the sentence gives the operator the reason.
    Failed(String),
}

/// Header of a message; the value of one that is secret is hidden.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Its name, in lower case.
    pub name: String,
    /// Its value; characters that are not ASCII are replaced.
    pub value: String,
}

/// Answer of an operator's server, as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawAnswer {
    /// HTTP status.
    pub status: u16,
    /// Its headers.
    pub headers: Vec<Header>,
    /// The beginning of its body, as text.
    pub body: String,
}

/// A test call to an operator's server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestedCall {
    /// Headers that are sent by us; none if the call could not be made.
    pub sent: Vec<Header>,
    /// The answer, if one came.
    pub answer: Option<RawAnswer>,
    /// Outcome that a hail would have had.
    pub outcome: CallOutcome,
}

/// Calls operators' servers, and measures the calls. `operator` implements it over HTTP; tests fake the
/// operator.
#[async_trait]
pub trait OperatorCall: Measured {
    /// Makes one call. Takes at most the request's `time_left`, and never panics.
    async fn call(&self, request: OperatorRequest) -> CallOutcome;

    /// Makes one test call, with the header [`TEST`] beside those of a call. Takes at most the request's `time_left`,
    /// and never panics.
    async fn test(&self, request: OperatorRequest) -> TestedCall;

    /// Checks that an account may set this endpoint. It helps the account and guarantees nothing: each call
    /// checks again. Lookups of names count against the account's permits.
    async fn check(&self, account: AccountId, endpoint: &str) -> Result<(), EndpointFault>;
}

/// Fault of a hail endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointFault {
    /// It is not an http or https URL, or leads to an address that is not public.
    #[error("this is no public http or https url")]
    Invalid,
    /// Its host has no known address.
    #[error("the host of this url cannot be resolved")]
    Unresolved,
}
