//! Taxis, what accounts say of their vehicles, and who is in an open hail: laid out so that a search
//! finds all it must know of a taxi in one place.
//!
//! That place is a *slot*: a taxi as one account reports it. Slots are numbered densely, and a number
//! is never given to another taxi and account, so it can be the key of a live index. A slot comes into
//! being when its account first reports the taxi; it shares the states of its vehicle and of the two
//! descriptions that decide with all others who look at them. So a change of status is one swap, and
//! waits for nobody who searches.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::{ArcSwapOption, Guard};
use territory::InseeCode;

use super::{DescriptionEntry, TaxiEntry};
use crate::{AccountId, HailId, TaxiId, VehicleId, VehicleStatus};

/// The number of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotId(u32);

/// A taxi as one account reports it, with what a search must know of it.
#[derive(Debug)]
pub struct Slot {
    /// The taxi.
    pub taxi: TaxiId,
    /// The account that reports it.
    pub account: AccountId,
    /// See [`TaxiEntry::town`].
    pub town: InseeCode,
    /// See [`TaxiEntry::operator`].
    pub operator: AccountId,
    /// See [`TaxiEntry::number`].
    pub number: i64,
    vehicle: Arc<VehicleState>,
    description: Arc<DescriptionState>,
    /// That of the account the taxi's hails go to.
    own: Arc<DescriptionState>,
}

impl Slot {
    /// What the account says of the vehicle; none if it says nothing any more.
    pub fn description(&self) -> Guard<Option<Arc<DescriptionEntry>>> {
        self.description.0.load()
    }

    /// The status that the account says to which the taxi's hails go.
    pub fn own_status(&self) -> Option<VehicleStatus> {
        self.own.0.load().as_ref().map(|entry| entry.status)
    }

    /// Whether that account is the one that reports.
    pub fn is_own(&self) -> bool {
        Arc::ptr_eq(&self.description, &self.own)
    }

    /// Whether the vehicle is in an open hail.
    pub fn in_open_hail(&self) -> bool {
        self.vehicle.open_hail().is_some()
    }
}

/// What one account says of one vehicle, as long as it says something.
#[derive(Debug, Default)]
struct DescriptionState(ArcSwapOption<DescriptionEntry>);

/// The open hail of a vehicle: the characters of its id, or zero for none.
#[derive(Debug, Default)]
struct VehicleState(AtomicU64);

impl VehicleState {
    fn open_hail(&self) -> Option<HailId> {
        unpacked(self.0.load(Ordering::Acquire))
    }

    fn open(&self, hail: HailId) {
        self.0.store(packed(hail), Ordering::Release);
    }

    /// Unless it is in another meanwhile.
    fn close(&self, hail: HailId) {
        // Failing is what is wanted then.
        let _ = self.0.compare_exchange(packed(hail), 0, Ordering::AcqRel, Ordering::Relaxed);
    }
}

fn packed(hail: HailId) -> u64 {
    let mut bytes = [0; 8];
    bytes[1..].copy_from_slice(hail.as_str().as_bytes());
    u64::from_be_bytes(bytes)
}

fn unpacked(number: u64) -> Option<HailId> {
    let bytes = number.to_be_bytes();
    std::str::from_utf8(&bytes[1..]).ok().and_then(|text| text.parse().ok())
}

/// All of them.
#[derive(Debug, Default)]
pub struct Fleet {
    pub(super) taxis: HashMap<TaxiId, TaxiEntry>,
    vehicles: HashMap<VehicleId, Arc<VehicleState>>,
    descriptions: HashMap<(VehicleId, AccountId), Arc<DescriptionState>>,
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

    /// Whether an account describes the vehicle of one of its slots still.
    pub fn is_described(&self, id: SlotId) -> bool {
        self.slot(id).is_some_and(|slot| slot.description().is_some())
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
        let slot = self.new_slot(taxi, account, &entry);
        self.slots.push(slot);
        self.numbers.insert((taxi, account), id);
        Some(id)
    }

