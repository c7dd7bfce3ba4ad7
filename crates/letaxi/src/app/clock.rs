//! The one place where time is read. Everything else is told what time it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, SubsecRound, Utc};
use registry::Time;

/// Where the time comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that stands still until it is moved by hand: microseconds since the epoch.
    Hand(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that shows `start` until it is moved.
    pub fn by_hand(start: Time) -> Self {
        Self::Hand(Arc::new(AtomicI64::new(start.timestamp_micros())))
    }

    /// The present time, cut to microseconds: PostgreSQL keeps no more, and a time must compare
    /// equal to itself after a round trip.
    #[expect(clippy::disallowed_methods, reason = "the one place where the system's clock is read")]
    pub fn now(&self) -> Time {
        match self {
            Self::System => Utc::now().trunc_subsecs(6),
            Self::Hand(micros) => DateTime::from_timestamp_micros(micros.load(Ordering::SeqCst))
                .expect("a clock set by hand shows a time that exists"),
        }
    }

    /// Moves a clock set by hand; the system's clock cannot be moved.
    ///
    /// # Panics
    ///
    /// If this is the system's clock: only tests move time.
    pub fn advance(&self, by: chrono::TimeDelta) {
        match self {
            Self::System => panic!("the system's clock cannot be moved"),
            Self::Hand(micros) => {
                let by = by.num_microseconds().expect("less than 292,000 years");
                micros.fetch_add(by, Ordering::SeqCst);
            }
        }
    }
}

/// Seconds since the epoch, as positions carry them.
pub fn seconds(time: Time) -> u32 {
    u32::try_from(time.timestamp()).unwrap_or(if time.timestamp() < 0 { 0 } else { u32::MAX })
}
