//! The directory: an in-memory index of accounts, taxis and vehicles for searches, position reports and key
//! checks.
//!
//! It is derived from the database: filled at start and updated by every write after its commit. It may lag
//! behind by the time between the two; a decision that must not be wrong (a hail) reads the database.

use std::collections::HashSet;
use std::ops::Deref;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use arc_swap::ArcSwap;
use territory::InseeCode;

use crate::{
    Account, AccountId, HailId, TaxiId, Time, Vehicle, VehicleId, VehicleStatus, plain_email,
};

mod fleet;
mod state;
mod table;
mod texts;

pub use fleet::{Fleet, Radii, Slot, SlotId};
pub use state::{MOST_RADIUS_M, State, StateWord};
use table::Table;
use texts::Texts;

/// Number of taxis that are marked as seen under one lock: about a tenth of a millisecond.
const SEEN_AT_ONCE: usize = 1_000;

/// Keyed digest of an API key: identifies the key without revealing it.
pub type KeyDigest = [u8; 32];

/// Data of a taxi that a search needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaxiEntry {
    /// Vehicle.
    pub vehicle: VehicleId,
    /// Town that issued the licence.
    pub town: InseeCode,
    /// Account to which hails of the taxi go.
    pub operator: AccountId,
    /// See [`crate::Taxi::added_at`].
    pub added_at: Time,
    /// See [`crate::Taxi::last_seen_at`]; the value at the time when the taxi was read.
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

/// Data of a description that a search needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescriptionEntry {
    /// Status of the driver.
    pub status: VehicleStatus,
    /// Time of the last change of the status.
    pub status_at: Time,
    /// Radius chosen by the driver, in metres, if any.
    pub radius_m: Option<i32>,
    /// Serialised vehicle for search answers. Opaque here: `http` writes it.
    pub card: Card,
}

/// The vehicle's part of a search answer, serialised in advance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Card {
    /// The part for admins only: the plate.
    pub plate: Box<str>,
    /// All other parts; the directory stores them once for all vehicles with the same details.
    pub rest: Arc<str>,
}

impl Card {
    /// Texts of the card.
    pub fn text(&self) -> CardText<'_> {
        CardText { plate: &self.plate, rest: &self.rest }
    }
}

/// Texts of a [`Card`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CardText<'a> {
    /// See [`Card::plate`].
    pub plate: &'a str,
    /// See [`Card::rest`].
    pub rest: &'a str,
}

/// The in-memory directory. All methods may be called from any thread.
#[derive(Debug, Default)]
pub struct Directory {
    accounts: Table<AccountId, Arc<Account>>,
    by_email: Table<String, AccountId>,
    /// Accounts by [`plain_email`]; of several accounts, the first.
    by_plain_email: Table<String, AccountId>,
    keys: Table<KeyDigest, AccountId>,
    /// Disabled accounts.
    disabled: ArcSwap<HashSet<AccountId>>,
    texts: Texts,
    /// Locked for writing only when a taxi, a vehicle or a slot is added, and when taxis are marked as seen;
    /// changes of existing ones take the read lock.
    fleet: RwLock<Fleet>,
}

impl Directory {
    /// The account of an API key, by the key's digest. `None` if the account is disabled.
    pub fn account_of_key(&self, digest: &KeyDigest) -> Option<Arc<Account>> {
        self.account(self.keys.get(digest)?).filter(|account| account.is_enabled())
    }

    /// The account of this id.
    pub fn account(&self, id: AccountId) -> Option<Arc<Account>> {
        self.accounts.get(&id)
    }

    /// The account of this e-mail address, in any case. If older accounts differ by case only, the exact
    /// match is returned, else the first.
    pub fn account_of_email(&self, email: &str) -> Option<Arc<Account>> {
        let in_any_case = || self.by_plain_email.get(plain_email(email).as_str());
        self.account(self.by_email.get(email).or_else(in_any_case)?)
    }

    /// Disabled accounts, to be held for the duration of a search.
    pub fn disabled(&self) -> impl Deref<Target = Arc<HashSet<AccountId>>> {
        self.disabled.load()
    }

    /// All accounts, sorted by id.
    pub fn accounts(&self) -> Vec<Arc<Account>> {
        let mut accounts = self.accounts.values();
        accounts.sort_by_key(|account| account.id);
        accounts
    }

    /// Adds or replaces an account.
    pub fn put_account(&self, account: &Account) {
        let old = self.accounts.put(account.id, Arc::new(account.clone()));
        let indexed = |account: &Account| (account.email.clone(), account.is_enabled());
        if old.is_none_or(|old| indexed(&old) != indexed(account)) {
            self.index(&self.accounts());
        }
    }

    fn index(&self, in_order: &[Arc<Account>]) {
        let disabled = in_order.iter().filter(|account| !account.is_enabled());
        self.disabled.store(Arc::new(disabled.map(|account| account.id).collect()));
        let ids = |email: fn(&str) -> String| {
            // Reversed, so that the first account overwrites later ones.
            in_order.iter().rev().map(move |account| (email(&account.email), account.id))
        };
        self.by_email.set(ids(str::to_owned));
        self.by_plain_email.set(ids(plain_email));
    }

    /// Adds a key of an account, by its digest.
    pub fn put_key(&self, digest: KeyDigest, account: AccountId) {
        self.keys.put(digest, account);
    }

    /// Removes a key.
    pub fn take_key(&self, digest: &KeyDigest) {
        self.keys.take(digest);
    }

