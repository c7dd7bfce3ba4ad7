//! Histogram of durations.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper limit of each class, in nanoseconds: from 100 µs, the time of a search, to 10 s, the time limit of a
/// call to an operator's server.
const REACH_NS: [u64; 16] = [
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    100_000_000,
    250_000_000,
    500_000_000,
    1_000_000_000,
    2_500_000_000,
    5_000_000_000,
    10_000_000_000,
];

/// Histogram of durations. Any number of threads may add to it without waiting.
#[derive(Debug, Default)]
pub struct Times {
    /// Number in each class; the last is for longer ones.
    classes: [AtomicU64; REACH_NS.len() + 1],
    sum_ns: AtomicU64,
}

impl Times {
    /// Adds a duration.
    pub fn add(&self, took: Duration) {
        let took_ns = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let class = REACH_NS.iter().position(|reach_ns| took_ns <= *reach_ns);
        self.classes[class.unwrap_or(REACH_NS.len())].fetch_add(1, Ordering::Relaxed);
        self.sum_ns.fetch_add(took_ns, Ordering::Relaxed);
    }

    /// Number of durations.
    pub fn count(&self) -> u64 {
        self.classes.iter().map(|class| class.load(Ordering::Relaxed)).sum()
    }

    /// Sum of the durations, in seconds.
    pub(super) fn sum_s(&self) -> f64 {
        Duration::from_nanos(self.sum_ns.load(Ordering::Relaxed)).as_secs_f64()
    }

    /// Upper limit of each class, in seconds, and the number in it.
    pub(super) fn classes(&self) -> Vec<(f64, u64)> {
        let reach = REACH_NS.iter().map(|reach_ns| Duration::from_nanos(*reach_ns).as_secs_f64());
        let counts = self.classes.iter().map(|class| class.load(Ordering::Relaxed));
        reach.chain([f64::INFINITY]).zip(counts).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_falls_into_the_first_class_that_reaches_it() {
        let times = Times::default();
        for us in [0, 100, 101, 10_000_000, 10_000_001, 60_000_000] {
            times.add(Duration::from_micros(us));
        }
        let taken: Vec<_> = times.classes().into_iter().filter(|(_, count)| *count > 0).collect();
        assert_eq!(taken, [(0.0001, 2), (0.00025, 1), (10.0, 1), (f64::INFINITY, 2)]);
        assert_eq!(times.count(), 6);
        assert!((times.sum_s() - 80.000_202).abs() < 1e-9, "{}", times.sum_s());
    }
}
