//! The one place where time is read. Everything else is told what time it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, SubsecRound, Utc};
use registry::Time;

/// Where the time comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that stands still until it is moved by hand.
    Hand(HandClock),
}

impl Clock {
    /// The present time, cut to microseconds: PostgreSQL keeps no more, and a time must compare
    /// equal to itself after a round trip.
    #[expect(clippy::disallowed_methods, reason = "the one place where the system's clock is read")]
    pub fn now(&self) -> Time {
        match self {
            Self::System => Utc::now().trunc_subsecs(6),
            Self::Hand(clock) => clock.now(),
        }
    }
}

/// A clock for tests: its copies show the same time, which only [`HandClock::advance`] moves.
#[derive(Clone, Debug)]
pub struct HandClock(Arc<AtomicI64>);

impl HandClock {
    /// A clock that shows `start` until it is moved.
    pub fn at(start: Time) -> Self {
        Self(Arc::new(AtomicI64::new(start.timestamp_micros())))
    }

    /// The time it shows.
    pub fn now(&self) -> Time {
        DateTime::from_timestamp_micros(self.0.load(Ordering::SeqCst))
            .expect("a clock set by hand shows a time that exists")
    }

    /// Moves it.
    pub fn advance(&self, by: chrono::TimeDelta) {
        let by = by.num_microseconds().expect("less than 292,000 years");
        self.0.fetch_add(by, Ordering::SeqCst);
    }
}

/// Measures how long something takes, for whoever runs the registry; nothing is decided by it.
#[derive(Clone, Copy, Debug)]
pub struct StopWatch(Instant);

impl StopWatch {
    /// Begins to measure.
    #[expect(clippy::disallowed_methods, reason = "the one place where time is read")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// How long it has been.
    #[expect(clippy::disallowed_methods, reason = "the one place where time is read")]
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// How far ahead of the clock a second may be, for one that was read a moment ago by another thread, in seconds.
pub const MOMENT_S: u32 = 5;

/// How old something of the second `at_s` is, in seconds. What lies ahead by more than a [`MOMENT_S`] was
/// stamped before the clock was set back: nobody knows its age, so it is as old as can be.
pub fn age_s(at_s: u32, now_s: u32) -> u32 {
    if at_s > now_s.saturating_add(MOMENT_S) { u32::MAX } else { now_s.saturating_sub(at_s) }
}

/// Seconds since the epoch, as positions carry them.
pub fn seconds(time: Time) -> u32 {
    u32::try_from(time.timestamp()).unwrap_or(if time.timestamp() < 0 { 0 } else { u32::MAX })
}
