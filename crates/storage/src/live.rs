//! Live counts: searches, ended hails and taxis by minute, hour and day.
//!
//! The caller decides the measures and their [`Scope`]s; storage keeps and sums them.

use async_trait::async_trait;
use registry::Time;

use crate::Result;
use crate::figures::{LiveCount, Scope};

/// Length of the periods of a table of live counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grain {
    /// A minute.
    Minute,
    /// An hour, without its minutes that are still kept singly.
    Hour,
    /// A day, without its minutes that are still kept singly.
    Day,
}

/// Sum of a measure over scopes in one period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveSum {
    /// Begin of the period.
    pub at: Time,
    /// The measure's word.
    pub measure: String,
    /// The sum.
    pub number: i64,
}

/// A minute that is moved into the sums of its hour and its day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// Begin of the minute.
    pub minute: Time,
    /// Begin of its hour.
    pub hour: Time,
    /// Begin of its day.
    pub day: Time,
    /// Hours before this one are forgotten.
    pub hours_since: Time,
}

/// Live counts.
#[async_trait]
pub trait LiveCounts {
    /// Adds the sample of a minute, unless that minute has one. The first count tells: all samples of a minute begin with the
    /// same measure of the same scope, and a minute has either all of a sample or nothing.
    async fn sample_live(&self, sample: &[LiveCount]) -> Result<()>;

    /// The oldest minute before a time that is kept singly.
    async fn oldest_live_minute(&self, before: Time) -> Result<Option<Time>>;

    /// Moves a minute into the sums of its hour and its day.
    async fn move_live_minute(&self, which: Move) -> Result<()>;

    /// Sums of these scopes by period and measure, in order of time; periods without any are left out.
    async fn live_sums(
        &self,
        grain: Grain,
        periods: &[Time],
        scopes: &[Scope],
    ) -> Result<Vec<LiveSum>>;
}
