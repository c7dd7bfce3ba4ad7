//! Searches that wait to be written.

use storage::figures::SearchRecord;

use crate::app::jobs::write_behind::WriteBehind;

/// How many searches wait to be written at most; what is more is dropped, and counted.
const QUEUE: usize = 100_000;

/// How many searches are kept one by one each time that some are written. So many that only who searches
/// without need is left out, and only there: sums hold them all.
pub(super) const KEPT_AT_ONCE: usize = 10_000;

/// Searches that wait to be written.
#[derive(Debug)]
pub(in crate::app) struct SearchQueue {
    /// Into the sums.
    pub(super) waiting: WriteBehind<SearchRecord>,
    /// One by one; they are in the sums.
    pub(super) counted: WriteBehind<SearchRecord>,
}

impl Default for SearchQueue {
    fn default() -> Self {
        let queue = |most| WriteBehind::new("searches", most);
        Self { waiting: queue(QUEUE), counted: queue(KEPT_AT_ONCE) }
    }
}
