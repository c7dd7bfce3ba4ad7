//! National live counts for metrics.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use storage::figures::SearchRecord;

use super::fix_sample::Sampled;
use crate::app::monitor::metrics::Times;

/// National counts for metrics.
#[derive(Default)]
pub(in crate::app) struct Live {
    /// Minute of the last sample, in seconds since the epoch.
    pub(super) sampled: AtomicI64,
    connected: AtomicI64,
    free: AtomicI64,
    searches: AtomicU64,
    nobody: AtomicU64,
    positions: Mutex<Sampled>,
    /// Duration of samples.
    pub(in crate::app) took: Times,
}

impl Live {
    /// Connected and free taxis of the last sample.
    pub(in crate::app) fn taxis(&self) -> [i64; 2] {
        [&self.connected, &self.free].map(|count| count.load(Ordering::Relaxed))
    }

    /// Searches since the start, and those with no taxi in reach.
    pub(in crate::app) fn searches(&self) -> [u64; 2] {
        [&self.searches, &self.nobody].map(|count| count.load(Ordering::Relaxed))
    }

    /// The last sampled fixes.
    pub(super) fn sampled_positions(&self) -> MutexGuard<'_, Sampled> {
        // A sample that broke off leaves fixes that are older, and still true.
        self.positions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn count_taxis(&self, [connected, free]: [i64; 2]) {
        self.connected.store(connected, Ordering::Relaxed);
        self.free.store(free, Ordering::Relaxed);
    }

    pub(super) fn count_searches(&self, searches: &[SearchRecord]) {
        let nobody = searches.iter().filter(|search| search.found == 0).count();
        self.searches.fetch_add(searches.len() as u64, Ordering::Relaxed);
        self.nobody.fetch_add(nobody as u64, Ordering::Relaxed);
    }
}
