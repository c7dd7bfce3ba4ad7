//! Towns and pick-up zones for partners, with the number of connected taxis.

use std::sync::Arc;

use dispatch::eligibility::POSITION_LIFE_S;
use foldhash::HashMap;
use registry::Role;
use registry::directory::{Slot, StateWord};
use territory::{InseeCode, Point, Town, Zone};

use super::places::Places;
use super::places::{TownName, folded};
use crate::app::App;
use crate::app::account::caller::Caller;
use crate::app::clock::{age_s, seconds};

/// An area whose taxis share it: a zone, or a town without one.
#[derive(Clone, Copy, Debug)]
pub enum Area<'a> {
    /// A pick-up zone.
    Zone(&'a Zone),
    /// A town in no zone.
    Town(&'a Town),
}

impl<'a> Area<'a> {
    fn towns(self) -> &'a [InseeCode] {
        match self {
            Self::Zone(zone) => &zone.towns,
            Self::Town(town) => std::slice::from_ref(&town.code),
        }
    }
}

/// Number of connected taxis in an area: those with licences of its towns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AreaCount {
    /// All of them; for admins.
    pub total: Option<u64>,
    /// Those reported by the caller; for operators.
    pub own: Option<u64>,
}

impl App {
    /// Calls a function for every connected slot, with its state, and true if it counts: of several accounts that
    /// report a taxi, its own operator if that reports it.
    pub(in crate::app) fn each_connected(&self, mut look: impl FnMut(&Slot, StateWord, bool)) {
        let now_s = seconds(self.now());
        let fleet = self.directory.fleet();
        self.each_heard_of(POSITION_LIFE_S, |id, _| {
            let Some(slot) = fleet.slot(id) else { return };
            let own_is_connected = || {
                let own = fleet.slot_of(slot.taxi, slot.operator);
                let fix = own.and_then(|own| self.positions.get(own));
                fix.is_some_and(|fix| age_s(fix.at_s, now_s) <= POSITION_LIFE_S)
            };
            let counts = slot.account == slot.operator || !own_is_connected();
            look(slot, fleet.state_word(id), counts);
        });
    }

    /// The areas that hold a point, with their counts: the zones of its town, sorted by id, or the town
    /// alone; none outside of all towns.
    pub fn areas_at<'a>(
        &self,
        who: &Caller,
        places: &'a Places,
        point: Point,
    ) -> Vec<(Area<'a>, AreaCount)> {
        let Some(town) = places.territory.town_at(point) else { return Vec::new() };
        let mut areas: Vec<_> = places.territory.zones_of(town.code).map(Area::Zone).collect();
        if areas.is_empty() {
            areas.push(Area::Town(town));
        }
        self.counted(who, areas)
    }

    /// All zones, sorted by id, with their counts.
    pub fn zones<'a>(&self, who: &Caller, places: &'a Places) -> Vec<(Area<'a>, AreaCount)> {
        self.counted(who, places.territory.zones().iter().map(Area::Zone).collect())
    }

    fn counted<'a>(&self, who: &Caller, areas: Vec<Area<'a>>) -> Vec<(Area<'a>, AreaCount)> {
        let (admin, operator) = (who.is(Role::Admin), who.is(Role::Operator));
        // Town → number of taxis, and of those of the caller.
        let towns = areas.iter().flat_map(|area| area.towns());
        let mut counts: HashMap<InseeCode, [u64; 2]> = towns.map(|town| (*town, [0; 2])).collect();
        if admin || operator {
            self.each_connected(|slot, _, counts_as_taxi| {
                if let Some([all, own]) = counts.get_mut(&slot.town) {
                    *all += u64::from(counts_as_taxi);
                    *own += u64::from(slot.account == who.account.id);
                }
            });
        }
        let count = |area: Area<'_>| {
            let of_towns = || area.towns().iter().filter_map(|town| counts.get(town));
            AreaCount {
                total: admin.then(|| of_towns().map(|[all, _]| all).sum()),
                own: operator.then(|| of_towns().map(|[_, own]| own).sum()),
            }
        };
        areas.into_iter().map(|area| (area, count(area))).collect()
    }

    /// The towns whose names begin with this text, regardless of accents, case, and the kind of apostrophe
    /// and dash. Sorted by name.
    pub fn towns_named(&self, begin: &str) -> (Arc<Places>, std::ops::Range<usize>) {
        let places = self.places();
        let begin = folded(begin);
        let names = places.town_names();
        let first = names.partition_point(|town| town.plain < begin);
        let fits = |town: &TownName| town.plain.starts_with(&begin);
        let count = names[first..].partition_point(fits);
        (places, first..first + count)
    }
}
