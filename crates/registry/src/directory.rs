//! The directory: what a search, a batch of positions or a key check must know of accounts, taxis
//! and vehicles, in memory.
//!
//! It is derived from the database: filled at start, kept in step by every write after its commit.
//! It may be late by the time between the two; whatever must not be wrong (a hail) asks the
//! database again.

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

/// How many taxis are noted as heard of before others may go on: a tenth of a millisecond's work.
const SEEN_AT_ONCE: usize = 1_000;

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
    /// What admins alone are shown: the plate.
    pub plate: Box<str>,
    /// All the rest, which the directory keeps once for all vehicles that are alike.
    pub rest: Arc<str>,
}

impl Card {
    /// Its texts, to be copied.
    pub fn text(&self) -> CardText<'_> {
        CardText { plate: &self.plate, rest: &self.rest }
    }
}

/// The texts of a [`Card`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CardText<'a> {
    /// See [`Card::plate`].
    pub plate: &'a str,
    /// See [`Card::rest`].
    pub rest: &'a str,
}

/// The in-memory directory. Every method may be called from any thread.
#[derive(Debug, Default)]
pub struct Directory {
    accounts: Table<AccountId, Arc<Account>>,
    by_email: Table<String, AccountId>,
    /// By [`plain_email`]; of several accounts, the first.
    by_plain_email: Table<String, AccountId>,
    keys: Table<KeyDigest, AccountId>,
    /// Accounts that may do nothing.
    disabled: ArcSwap<HashSet<AccountId>>,
    texts: Texts,
    /// Written to only when a taxi, a vehicle or a slot is added, and when taxis are noted as heard of;
    /// changes of one that is there need no more than reading.
    fleet: RwLock<Fleet>,
}

impl Directory {
    /// The account of an API key, by the key's digest. One that is disabled has none.
    pub fn account_of_key(&self, digest: &KeyDigest) -> Option<Arc<Account>> {
        self.account(self.keys.get(digest)?).filter(|account| account.is_enabled())
    }

    /// An account by its id.
    pub fn account(&self, id: AccountId) -> Option<Arc<Account>> {
        self.accounts.get(&id)
    }

    /// An account by its e-mail, in any case. Of accounts of old whose e-mails differ by case alone, the
    /// one whose e-mail is written just like this, else the first.
    pub fn account_of_email(&self, email: &str) -> Option<Arc<Account>> {
        let in_any_case = || self.by_plain_email.get(plain_email(email).as_str());
        self.account(self.by_email.get(email).or_else(in_any_case)?)
    }

    /// The accounts that are disabled, to be held as long as a search takes.
    pub fn disabled(&self) -> impl Deref<Target = Arc<HashSet<AccountId>>> {
        self.disabled.load()
    }

    /// All accounts, in the order of their ids.
    pub fn accounts(&self) -> Vec<Arc<Account>> {
        let mut accounts = self.accounts.values();
        accounts.sort_by_key(|account| account.id);
        accounts
    }

