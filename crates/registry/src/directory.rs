//! The directory: what a search, a batch of positions or a key check must know of accounts, taxis
//! and vehicles, in memory.
//!
//! It is derived from the database: filled at start, kept in step by every write after its commit.
//! It may be late by the time between the two; whatever must not be wrong (a hail) asks the
//! database again.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use territory::InseeCode;

use crate::{Account, AccountId, HailId, TaxiId, Time, VehicleId, VehicleStatus, plain_email};

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
    texts: Texts,
    /// Written to only when a taxi, a vehicle or a slot is added, and when taxis are noted as heard of;
    /// changes of one that is there need no more than reading.
    fleet: RwLock<Fleet>,
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

    /// An account by its e-mail, in any case. Of accounts of old whose e-mails differ by case alone, the
    /// one whose e-mail is written just like this, else the first.
    pub fn account_of_email(&self, email: &str) -> Option<Arc<Account>> {
        let in_any_case = || self.by_plain_email.get(plain_email(email).as_str());
        self.account(self.by_email.get(email).or_else(in_any_case)?)
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
        if old.is_none_or(|old| old.email != account.email) {
            self.index_emails(&self.accounts());
        }
    }

    fn index_emails(&self, in_order: &[Arc<Account>]) {
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
        self.index_emails(&self.accounts());
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

    /// The open hail a vehicle is in, if any.
    pub fn open_hail(&self, vehicle: VehicleId) -> Option<HailId> {
        self.fleet().open_hail(vehicle)
    }

    /// Notes that a vehicle is in an open hail.
    pub fn open(&self, vehicle: VehicleId, hail: HailId) {
        self.change(vehicle, |fleet| fleet.open(vehicle, hail));
    }

    /// Notes that a hail is over; a vehicle that is already in another stays in that one.
    pub fn close(&self, vehicle: VehicleId, hail: HailId) {
        self.fleet().close(vehicle, hail);
    }
}

#[cfg(test)]
mod tests {
    use VehicleStatus::{Free, Off};

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
            requests_per_s: None,
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
    fn an_account_is_found_by_its_email_in_any_case_and_first_by_the_exact_one() {
        let directory = Directory::default();
        let id = |email: &str| directory.account_of_email(email).map(|account| account.id.0);
        directory.put_account(&account(1, "Ada@x.fr"));
        assert_eq!((id("Ada@x.fr"), id("aDA@X.FR"), id("ad@x.fr")), (Some(1), Some(1), None));
        // Two accounts from a time when case made a difference.
        directory.put_account(&account(2, "ada@x.fr"));
        assert_eq!((id("Ada@x.fr"), id("ada@x.fr"), id("ADA@x.fr")), (Some(1), Some(2), Some(1)));
        directory.put_account(&account(1, "Bob@x.fr"));
        assert_eq!((id("Ada@x.fr"), id("ADA@x.fr"), id("bob@x.fr")), (Some(2), Some(2), Some(1)));
        directory.set_accounts(vec![account(3, "ADA@x.fr"), account(4, "ada@x.fr")], Vec::new());
        assert_eq!((id("Ada@x.fr"), id("ada@x.fr"), id("bob@x.fr")), (Some(3), Some(4), None));
    }

