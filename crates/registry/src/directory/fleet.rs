//! Taxis, what accounts say of their vehicles, and who is in an open hail: laid out so that a search
//! finds all that decides about a taxi in one word.
//!
//! A *slot* is a taxi as one account reports it. Slots are numbered densely, and a number
//! is never given to another taxi and account, so it can be the key of a live index. A slot comes into
//! being when its account first reports the taxi.
//!
//! Vehicles that are one car, because its plate is written in several ways, are in the same open hail: each
//! keeps it.
//!
//! What may change is kept once, with the [`Vehicle`]; beside each of the vehicle's slots stands a copy of
//! what decides, the [`StateWord`]. Whoever changes something holds the vehicle's lock until all copies are
//! made anew, so that of two changes none is lost. A search takes no such lock.

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

/// The number of a slot.
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

/// A taxi as one account reports it, with what a search must know of it; as long as a line of a
/// processor's cache.
#[derive(Debug)]
#[repr(align(64))]
pub struct Slot {
    /// The taxi.
    pub taxi: TaxiId,
    /// See [`TaxiEntry::town`].
    pub town: InseeCode,
    /// The account that reports it.
    pub account: AccountId,
    /// See [`TaxiEntry::operator`].
    pub operator: AccountId,
    /// See [`TaxiEntry::number`].
    pub number: i64,
    /// In microseconds since the epoch, which is as fine as times are kept.
    status_at_us: AtomicI64,
    description: ArcSwapOption<DescriptionEntry>,
}

impl Slot {
    /// When the status in the account's description last changed.
    pub fn status_at(&self) -> Time {
        let micros = self.status_at_us.load(Ordering::Relaxed);
        Time::from_timestamp_micros(micros).unwrap_or_default()
    }

    /// What the account says of the vehicle, if it says something still. A few of these may be held at a
    /// time, for as long as an answer takes.
    pub fn description(&self) -> impl Deref<Target = Option<Arc<DescriptionEntry>>> {
        self.description.load()
    }
}

/// All slots, and what decides about each beside them.
#[derive(Debug, Default)]
struct Slots {
    slots: Vec<Slot>,
    /// [`StateWord`]s by the numbers of the slots.
    states: Vec<AtomicU64>,
}

impl Slots {
    fn get(&self, id: SlotId) -> Option<&Slot> {
        self.slots.get(id.0 as usize)
    }

    fn state_word(&self, id: SlotId) -> StateWord {
        // Pairs with the store in `tell`: who reads this state reads the description it is of, or a newer one.
        let word = self.states.get(id.0 as usize).map(|word| word.load(Ordering::Acquire));
        word.map_or(StateWord::NONE, StateWord)
    }

    /// A new slot, which no vehicle has told anything yet; none if all numbers are taken.
    fn add(&mut self, slot: Slot) -> Option<SlotId> {
        let id = SlotId(u32::try_from(self.slots.len()).ok()?);
        self.slots.push(slot);
        self.states.push(AtomicU64::new(StateWord::NONE.0));
        Some(id)
    }

    fn replace(&mut self, id: SlotId, slot: Slot) {
        self.slots[id.0 as usize] = slot;
    }

    /// Copies what decides into the slots of a vehicle that has changed. Its lock is held meanwhile.
    fn tell(&self, vehicle: &Vehicle) {
        for id in &vehicle.slots {
            let (slot, word) = (&self.slots[id.0 as usize], &self.states[id.0 as usize]);
            let description = vehicle.description(slot.account);
            if let Some(description) = description {
                slot.status_at_us
                    .store(description.status_at.timestamp_micros(), Ordering::Relaxed);
            }
            slot.description.store(description.cloned());
            let state = vehicle.state_for(slot).map_or(StateWord::NONE, StateWord::from);
            word.store(state.0, Ordering::Release);
        }
    }
}

/// The radii that drivers of one vehicle chose, added up over what accounts say of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Radii {
    /// How many accounts describe the vehicle.
    pub described: u32,
    /// With how many of them a radius was chosen.
    pub chosen: u32,
    /// The sum of those radii in metres.
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

/// What is known of a vehicle that changes.
#[derive(Debug, Default)]
struct Vehicle {
    /// Its place in [`Fleet::cars`], once it is known.
    car: Option<usize>,
    /// The hail that its car is in.
    open_hail: Option<HailId>,
    descriptions: Vec<(AccountId, Arc<DescriptionEntry>)>,
    /// Of the descriptions: here, because figures ask it of every vehicle there is.
    radii: Radii,
    /// Slots of taxis that are this vehicle.
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

    fn state_for(&self, slot: &Slot) -> Option<State> {
        let description = self.description(slot.account)?;
        Some(State {
            status: description.status,
            own_status: self.description(slot.operator)?.status,
            in_open_hail: self.open_hail.is_some(),
            is_alone: self.slots.len() == 1,
            radius_m: description.radius_m,
            town: slot.town,
        })
    }
}

