//! The clock. Only this module reads the time; all other code receives it as an argument.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, SubsecRound, Utc};
use registry::Time;

/// Source of the time.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that only tests move.
    Hand(HandClock),
}

impl Clock {
    /// The present time, truncated to microseconds: PostgreSQL stores no more, and a time must be equal to
    /// itself after a round trip.
    #[expect(clippy::disallowed_methods, reason = "the one place where the system's clock is read")]
    pub fn now(&self) -> Time {
        match self {
            Self::System => Utc::now().trunc_subsecs(6),
            Self::Hand(clock) => clock.now(),
        }
    }
}

/// A clock for tests: its copies share one time, which only [`HandClock::advance`] changes.
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

/// Measures durations for operators of the registry; no decision depends on it.
#[derive(Clone, Copy, Debug)]
pub struct StopWatch(Instant);

impl StopWatch {
    /// Begins to measure.
    #[expect(clippy::disallowed_methods, reason = "the one place where time is read")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Time since the start.
    #[expect(clippy::disallowed_methods, reason = "the one place where time is read")]
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// Tolerance for a second that another thread read a moment ago, in seconds.
pub const MOMENT_S: u32 = 5;

/// Age of something of the second `at_s`, in seconds. A second that is ahead by more than [`MOMENT_S`] is
/// from before the clock was set back: its age is unknown, and the maximum is returned.
pub fn age_s(at_s: u32, now_s: u32) -> u32 {
    if at_s > now_s.saturating_add(MOMENT_S) { u32::MAX } else { now_s.saturating_sub(at_s) }
}

/// Seconds since the epoch, the resolution of positions.
pub fn seconds(time: Time) -> u32 {
    u32::try_from(time.timestamp()).unwrap_or(if time.timestamp() < 0 { 0 } else { u32::MAX })
}
