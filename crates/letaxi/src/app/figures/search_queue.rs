//! Searches that wait to be written.

use storage::figures::SearchRecord;

use crate::app::jobs::write_behind::WriteBehind;

/// Maximum number of waiting searches; further ones are dropped and counted.
const QUEUE: usize = 100_000;

/// Maximum number of single searches stored per write. Only excessive searches are left out, and only here:
/// the sums count them all.
pub(super) const KEPT_AT_ONCE: usize = 10_000;

/// Searches that wait to be written.
#[derive(Debug)]
pub(in crate::app) struct SearchQueue {
    /// Not yet in the sums.
    pub(super) waiting: WriteBehind<SearchRecord>,
    /// In the sums, to be stored singly.
    pub(super) counted: WriteBehind<SearchRecord>,
}

impl Default for SearchQueue {
    fn default() -> Self {
        let queue = |most| WriteBehind::new("searches", most);
        Self { waiting: queue(QUEUE), counted: queue(KEPT_AT_ONCE) }
    }
}
