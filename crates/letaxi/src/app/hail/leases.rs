//! Leases of calls: a leased call is made by this process only.
//!
//! A lease is short, so that a call interrupted by a crash is repeated in time, and is renewed while the call
//! is under way. If no renewal reaches the database, the call continues: at worst it is made twice, with the
//! same id.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::TimeDelta;
use registry::{HailId, Time};

/// Length of a lease. After a crash in the first five of the ten seconds of `received`, it leaves at least
/// one second for the repeated call, and three renewals in a row may fail before another process makes the
/// call.
pub(in crate::app) const LEASE: TimeDelta = TimeDelta::seconds(4);
/// Age at which a lease is renewed; most calls end before and cost nothing more.
const RENEWED_AFTER: TimeDelta = TimeDelta::seconds(1);

/// Calls under way, with the time of the last lease.
#[derive(Debug, Default)]
pub(in crate::app) struct Leases(Mutex<HashMap<HailId, Time>>);

/// A call under way; it ends when this is dropped.
pub(in crate::app) struct Lease<'a> {
    leases: &'a Leases,
    hail: HailId,
}

impl Leases {
    /// Adds a call that has just been leased.
    pub(in crate::app) fn hold(&self, hail: HailId, now: Time) -> Lease<'_> {
        self.calls().insert(hail, now);
        Lease { leases: self, hail }
    }

    /// Calls whose lease is due for renewal. After the clock was set back, all are due.
    pub(in crate::app) fn due(&self, now: Time) -> Vec<HailId> {
        let fresh = |at: Time| at <= now && now - at < RENEWED_AFTER;
        self.calls().iter().filter(|(_, at)| !fresh(**at)).map(|(hail, _)| *hail).collect()
    }

    /// Records renewals.
    pub(in crate::app) fn renewed(&self, hails: &[HailId], now: Time) {
        let mut calls = self.calls();
        for hail in hails {
            if let Some(at) = calls.get_mut(hail) {
                *at = now;
            }
        }
    }

    fn calls(&self) -> MutexGuard<'_, HashMap<HailId, Time>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        self.leases.calls().remove(&self.hail);
    }
}
