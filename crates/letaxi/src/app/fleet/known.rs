//! Taxis with their parts as this server last read them. A change of a status begins and answers with them, and not with a
//! query: the database compares the status before it changes it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::TimeDelta;
use registry::{AccountId, TaxiDetails, TaxiId, Time};

/// Limit of taxis in memory, of about 1 kB each. Beyond it, all are forgotten, and read when they change next.
const MOST_TAXIS: usize = 32_768;
/// Time after which a taxi is read again, in case that a change of its parts was told to nobody.
const KNOWN_FOR: TimeDelta = TimeDelta::hours(1);

/// The taxis whose statuses changed last, by the account that registered them and their parts.
#[derive(Debug, Default)]
pub(in crate::app) struct KnownTaxis(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    taxis: HashMap<AccountId, HashMap<TaxiId, (Time, Arc<TaxiDetails>)>>,
    count: usize,
    /// Moment of the last forgetting.
    forgotten: Moment,
}

/// A moment before which a taxi is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::app) struct Moment(u64);

/// Forgets an account's taxis when it is dropped: a part of them changes meanwhile.
#[derive(Debug)]
pub(in crate::app) struct Forgetting<'a>(&'a KnownTaxis, AccountId);

impl Drop for Forgetting<'_> {
    fn drop(&mut self) {
        self.0.forget(self.1);
    }
}

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
        if known.forgotten != moment || taxi.taxi.operator != account {
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

    /// Forgets an account's taxis after a change of a part of them, however it ends.
    pub(in crate::app) fn forgetting(&self, account: AccountId) -> Forgetting<'_> {
        Forgetting(self, account)
    }

    /// Forgets an account's taxis: a part of them has changed.
    pub(in crate::app) fn forget(&self, account: AccountId) {
        let mut known = self.known();
        known.forgotten.0 += 1;
        known.count -= known.taxis.remove(&account).map_or(0, |taxis| taxis.len());
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
