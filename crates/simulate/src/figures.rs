//! Counters of a run.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dispatch::hail::Status;
use hdrhistogram::Histogram;

use crate::clock::Stopwatch;

/// Window over which the rate of positions is averaged. Reports come in bursts, every few seconds.
const RATE_WINDOW: Duration = Duration::from_secs(15);

/// The longest time of a call that is told from longer ones: a minute. Calls time out before.
const LONGEST_US: u64 = 60_000_000;

/// The longest text of an error that is kept as an example.
const EXAMPLE_CHARS: usize = 240;

/// A call of the public interface, by its method and path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the call of its text, see `text`")]
pub enum Call {
    PostDrivers,
    PostVehicles,
    PostAds,
    PostTaxis,
    PutTaxi,
    PostGeotaxi,
    GetTaxis,
    PostHails,
    GetHail,
    PutHail,
}

impl Call {
    /// Method and path, as people write them.
    pub fn text(self) -> &'static str {
        match self {
            Self::PostDrivers => "POST /drivers",
            Self::PostVehicles => "POST /vehicles",
            Self::PostAds => "POST /ads",
            Self::PostTaxis => "POST /taxis",
            Self::PutTaxi => "PUT /taxis/:id",
            Self::PostGeotaxi => "POST /geotaxi",
            Self::GetTaxis => "GET /taxis",
            Self::PostHails => "POST /hails",
            Self::GetHail => "GET /hails/:id",
            Self::PutHail => "PUT /hails/:id",
        }
    }
}

/// Duty of a driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Duty {
    Free,
    Busy,
    /// A break, after a hail that was refused or missed.
    Off,
}

/// End of a hail, as its passenger saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// In one of the contract's ends.
    Ended(Status),
    /// The run was over first; the passenger got out of it.
    CutShort,
    /// The registry did not answer any more.
    LostSight,
}

impl Outcome {
    /// The contract's word, or ours for what is not the contract's.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ended(status) => status.word(),
            Self::CutShort => "cut short by the end of the run",
            Self::LostSight => "lost sight of",
        }
    }
}

/// The figures of a run. Everyone who takes part writes into the same.
#[derive(Debug)]
pub struct Figures {
    running: Stopwatch,
    inner: Mutex<Inner>,
}

/// Everything counted so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inner {
    pub(crate) duties: BTreeMap<Duty, usize>,
    pub(crate) hails_open: u64,
    pub(crate) outcomes: BTreeMap<Outcome, u64>,
    pub(crate) searches: u64,
    pub(crate) searches_empty: u64,
    pub(crate) hails_refused: u64,
    pub(crate) positions: u64,
    pub(crate) calls: BTreeMap<Call, CallFigures>,
    pub(crate) promises_broken: Vec<String>,
    pub(crate) by_hand: Option<(String, Status)>,
    recent: VecDeque<(Duration, u64)>,
}

/// Figures of one call.
#[derive(Clone, Debug)]
pub(crate) struct CallFigures {
    /// Microseconds from sending to the whole answer.
    pub(crate) took_us: Histogram<u64>,
    pub(crate) errors: u64,
    pub(crate) example: Option<String>,
}

impl Default for CallFigures {
    fn default() -> Self {
        let took_us = Histogram::new_with_bounds(1, LONGEST_US, 3);
        let took_us = took_us.expect("a minute in microseconds fits three significant digits");
        Self { took_us, errors: 0, example: None }
    }
}

/// A look at a run while it is on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// Since the start.
    pub elapsed: Duration,
    /// Taxis that wait for a customer.
    pub taxis_free: usize,
    /// Taxis with a hail.
    pub taxis_busy: usize,
    /// Taxis on a break.
    pub taxis_off: usize,
    /// Hails that are not over.
    pub hails_open: u64,
    /// Hails that are, by how they ended.
    pub outcomes: BTreeMap<Outcome, u64>,
    /// Searches made.
    pub searches: u64,
    /// Searches that found nobody.
    pub searches_empty: u64,
    /// Positions reported.
    pub positions: u64,
    /// Positions reported a second, of late.
    pub positions_per_s: f64,
    /// Calls that failed or were refused for no good reason.
    pub errors: u64,
    /// The last of them: the call and what was said.
    pub example: Option<String>,
    /// The latest hail of the taxi kept for trying by hand, and where it stands.
    pub by_hand: Option<(String, Status)>,
}

