//! Taxis, descriptions of their vehicles and open hails, laid out so that a search finds all facts that
//! decide about a taxi in one word.
//!
//! A *slot* is a taxi as reported by one account. Slots are numbered densely, and a number is never reused,
//! so it can be the key of a live index. A slot is added when its account first reports the taxi.
//!
//! Several vehicles are one car if its plate is written in several ways; all of them are in the same open
//! hail.
//!
//! Mutable facts are stored once, in the [`Vehicle`]; each of its slots has a copy of those that decide, the
//! [`StateWord`]. A writer holds the vehicle's lock until all copies are updated, so that no change is lost.
//! A search takes no such lock.

use std::ops::Deref;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwapOption;
use foldhash::HashMap;
use foldhash::fast::RandomState;
use indexmap::IndexMap;
use territory::InseeCode;

use super::state::{State, StateWord};
use super::{DescriptionEntry, TaxiEntry};
use crate::{AccountId, HailId, TaxiId, Time, VehicleId};

/// Number of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotId(u32);

impl From<SlotId> for u32 {
    fn from(id: SlotId) -> Self {
        id.0
    }
}

impl From<u32> for SlotId {
    fn from(number: u32) -> Self {
        Self(number)
    }
}

/// A taxi as reported by one account, with the data that a search needs; its size is one cache line.
#[derive(Debug)]
#[repr(align(64))]
pub struct Slot {
    /// Taxi.
    pub taxi: TaxiId,
    /// See [`TaxiEntry::town`].
    pub town: InseeCode,
    /// Reporting account.
    pub account: AccountId,
    /// See [`TaxiEntry::operator`].
    pub operator: AccountId,
    /// See [`TaxiEntry::number`].
    pub number: i64,
    /// Microseconds since the epoch, the resolution of [`Time`].
    status_at_us: AtomicI64,
    description: ArcSwapOption<DescriptionEntry>,
}

impl Slot {
    /// Time of the last change of the status in the account's description.
    pub fn status_at(&self) -> Time {
        let micros = self.status_at_us.load(Ordering::Relaxed);
        Time::from_timestamp_micros(micros).unwrap_or_default()
    }

    /// The account's description of the vehicle, if it still exists. The guard is cheap for a few slots at a
    /// time and the duration of an answer.
    pub fn description(&self) -> impl Deref<Target = Option<Arc<DescriptionEntry>>> {
        self.description.load()
    }
}

/// All slots, with a state word for each.
#[derive(Debug, Default)]
struct Slots {
    slots: Vec<Slot>,
    /// [`StateWord`]s, indexed by slot number.
    states: Vec<AtomicU64>,
}

impl Slots {
    fn get(&self, id: SlotId) -> Option<&Slot> {
        self.slots.get(id.0 as usize)
    }

    fn state_word(&self, id: SlotId) -> StateWord {
        // Pairs with the store in `tell`: a reader of this state then reads the description it was made of,
        // or a newer one.
        let word = self.states.get(id.0 as usize).map(|word| word.load(Ordering::Acquire));
        word.map_or(StateWord::NONE, StateWord)
    }

    /// Adds a slot without a description; `None` if all numbers are taken.
    fn add(&mut self, slot: Slot) -> Option<SlotId> {
        let id = SlotId(u32::try_from(self.slots.len()).ok()?);
        self.slots.push(slot);
        self.states.push(AtomicU64::new(StateWord::NONE.0));
        Some(id)
    }

    fn replace(&mut self, id: SlotId, slot: Slot) {
        self.slots[id.0 as usize] = slot;
    }

    /// Empties a slot for good: its number is not used again.
    fn clear(&self, id: SlotId) {
        self.slots[id.0 as usize].description.store(None);
        self.states[id.0 as usize].store(StateWord::NONE.0, Ordering::Release);
    }

    /// Updates the state words of all slots of a vehicle. The caller holds the vehicle's lock.
    fn tell(&self, vehicle: &Vehicle) {
        for id in &vehicle.slots {
            let (slot, word) = (&self.slots[id.0 as usize], &self.states[id.0 as usize]);
            let description = vehicle.description(slot.account);
            if let Some(description) = description {
                slot.status_at_us
                    .store(description.status_at.timestamp_micros(), Ordering::Relaxed);
            }
            slot.description.store(description.cloned());
            let state = vehicle.state_for(slot.account, slot.operator, slot.town);
            let state = state.map_or(StateWord::NONE, StateWord::from);
            word.store(state.0, Ordering::Release);
        }
    }
}

/// Radii chosen for one vehicle, summed over all descriptions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Radii {
    /// Number of accounts that describe the vehicle.
    pub described: u32,
    /// Number of descriptions with a radius.
    pub chosen: u32,
    /// Sum of these radii, in metres.
    pub sum_m: i64,
}

