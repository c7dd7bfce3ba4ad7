//! Leases of the calls that this process makes: who leases a call makes it, and nobody else does meanwhile.
//!
//! A lease is short, so that a call that is cut off by a crash is made again while there is time to answer it,
//! and is renewed as long as the call is under way. If no renewal reaches the database, the call goes on all the
//! same: at worst it is made twice, with one id.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::TimeDelta;
use registry::{HailId, Time};

/// Length of a lease. The sum that it solves: a crash in the first five of the ten seconds of `received`
/// leaves at least one for the repeated call, and three renewals in a row may fail before others make the call.
pub(in crate::app) const LEASE: TimeDelta = TimeDelta::seconds(4);
/// Age at which a lease is renewed: most calls are over before, and cost nothing more.
const RENEWED_AFTER: TimeDelta = TimeDelta::seconds(1);

/// The calls under way, and when each was leased last.
#[derive(Debug, Default)]
pub(in crate::app) struct Leases(Mutex<HashMap<HailId, Time>>);

/// A call under way, to its end, however it ends.
pub(in crate::app) struct Lease<'a> {
    leases: &'a Leases,
    hail: HailId,
}

impl Leases {
    /// Notes a call that begins, just leased.
    pub(in crate::app) fn hold(&self, hail: HailId, now: Time) -> Lease<'_> {
        self.calls().insert(hail, now);
        Lease { leases: self, hail }
    }

    /// The calls whose lease is to be renewed now. A clock that was set back renews all.
    pub(in crate::app) fn due(&self, now: Time) -> Vec<HailId> {
        let fresh = |at: Time| at <= now && now - at < RENEWED_AFTER;
        self.calls().iter().filter(|(_, at)| !fresh(**at)).map(|(hail, _)| *hail).collect()
    }

    /// Notes that leases were renewed.
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
