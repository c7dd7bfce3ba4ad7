//! What a registry shows of itself to whoever runs it: counts and times, for Prometheus.
//!
//! Each part keeps its own counts and shows them when a [`Exposition`] is made; the use cases' are here.
//! `docs/operate.md` lists them all.
//!
//! **Invariants:** counting neither allocates nor waits. Nothing that is shown is a secret or says
//! something about a person, and labels have few values, which nobody outside can invent.

pub mod database;
mod exposition;
mod times;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use dispatch::eligibility::POSITION_LIFE_S;
use dispatch::hail::Status;
use registry::AccountId;

pub(crate) use exposition::written;
pub use exposition::{Exposition, Labels, label};
pub use times::Times;

use crate::app::App;

/// Something that has counts to show.
pub trait Measured: Send + Sync {
    /// Shows them.
    ///
    /// # Errors
    ///
    /// If the exposition cannot take them.
    fn show(&self, exposition: &mut Exposition<'_>) -> fmt::Result;
}

/// Limit of accounts with a counter of their own for positions far from every town.
const MAX_FAR_ACCOUNTS: usize = 256;

const STATUSES: usize = Status::ALL.len();

/// What the use cases count.
#[derive(Default)]
pub(in crate::app) struct Measures {
    hails: AtomicU64,
    /// Steps of hails, by the status they led from and to.
    steps: [[AtomicU64; STATUSES]; STATUSES],
    /// How late deadlines were applied.
    pub(in crate::app) deadlines: Times,
    /// Calls to operators' servers that took the hail.
    pub(in crate::app) calls_delivered: Times,
    /// Those that did not.
    pub(in crate::app) calls_failed: Times,
    /// Panics that were caught.
    pub(in crate::app) panics: AtomicU64,
    /// Positions far from every town, by who reported them. `None`: all further accounts.
    far: Mutex<BTreeMap<Option<AccountId>, u64>>,
    others: Mutex<Vec<Arc<dyn Measured>>>,
}

impl Measures {
    /// Counts a hail that was made.
    pub(in crate::app) fn hail(&self) {
        self.hails.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a change of a hail, if it changed its status.
    pub(in crate::app) fn step(&self, from: Status, to: Status) {
        if from != to {
            self.steps[from as usize][to as usize].fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts positions that lie far from every town. The first accounts to report such ones are told apart.
    pub(in crate::app) fn far(&self, account: AccountId, positions: u64) {
        let mut far = self.far.lock().unwrap_or_else(PoisonError::into_inner);
        let is_told_apart = far.len() < MAX_FAR_ACCOUNTS || far.contains_key(&Some(account));
        *far.entry(Some(account).filter(|_| is_told_apart)).or_default() += positions;
    }

    fn show_far(&self, exposition: &mut Exposition<'_>) -> fmt::Result {
        let far = self.far.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let rows = far.into_iter().map(|(account, positions)| {
            let account = account.map_or_else(|| "other".to_owned(), |id| id.to_string());
            (vec![label("account", account)], positions)
        });
        exposition.counter("positions_far", "Positions more than 100 km from every town", rows)
    }

    fn show_hails(&self, exposition: &mut Exposition<'_>) -> fmt::Result {
        let hails = self.hails.load(Ordering::Relaxed);
        exposition.counter("hails", "Hails that were made", [(Labels::new(), hails)])?;
        let steps = Status::ALL.iter().flat_map(|from| {
            let to = Status::ALL.iter().map(move |to| (from, to));
            to.map(|(from, to)| {
                let steps = self.steps[*from as usize][*to as usize].load(Ordering::Relaxed);
                (vec![label("from", from.word()), label("to", to.word())], steps)
            })
        });
        let taken = steps.filter(|(_, steps)| *steps > 0);
        exposition.counter("hail_steps", "Changes of hails' status", taken)?;
        exposition.times(
            "deadline_lateness_seconds",
            "How late a hail's deadline was applied",
            [(Labels::new(), &self.deadlines)],
        )?;
        exposition.times(
            "operator_call_seconds",
            "Calls to operators' servers",
            [
                (vec![label("outcome", "delivered")], &self.calls_delivered),
                (vec![label("outcome", "failed")], &self.calls_failed),
            ],
        )
    }
}

impl App {
    /// Shows the counts of another part along with those of the use cases, from now on.
    pub fn show_also(&self, part: Arc<dyn Measured>) {
        self.measures.others.lock().unwrap_or_else(PoisonError::into_inner).push(part);
    }

    /// All counts as Prometheus reads them (`OpenMetrics`).
    pub fn metrics(self: &Arc<Self>) -> String {
        let mut parts: Vec<Arc<dyn Measured>> = vec![Arc::clone(self) as Arc<dyn Measured>];
        let others = self.measures.others.lock().unwrap_or_else(PoisonError::into_inner);
        parts.extend(others.iter().map(Arc::clone));
        drop(others);
        written(parts)
    }

    fn show_taxis(&self, exposition: &mut Exposition<'_>) -> fmt::Result {
        let mut live = 0;
        self.each_heard_of(POSITION_LIFE_S, |_, _| live += 1);
        exposition.gauge(
            "taxis",
            "Taxis that are registered",
            whole(self.directory.taxi_count()),
        )?;
        exposition.gauge(
            "live_positions",
            "Taxis that said where they are, by each operator",
            live,
        )?;
        exposition.gauge("known_positions", "Positions in memory", whole(self.positions.len()))
    }

    fn show_queues(&self, exposition: &mut Exposition<'_>) -> fmt::Result {
        let queue = |name| vec![label("queue", name)];
        let (calls, dropped_calls) = self.waiting_calls();
        let waiting =
            [(queue("searches"), whole(self.waiting_searches())), (queue("calls"), whole(calls))];
        exposition.gauges("queue_length", "What waits to be written", waiting)?;
        let dropped =
            [(queue("searches"), self.dropped_searches()), (queue("calls"), dropped_calls)];
        exposition.counter("queue_dropped", "What was not written, for want of room", dropped)
    }
}

impl Measured for App {
    fn show(&self, exposition: &mut Exposition<'_>) -> fmt::Result {
        let version = vec![label("version", env!("CARGO_PKG_VERSION"))];
        exposition.gauges("build_info", "The version that runs", [(version, 1)])?;
        let ready = self.not_ready().is_none();
        exposition.gauge(
            "ready",
            "Whether it can do its work (1), or /readyz says why not (0)",
            ready.into(),
        )?;
        let panics = self.measures.panics.load(Ordering::Relaxed);
        exposition.counter(
            "panics",
            "Faults of this program that were caught",
            [(Labels::new(), panics)],
        )?;
        exposition.gauge(
            "unreadable_rows",
            "Rows of the database that were passed over because this version cannot read them",
            whole(storage::passed_over()),
        )?;
        self.show_taxis(exposition)?;
        self.show_queues(exposition)?;
        self.measures.show_far(exposition)?;
        self.measures.show_hails(exposition)?;
        self.operators.show(exposition)
    }
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