impl<'a> FromIterator<&'a DescriptionEntry> for Radii {
    fn from_iter<I: IntoIterator<Item = &'a DescriptionEntry>>(descriptions: I) -> Self {
        let mut radii = Self::default();
        for description in descriptions {
            radii.described += 1;
            radii.chosen += u32::from(description.radius_m.is_some());
            radii.sum_m += i64::from(description.radius_m.unwrap_or_default());
        }
        radii
    }
}

/// Mutable facts of a vehicle.
#[derive(Debug, Default)]
struct Vehicle {
    /// Index in [`Fleet::cars`]; `None` before the car is known.
    car: Option<usize>,
    /// Open hail of its car.
    open_hail: Option<HailId>,
    descriptions: Vec<(AccountId, Arc<DescriptionEntry>)>,
    /// Radii of the descriptions, summed here because figures read them for every vehicle.
    radii: Radii,
    /// Slots of the taxis that use this vehicle.
    slots: Vec<SlotId>,
}

impl Vehicle {
    fn description(&self, account: AccountId) -> Option<&Arc<DescriptionEntry>> {
        self.descriptions.iter().find(|(of, _)| *of == account).map(|(_, entry)| entry)
    }

    fn put_description(&mut self, account: AccountId, entry: Arc<DescriptionEntry>) {
        let known = self.descriptions.iter_mut().find(|(of, _)| *of == account);
        if let Some((_, known)) = known {
            *known = entry;
        } else {
            self.descriptions.reserve_exact(1);
            self.descriptions.push((account, entry));
        }
        self.add_up_radii();
    }

    fn take_description(&mut self, account: AccountId) {
        self.descriptions.retain(|(of, _)| *of != account);
        self.add_up_radii();
    }

    fn add_up_radii(&mut self) {
        self.radii = self.descriptions.iter().map(|(_, entry)| &**entry).collect();
    }

    /// The state of a taxi of this operator and town, as this account describes the vehicle.
    fn state_for(&self, account: AccountId, operator: AccountId, town: InseeCode) -> Option<State> {
        let description = self.description(account)?;
        Some(State {
            status: description.status,
            own_status: self.description(operator)?.status,
            in_open_hail: self.open_hail.is_some(),
            is_alone: self.slots.len() == 1,
            radius_m: description.radius_m,
            town,
        })
    }
}

/// All taxis and vehicles, in dense maps: figures scan all of them.
#[derive(Debug, Default)]
pub struct Fleet {
    pub(super) taxis: IndexMap<TaxiId, TaxiEntry, RandomState>,
    vehicles: IndexMap<VehicleId, Mutex<Vehicle>, RandomState>,
    /// Vehicles of each car, by [`crate::LicencePlate::car`]: nearly always one.
    cars: IndexMap<Box<str>, Vec<VehicleId>, RandomState>,
    slots: Slots,
    numbers: HashMap<(TaxiId, AccountId), SlotId>,
}

impl Fleet {
    /// The slot of this number.
    pub fn slot(&self, id: SlotId) -> Option<&Slot> {
        self.slots.get(id)
    }

    /// The state word of a slot, not yet unpacked.
    pub fn state_word(&self, id: SlotId) -> StateWord {
        self.slots.state_word(id)
    }

    /// The slot of a taxi and account; `None` if the account never reported the taxi.
    pub fn slot_of(&self, taxi: TaxiId, account: AccountId) -> Option<SlotId> {
        self.numbers.get(&(taxi, account)).copied()
    }

    /// The slot of a taxi and account, if the account still describes the vehicle.
    pub fn described_slot_of(&self, taxi: TaxiId, account: AccountId) -> Option<SlotId> {
        let id = self.slot_of(taxi, account)?;
        self.slot(id)?.description.load().as_ref().map(|_| id)
    }

    /// The state of a taxi through this account's description, as its state word holds it; also if the account
    /// never reported the taxi. `None` if it does not describe the vehicle.
    pub fn state(&self, taxi: TaxiId, account: AccountId) -> Option<State> {
        let entry = self.taxis.get(&taxi)?;
        self.vehicle(entry.vehicle)?.state_for(account, entry.operator, entry.town)
    }

    /// Accounts that describe the vehicle of a taxi, sorted by id.
    pub fn describing(&self, taxi: TaxiId) -> Vec<AccountId> {
        let vehicle = self.taxis.get(&taxi).and_then(|entry| self.vehicle(entry.vehicle));
        let accounts =
            vehicle.map(|vehicle| vehicle.descriptions.iter().map(|(of, _)| *of).collect());
        let mut accounts: Vec<_> = accounts.unwrap_or_default();
        accounts.sort_unstable();
        accounts
    }

