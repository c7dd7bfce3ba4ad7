//! The clock. Only this module reads the time; all other code receives it as an argument.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use registry::Time;

/// Source of the time.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// The database's clock, for one of several servers.
    Database(SteeredClock),
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
            Self::Database(clock) => Self::System.now() + clock.ahead(),
            Self::Hand(clock) => clock.now(),
        }
    }
}

/// The machine's clock, steered after that of the database, so that all servers of a database agree about deadlines
/// whatever their machines' clocks say. Its copies are steered together.
#[derive(Clone, Debug, Default)]
pub struct SteeredClock {
    /// Time by which the database's clock is ahead of the machine's, in microseconds.
    ahead_us: Arc<AtomicI64>,
}

impl SteeredClock {
    fn ahead(&self) -> TimeDelta {
        TimeDelta::microseconds(self.ahead_us.load(Ordering::Relaxed))
    }

    /// Steers it by a time that the database told between two times of the machine's clock; returns the correction. The
    /// difference of the clocks lies within bounds then, and is changed only if it does not: a slow answer changes nothing.
    pub fn steer(&self, asked_at: Time, told: Time, answered_at: Time) -> TimeDelta {
        // If the machine's clock was set back meanwhile, the answer says nothing.
        if answered_at < asked_at {
            return TimeDelta::zero();
        }
        let least = (told - answered_at).num_microseconds().unwrap_or_default();
        let most = (told - asked_at).num_microseconds().unwrap_or_default();
        let before = self.ahead_us.load(Ordering::Relaxed);
        let after = before.clamp(least, most.max(least));
        self.ahead_us.store(after, Ordering::Relaxed);
        TimeDelta::microseconds(after - before)
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
    pub fn advance(&self, by: TimeDelta) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steered_clock_is_within_the_time_of_an_answer_of_that_which_it_follows() {
        let at = |ms: i64| DateTime::from_timestamp_millis(1_700_000_000_000 + ms).expect("a time");
        let clock = SteeredClock::default();
        // The machine is five seconds ahead; answers take 10, 900 and 2 milliseconds.
        clock.steer(at(5_000), at(5), at(5_010));
        assert_eq!(clock.ahead(), TimeDelta::milliseconds(-4_995));
        clock.steer(at(6_000), at(1_890), at(6_900));
        assert_eq!(clock.ahead(), TimeDelta::milliseconds(-4_995), "a slow answer proves nothing");
        clock.steer(at(8_000), at(3_000), at(8_002));
        assert_eq!(clock.ahead(), TimeDelta::milliseconds(-5_000));
        // The database's clock is set: its standby has another one.
        clock.steer(at(9_000), at(9_001), at(9_002));
        assert_eq!(clock.ahead(), TimeDelta::milliseconds(-1));
        clock.steer(at(9_000), at(20_000), at(8_000));
        assert_eq!(clock.ahead(), TimeDelta::milliseconds(-1), "the machine's was set back");
    }
}
