//! Facts about the quality of operators' data.

use async_trait::async_trait;
use registry::{AccountId, Time};

use crate::Result;

/// Calls to an operator's server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallCount {
    /// All of them.
    pub calls: i64,
    /// Those that did not deliver their hail.
    pub failed: i64,
}

/// Facts about the quality of operators' data.
#[async_trait]
pub trait QualityFacts {
    /// Number of cars that an account describes under several spellings of the plate, by account.
    async fn plates_spelt_twice(&self) -> Result<Vec<(AccountId, i64)>>;

    /// Calls to operators' servers since a time, as far as they are remembered, by account.
    async fn calls_since(&self, since: Time) -> Result<Vec<(AccountId, CallCount)>>;
}
