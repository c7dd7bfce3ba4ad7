//! Test taxis that answer hails by themselves.

use async_trait::async_trait;
use dispatch::sandbox::Behaviour;
use registry::{AccountId, TaxiId, Time};
use territory::Point;

use crate::Result;

/// A test taxi.
#[derive(Clone, Debug, PartialEq)]
pub struct SandboxTaxi {
    /// Number of its driver, vehicle and licence; no other test taxi has it at the same time.
    pub number: i64,
    /// The taxi.
    pub taxi: TaxiId,
    /// The account that made it.
    pub account: AccountId,
    /// Behaviour.
    pub behaviour: Behaviour,
    /// Place where it stands.
    pub point: Point,
    /// Time of its creation.
    pub added_at: Time,
    /// Time of its end.
    pub ends_at: Time,
}

/// Test taxis.
#[async_trait]
pub trait SandboxTaxis {
    /// All test taxis, by their numbers.
    async fn sandbox_taxis(&self) -> Result<Vec<SandboxTaxi>>;

    /// Adds a test taxi whose number and id no other has.
    async fn add_sandbox_taxi(&self, taxi: &SandboxTaxi) -> Result<()>;

    /// Removes a test taxi. The taxi itself stays, with its hails.
    async fn remove_sandbox_taxi(&self, taxi: TaxiId) -> Result<()>;
}
