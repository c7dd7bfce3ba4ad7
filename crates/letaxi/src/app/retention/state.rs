//! State of retention in memory: the next round, and the numbers for metrics.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use registry::Time;
use storage::retention::Oldest;

use super::clocks::Clock;
use crate::app::monitor::metrics::{Exposition, Labels, label};

/// Interval of rounds, in seconds. The law asks for one a day; a round that finds little holds nobody up.
const EVERY_S: i64 = 3_600;

/// Time from the start to the first round, in seconds: a start has more urgent work.
const FIRST_AFTER_S: i64 = 60;

/// State of retention.
#[derive(Debug)]
pub(in crate::app) struct RetentionState {
    /// Second from which on the next round is due.
    due_s: AtomicI64,
    /// Second at which the last complete round ended.
    ran_s: AtomicI64,
    /// Rows of the round under way, by clock.
    rows: Mutex<BTreeMap<Clock, u64>>,
    /// Rows since the start, by clock.
    all_rows: Mutex<BTreeMap<Clock, u64>>,
    oldest: Mutex<Oldest>,
    held_back: Mutex<Vec<Clock>>,
}

impl Default for RetentionState {
    fn default() -> Self {
        Self {
            due_s: AtomicI64::new(i64::MIN),
            ran_s: AtomicI64::new(i64::MIN),
            rows: Mutex::default(),
            all_rows: Mutex::default(),
            oldest: Mutex::default(),
            held_back: Mutex::default(),
        }
    }
}

impl RetentionState {
    /// True if the next round is due; also after the clock was set back.
    pub(super) fn is_due(&self, now: Time) -> bool {
        let due_s = self.due_s.load(Ordering::Relaxed);
        !(due_s.saturating_sub(EVERY_S)..due_s).contains(&now.timestamp())
    }

    /// Notes the start of the server.
    pub(in crate::app) fn started(&self, now: Time) {
        self.due_s.store(now.timestamp() + FIRST_AFTER_S, Ordering::Relaxed);
    }

    /// Notes the end of a complete round.
    pub(super) fn ran(&self, now: Time, oldest: Oldest) {
        self.ran_s.store(now.timestamp(), Ordering::Relaxed);
        self.due_s.store(now.timestamp() + EVERY_S, Ordering::Relaxed);
        *lock(&self.oldest) = oldest;
    }

    /// Notes the clocks that the round under way leaves alone.
    pub(super) fn hold_back(&self, clocks: &[Clock]) {
        *lock(&self.held_back) = clocks.to_vec();
    }

    /// True if the last round left this clock alone.
    pub(super) fn holds_back(&self, clock: Clock) -> bool {
        lock(&self.held_back).contains(&clock)
    }

    /// Adds rows to the round under way.
    pub(super) fn add(&self, clock: Clock, rows: u64) {
        *lock(&self.rows).entry(clock).or_default() += rows;
        *lock(&self.all_rows).entry(clock).or_default() += rows;
    }

    /// Ends a clock's part of a round; returns its rows.
    pub(super) fn end(&self, clock: Clock) -> u64 {
        lock(&self.rows).remove(&clock).unwrap_or_default()
    }

    /// Writes the metrics.
    pub(in crate::app) fn show(&self, now: Time, exposition: &mut Exposition<'_>) -> fmt::Result {
        let clock = |clock: Clock| vec![label("clock", clock.word())];
        let rows = lock(&self.all_rows).clone();
        let rows = Clock::ALL.map(|of| (clock(of), rows.get(&of).copied().unwrap_or_default()));
        exposition.counter("retention_rows", "Rows that retention blurred or deleted", rows)?;
        let oldest = *lock(&self.oldest);
        let age = |of: Clock| Some((clock(of), (now - of.oldest(&oldest)?).num_seconds()));
        let ages = Clock::ALL.into_iter().filter_map(age);
        exposition.gauges("retention_oldest_seconds", "Age of the oldest data", ages)?;
        let held_back = Clock::ALL.map(|of| (clock(of), i64::from(self.holds_back(of))));
        exposition.gauges(
            "retention_held_back",
            "Whether so much was due that the last round left it alone (1)",
            held_back,
        )?;
        let ran_s = self.ran_s.load(Ordering::Relaxed);
        let ran = (ran_s > i64::MIN).then(|| (Labels::new(), now.timestamp() - ran_s));
        exposition.gauges(
            "retention_last_round_seconds",
            "Time since the last complete round of retention",
            ran,
        )
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // No code panics while it holds the lock.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
