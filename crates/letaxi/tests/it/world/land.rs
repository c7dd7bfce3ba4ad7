//! The territory of a test: square towns, and the other parts of an import.

use geo::{MultiPolygon, Polygon, Rect};
use storage::territory_rows::TerritoryImport;
use territory::{Exclusion, InForce, InseeCode, Mergers, Place, Point, Station, Town, Zone};

/// A square: west, south, east, north, in degrees.
pub(crate) type Square = [f64; 4];

/// A taxi rank to be created.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NewRank {
    /// The code of its town, `-T-`, and its number.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) stand: Stand,
    /// Number of taxis that can wait, if known.
    pub(crate) spaces: Option<u32>,
    pub(crate) phone: Option<String>,
}

/// Location of a rank.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Stand {
    /// Longitude and latitude.
    At([f64; 2]),
    Fills(Square),
}

/// The whole territory. Each change is imported as a whole.
#[derive(Clone, Default)]
pub(crate) struct Land {
    towns: Vec<Town>,
    zones: Vec<Zone>,
    exclusions: Vec<Exclusion>,
    stations: Vec<Station>,
    mergers: Mergers,
}

impl Land {
    pub(crate) fn town(&mut self, code: &str, name: &str, square: Square) {
        let (code, border) = (insee(code), border(square));
        self.towns.push(Town { code, name: name.to_owned(), border });
    }

    /// Merges a town into another, which grows to this square.
    pub(crate) fn merge(&mut self, old: &str, new: &str, square: Square) {
        self.towns.retain(|town| town.code != insee(old));
        let town = self.towns.iter_mut().find(|town| town.code == insee(new)).unwrap();
        town.border = border(square);
        self.mergers.extend([(insee(old), insee(new))]);
    }

    pub(crate) fn zone(&mut self, name: &str, towns: &[&str]) {
        let towns = towns.iter().map(|code| insee(code)).collect();
        let id = format!("00000000-0000-4000-8000-{:012}", self.zones.len());
        let in_force = InForce::default();
        self.zones.push(Zone { id, name: name.to_owned(), towns, border: None, in_force });
    }

    /// Dates of the decree of the newest zone.
    pub(crate) fn in_force(&mut self, since: &str, until: Option<&str>) {
        let day = |text: &str| text.parse().unwrap();
        let in_force = InForce { since: Some(day(since)), until: until.map(day) };
        self.zones.last_mut().unwrap().in_force = in_force;
    }

    pub(crate) fn exclusion(&mut self, name: &str, square: Square) {
        let (id, border) = (format!("way/{}", self.exclusions.len()), border(square));
        self.exclusions.push(Exclusion { id, name: name.to_owned(), border });
    }

    pub(crate) fn rank(&mut self, rank: &NewRank) {
        let (town, _) = rank.id.split_once('-').unwrap();
        self.stations.push(Station {
            id: rank.id.clone(),
            name: rank.name.clone(),
            town: insee(town),
            place: match rank.stand {
                Stand::At([lon, lat]) => Place::Point(Point::new(lon, lat).unwrap()),
                Stand::Fills(square) => Place::Area(border(square)),
            },
            address: format!("place {}", rank.name),
            spaces: rank.spaces,
            phone: rank.phone.clone(),
            info: String::new(),
        });
    }

    /// Code of the first town.
    pub(super) fn first_town(&self) -> &str {
        self.towns[0].code.as_str()
    }

    /// The import of this territory.
    pub(super) fn import(&self) -> TerritoryImport {
        TerritoryImport {
            towns: Some(self.towns.clone()),
            zones: Some(self.zones.clone()),
            exclusions: Some(self.exclusions.clone()),
            stations: Some(self.stations.clone()),
            mergers: self.mergers.clone(),
            ..TerritoryImport::default()
        }
    }
}

fn insee(code: &str) -> InseeCode {
    code.parse().unwrap_or_else(|error| panic!("{error}"))
}

fn polygon([west, south, east, north]: Square) -> Polygon<f64> {
    Rect::new((west, south), (east, north)).to_polygon()
}

fn border(square: Square) -> MultiPolygon<f64> {
    polygon(square).into()
}
