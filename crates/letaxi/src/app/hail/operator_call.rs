//! The call to an operator's server, as `operator` makes it.

use std::time::Duration;

use async_trait::async_trait;
use registry::{AccountId, HailId};

use crate::app::monitor::metrics::Measured;

/// A call to an operator's server. It holds the operator's secret, so it does not show itself.
#[derive(Clone, PartialEq, Eq)]
pub struct OperatorRequest {
    /// The operator.
    pub account: AccountId,
    /// The hail it is about; repeats carry the same.
    pub hail: HailId,
    /// Where to: as the operator set it, not yet known to be an address one may call.
    pub endpoint: String,
    /// Name of the header the operator wants sent along; empty: none.
    pub header_name: String,
    /// Value of that header.
    pub header_value: String,
    /// The JSON document.
    pub body: String,
    /// Shows the operator that the call is ours: `t=…,v1=…`.
    pub signature: String,
    /// How long the outcome is still of use.
    pub time_left: Duration,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallOutcome {
    /// The operator's server took the hail.
    Delivered {
        /// The number at which the driver can be called, if the answer told it.
        taxi_phone: Option<String>,
    },
    /// It did not; the sentence says why, for the operator to mend it.
    Failed(String),
}

/// Calls operators' servers, and shows how many calls there are. `operator` does it over HTTP; tests
/// play the operator.
#[async_trait]
pub trait OperatorCall: Measured {
    /// Makes one call. Never takes longer than the request's `time_left`, never panics.
    async fn call(&self, request: OperatorRequest) -> CallOutcome;

    /// Whether an account may take this endpoint for its hails. Help for who writes it, no promise:
    /// each call looks again. Look-ups of names count against the account's permits.
    async fn check(&self, account: AccountId, endpoint: &str) -> Result<(), EndpointFault>;
}

/// What stands against a hail endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointFault {
    /// It is no http or https URL, or leads to an address that is not public.
    #[error("this is no public http or https url")]
    Invalid,
    /// Its host has no address that we know of.
    #[error("the host of this url cannot be resolved")]
    Unresolved,
}