    fn new_slot(&mut self, taxi: TaxiId, account: AccountId, entry: &TaxiEntry) -> Slot {
        Slot {
            taxi,
            account,
            town: entry.town,
            operator: entry.operator,
            number: entry.number,
            vehicle: Arc::clone(self.vehicles.entry(entry.vehicle).or_default()),
            description: Arc::clone(self.description_state(entry.vehicle, account)),
            own: Arc::clone(self.description_state(entry.vehicle, entry.operator)),
        }
    }

    fn description_state(
        &mut self,
        vehicle: VehicleId,
        account: AccountId,
    ) -> &Arc<DescriptionState> {
        self.descriptions.entry((vehicle, account)).or_default()
    }

    pub(super) fn put_taxi(&mut self, id: TaxiId, entry: TaxiEntry) {
        let old = self.taxis.insert(id, entry);
        let parts = |entry: TaxiEntry| (entry.vehicle, entry.town, entry.operator, entry.number);
        if old.is_none_or(|old| parts(old) == parts(entry)) {
            return;
        }
        // Rare: the same taxi is now of another vehicle or licence.
        let slots: Vec<_> =
            self.numbers.iter().filter(|((taxi, _), _)| *taxi == id).map(|(_, id)| *id).collect();
        for slot in slots {
            let account = self.slots[slot.0 as usize].account;
            self.slots[slot.0 as usize] = self.new_slot(id, account, &entry);
        }
    }

    /// What an account says of a vehicle.
    pub(super) fn description(
        &self,
        vehicle: VehicleId,
        account: AccountId,
    ) -> Option<Arc<DescriptionEntry>> {
        self.descriptions.get(&(vehicle, account))?.0.load_full()
    }

    /// Every description there is.
    pub(super) fn each_description(
        &self,
        mut look: impl FnMut(VehicleId, AccountId, &DescriptionEntry),
    ) {
        for ((vehicle, account), state) in &self.descriptions {
            if let Some(entry) = &*state.0.load() {
                look(*vehicle, *account, entry);
            }
        }
    }

    /// Replaces a description whose state there is already; gives it back if there is none.
    pub(super) fn replace_description(
        &self,
        vehicle: VehicleId,
        account: AccountId,
        entry: Arc<DescriptionEntry>,
    ) -> Result<(), Arc<DescriptionEntry>> {
        let Some(state) = self.descriptions.get(&(vehicle, account)) else { return Err(entry) };
        state.0.rcu(|known| match known {
            Some(known) if known.status_at > entry.status_at => Some(Arc::clone(known)),
            _ => Some(Arc::clone(&entry)),
        });
        Ok(())
    }

    pub(super) fn add_description(
        &mut self,
        vehicle: VehicleId,
        account: AccountId,
        entry: Arc<DescriptionEntry>,
    ) {
        if let Err(entry) = self.replace_description(vehicle, account, entry) {
            self.description_state(vehicle, account).0.store(Some(entry));
        }
    }

    /// Whoever holds the state sees that nothing is said any more; it stays, since slots share it.
    pub(super) fn take_description(&self, vehicle: VehicleId, account: AccountId) {
        if let Some(state) = self.descriptions.get(&(vehicle, account)) {
            state.0.store(None);
        }
    }

    pub(super) fn open_hail(&self, vehicle: VehicleId) -> Option<HailId> {
        self.vehicles.get(&vehicle)?.open_hail()
    }

    /// Whether the vehicle's state was there to note it.
    pub(super) fn open(&self, vehicle: VehicleId, hail: HailId) -> bool {
        self.vehicles.get(&vehicle).map(|state| state.open(hail)).is_some()
    }

    pub(super) fn add_open(&mut self, vehicle: VehicleId, hail: HailId) {
        self.vehicles.entry(vehicle).or_default().open(hail);
    }

    pub(super) fn close(&self, vehicle: VehicleId, hail: HailId) {
        if let Some(state) = self.vehicles.get(&vehicle) {
            state.close(hail);
        }
    }
}
