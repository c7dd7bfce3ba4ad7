//! Taxis with their parts as this server last read them. A change of a status begins and answers with them, and not with a
//! query: the database compares the status before it changes it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::TimeDelta;
use registry::{AccountId, TaxiDetails, TaxiId, Time};

/// Limit of taxis in memory, of about 1 kB each, and of 10 kB if all texts are as long as they may be. Beyond it, all are
/// forgotten, and read when they change next.
const MOST_TAXIS: usize = 32_768;
/// Time after which a taxi is read again, in case that a change of its parts was told to nobody.
const KNOWN_FOR: TimeDelta = TimeDelta::hours(1);

/// Time from the beginning of a change of a part in which its account's taxis are not known: the change of a caller that was
/// cancelled may still be committed.
const UNSURE_FOR: TimeDelta = TimeDelta::minutes(2);

/// The taxis whose statuses changed last, by the account that registered them and their parts.
#[derive(Debug, Default)]
pub(in crate::app) struct KnownTaxis(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    taxis: HashMap<AccountId, HashMap<TaxiId, (Time, Arc<TaxiDetails>)>>,
    count: usize,
    /// Times until which the taxis of an account are not known; accounts are few.
    unsure: HashMap<AccountId, Time>,
    /// Moment of the last forgetting.
    forgotten: Moment,
}

impl Known {
    fn forget(&mut self, account: AccountId) {
        self.forgotten.0 += 1;
        self.count -= self.taxis.remove(&account).map_or(0, |taxis| taxis.len());
    }
}

/// A moment before which a taxi is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::app) struct Moment(u64);

impl KnownTaxis {
    /// A taxi of an account, as it was read within the last hour. Its status and radius may be others by now.
    pub(in crate::app) fn get(
        &self,
        account: AccountId,
        taxi: TaxiId,
        now: Time,
    ) -> Option<Arc<TaxiDetails>> {
        let known = self.known();
        let (read_at, taxi) = known.taxis.get(&account)?.get(&taxi)?;
        (*read_at..*read_at + KNOWN_FOR).contains(&now).then(|| Arc::clone(taxi))
    }

    /// This moment, before a taxi is read.
    pub(in crate::app) fn moment(&self) -> Moment {
        self.known().forgotten
    }

    /// Notes a taxi that was read after a moment, unless any was forgotten since: a part of this one may have changed.
    /// Parts belong to the account that registered the taxi, so it is only known to that one.
    pub(in crate::app) fn note(&self, moment: Moment, taxi: &TaxiDetails, now: Time) {
        let mut known = self.known();
        let account = taxi.description.account;
        let is_unsure = known.unsure.get(&account).is_some_and(|until| now < *until);
        if known.forgotten != moment || is_unsure || taxi.taxi.operator != account {
            return;
        }
        if known.count >= MOST_TAXIS {
            known.taxis.clear();
            known.count = 0;
        }
        let of_account = known.taxis.entry(account).or_default();
        if of_account.insert(taxi.taxi.id, (now, Arc::new(taxi.clone()))).is_none() {
            known.count += 1;
        }
    }

    /// Forgets an account's taxis, and notes none of them for a while: a part of them is about to change, and the change may
    /// be made even if its caller is cancelled.
    pub(in crate::app) fn begin_change(&self, account: AccountId, now: Time) {
        let mut known = self.known();
        known.unsure.insert(account, now + UNSURE_FOR);
        known.forget(account);
    }

    /// Forgets an account's taxis: a part of them has changed.
    pub(in crate::app) fn forget(&self, account: AccountId) {
        self.known().forget(account);
    }

    /// Forgets all taxis.
    pub(in crate::app) fn forget_all(&self) {
        let mut known = self.known();
        known.forgotten.0 += 1;
        known.taxis.clear();
        known.count = 0;
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
