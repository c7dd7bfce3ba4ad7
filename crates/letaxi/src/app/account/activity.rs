//! The activity log, as it is read.

use chrono::{DurationRound, TimeDelta};
use std::sync::atomic::Ordering;
use storage::lists::{ActivityFilter, ActivityLine};

use crate::app::App;
use crate::app::page::{Page, Paged};

/// How long after its time a line may still be written: a transaction takes seconds at most.
const WRITTEN_WITHIN: TimeDelta = TimeDelta::seconds(60);

impl App {
    /// The activity log, newest line first.
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

    /// Counts the lines that nobody adds to any more, once a minute.
    pub(in crate::app) async fn count_activity(&self) -> storage::Result<()> {
        let until = self.now() - WRITTEN_WITHIN;
        let until = until.duration_trunc(TimeDelta::minutes(1)).unwrap_or(until);
        if self.activity_counted.swap(until.timestamp(), Ordering::Relaxed) == until.timestamp() {
            return Ok(());
        }
        self.store.count_activity(until).await
    }
}
