//! The directory: what a search, a batch of positions or a key check must know of accounts, taxis
//! and vehicles, in memory.
//!
//! It is derived from the database: filled at start, kept in step by every write after its commit.
//! It may be late by the time between the two; whatever must not be wrong (a hail) asks the
//! database again.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, PoisonError, RwLock};

use territory::InseeCode;

use crate::{Account, AccountId, HailId, TaxiId, Time, VehicleId, VehicleStatus};

/// What identifies an API key without revealing it: its keyed digest.
pub type KeyDigest = [u8; 32];

/// What a search needs of a taxi.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaxiEntry {
    /// Its vehicle.
    pub vehicle: VehicleId,
    /// The town that issued its licence.
    pub town: InseeCode,
    /// The account its hails go to.
    pub operator: AccountId,
    /// See [`crate::Taxi::added_at`].
    pub added_at: Time,
    /// See [`crate::Taxi::last_seen_at`], as it was when the taxi was read.
    pub last_seen_at: Time,
    /// See [`crate::Taxi::number`].
    pub number: i64,
}

impl From<&crate::Taxi> for TaxiEntry {
    fn from(taxi: &crate::Taxi) -> Self {
        Self {
            vehicle: taxi.vehicle,
            town: taxi.town,
            operator: taxi.operator,
            added_at: taxi.added_at,
            last_seen_at: taxi.last_seen_at,
            number: taxi.number,
        }
    }
}

/// What a search needs of a description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescriptionEntry {
    /// What the driver is doing.
    pub status: VehicleStatus,
    /// When that last changed.
    pub status_at: Time,
    /// The driver's radius in metres, if chosen.
    pub radius_m: Option<i32>,
    /// The vehicle's part of an answer, ready made. Opaque here: `http` makes it.
    pub card: Card,
}

/// The vehicle's part of a search answer, as bytes ready to be copied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Card {
    /// For apps: without the plate.
    pub client: Box<str>,
    /// For admins: with the plate.
    pub admin: Box<str>,
}

/// The in-memory directory. Every method may be called from any thread.
#[derive(Debug, Default)]
pub struct Directory {
    accounts: Table<AccountId, Arc<Account>>,
    by_email: Table<String, AccountId>,
    keys: Table<KeyDigest, AccountId>,
    taxis: Table<TaxiId, TaxiEntry>,
    descriptions: Table<(VehicleId, AccountId), Arc<DescriptionEntry>>,
    open_hails: Table<VehicleId, HailId>,
}

impl Directory {
    /// The account of an API key, by the key's digest.
    pub fn account_of_key(&self, digest: &KeyDigest) -> Option<Arc<Account>> {
        self.account(self.keys.get(digest)?)
    }

    /// An account by its id.
    pub fn account(&self, id: AccountId) -> Option<Arc<Account>> {
        self.accounts.get(&id)
    }

    /// An account by its e-mail, exactly as written.
    pub fn account_of_email(&self, email: &str) -> Option<Arc<Account>> {
        self.account(self.by_email.get(email)?)
    }

    /// All accounts, in the order of their ids.
    pub fn accounts(&self) -> Vec<Arc<Account>> {
        let mut accounts = self.accounts.values();
        accounts.sort_by_key(|account| account.id);
        accounts
    }

    /// Puts an account in, or replaces it.
    pub fn put_account(&self, account: &Account) {
        let id = account.id;
        self.by_email.put(account.email.clone(), id);
        if let Some(old) = self.accounts.put(id, Arc::new(account.clone()))
            && old.email != account.email
        {
            self.by_email.take(&old.email);
        }
    }

    /// Lets a key, by its digest, open an account.
    pub fn put_key(&self, digest: KeyDigest, account: AccountId) {
        self.keys.put(digest, account);
    }

    /// Forgets a key.
    pub fn take_key(&self, digest: &KeyDigest) {
        self.keys.take(digest);
    }

    /// Replaces all accounts and keys at once, for a process that was told "accounts changed".
    pub fn set_accounts(&self, accounts: Vec<Account>, keys: Vec<(KeyDigest, AccountId)>) {
        self.by_email.set(accounts.iter().map(|account| (account.email.clone(), account.id)));
        self.accounts.set(accounts.into_iter().map(|account| (account.id, Arc::new(account))));
        self.keys.set(keys);
    }

    /// A taxi by its public id.
    pub fn taxi(&self, id: TaxiId) -> Option<TaxiEntry> {
        self.taxis.get(&id)
    }

    /// Puts a taxi in, or replaces it.
    pub fn put_taxi(&self, id: TaxiId, entry: TaxiEntry) {
        self.taxis.put(id, entry);
    }

    /// How many taxis there are.
    pub fn taxi_count(&self) -> usize {
        self.taxis.len()
    }

    /// Looks at every taxi, in no order. Nobody can put one in meanwhile, so `look` must be quick.
    pub fn each_taxi(&self, look: impl FnMut(TaxiId, &TaxiEntry)) {
        self.taxis.each(look);
    }

    /// Looks at every description, in no order; as [`Self::each_taxi`].
    pub fn each_description(&self, mut look: impl FnMut(VehicleId, AccountId, &DescriptionEntry)) {
        self.descriptions.each(|(vehicle, account), entry| look(vehicle, account, entry));
    }

    /// What an account says of a vehicle.
    pub fn description(
        &self,
        vehicle: VehicleId,
        account: AccountId,
    ) -> Option<Arc<DescriptionEntry>> {
        self.descriptions.get(&(vehicle, account))
    }