    /// Puts an account in, or replaces it.
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
            // The first is put in last, and stays.
            in_order.iter().rev().map(move |account| (email(&account.email), account.id))
        };
        self.by_email.set(ids(str::to_owned));
        self.by_plain_email.set(ids(plain_email));
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
        self.accounts.set(accounts.into_iter().map(|account| (account.id, Arc::new(account))));
        self.index(&self.accounts());
        self.keys.set(keys);
    }

    /// The fleet, to look at several taxis in one go. Nobody can add to it meanwhile, so be quick, and
    /// ask this directory nothing else.
    pub fn fleet(&self) -> RwLockReadGuard<'_, Fleet> {
        // Nothing panics while it is held for writing, so a poisoned lock still holds a whole fleet.
        self.fleet.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn fleet_to_add(&self) -> RwLockWriteGuard<'_, Fleet> {
        self.fleet.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a change of a vehicle, which there may be no room for yet.
    fn change(&self, vehicle: VehicleId, change: impl Fn(&Fleet) -> bool) {
        let changed = change(&self.fleet());
        if !changed {
            let mut fleet = self.fleet_to_add();
            fleet.add_vehicle(vehicle);
            change(&fleet);
        }
    }

    /// The slot of a taxi as this account reports it; it is there from now on. None if there is no such
    /// taxi, or the account does not describe its vehicle.
    pub fn slot_to_report(&self, taxi: TaxiId, account: AccountId) -> Option<SlotId> {
        let fleet = self.fleet();
        let known = fleet.described_slot_of(taxi, account);
        // Whoever reports what it may not must not make all others wait.
        if known.is_some() || !fleet.may_report(taxi, account) {
            return known;
        }
        drop(fleet);
        self.fleet_to_add().make_slot(taxi, account)
    }

    /// A taxi by its public id.
    pub fn taxi(&self, id: TaxiId) -> Option<TaxiEntry> {
        self.fleet().taxis.get(&id).copied()
    }

    /// Puts a taxi in, or replaces it.
    pub fn put_taxi(&self, id: TaxiId, entry: TaxiEntry) {
        self.fleet_to_add().put_taxi(id, entry);
    }

    /// Notes that taxis were heard of at that time.
    pub fn see_taxis(&self, taxis: &[TaxiId], at: Time) {
        for some in taxis.chunks(SEEN_AT_ONCE) {
            self.fleet_to_add().see_taxis(some, at);
        }
    }

    /// How many taxis there are.
    pub fn taxi_count(&self) -> usize {
        self.fleet().taxis.len()
    }

    /// Looks at every taxi, in no order. Nobody can put one in meanwhile, so `look` must be quick.
    pub fn each_taxi(&self, mut look: impl FnMut(TaxiId, &TaxiEntry)) {
        self.fleet().taxis.iter().for_each(|(id, entry)| look(*id, entry));
    }

    /// Looks at the radii of every vehicle, in no order; as [`Self::each_taxi`].
    pub fn each_radii(&self, look: impl FnMut(VehicleId, Radii)) {
        self.fleet().each_radii(look);
    }

    /// Puts a vehicle in, beside those that are the same car: it is in the open hail they are in. Before, a
    /// vehicle is a car of its own.
    pub fn put_vehicle(&self, vehicle: &Vehicle) {
        let known = self.fleet().car(vehicle.id).is_some();
        if !known {
            self.fleet_to_add().put_vehicle(vehicle.id, vehicle.plate.car());
        }
    }

    /// The car that a vehicle is, see [`crate::LicencePlate::car`]; none if it was not put in.
    pub fn car(&self, vehicle: VehicleId) -> Option<String> {
        self.fleet().car(vehicle).map(str::to_owned)
    }

    /// What an account says of a vehicle.
    pub fn description(
        &self,
        vehicle: VehicleId,
        account: AccountId,
    ) -> Option<Arc<DescriptionEntry>> {
        self.fleet().description(vehicle, account)
    }

    /// Puts a description in, or replaces it. Of two writers the later one is believed, whatever its
    /// clock says: who writes here must write in the order of the database.
    pub fn put_description(&self, vehicle: VehicleId, account: AccountId, entry: DescriptionEntry) {
        let rest = self.texts.shared(&entry.card.rest);
        let card = Card { rest, ..entry.card };
        let entry = Arc::new(DescriptionEntry { card, ..entry });
        self.change(vehicle, |fleet| fleet.put_description(vehicle, account, Arc::clone(&entry)));
    }

    /// Forgets a description.
    pub fn take_description(&self, vehicle: VehicleId, account: AccountId) {
        self.fleet().take_description(vehicle, account);
    }

    /// The open hail that the car of a vehicle is in, if any.
    pub fn open_hail(&self, vehicle: VehicleId) -> Option<HailId> {
        self.fleet().open_hail(vehicle)
    }

    /// Notes that the car of a vehicle is in an open hail.
    pub fn open(&self, vehicle: VehicleId, hail: HailId) {
        self.change(vehicle, |fleet| fleet.open(vehicle, hail));
    }

    /// Notes that a hail is over; a car that is already in another stays in that one.
    pub fn close(&self, vehicle: VehicleId, hail: HailId) {
        self.fleet().close(vehicle, hail);
    }
}

#[cfg(test)]
mod tests;