/// All of them. Figures go through all taxis and all vehicles: these stand side by side.
#[derive(Debug, Default)]
pub struct Fleet {
    pub(super) taxis: IndexMap<TaxiId, TaxiEntry, RandomState>,
    vehicles: IndexMap<VehicleId, Mutex<Vehicle>, RandomState>,
    /// The vehicles of each car, by [`crate::LicencePlate::car`]: nearly always one.
    cars: IndexMap<Box<str>, Vec<VehicleId>, RandomState>,
    slots: Slots,
    numbers: HashMap<(TaxiId, AccountId), SlotId>,
}

impl Fleet {
    /// The slot of this number.
    pub fn slot(&self, id: SlotId) -> Option<&Slot> {
        self.slots.get(id)
    }

    /// What decides about a slot, not yet looked into.
    pub fn state_word(&self, id: SlotId) -> StateWord {
        self.slots.state_word(id)
    }

    /// The slot of a taxi as this account has reported it; none if it never did.
    pub fn slot_of(&self, taxi: TaxiId, account: AccountId) -> Option<SlotId> {
        self.numbers.get(&(taxi, account)).copied()
    }

    /// The slot of a taxi as this account has reported it, if it describes the vehicle still.
    pub fn described_slot_of(&self, taxi: TaxiId, account: AccountId) -> Option<SlotId> {
        let id = self.slot_of(taxi, account)?;
        self.slot(id)?.description.load().as_ref().map(|_| id)
    }

    /// The slots of a taxi as all those have reported it that describe the vehicle still.
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

    /// Whether there is such a taxi and the account describes its vehicle.
    pub(super) fn may_report(&self, taxi: TaxiId, account: AccountId) -> bool {
        let vehicle = self.taxis.get(&taxi).and_then(|entry| self.vehicle(entry.vehicle));
        vehicle.is_some_and(|vehicle| vehicle.description(account).is_some())
    }

    /// The slot of a taxi as this account reports it, made if need be; none if there is no such taxi or
    /// the account does not describe its vehicle.
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

    /// Makes a slot one of a vehicle's.
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
        // Rare: the same taxi is now of another vehicle or licence.
        let slots = self.numbers.iter().filter(|((taxi, _), _)| *taxi == id);
        let slots: Vec<_> = slots.map(|((_, account), slot)| (*account, *slot)).collect();
        for (account, slot) in slots {
            if let Some(mut vehicle) = self.vehicle(old.vehicle) {
                vehicle.slots.retain(|one| *one != slot);
                // Another may now be alone.
                self.slots.tell(&vehicle);
            }
            self.slots.replace(slot, new_slot(id, account, &entry));
            self.join(slot, entry.vehicle);
        }
    }

    pub(super) fn see_taxis(&mut self, taxis: &[TaxiId], at: Time) {
        for taxi in taxis {
            if let Some(entry) = self.taxis.get_mut(taxi) {
                entry.last_seen_at = at;
            }
        }
    }

    /// A vehicle, to look at or to change: then [`Slots::tell`] its slots.
    fn vehicle(&self, id: VehicleId) -> Option<MutexGuard<'_, Vehicle>> {
        // Nothing panics while it is held, so a poisoned lock still holds a whole vehicle.
        Some(self.vehicles.get(&id)?.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What an account says of a vehicle.
    pub(super) fn description(
        &self,
        vehicle: VehicleId,
        account: AccountId,
    ) -> Option<Arc<DescriptionEntry>> {
        self.vehicle(vehicle)?.description(account).cloned()
    }

    /// The radii of every vehicle there is.
    pub(super) fn each_radii(&self, mut look: impl FnMut(VehicleId, Radii)) {
        for (id, vehicle) in &self.vehicles {
            look(*id, vehicle.lock().unwrap_or_else(PoisonError::into_inner).radii);
        }
    }

    /// The open hail that the car of a vehicle is in.
    pub(super) fn open_hail(&self, vehicle: VehicleId) -> Option<HailId> {
        self.vehicle(vehicle)?.open_hail
    }

    /// Makes room for a vehicle, if there is none.
    pub(super) fn add_vehicle(&mut self, id: VehicleId) {
        self.vehicles.entry(id).or_default();
    }

    /// The car that a vehicle is, if it was put in.
    pub(super) fn car(&self, vehicle: VehicleId) -> Option<&str> {
        let car = self.vehicle(vehicle)?.car?;
        self.cars.get_index(car).map(|(car, _)| &**car)
    }

    /// Puts a vehicle beside those that are the same car. If one of them is in an open hail, all are.
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

    /// Whether there is room for a vehicle, and the change was made.
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

    /// Whether there is room for the vehicle, and the change was made.
    pub(super) fn open(&self, vehicle: VehicleId, hail: HailId) -> bool {
        self.change_car(vehicle, |vehicle| vehicle.open_hail = Some(hail))
    }

    pub(super) fn close(&self, vehicle: VehicleId, hail: HailId) {
        self.change_car(vehicle, |vehicle| {
            vehicle.open_hail = vehicle.open_hail.filter(|open| *open != hail);
        });
    }

    /// Changes all vehicles that are the same car as this one; whether there is room for it.
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

/// A slot that no vehicle has told anything yet.
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