impl Snapshot {
    /// Rides that went to their end.
    pub fn finished(&self) -> u64 {
        self.outcomes.get(&Outcome::Ended(Status::Finished)).copied().unwrap_or(0)
    }
}

impl Default for Figures {
    fn default() -> Self {
        Self { running: Stopwatch::start(), inner: Mutex::default() }
    }
}

impl Figures {
    /// The figures of this moment.
    pub fn snapshot(&self) -> Snapshot {
        let elapsed = self.running.elapsed();
        let inner = self.lock();
        let duty = |duty| inner.duties.get(&duty).copied().unwrap_or(0);
        let worst = inner.calls.iter().rev().find_map(|(call, figures)| {
            figures.example.as_ref().map(|text| format!("{}: {text}", call.text()))
        });
        Snapshot {
            elapsed,
            taxis_free: duty(Duty::Free),
            taxis_busy: duty(Duty::Busy),
            taxis_off: duty(Duty::Off),
            hails_open: inner.hails_open,
            outcomes: inner.outcomes.clone(),
            searches: inner.searches,
            searches_empty: inner.searches_empty,
            positions: inner.positions,
            positions_per_s: inner.rate(elapsed),
            errors: inner.calls.values().map(|figures| figures.errors).sum(),
            example: inner.promises_broken.last().cloned().or(worst),
            by_hand: inner.by_hand.clone(),
        }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.running.elapsed()
    }

    pub(crate) fn read(&self) -> Inner {
        self.lock().clone()
    }

    pub(crate) fn call_took(&self, call: Call, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.lock().calls.entry(call).or_default().took_us.saturating_record(micros);
    }

    pub(crate) fn call_failed(&self, call: Call, why: &str) {
        let mut inner = self.lock();
        let figures = inner.calls.entry(call).or_default();
        figures.errors += 1;
        figures.example = Some(why.chars().take(EXAMPLE_CHARS).collect());
    }

    pub(crate) fn promise_broken(&self, what: String) {
        self.lock().promises_broken.push(what);
    }

    pub(crate) fn on_duty(&self, duty: Duty) {
        *self.lock().duties.entry(duty).or_default() += 1;
    }

    pub(crate) fn duty_changed(&self, from: Duty, to: Duty) {
        let mut inner = self.lock();
        *inner.duties.entry(from).or_default() -= 1;
        *inner.duties.entry(to).or_default() += 1;
    }

    pub(crate) fn searched(&self, found: bool) {
        let mut inner = self.lock();
        inner.searches += 1;
        inner.searches_empty += u64::from(!found);
    }

    pub(crate) fn hail_refused(&self) {
        self.lock().hails_refused += 1;
    }

    pub(crate) fn hail_opened(&self) {
        self.lock().hails_open += 1;
    }

    pub(crate) fn hail_ended(&self, outcome: Outcome) {
        let mut inner = self.lock();
        inner.hails_open -= 1;
        *inner.outcomes.entry(outcome).or_default() += 1;
    }

    pub(crate) fn hailed_by_hand(&self, hail: &str, status: Status) {
        self.lock().by_hand = Some((hail.to_owned(), status));
    }

    pub(crate) fn positions_sent(&self, count: usize) {
        let now = self.running.elapsed();
        let mut inner = self.lock();
        let count = count as u64;
        inner.positions += count;
        inner.recent.push_back((now, count));
        while inner.recent.front().is_some_and(|(at, _)| now.saturating_sub(*at) > RATE_WINDOW) {
            inner.recent.pop_front();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Counting cannot leave the figures half-written in a way that matters.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn rate(&self, now: Duration) -> f64 {
        let fresh = self.recent.iter().filter(|(at, _)| now.saturating_sub(*at) <= RATE_WINDOW);
        let count: u64 = fresh.map(|(_, count)| count).sum();
        count as f64 / RATE_WINDOW.min(now).as_secs_f64().max(1.0)
    }
}
