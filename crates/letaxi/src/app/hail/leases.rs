//! Leases of calls: a leased call is made by this process only.
//!
//! A lease is short, so that a call interrupted by a crash is repeated in time, and is renewed while the call
//! is under way. If no renewal reaches the database, the call continues: at worst it is made twice, with the
//! same id.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::TimeDelta;
use registry::{HailId, Time};
use storage::hails::HailRecord;

/// Length of a lease. After a crash in the first five of the ten seconds of `received`, it leaves at least
/// one second for the repeated call, and three renewals in a row may fail before another process makes the
/// call.
pub(in crate::app) const LEASE: TimeDelta = TimeDelta::seconds(4);
/// Age at which a lease is renewed; most calls end before and cost nothing more.
const RENEWED_AFTER: TimeDelta = TimeDelta::seconds(1);

/// Limit of hails that wait for their calls.
const MOST_OWED: usize = 4_096;
/// Interval at which the database is asked for calls that no process has leased.
const LOOKS_EVERY: TimeDelta = TimeDelta::seconds(1);

/// The calls that this process has leased.
#[derive(Debug, Default)]
pub(in crate::app) struct Leases {
    /// Calls under way, with the time of the last lease.
    under_way: Mutex<HashMap<HailId, Time>>,
    owed: Mutex<Owed>,
}

/// The calls to be made.
#[derive(Debug, Default)]
struct Owed {
    /// Hails that this process made together with their leases, with the time.
    made: Vec<(HailRecord, Time)>,
    /// Time of the last query for calls that no process has leased.
    looked_at: Option<Time>,
}

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

    /// Adds a hail that was just made with a lease of its call.
    pub(in crate::app) fn owe(&self, hail: &HailRecord, now: Time) {
        let made = &mut self.owed().made;
        // Any more are leased again when their lease expires.
        if made.len() < MOST_OWED {
            made.push((hail.clone(), now));
        }
    }

    /// Takes the hails that this process made and whose calls are due. True if the database is to be asked for other
    /// calls: each second, and whenever there are no such hails. Hails whose lease has expired are among the others.
    pub(in crate::app) fn take_owed(&self, now: Time) -> (Vec<HailRecord>, bool) {
        let mut owed = self.owed();
        let leased = |at: Time| at <= now && now - at < LEASE;
        let made = std::mem::take(&mut owed.made).into_iter();
        let made: Vec<_> = made.filter(|(_, at)| leased(*at)).map(|(hail, _)| hail).collect();
        let just_looked = |at: Time| at <= now && now - at < LOOKS_EVERY;
        let looks = made.is_empty() || !owed.looked_at.is_some_and(just_looked);
        if looks {
            owed.looked_at = Some(now);
        }
        (made, looks)
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
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn owed(&self) -> MutexGuard<'_, Owed> {
        self.owed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        self.leases.calls().remove(&self.hail);
    }
}