    /// The slots of a taxi for all accounts that reported it and still describe the vehicle.
    pub fn described_slots_of(&self, taxi: TaxiId) -> Vec<SlotId> {
        let Some(vehicle) = self.taxis.get(&taxi).and_then(|entry| self.vehicle(entry.vehicle))
        else {
            return Vec::new();
        };
        let is_asked = |id: &SlotId| {
            let slot = self.slot(*id).filter(|slot| slot.taxi == taxi);
            slot.is_some_and(|slot| vehicle.description(slot.account).is_some())
        };
        vehicle.slots.iter().copied().filter(is_asked).collect()
    }

    /// True if the taxi exists and the account describes its vehicle.
    pub(super) fn may_report(&self, taxi: TaxiId, account: AccountId) -> bool {
        let vehicle = self.taxis.get(&taxi).and_then(|entry| self.vehicle(entry.vehicle));
        vehicle.is_some_and(|vehicle| vehicle.description(account).is_some())
    }

    /// The slot of a taxi and account; adds it if it is missing. `None` if the taxi does not exist or the
    /// account does not describe its vehicle.
    pub(super) fn make_slot(&mut self, taxi: TaxiId, account: AccountId) -> Option<SlotId> {
        let entry = *self.taxis.get(&taxi)?;
        if !self.may_report(taxi, account) {
            return None;
        }
        if let Some(id) = self.slot_of(taxi, account) {
            return Some(id);
        }
        let id = self.slots.add(new_slot(taxi, account, &entry))?;
        self.numbers.insert((taxi, account), id);
        self.join(id, entry.vehicle);
        Some(id)
    }

    /// Adds a slot to a vehicle.
    fn join(&mut self, id: SlotId, vehicle: VehicleId) {
        let vehicle = self.vehicles.entry(vehicle).or_default();
        let vehicle = vehicle.get_mut().unwrap_or_else(PoisonError::into_inner);
        vehicle.slots.reserve_exact(1);
        vehicle.slots.push(id);
        self.slots.tell(vehicle);
    }

    pub(super) fn put_taxi(&mut self, id: TaxiId, entry: TaxiEntry) {
        let Some(old) = self.taxis.insert(id, entry) else { return };
        let parts = |entry: TaxiEntry| (entry.vehicle, entry.town, entry.operator, entry.number);
        if parts(old) == parts(entry) {
            return;
        }
        // Rare: the taxi has a new vehicle or licence.
        for (account, slot) in self.slots_of(id, old.vehicle) {
            self.leave(slot, old.vehicle);
            self.slots.replace(slot, new_slot(id, account, &entry));
            self.join(slot, entry.vehicle);
        }
    }

    pub(super) fn take_taxi(&mut self, id: TaxiId) {
        let Some(old) = self.taxis.swap_remove(&id) else { return };
        for (account, slot) in self.slots_of(id, old.vehicle) {
            self.leave(slot, old.vehicle);
            self.slots.clear(slot);
            self.numbers.remove(&(id, account));
        }
    }

    /// Slots of a taxi on a vehicle, with their accounts.
    fn slots_of(&self, taxi: TaxiId, vehicle: VehicleId) -> Vec<(AccountId, SlotId)> {
        let Some(vehicle) = self.vehicle(vehicle) else { return Vec::new() };
        let of_taxi = |id: &SlotId| {
            let slot = self.slot(*id).filter(|slot| slot.taxi == taxi)?;
            Some((slot.account, *id))
        };
        vehicle.slots.iter().filter_map(of_taxi).collect()
    }

    /// Removes a slot from a vehicle.
    fn leave(&self, slot: SlotId, vehicle: VehicleId) {
        if let Some(mut vehicle) = self.vehicle(vehicle) {
            vehicle.slots.retain(|one| *one != slot);
            // Another slot may now be alone.
            self.slots.tell(&vehicle);
        }
    }

    pub(super) fn see_taxis(&mut self, taxis: &[TaxiId], at: Time) {
        for taxi in taxis {
            if let Some(entry) = self.taxis.get_mut(taxi) {
                entry.last_seen_at = at;
            }
        }
    }

