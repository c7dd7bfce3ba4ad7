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

use dispatch::hail::Status;
use registry::AccountId;

pub(crate) use exposition::written;
pub use exposition::{Exposition, Labels, Measured, label};
pub use times::Times;

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
    pub(super) others: Mutex<Vec<Arc<dyn Measured>>>,
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
