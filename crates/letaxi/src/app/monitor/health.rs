//! Whether the registry can do its work, as far as it can tell itself.
//!
//! The scheduler asks the database each second, so whoever knows how that went needs to ask nobody:
//! a question about health costs nothing, however often it is put.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use registry::Time;
use storage::Trouble;

/// How long the scheduler may be silent, in seconds. It ticks each second; hails wait ten at least.
const SILENCE_S: i64 = 10;

/// Why a registry cannot do its work now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// It has just been started.
    #[error("the scheduler has not ticked yet")]
    Starting,
    /// The last tick failed, so the database does not do what it is asked.
    #[error("the database did not answer the last tick of the scheduler: see the log")]
    Database,
    /// The last tick met a fault of this program.
    #[error("the last tick of the scheduler met a fault of this program: see the log")]
    Broken,
    /// Changes fail.
    #[error("{0}: nothing can be changed")]
    Trouble(Trouble),
    /// Ticks have stopped: deadlines are not applied.
    #[error("the scheduler has not ticked for {0} seconds")]
    Silent(i64),
    /// What others change does not arrive: closed keys may still open, and searches may be wrong.
    #[error("memory is out of sync with the database: see the log")]
    OutOfSync,
}

/// The outcome of the last rounds of a loop: of the scheduler, or of synchronising memory.
#[derive(Debug)]
pub(in crate::app) struct Heartbeat {
    /// When one last went well, in microseconds since the epoch.
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

    /// Records that a round panicked, until one goes well.
    pub(in crate::app) fn broke(&self) {
        self.broken.store(true, Ordering::Relaxed);
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
