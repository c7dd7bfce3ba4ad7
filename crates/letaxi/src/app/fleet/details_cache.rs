//! The cache of taxis with their parts. A change of a status begins and answers with them, and not with a query: the database
//! compares the status before it changes it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::TimeDelta;
use registry::{AccountId, TaxiDetails, TaxiId, Time};

/// Limit of taxis in memory, of about 1 kB each, and of 10 kB if all texts are as long as they may be. Beyond it, all are
/// forgotten, and read when they change next.
const MOST_TAXIS: usize = 32_768;
/// Time after which a taxi is read again, in case that a change of its parts was told to nobody.
const KEPT_FOR: TimeDelta = TimeDelta::hours(1);
/// Time from the beginning of a change of a part in which its account's taxis are not cached: the change of a caller that was
/// cancelled may still be committed, but not later (see `app::sync::dirty`).
const UNSURE_FOR: TimeDelta = TimeDelta::minutes(2);

/// The taxis whose statuses changed last, by the account that registered them and their parts.
#[derive(Debug, Default)]
pub(in crate::app) struct DetailsCache(Mutex<Cached>);

#[derive(Debug, Default)]
struct Cached {
    taxis: HashMap<AccountId, HashMap<TaxiId, (Time, Arc<TaxiDetails>)>>,
    count: usize,
    /// Times until which the taxis of an account are not cached; accounts are few.
    unsure: HashMap<AccountId, Time>,
    /// Moment of the last forgetting.
    forgotten: Moment,
}

impl Cached {
    fn forget(&mut self, account: AccountId) {
        self.forgotten.0 += 1;
        self.count -= self.taxis.remove(&account).map_or(0, |taxis| taxis.len());
    }
}

/// A moment before which a taxi is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::app) struct Moment(u64);

impl DetailsCache {
    /// A taxi of an account, as it was read within the last hour. Its status and radius may be others by now.
    pub(in crate::app) fn get(
        &self,
        account: AccountId,
        taxi: TaxiId,
        now: Time,
    ) -> Option<Arc<TaxiDetails>> {
        let cached = self.cached();
        let (read_at, taxi) = cached.taxis.get(&account)?.get(&taxi)?;
        (*read_at..*read_at + KEPT_FOR).contains(&now).then(|| Arc::clone(taxi))
    }

    /// This moment, before a taxi is read.
    pub(in crate::app) fn moment(&self) -> Moment {
        self.cached().forgotten
    }

    /// Notes a taxi that was read after a moment, unless any was forgotten since: a part of this one may have changed.
    /// Parts belong to the account that registered the taxi, so it is cached for that one only.
    pub(in crate::app) fn note(&self, moment: Moment, taxi: &TaxiDetails, now: Time) {
        let mut cached = self.cached();
        let account = taxi.description.account;
        let is_unsure = cached.unsure.get(&account).is_some_and(|until| now < *until);
        if cached.forgotten != moment || is_unsure || taxi.taxi.operator != account {
            return;
        }
        if cached.count >= MOST_TAXIS {
            cached.taxis.clear();
            cached.count = 0;
        }
        let of_account = cached.taxis.entry(account).or_default();
        if of_account.insert(taxi.taxi.id, (now, Arc::new(taxi.clone()))).is_none() {
            cached.count += 1;
        }
    }

    /// Forgets an account's taxis, and notes none of them for a while: a part of them is about to change, and the change may
    /// be made even if its caller is cancelled.
    pub(in crate::app) fn begin_change(&self, account: AccountId, now: Time) {
        let mut cached = self.cached();
        cached.unsure.insert(account, now + UNSURE_FOR);
        cached.forget(account);
    }

    /// Forgets an account's taxis: a part of them has changed.
    pub(in crate::app) fn forget(&self, account: AccountId) {
        self.cached().forget(account);
    }

    /// Forgets all taxis.
    pub(in crate::app) fn forget_all(&self) {
        let mut cached = self.cached();
        cached.forgotten.0 += 1;
        cached.taxis.clear();
        cached.count = 0;
    }

    fn cached(&self) -> MutexGuard<'_, Cached> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