    /// Locks a vehicle. After a change, call [`Slots::tell`].
    fn vehicle(&self, id: VehicleId) -> Option<MutexGuard<'_, Vehicle>> {
        // No code panics while it holds the lock, so a poisoned lock still guards a consistent vehicle.
        Some(self.vehicles.get(&id)?.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// An account's description of a vehicle.
    pub(super) fn description(
        &self,
        vehicle: VehicleId,
        account: AccountId,
    ) -> Option<Arc<DescriptionEntry>> {
        self.vehicle(vehicle)?.description(account).cloned()
    }

    /// Calls `look` with the radii of every vehicle.
    pub(super) fn each_radii(&self, mut look: impl FnMut(VehicleId, Radii)) {
        for (id, vehicle) in &self.vehicles {
            look(*id, vehicle.lock().unwrap_or_else(PoisonError::into_inner).radii);
        }
    }

    /// Calls `look` with every vehicle, the accounts that describe it, and the open hail of its car.
    pub fn each_vehicle(
        &self,
        mut look: impl FnMut(VehicleId, &mut dyn Iterator<Item = AccountId>, Option<HailId>),
    ) {
        for (id, vehicle) in &self.vehicles {
            let vehicle = vehicle.lock().unwrap_or_else(PoisonError::into_inner);
            look(*id, &mut vehicle.descriptions.iter().map(|(of, _)| *of), vehicle.open_hail);
        }
    }

    /// Open hail of a vehicle's car.
    pub(super) fn open_hail(&self, vehicle: VehicleId) -> Option<HailId> {
        self.vehicle(vehicle)?.open_hail
    }

    /// Adds a vehicle if it is missing.
    pub(super) fn add_vehicle(&mut self, id: VehicleId) {
        self.vehicles.entry(id).or_default();
    }

    /// The car of a vehicle, if the vehicle was added to one.
    pub(super) fn car(&self, vehicle: VehicleId) -> Option<&str> {
        let car = self.vehicle(vehicle)?.car?;
        self.cars.get_index(car).map(|(car, _)| &**car)
    }

    /// Adds a vehicle to its car. If one of the car's vehicles is in an open hail, so is the new one.
    pub(super) fn put_vehicle(&mut self, id: VehicleId, car: String) {
        self.add_vehicle(id);
        if self.car(id).is_some() {
            return;
        }
        let entry = self.cars.entry(car.into());
        let car = entry.index();
        let vehicles = entry.or_insert_with(|| Vec::with_capacity(1));
        let other = vehicles.first().copied();
        vehicles.push(id);
        let open = other.and_then(|other| self.open_hail(other)).or_else(|| self.open_hail(id));
        self.change(id, |vehicle| vehicle.car = Some(car));
        if let Some(hail) = open {
            self.open(id, hail);
        }
    }

    /// Sets a description; false if the vehicle is missing.
    pub(super) fn put_description(
        &self,
        vehicle: VehicleId,
        account: AccountId,
        entry: Arc<DescriptionEntry>,
    ) -> bool {
        self.change(vehicle, |vehicle| vehicle.put_description(account, entry))
    }

    pub(super) fn take_description(&self, vehicle: VehicleId, account: AccountId) {
        self.change(vehicle, |vehicle| vehicle.take_description(account));
    }

    /// Sets the open hail of the car; false if the vehicle is missing.
    pub(super) fn open(&self, vehicle: VehicleId, hail: HailId) -> bool {
        self.change_car(vehicle, |vehicle| vehicle.open_hail = Some(hail))
    }

    pub(super) fn close(&self, vehicle: VehicleId, hail: HailId) {
        self.change_car(vehicle, |vehicle| {
            vehicle.open_hail = vehicle.open_hail.filter(|open| *open != hail);
        });
    }

    /// Applies a change to all vehicles of the same car; false if the vehicle is missing.
    fn change_car(&self, vehicle: VehicleId, change: impl Fn(&mut Vehicle)) -> bool {
        let Some(car) = self.vehicle(vehicle).map(|vehicle| vehicle.car) else { return false };
        let alone = [vehicle];
        let same = car.and_then(|car| self.cars.get_index(car));
        let same = same.map_or(&alone[..], |(_, vehicles)| vehicles);
        same.iter().all(|vehicle| self.change(*vehicle, &change))
    }

    fn change(&self, vehicle: VehicleId, change: impl FnOnce(&mut Vehicle)) -> bool {
        let Some(mut vehicle) = self.vehicle(vehicle) else { return false };
        change(&mut vehicle);
        self.slots.tell(&vehicle);
        true
    }
}

/// Creates a slot without a description.
fn new_slot(taxi: TaxiId, account: AccountId, entry: &TaxiEntry) -> Slot {
    Slot {
        taxi,
        account,
        town: entry.town,
        operator: entry.operator,
        number: entry.number,
        status_at_us: AtomicI64::new(0),
        description: ArcSwapOption::empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_one_line_of_a_cache() {
        assert_eq!(size_of::<Slot>(), 64);
    }
}
