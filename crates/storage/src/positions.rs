//! Last-known positions of taxis, kept across restarts.

use async_trait::async_trait;
use registry::{AccountId, TaxiId};
use territory::Point;

use crate::Result;

/// Position of a taxi, as an account reported it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LastPosition {
    /// The taxi.
    pub taxi: TaxiId,
    /// Account that reported it.
    pub account: AccountId,
    /// Place.
    pub point: Point,
    /// Time, in seconds since the epoch.
    pub at_s: u32,
}

/// Questions and changes about last-known positions.
#[async_trait]
pub trait LastPositions {
    /// Keeps these positions, each unless a newer one of the same taxi and account is kept, or one of
    /// the two is gone. One from after `latest_s` is not newer: it was kept before the clock was set back.
    /// Written in parts: if the store fails, some may be kept already.
    ///
    /// # Errors
    ///
    /// If the store fails.
    async fn keep_positions(&self, positions: &[LastPosition], latest_s: u32) -> Result<()>;

    /// The positions kept that are not from before this second.
    ///
    /// # Errors
    ///
    /// If the store fails.
    async fn last_positions(&self, not_before_s: u32) -> Result<Vec<LastPosition>>;
}
