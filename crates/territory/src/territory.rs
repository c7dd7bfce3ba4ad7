//! All geographic data of the registry, indexed for queries.
//!
//! A [`Territory`] is immutable: an import builds a new one that replaces it.

use std::collections::{BTreeSet, HashMap};
use std::slice;

use geo::MultiPolygon;

use crate::areas::Areas;
use crate::{Bounds, Exclusion, InseeCode, Mergers, Point, Reach, Town, Zone};

/// Towns, pick-up zones and exclusion zones, with precomputed answers for searches.
#[derive(Clone, Debug)]
pub struct Territory {
    /// Sorted by code, so the lowest position has the lowest code.
    towns: Vec<Town>,
    /// Sorted by id.
    zones: Vec<Zone>,
    /// Sorted by id.
    exclusions: Vec<Exclusion>,
    town_areas: Areas,
    /// Index of the zones that have a border of their own.
    zone_areas: Areas,
    exclusion_areas: Areas,
    /// Entries only for towns in a zone.
    shared: HashMap<InseeCode, Shared>,
    mergers: Mergers,
    reach: Reach,
}

/// Zones of a town, and the towns that share them.
#[derive(Clone, Debug, Default)]
struct Shared {
    /// Positions of its zones, ascending.
    zones: Vec<usize>,
    /// The town and all towns that share a zone with it, ascending.
    licences: Vec<InseeCode>,
}

impl Territory {
    /// Builds a territory. Borders are moved, not copied. If two towns have the same code, the first is kept.
    pub fn new(mut towns: Vec<Town>, mut zones: Vec<Zone>, mut exclusions: Vec<Exclusion>) -> Self {
        towns.sort_by_key(|town| town.code);
        towns.dedup_by_key(|town| town.code);
        zones.sort_by(|a, b| a.id.cmp(&b.id));
        exclusions.sort_by(|a, b| a.id.cmp(&b.id));

        let own_borders = zones.iter().enumerate();
        let own_borders = own_borders.filter_map(|(i, zone)| Some((i, zone.border.as_ref()?)));
        Self {
            town_areas: Areas::new(towns.iter().map(|town| &town.border).enumerate()),
            zone_areas: Areas::new(own_borders),
            exclusion_areas: Areas::new(exclusions.iter().map(|area| &area.border).enumerate()),
            shared: share(&zones),
            mergers: Mergers::default(),
            reach: Reach::of(&towns),
            towns,
            zones,
            exclusions,
        }
    }

    /// Adds the mergers of towns, so that old codes are understood.
    #[must_use]
    pub fn with_mergers(self, mergers: Mergers) -> Self {
        Self { mergers, ..self }
    }

    /// The town of this code or its successor; see [`Mergers::in_force`].
    pub fn in_force(&self, code: InseeCode) -> Option<InseeCode> {
        self.mergers.in_force(code, |code| self.town(code).is_some())
    }

    /// All codes of this town, ascending: its own and those of the towns merged into it.
    pub fn codes_of(&self, town: InseeCode) -> Vec<InseeCode> {
        let old = self.mergers.iter().map(|(old, _)| old);
        let old = old.filter(|old| self.in_force(*old) == Some(town));
        let codes: BTreeSet<_> = old.chain([town]).collect();
        codes.into_iter().collect()
    }

    /// The areas near a town; see [`Reach`].
    pub fn reach(&self) -> &Reach {
        &self.reach
    }

    /// The town that holds a point. On a shared border, the town with the lowest code.
    pub fn town_at(&self, point: Point) -> Option<&Town> {
        let place = self.town_areas.lowest_at(point, |place| &self.towns[place].border)?;
        Some(&self.towns[place])
    }

    /// Indices in [`Self::towns`] of the towns whose bounding boxes meet a rectangle, ascending.
    pub fn towns_near(&self, bounds: &Bounds) -> Vec<usize> {
        let mut places: Vec<_> = self.town_areas.near(bounds).collect();
        places.sort_unstable();
        places
    }

    /// The town with this code.
    pub fn town(&self, code: InseeCode) -> Option<&Town> {
        let place = self.towns.binary_search_by_key(&code, |town| town.code).ok()?;
        Some(&self.towns[place])
    }

    /// The exclusion zone that holds a point or touches it; of several, the one with the lowest id.
    pub fn exclusion_at(&self, point: Point) -> Option<&Exclusion> {
        let border = |place: usize| &self.exclusions[place].border;
        Some(&self.exclusions[self.exclusion_areas.lowest_at(point, border)?])
    }

    /// The zones of a town, sorted by id.
    pub fn zones_of(&self, code: InseeCode) -> impl Iterator<Item = &Zone> {
        let places = self.shared.get(&code).map_or(&[][..], |shared| &shared.zones);
        places.iter().map(|place| &self.zones[*place])
    }

    /// The zones that hold a point, sorted by id. A zone with a border of its own covers that border only;
    /// any other covers the land of its towns.
    pub fn zones_at(&self, point: Point) -> Vec<&Zone> {
        let own = |place: usize| {
            self.zones[place].border.as_ref().expect("only zones with a border are in the tree")
        };
        let by_border = self.zone_areas.at(point, own).map(|place| &self.zones[place]);
        let town = self.town_at(point).into_iter();
        let by_town = town.flat_map(|town| self.zones_of(town.code));
        let by_town = by_town.filter(|zone| zone.border.is_none());
        let mut zones: Vec<_> = by_border.chain(by_town).collect();
        zones.sort_by(|a, b| a.id.cmp(&b.id));
        zones
    }

    /// The land of a zone: its own border or the union of its towns.
    pub fn land_of(&self, zone: &Zone) -> MultiPolygon<f64> {
        if let Some(border) = &zone.border {
            return border.clone();
        }
        geo::unary_union(zone.towns.iter().filter_map(|code| Some(&self.town(*code)?.border)))
    }

    /// The towns whose licences allow taxis to take a customer in this town, sorted by code: the town itself
    /// and all that share a zone with it. Empty for an unknown code.
    pub fn licences_allowed(&self, code: InseeCode) -> &[InseeCode] {
        match self.shared.get(&code) {
            Some(shared) => &shared.licences,
            None => self.town(code).map_or(&[], |town| slice::from_ref(&town.code)),
        }
    }

    /// All towns, sorted by code.
    pub fn towns(&self) -> &[Town] {
        &self.towns
    }

    /// The rectangle around all towns; `None` without towns.
    pub fn extent(&self) -> Option<Bounds> {
        let towns = self.towns.iter();
        towns.filter_map(|town| Bounds::around(&town.border)).reduce(Bounds::and)
    }

    /// All pick-up zones, sorted by id.
    pub fn zones(&self) -> &[Zone] {
        &self.zones
    }

    /// All exclusion zones, sorted by id.
    pub fn exclusions(&self) -> &[Exclusion] {
        &self.exclusions
    }
}

fn share(zones: &[Zone]) -> HashMap<InseeCode, Shared> {
    let mut shared = HashMap::<_, Shared>::new();
    for (place, zone) in zones.iter().enumerate() {
        for code in zone.towns.iter().copied().collect::<BTreeSet<_>>() {
            shared.entry(code).or_default().zones.push(place);
        }
    }
    for town in shared.values_mut() {
        let towns = town.zones.iter().flat_map(|place| &zones[*place].towns).copied();
        town.licences = towns.collect::<BTreeSet<_>>().into_iter().collect();
    }
    shared
}

#[cfg(test)]
#[path = "territory_tests.rs"]
mod tests;
