//! Health of the registry.
//!
//! The scheduler queries the database each second and records the outcome, so a health check queries nothing
//! and costs nothing.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use registry::Time;
use storage::Trouble;

/// Maximum time without a tick, in seconds. The scheduler ticks each second; the shortest deadline is ten.
const SILENCE_S: i64 = 10;

/// Reason for which a registry is not ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// It has just been started.
    #[error("the scheduler has not ticked yet")]
    Starting,
    /// The last tick failed, so the database does not work.
    #[error("the database did not answer the last tick of the scheduler: see the log")]
    Database,
    /// The last tick panicked.
    #[error("the last tick of the scheduler met a fault of this program: see the log")]
    Broken,
    /// Writes fail.
    #[error("{0}: nothing can be changed")]
    Trouble(Trouble),
    /// Ticks have stopped: deadlines are not applied.
    #[error("the scheduler has not ticked for {0} seconds")]
    Silent(i64),
    /// It has just been started, and asks the other servers for the positions of their taxis.
    #[error("the positions of taxis that other servers know are awaited")]
    Joining,
    /// Memory is not synchronised: closed keys may still be valid, and searches may be wrong.
    #[error("memory is out of sync with the database: see the log")]
    OutOfSync,
}

/// Outcome of the last rounds of a loop: the scheduler, or synchronisation.
#[derive(Debug)]
pub(in crate::app) struct Heartbeat {
    /// Time of the last success, in microseconds since the epoch.
    went_well_us: AtomicI64,
    failed: AtomicBool,
    broken: AtomicBool,
}

impl Default for Heartbeat {
    fn default() -> Self {
        Self {
            went_well_us: AtomicI64::new(i64::MIN),
            failed: AtomicBool::new(false),
            broken: AtomicBool::new(false),
        }
    }
}

impl Heartbeat {
    /// Records the outcome of a round.
    pub(in crate::app) fn ticked(&self, well: bool, now: Time) {
        if well {
            self.went_well_us.store(now.timestamp_micros(), Ordering::Relaxed);
            self.broken.store(false, Ordering::Relaxed);
        }
        self.failed.store(!well, Ordering::Relaxed);
    }

    /// Records that a round panicked; a success clears it.
    pub(in crate::app) fn broke(&self) {
        self.broken.store(true, Ordering::Relaxed);
    }

    /// Milliseconds since the last success; `None` if there was none.
    pub(in crate::app) fn silent_ms(&self, now: Time) -> Option<i64> {
        let went_well_us = self.went_well_us.load(Ordering::Relaxed);
        let silent_us = now.timestamp_micros().saturating_sub(went_well_us);
        (went_well_us != i64::MIN).then_some(silent_us / 1_000)
    }

    pub(super) fn not_ready(&self, now: Time) -> Option<NotReady> {
        let went_well_us = self.went_well_us.load(Ordering::Relaxed);
        if self.broken.load(Ordering::Relaxed) {
            return Some(NotReady::Broken);
        }
        if self.failed.load(Ordering::Relaxed) {
            return Some(NotReady::Database);
        }
        if went_well_us == i64::MIN {
            return Some(NotReady::Starting);
        }
        let silent_s = now.timestamp_micros().saturating_sub(went_well_us) / 1_000_000;
        (silent_s > SILENCE_S).then_some(NotReady::Silent(silent_s))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_ticks_well_and_often_is_ready() {
        let at = |seconds| chrono::DateTime::from_timestamp(seconds, 0).expect("a time");
        let heartbeat = Heartbeat::default();
        assert_eq!(heartbeat.not_ready(at(100)), Some(NotReady::Starting));
        heartbeat.ticked(true, at(100));
        assert_eq!(heartbeat.not_ready(at(110)), None);
        assert_eq!(heartbeat.not_ready(at(111)), Some(NotReady::Silent(11)));
        heartbeat.ticked(false, at(111));
        assert_eq!(heartbeat.not_ready(at(111)), Some(NotReady::Database));
        heartbeat.ticked(true, at(112));
        assert_eq!(heartbeat.not_ready(at(112)), None);
    }
}
