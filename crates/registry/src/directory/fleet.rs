//! Taxis, what accounts say of their vehicles, and who is in an open hail: laid out so that a search
//! finds all that decides about a taxi in one place.
//!
//! That place is a *slot*: a taxi as one account reports it. Slots are numbered densely, and a number
//! is never given to another taxi and account, so it can be the key of a live index. A slot comes into
//! being when its account first reports the taxi.
//!
//! What may change is kept once, with the [`Vehicle`]; each of the vehicle's slots holds a copy of what
//! decides, in one atomic word. Whoever changes something holds the vehicle's lock until all copies are
//! made anew, so that of two changes none is lost. A search takes no such lock.

use std::ops::Deref;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwapOption;
use foldhash::HashMap;
use territory::InseeCode;

use super::{DescriptionEntry, TaxiEntry};
use crate::{AccountId, HailId, TaxiId, Time, VehicleId, VehicleStatus};

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
    /// What decides, as [`State::pack`] makes it.
    state: AtomicU64,
    /// In microseconds since the epoch, which is as fine as times are kept.
    status_at_us: AtomicI64,
    description: ArcSwapOption<DescriptionEntry>,
}

/// What decides whether a taxi is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// The status that the reporting account says.
    pub status: VehicleStatus,
    /// The status that the account says to which the taxi's hails go.
    pub own_status: VehicleStatus,
    /// Whether the vehicle is in an open hail.
    pub in_open_hail: bool,
    /// The radius in metres in the reporting account's description, if chosen.
    pub radius_m: Option<i32>,
}

/// A [`State`], or none, as a slot keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateWord(u64);

impl StateWord {
    /// What it says.
    pub fn state(self) -> Option<State> {
        State::unpack(self.0)
    }
}

impl State {
    /// All of it in one word, never zero.
    fn pack(self) -> u64 {
        let status = |status| VehicleStatus::ALL.iter().position(|one| *one == status).unwrap_or(0);
        let radius_m = self.radius_m.unwrap_or_default();
        1 | u64::from(self.in_open_hail) << 1
            | u64::from(self.radius_m.is_some()) << 2
            | (status(self.status) as u64) << 8
            | (status(self.own_status) as u64) << 16
            | u64::from(radius_m.cast_unsigned()) << 32
    }

    /// What [`Self::pack`] has packed; none for zero.
    fn unpack(word: u64) -> Option<Self> {
        let status = |shift: u32| VehicleStatus::ALL.get((word >> shift & 255) as usize).copied();
        let is = |bit: u32| word >> bit & 1 == 1;
        let radius_m = u32::try_from(word >> 32).ok()?.cast_signed();
        is(0).then_some(Self {
            status: status(8)?,
            own_status: status(16)?,
            in_open_hail: is(1),
            radius_m: is(2).then_some(radius_m),
        })
    }
}

impl Slot {
    /// What decides whether the taxi is shown; none if the account, or the one its hails go to, says
    /// nothing of the vehicle any more.
    pub fn state(&self) -> Option<State> {
        self.state_word().state()
    }

    /// The same, not yet looked into.
    pub fn state_word(&self) -> StateWord {
        StateWord(self.state.load(Ordering::Acquire))
    }

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
            radius_m: description.radius_m,
        })
    }
}

/// All of them.
#[derive(Debug, Default)]
pub struct Fleet {
    pub(super) taxis: HashMap<TaxiId, TaxiEntry>,
    vehicles: HashMap<VehicleId, Mutex<Vehicle>>,
    slots: Vec<Slot>,
    numbers: HashMap<(TaxiId, AccountId), SlotId>,
}

impl Fleet {
    /// The slot of this number.
    pub fn slot(&self, id: SlotId) -> Option<&Slot> {
        self.slots.get(id.0 as usize)
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

    /// The slot of a taxi as this account reports it, made if need be; none if there is no such taxi or
    /// the account does not describe its vehicle.
    pub(super) fn make_slot(&mut self, taxi: TaxiId, account: AccountId) -> Option<SlotId> {
        let entry = *self.taxis.get(&taxi)?;
        self.description(entry.vehicle, account)?;
        if let Some(id) = self.slot_of(taxi, account) {
            return Some(id);
        }
        let id = SlotId(u32::try_from(self.slots.len()).ok()?);
        self.slots.push(new_slot(taxi, account, &entry));
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
        tell(vehicle, &self.slots);
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
            }
            self.slots[slot.0 as usize] = new_slot(id, account, &entry);
            self.join(slot, entry.vehicle);
        }
    }

    /// A vehicle, to look at or to change: then [`tell`] its slots.
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

    /// The open hail a vehicle is in.
    pub(super) fn open_hail(&self, vehicle: VehicleId) -> Option<HailId> {
        self.vehicle(vehicle)?.open_hail
    }

    /// Makes room for a vehicle, if there is none.
    pub(super) fn add_vehicle(&mut self, id: VehicleId) {
        self.vehicles.entry(id).or_default();
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
        self.change(vehicle, |vehicle| vehicle.open_hail = Some(hail))
    }

    pub(super) fn close(&self, vehicle: VehicleId, hail: HailId) {
        self.change(vehicle, |vehicle| {
            vehicle.open_hail = vehicle.open_hail.filter(|open| *open != hail);
        });
    }

    fn change(&self, vehicle: VehicleId, change: impl FnOnce(&mut Vehicle)) -> bool {
        let Some(mut vehicle) = self.vehicle(vehicle) else { return false };
        change(&mut vehicle);
        tell(&vehicle, &self.slots);
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
        state: AtomicU64::new(0),
        status_at_us: AtomicI64::new(0),
        description: ArcSwapOption::empty(),
    }
}

/// Copies what decides into the slots of a vehicle that has changed. Its lock is held meanwhile.
fn tell(vehicle: &Vehicle, slots: &[Slot]) {
    for slot in vehicle.slots.iter().map(|id| &slots[id.0 as usize]) {
        let description = vehicle.description(slot.account);
        if let Some(description) = description {
            slot.status_at_us.store(description.status_at.timestamp_micros(), Ordering::Relaxed);
        }
        slot.description.store(description.cloned());
        let state = vehicle.state_for(slot).map_or(0, State::pack);
        slot.state.store(state, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_decides_is_packed_without_loss() {
        assert_eq!(State::unpack(0), None);
        for status in VehicleStatus::ALL {
            for own_status in VehicleStatus::ALL {
                for in_open_hail in [false, true] {
                    for radius_m in [None, Some(0), Some(150), Some(i32::MAX), Some(-1)] {
                        let state = State { status, own_status, in_open_hail, radius_m };
                        assert_eq!(State::unpack(state.pack()), Some(state));
                    }
                }
            }
        }
    }

    #[test]
    fn a_slot_is_one_line_of_a_cache() {
        assert_eq!(size_of::<Slot>(), 64);
    }
}
