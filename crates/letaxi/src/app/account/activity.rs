//! Reading the activity log.

use chrono::{DurationRound, TimeDelta};
use std::sync::atomic::Ordering;
use storage::lists::{ActivityFilter, ActivityLine};

use crate::app::App;
use crate::app::page::{Page, Paged};

/// Upper bound of the delay between the time of an entry and its commit: a transaction takes seconds at most.
const WRITTEN_WITHIN: TimeDelta = TimeDelta::seconds(60);

impl App {
    /// The activity log, newest entry first.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn activity_log(
        &self,
        filter: &ActivityFilter,
        page: Page,
    ) -> storage::Result<Paged<ActivityLine>> {
        let listed = self.store.list_activity(filter, page.window()).await?;
        Ok(page.listed(listed, |line| line))
    }

    /// Adds entries that are old enough to be final to the sums, once a minute.
    pub(in crate::app) async fn count_activity(&self) -> storage::Result<()> {
        let until = self.now() - WRITTEN_WITHIN;
        let until = until.duration_trunc(TimeDelta::minutes(1)).unwrap_or(until);
        if self.activity_counted.swap(until.timestamp(), Ordering::Relaxed) == until.timestamp() {
            return Ok(());
        }
        self.store.count_activity(until).await
    }
}