    /// Replaces all accounts and keys at once, after a notification that accounts changed.
    pub fn set_accounts(&self, accounts: Vec<Account>, keys: Vec<(KeyDigest, AccountId)>) {
        self.accounts.set(accounts.into_iter().map(|account| (account.id, Arc::new(account))));
        self.index(&self.accounts());
        self.keys.set(keys);
    }

    /// Read access to the fleet, for lookups of several taxis under one lock. The guard delays additions:
    /// hold it briefly, and call no other method of this directory meanwhile.
    pub fn fleet(&self) -> RwLockReadGuard<'_, Fleet> {
        // No code panics while it holds the write lock, so a poisoned lock still guards consistent data.
        self.fleet.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn fleet_to_add(&self) -> RwLockWriteGuard<'_, Fleet> {
        self.fleet.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Applies a change of a vehicle; adds the vehicle first if it is missing.
    fn change(&self, vehicle: VehicleId, change: impl Fn(&Fleet) -> bool) {
        let changed = change(&self.fleet());
        if !changed {
            let mut fleet = self.fleet_to_add();
            fleet.add_vehicle(vehicle);
            change(&fleet);
        }
    }

    /// The slot of a taxi for reports by this account; adds it if it is missing. `None` if there is no such
    /// taxi or the account does not describe its vehicle.
    pub fn slot_to_report(&self, taxi: TaxiId, account: AccountId) -> Option<SlotId> {
        let fleet = self.fleet();
        let known = fleet.described_slot_of(taxi, account);
        // Checked under the read lock, so that refused reports do not delay other callers.
        if known.is_some() || !fleet.may_report(taxi, account) {
            return known;
        }
        drop(fleet);
        self.fleet_to_add().make_slot(taxi, account)
    }

    /// The taxi of this public id.
    pub fn taxi(&self, id: TaxiId) -> Option<TaxiEntry> {
        self.fleet().taxis.get(&id).copied()
    }

    /// Adds or replaces a taxi.
    pub fn put_taxi(&self, id: TaxiId, entry: TaxiEntry) {
        self.fleet_to_add().put_taxi(id, entry);
    }

    /// Removes a taxi. Its slots stay, without a vehicle: nobody reports or finds it any more.
    pub fn take_taxi(&self, id: TaxiId) {
        self.fleet_to_add().take_taxi(id);
    }

    /// Marks taxis as seen at that time.
    pub fn see_taxis(&self, taxis: &[TaxiId], at: Time) {
        for some in taxis.chunks(SEEN_AT_ONCE) {
            self.fleet_to_add().see_taxis(some, at);
        }
    }

    /// Number of taxis.
    pub fn taxi_count(&self) -> usize {
        self.fleet().taxis.len()
    }

    /// Calls `look` for every taxi, in no order. No taxi can be added meanwhile, so `look` must be quick.
    pub fn each_taxi(&self, mut look: impl FnMut(TaxiId, &TaxiEntry)) {
        self.fleet().taxis.iter().for_each(|(id, entry)| look(*id, entry));
    }

    /// Calls `look` with the radii of every vehicle, in no order; like [`Self::each_taxi`].
    pub fn each_radii(&self, look: impl FnMut(VehicleId, Radii)) {
        self.fleet().each_radii(look);
    }

    /// Adds a vehicle to its car: the vehicles of a car share one open hail. Before this call a vehicle is a
    /// car of its own.
    pub fn put_vehicle(&self, vehicle: &Vehicle) {
        let known = self.fleet().car(vehicle.id).is_some();
        if !known {
            self.fleet_to_add().put_vehicle(vehicle.id, vehicle.plate.car());
        }
    }

    /// The car of a vehicle, see [`crate::LicencePlate::car`]; `None` if the vehicle was not added.
    pub fn car(&self, vehicle: VehicleId) -> Option<String> {
        self.fleet().car(vehicle).map(str::to_owned)
    }

    /// An account's description of a vehicle.
    pub fn description(
        &self,
        vehicle: VehicleId,
        account: AccountId,
    ) -> Option<Arc<DescriptionEntry>> {
        self.fleet().description(vehicle, account)
    }

    /// Adds or replaces a description. The last write wins, regardless of times: callers must write in the
    /// order of the database.
    pub fn put_description(&self, vehicle: VehicleId, account: AccountId, entry: DescriptionEntry) {
        let rest = self.texts.shared(&entry.card.rest);
        let card = Card { rest, ..entry.card };
        let entry = Arc::new(DescriptionEntry { card, ..entry });
        self.change(vehicle, |fleet| fleet.put_description(vehicle, account, Arc::clone(&entry)));
    }

    /// Removes a description.
    pub fn take_description(&self, vehicle: VehicleId, account: AccountId) {
        self.fleet().take_description(vehicle, account);
    }

    /// The open hail of a vehicle's car, if any.
    pub fn open_hail(&self, vehicle: VehicleId) -> Option<HailId> {
        self.fleet().open_hail(vehicle)
    }

    /// Records the open hail of a vehicle's car.
    pub fn open(&self, vehicle: VehicleId, hail: HailId) {
        self.change(vehicle, |fleet| fleet.open(vehicle, hail));
    }

    /// Records the end of a hail; a car that is already in another hail stays in that one.
    pub fn close(&self, vehicle: VehicleId, hail: HailId) {
        self.fleet().close(vehicle, hail);
    }
}

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;
