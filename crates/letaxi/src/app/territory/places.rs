//! The territory in force, with data that are derived on first use.

use std::sync::OnceLock;

use super::drawing::tints;
use deunicode::deunicode;
use geo::{Coord, MapCoords, MultiPolygon};
use territory::{InseeCode, Inside, Point, Station, Territory, Town, point_inside};

/// The territory in force, with related data.
#[derive(Debug)]
pub struct Places {
    /// Towns, zones and exclusion zones.
    pub territory: Territory,
    /// Taxi ranks.
    pub stations: Vec<Station>,
    /// True if its borders are approximate, not for service.
    pub approximate: bool,
    /// Revision of the import.
    pub(in crate::app) revision: i64,
    town_names: OnceLock<Vec<TownName>>,
    zone_shapes: OnceLock<Vec<MultiPolygon<f64>>>,
    tints: OnceLock<Vec<u8>>,
    /// A point for each town.
    insides: Vec<OnceLock<Option<Inside>>>,
}

/// A town for lookups by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TownName {
    /// Its normalised name: in lower case, without accents, with blanks for apostrophes and dashes.
    pub plain: String,
    /// Its code.
    pub code: InseeCode,
    /// Its name.
    pub name: String,
}

impl Places {
    pub(in crate::app) fn new(
        territory: Territory,
        stations: Vec<Station>,
        approximate: bool,
        revision: i64,
    ) -> Self {
        let (town_names, zone_shapes, tints) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        let insides = territory.towns().iter().map(|_| OnceLock::new()).collect();
        Self { territory, stations, approximate, revision, town_names, zone_shapes, tints, insides }
    }

    /// Number of the import since which it is in force.
    pub fn revision(&self) -> i64 {
        self.revision
    }

    /// All towns, sorted by normalised name.
    pub fn town_names(&self) -> &[TownName] {
        self.town_names.get_or_init(|| {
            let towns = self.territory.towns().iter();
            let mut names: Vec<_> = towns
                .map(|town| TownName {
                    plain: folded(&town.name),
                    code: town.code,
                    name: town.name.clone(),
                })
                .collect();
            names.sort_unstable();
            names
        })
    }

    /// The land of each zone, in the order of the zones. The first call takes a while, because it joins
    /// towns.
    pub fn zone_shapes(&self) -> &[MultiPolygon<f64>] {
        self.zone_shapes.get_or_init(|| {
            let land = |zone| self.territory.land_of(zone).map_coords(rounded);
            self.territory.zones().iter().map(land).collect()
        })
    }

    /// A tint for each town, in the order of the towns; neighbours differ.
    pub fn tints(&self) -> &[u8] {
        self.tints.get_or_init(|| tints(&self.territory))
    }

    /// A point well inside one of these towns, which are given in the order of their codes: in the widest of
    /// them.
    pub fn point_in(&self, towns: impl Iterator<Item = InseeCode>) -> Option<Inside> {
        let all = self.territory.towns();
        let mut from = 0;
        let inside = |code| {
            // Exponential search from the last position, because the towns are sorted.
            let mut step = 1;
            while all.get(from + step).is_some_and(|town| town.code < code) {
                from += step;
                step *= 2;
            }
            let near = &all[from..all.len().min(from + step + 1)];
            let place = from + near.binary_search_by_key(&code, |town| town.code).ok()?;
            from = place;
            *self.insides[place].get_or_init(|| {
                let Inside { lon, lat, width } = point_inside(&all[place].border)?;
                let (lon, lat) = rounded(Coord { x: lon, y: lat }).x_y();
                Some(Inside { lon, lat, width })
            })
        };
        towns.filter_map(inside).max_by(|a, b| a.width.total_cmp(&b.width))
    }

    /// The town at a point, with the point; without one, any town with a point in it. `None` if there is none.
    pub fn place_to_try(&self, point: Option<Point>) -> Option<(&Town, Point)> {
        if let Some(point) = point {
            return self.territory.town_at(point).map(|town| (town, point));
        }
        let town = self.territory.towns().first()?;
        let inside = self.point_in(std::iter::once(town.code))?;
        Some((town, Point::new(inside.lon, inside.lat).ok()?))
    }
}

/// Normalises a name: lower case, without accents, with blanks for apostrophes and dashes of any kind.
pub(in crate::app) fn folded(name: &str) -> String {
    let plain = deunicode(name).to_lowercase();
    plain.replace(|c: char| c.is_whitespace() || matches!(c, '\'' | '`' | '-'), " ")
}

/// Rounds to seven decimals of a degree, a centimetre. Further digits are rounding errors, and would double
/// the length.
fn rounded(Coord { x, y }: Coord<f64>) -> Coord<f64> {
    const STEPS_PER_DEGREE: f64 = 1e7;
    let round = |degrees: f64| (degrees * STEPS_PER_DEGREE).round() / STEPS_PER_DEGREE;
    Coord { x: round(x), y: round(y) }
}

impl Default for Places {
    fn default() -> Self {
        let nowhere = Territory::new(Vec::new(), Vec::new(), Vec::new());
        Self::new(nowhere, Vec::new(), false, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_what_is_looked_for_are_folded_alike() {
        for (written, typed) in [
            ("Étampes", "ÉTAMPES"),
            ("Œting", "œting"),
            ("Œting", "Oeting"),
            ("Saint-Étienne", "saint etienne"),
            ("Saint-Étienne", "Saint–Etienne"),
            ("L'Haÿ-les-Roses", "l’hay les roses"),
        ] {
            assert_eq!(folded(written), folded(typed), "{typed}");
        }
    }
}
