//! Calls to operators' servers that wait to be written.

use std::sync::atomic::AtomicI64;

use storage::calls::CallRecord;

use crate::app::jobs::write_behind::WriteBehind;

/// Maximum number of waiting calls; further ones are dropped.
const QUEUE: usize = 10_000;

/// Calls that wait to be written.
#[derive(Debug)]
pub(in crate::app) struct CallQueue {
    pub(super) waiting: WriteBehind<CallRecord>,
    pub(super) forgotten_s: AtomicI64,
}

impl Default for CallQueue {
    fn default() -> Self {
        Self { waiting: WriteBehind::new("calls", QUEUE), forgotten_s: AtomicI64::default() }
    }
}
