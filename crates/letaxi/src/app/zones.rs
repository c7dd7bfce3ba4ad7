//! Towns and pick-up zones as partners ask for them, with how many taxis are connected there.

use std::sync::Arc;

use dispatch::eligibility::POSITION_LIFE_S;
use registry::{AccountId, Role};
use territory::{InseeCode, Point, Town, Zone};

use super::caller::Caller;
use super::clock::seconds;
use super::places::TownName;
use super::{App, Places};

/// A place whose taxis share it: a zone, or a town that is in none.
#[derive(Clone, Copy, Debug)]
pub enum Area<'a> {
    /// A pick-up zone.
    Zone(&'a Zone),
    /// A town in no zone.
    Town(&'a Town),
}

/// How many taxis are connected in an area: those whose licences are of its towns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AreaCount {
    /// All of them; told to admins.
    pub total: Option<u64>,
    /// Those that the caller reports; told to operators.
    pub own: Option<u64>,
}

/// How many there are of each town.
pub type TownCounts = foldhash::HashMap<InseeCode, u64>;

/// How many taxis are connected, by the towns of their licences.
#[derive(Clone, Debug, Default)]
pub struct Connected {
    /// Taxis, whoever reports them.
    pub all: TownCounts,
    /// Taxis that one account reports.
    pub own: TownCounts,
}

impl App {
    /// How many taxis are connected now, in all and by the reports of one account.
    pub fn connected(&self, account: Option<AccountId>) -> Connected {
        let mut connected = Connected::default();
        let not_before_s = seconds(self.now()).saturating_sub(POSITION_LIFE_S);
        let live = self.positions.live(not_before_s);
        let fleet = self.directory.fleet();
        for slot in live.into_iter().filter_map(|slot| fleet.slot(slot)) {
            if Some(slot.account) == account {
                *connected.own.entry(slot.town).or_default() += 1;
            }
            // One that several accounts report is one taxi: its own operator's report counts first.
            let own_is_live = || {
                let own = fleet.slot_of(slot.taxi, slot.operator);
                let fix = own.and_then(|own| self.positions.get(&own));
                fix.is_some_and(|fix| fix.at_s >= not_before_s)
            };
            if slot.account == slot.operator || !own_is_live() {
                *connected.all.entry(slot.town).or_default() += 1;
            }
        }
        connected
    }

    /// The areas that hold a point, each with its count: the zones of its town, by their ids, or the
    /// town alone; none outside of all towns.
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

    /// All zones, by their ids, each with its count.
    pub fn zones<'a>(&self, who: &Caller, places: &'a Places) -> Vec<(Area<'a>, AreaCount)> {
        self.counted(who, places.territory.zones().iter().map(Area::Zone).collect())
    }

    fn counted<'a>(&self, who: &Caller, areas: Vec<Area<'a>>) -> Vec<(Area<'a>, AreaCount)> {
        let (admin, operator) = (who.is(Role::Admin), who.is(Role::Operator));
        let connected = if admin || operator {
            self.connected(Some(who.account.id))
        } else {
            Connected::default()
        };
        let count = |area: Area<'_>| {
            let towns = match area {
                Area::Zone(zone) => zone.towns.as_slice(),
                Area::Town(town) => std::slice::from_ref(&town.code),
            };
            let sum = |counts: &TownCounts| -> u64 {
                towns.iter().filter_map(|town| counts.get(town)).sum()
            };
            AreaCount {
                total: admin.then(|| sum(&connected.all)),
                own: operator.then(|| sum(&connected.own)),
            }
        };
        areas.into_iter().map(|area| (area, count(area))).collect()
    }

    /// The towns whose names, without accents, begin so, in any case; by their names.
    pub fn towns_named(&self, begin: &str) -> (Arc<Places>, std::ops::Range<usize>) {
        let places = self.places();
        let begin = begin.to_lowercase();
        let names = places.town_names();
        let first = names.partition_point(|town| town.plain < begin);
        let fits = |town: &TownName| town.plain.starts_with(&begin);
        let count = names[first..].partition_point(fits);
        (places, first..first + count)
    }
}
