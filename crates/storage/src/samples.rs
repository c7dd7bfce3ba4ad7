//! Sampled searches: single searches with all that decided about their answers.

use async_trait::async_trait;
use registry::{AccountId, Time};
use territory::{InseeCode, Point};

use crate::Result;

/// A sampled search.
#[derive(Clone, Debug, PartialEq)]
pub struct SampledSearch {
    /// Number, in the order of writing; 0 until it is written.
    pub id: i64,
    /// Time of the search.
    pub at: Time,
    /// Account that searched.
    pub account: AccountId,
    /// Place of the customer.
    pub point: Point,
    /// The town that holds the place.
    pub town: InseeCode,
    /// The facts and the answer, as the caller serialises them.
    pub facts: String,
}

/// Sampled searches. Retention deletes them with exact places.
#[async_trait]
pub trait SampledSearches {
    /// Writes samples.
    async fn record_samples(&self, samples: &[SampledSearch]) -> Result<()>;

    /// The newest samples, newest first.
    async fn newest_samples(&self, limit: u32) -> Result<Vec<SampledSearch>>;

    /// A sample, if there is one of this number.
    async fn sample(&self, id: i64) -> Result<Option<SampledSearch>>;
}
