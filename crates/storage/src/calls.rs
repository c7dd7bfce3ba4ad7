//! Calls to operators' servers, as they are remembered for a while.

use async_trait::async_trait;
use registry::{AccountId, HailId, Time};

use crate::Result;

/// A call to an operator's server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    /// Its number; 0 until it is written.
    pub id: i64,
    /// The operator.
    pub account: AccountId,
    /// The hail it was about.
    pub hail: HailId,
    /// Endpoint, without anything secret.
    pub endpoint: String,
    /// Time at which it began.
    pub at: Time,
    /// Duration, in milliseconds.
    pub took_ms: i64,
    /// Reason of the failure; none if the server took the hail.
    pub failure: Option<String>,
    /// True if it was a test call, about a hail that does not exist.
    pub is_test: bool,
}

/// Questions and changes about calls.
#[async_trait]
pub trait Calls {
    /// Remembers calls.
    async fn record_calls(&self, calls: &[CallRecord]) -> Result<()>;

    /// The newest calls to an operator, at most `take`, older than the one numbered `before`.
    async fn list_calls(
        &self,
        account: AccountId,
        before: Option<i64>,
        take: u32,
    ) -> Result<Vec<CallRecord>>;

    /// Forgets the calls from before a time.
    async fn forget_calls(&self, before: Time) -> Result<()>;
}