    /// Puts a description in, or replaces it, unless what is there is about a later change of its
    /// status: of two writers the slower one must not bring back what the faster one replaced.
    pub fn put_description(&self, vehicle: VehicleId, account: AccountId, entry: DescriptionEntry) {
        let status_at = entry.status_at;
        let is_later = |known: &Arc<DescriptionEntry>| known.status_at > status_at;
        self.descriptions.put_unless((vehicle, account), is_later, Arc::new(entry));
    }

    /// Forgets a description.
    pub fn take_description(&self, vehicle: VehicleId, account: AccountId) {
        self.descriptions.take(&(vehicle, account));
    }

    /// The open hail a vehicle is in, if any.
    pub fn open_hail(&self, vehicle: VehicleId) -> Option<HailId> {
        self.open_hails.get(&vehicle)
    }

    /// Notes that a vehicle is in an open hail.
    pub fn open(&self, vehicle: VehicleId, hail: HailId) {
        self.open_hails.put(vehicle, hail);
    }

    /// Notes that a hail is over; a vehicle that is already in another stays in that one.
    pub fn close(&self, vehicle: VehicleId, hail: HailId) {
        self.open_hails.take_if(&vehicle, |open| *open == hail);
    }
}

/// A map behind a lock that is held only to look up or to swap one entry.
#[derive(Debug)]
struct Table<K, V>(RwLock<HashMap<K, V>>);

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

// A panic cannot happen while the lock is held (no foreign code runs under it), so a poisoned
// lock still holds a whole map.
impl<K: Eq + Hash, V: Clone> Table<K, V> {
    fn get<Q>(&self, key: &Q) -> Option<V>
    where
        K: std::borrow::Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    fn put(&self, key: K, value: V) -> Option<V> {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(key, value)
    }

    fn put_unless(&self, key: K, keep: impl FnOnce(&V) -> bool, value: V) {
        let mut map = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if !map.get(&key).is_some_and(keep) {
            map.insert(key, value);
        }
    }

    fn take<Q>(&self, key: &Q)
    where
        K: std::borrow::Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    fn take_if(&self, key: &K, unwanted: impl FnOnce(&V) -> bool) {
        let mut map = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if map.get(key).is_some_and(unwanted) {
            map.remove(key);
        }
    }

    fn set(&self, entries: impl IntoIterator<Item = (K, V)>) {
        let fresh = entries.into_iter().collect();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = fresh;
    }

    fn values(&self) -> Vec<V> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    fn each(&self, mut look: impl FnMut(K, &V))
    where
        K: Copy,
    {
        for (key, value) in &*self.0.read().unwrap_or_else(PoisonError::into_inner) {
            look(*key, value);
        }
    }

    fn len(&self) -> usize {
        self.0.read().unwrap_or_else(PoisonError::into_inner).len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Roles;

    fn account(id: i64, email: &str) -> Account {
        Account {
            id: AccountId(id),
            email: email.to_owned(),
            commercial_name: None,
            roles: Roles::default(),
            manager: None,
            hail_endpoint: String::new(),
            header_name: String::new(),
            header_value: String::new(),
            email_customer: String::new(),
            email_technical: String::new(),
            phone_customer: String::new(),
            phone_technical: String::new(),
            fleet_size: None,
        }
    }

    #[test]
    fn a_key_opens_its_account_until_it_is_taken_back() {
        let directory = Directory::default();
        directory.put_account(&account(1, "a@x.fr"));
        directory.put_key([7; 32], AccountId(1));
        assert_eq!(directory.account_of_key(&[7; 32]).map(|a| a.id), Some(AccountId(1)));
        directory.take_key(&[7; 32]);
        assert_eq!(directory.account_of_key(&[7; 32]), None);
    }

    #[test]
    fn an_account_that_changes_its_email_is_found_by_the_new_one_only() {
        let directory = Directory::default();
        directory.put_account(&account(1, "old@x.fr"));
        directory.put_account(&account(1, "new@x.fr"));
        assert_eq!(directory.account_of_email("old@x.fr"), None);
        assert!(directory.account_of_email("new@x.fr").is_some());
    }

    #[test]
    fn a_late_writer_does_not_bring_an_old_status_back() {
        let directory = Directory::default();
        let (vehicle, account) = (VehicleId(1), AccountId(1));
        let entry = |status, seconds| DescriptionEntry {
            status,
            status_at: chrono::DateTime::from_timestamp(seconds, 0).expect("a time"),
            radius_m: None,
            card: Card::default(),
        };
        directory.put_description(vehicle, account, entry(VehicleStatus::Off, 2));
        directory.put_description(vehicle, account, entry(VehicleStatus::Free, 1));
        let known = directory.description(vehicle, account).expect("it was put in");
        assert_eq!(known.status, VehicleStatus::Off);
    }

    #[test]
    fn the_end_of_an_old_hail_does_not_close_the_new_one() {
        let directory = Directory::default();
        let (old, new) = ("0000001".parse().expect("id"), "0000002".parse().expect("id"));
        directory.open(VehicleId(1), new);
        directory.close(VehicleId(1), old);
        assert_eq!(directory.open_hail(VehicleId(1)), Some(new));
        directory.close(VehicleId(1), new);
        assert_eq!(directory.open_hail(VehicleId(1)), None);
    }
}