    #[test]
    fn the_later_writer_is_believed_even_if_the_clock_went_back() {
        let directory = Directory::default();
        let (vehicle, account) = (VehicleId(1), AccountId(1));
        let entry = |status, seconds| DescriptionEntry {
            status,
            status_at: chrono::DateTime::from_timestamp(seconds, 0).expect("a time"),
            radius_m: None,
            card: Card::default(),
        };
        directory.put_description(vehicle, account, entry(Off, 2));
        directory.put_description(vehicle, account, entry(Free, 1));
        let known = directory.description(vehicle, account).expect("it was put in");
        assert_eq!(known.status, Free);
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

    fn taxi_of(vehicle: i64, operator: i64) -> TaxiEntry {
        TaxiEntry {
            vehicle: VehicleId(vehicle),
            town: "75056".parse().expect("a code"),
            operator: AccountId(operator),
            added_at: Time::UNIX_EPOCH,
            last_seen_at: Time::UNIX_EPOCH,
            number: 1,
        }
    }

    fn says(status: VehicleStatus) -> DescriptionEntry {
        let status_at = Time::UNIX_EPOCH;
        DescriptionEntry { status, status_at, radius_m: None, card: Card::default() }
    }

    #[test]
    fn a_slot_is_there_for_who_describes_the_vehicle_and_follows_what_is_said() {
        let directory = Directory::default();
        let (taxi, own, other) = ("taxiAAA".parse().expect("id"), AccountId(1), AccountId(2));
        assert_eq!(directory.slot_to_report(taxi, own), None, "there is no such taxi");
        directory.put_taxi(taxi, taxi_of(7, 1));
        assert_eq!(directory.slot_to_report(taxi, own), None, "nobody describes its vehicle");
        directory.put_description(VehicleId(7), own, says(Off));
        let slot = directory.slot_to_report(taxi, own).expect("it is described");
        assert_eq!(directory.slot_to_report(taxi, other), None);
        directory.put_description(VehicleId(7), other, says(Free));
        let others = directory.slot_to_report(taxi, other).expect("it is described");
        assert_ne!(slot, others);

        let status = |slot| {
            let state = directory.fleet().state_word(slot).state();
            state.map(|state| (state.status, state.own_status, state.in_open_hail))
        };
        assert_eq!(status(slot), Some((Off, Off, false)));
        assert_eq!(status(others), Some((Free, Off, false)));
        directory.put_description(VehicleId(7), own, says(Free));
        directory.open(VehicleId(7), "00000ff".parse().expect("id"));
        assert_eq!(status(others), Some((Free, Free, true)));
        directory.take_description(VehicleId(7), own);
        assert_eq!((status(slot), status(others)), (None, None), "nobody takes its hails");
        assert_eq!(directory.slot_to_report(taxi, own), None, "it is described no more");
        directory.put_description(VehicleId(7), own, says(Free));
        assert_eq!(directory.slot_to_report(taxi, own), Some(slot), "numbers stay");
    }

    #[test]
    fn a_taxi_that_changes_its_vehicle_is_judged_by_the_new_one() {
        let directory = Directory::default();
        let (taxi, own) = ("taxiAAA".parse().expect("id"), AccountId(1));
        directory.put_taxi(taxi, taxi_of(7, 1));
        directory.put_description(VehicleId(7), own, says(Free));
        let slot = directory.slot_to_report(taxi, own).expect("it is described");
        directory.put_description(VehicleId(8), own, says(Off));
        directory.put_taxi(taxi, taxi_of(8, 1));
        let state = directory.fleet().state_word(slot).state();
        assert_eq!(state.map(|state| state.own_status), Some(Off));
    }

    #[test]
    fn a_slot_is_alone_while_nothing_else_is_reported_of_its_vehicle() {
        let directory = Directory::default();
        let [taxi, second] = ["taxiAAA", "taxiBBB"].map(|id| id.parse().expect("id"));
        let [own, other] = [1, 2].map(AccountId);
        let alone = |slot| directory.fleet().state_word(slot).state().map(|state| state.is_alone);
        directory.put_taxi(taxi, taxi_of(7, 1));
        directory.put_taxi(second, taxi_of(8, 1));
        for (vehicle, account) in [(7, own), (7, other), (8, own)] {
            directory.put_description(VehicleId(vehicle), account, says(Free));
        }
        let slot = directory.slot_to_report(taxi, own).expect("it is described");
        let moves = directory.slot_to_report(second, own).expect("it is described");
        assert_eq!([slot, moves].map(alone), [Some(true); 2]);
        directory.put_taxi(second, taxi_of(7, 1));
        assert_eq!([slot, moves].map(alone), [Some(false); 2], "one vehicle, two taxis");
        directory.put_taxi(second, taxi_of(8, 1));
        assert_eq!([slot, moves].map(alone), [Some(true); 2]);
        let others = directory.slot_to_report(taxi, other).expect("it is described");
        assert_eq!([slot, others, moves].map(alone), [Some(false), Some(false), Some(true)]);
    }

    #[test]
    fn the_radii_of_a_vehicle_follow_what_is_said_of_it() {
        let directory = Directory::default();
        let (vehicle, one, two) = (VehicleId(7), AccountId(1), AccountId(2));
        let radii = || {
            let mut all = Vec::new();
            directory.each_radii(|vehicle, radii| all.push((vehicle, radii)));
            all
        };
        let expect = |described, chosen, sum_m| {
            assert_eq!(radii(), [(vehicle, Radii { described, chosen, sum_m })]);
        };
        directory.put_description(vehicle, one, says(Free));
        expect(1, 0, 0);
        let chosen = |radius_m| DescriptionEntry { radius_m: Some(radius_m), ..says(Free) };
        directory.put_description(vehicle, two, chosen(300));
        directory.put_description(vehicle, one, chosen(200));
        expect(2, 2, 500);
        directory.put_description(vehicle, two, chosen(400));
        expect(2, 2, 600);
        directory.take_description(vehicle, two);
        expect(1, 1, 200);
    }

    #[test]
    fn an_open_hail_is_noted_as_it_is() {
        let directory = Directory::default();
        for hail in ["0000000", "fffffff", "0a1b2c3"] {
            let hail = hail.parse().expect("id");
            directory.open(VehicleId(1), hail);
            assert_eq!(directory.open_hail(VehicleId(1)), Some(hail));
        }
    }
}
