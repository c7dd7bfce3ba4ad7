//! Sums by day: what the figures of a period are made of.

use async_trait::async_trait;
use chrono::NaiveDate;

use crate::Result;
use crate::figures::Scope;

/// Bars of one measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Of searches.
    OfSearches(&'static str),
    /// Of hails.
    OfHails(&'static str),
}

/// Days of a period, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    /// The first day.
    pub first: NaiveDate,
    /// The last day.
    pub last: NaiveDate,
}

/// Sums by day.
#[async_trait]
pub trait DailySums {
    /// Numbers of the bars of a measure by day, in classes of a width, by the lowest value of each class; in order of
    /// day and value.
    async fn bars_by_day(
        &self,
        measure: Measure,
        width: i64,
        scopes: &[Scope],
        days: Days,
    ) -> Result<Vec<(NaiveDate, i64, i64)>>;

    /// Numbers of ended hails by the day on which they were made, and by outcome.
    async fn outcomes_by_day(
        &self,
        scopes: &[Scope],
        days: Days,
    ) -> Result<Vec<(NaiveDate, String, i64)>>;

    /// Numbers of the bars of a measure in all of the days, by scope and value; in order of scope and value.
    async fn bars_by_scope(
        &self,
        measure: Measure,
        scopes: &[Scope],
        days: Days,
    ) -> Result<Vec<(Scope, i64, i64)>>;

    /// Numbers of ended hails that were made in these days, by scope and outcome.
    async fn outcomes_by_scope(
        &self,
        scopes: &[Scope],
        days: Days,
    ) -> Result<Vec<(Scope, String, i64)>>;
}
