//! Metrics of a registry, for Prometheus.
//!
//! Each part keeps its own counters and writes them into an [`Exposition`]; those of the use cases are here.
//! `docs/operate.md` lists them all.
//!
//! **Invariants:** counting neither allocates nor waits. Metrics contain no secret and no personal data, and
//! labels have few values, which outsiders cannot invent.

pub mod database;
mod exposition;
mod times;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use dispatch::hail::Status;
use registry::AccountId;

pub(crate) use exposition::written;
pub use exposition::{Exposition, Labels, Measured, label};
pub use times::Times;

/// Limit of accounts with a counter of their own for positions far from every town.
const MAX_FAR_ACCOUNTS: usize = 256;

const STATUSES: usize = Status::ALL.len();

/// Counters of the use cases.
#[derive(Default)]
pub(in crate::app) struct Measures {
    hails: AtomicU64,
    /// Steps of hails, by old and new status.
    steps: [[AtomicU64; STATUSES]; STATUSES],
    /// Delay of applied deadlines.
    pub(in crate::app) deadlines: Times,
    /// Calls to operators' servers that took the hail.
    pub(in crate::app) calls_delivered: Times,
    /// Failed calls.
    pub(in crate::app) calls_failed: Times,
    /// Panics that were caught.
    pub(in crate::app) panics: AtomicU64,
    /// Positions far from every town, by reporting account. `None`: all further accounts.
    far: Mutex<BTreeMap<Option<AccountId>, u64>>,
    pub(super) others: Mutex<Vec<Arc<dyn Measured>>>,
}

impl Measures {
    /// Counts a created hail.
    pub(in crate::app) fn hail(&self) {
        self.hails.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a change of a hail, if its status changed.
    pub(in crate::app) fn step(&self, from: Status, to: Status) {
        if from != to {
            self.steps[from as usize][to as usize].fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts positions far from every town. The first accounts with such positions have counters of their
    /// own.
    pub(in crate::app) fn far(&self, account: AccountId, positions: u64) {
        let mut far = self.far.lock().unwrap_or_else(PoisonError::into_inner);
        let is_told_apart = far.len() < MAX_FAR_ACCOUNTS || far.contains_key(&Some(account));
        *far.entry(Some(account).filter(|_| is_told_apart)).or_default() += positions;
    }

    pub(super) fn show_far(&self, exposition: &mut Exposition<'_>) -> fmt::Result {
        let far = self.far.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let rows = far.into_iter().map(|(account, positions)| {
            let account = account.map_or_else(|| "other".to_owned(), |id| id.to_string());
            (vec![label("account", account)], positions)
        });
        exposition.counter("positions_far", "Positions more than 100 km from every town", rows)
    }

    pub(super) fn show_hails(&self, exposition: &mut Exposition<'_>) -> fmt::Result {
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
