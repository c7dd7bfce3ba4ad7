//! Groups of towns that share their taxis (ZUPC), and places where none may cruise.

use geo::MultiPolygon;

use crate::InseeCode;

/// A pick-up zone (ZUPC): a prefect's decree lets the taxis of all its towns take customers in any
/// of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    /// What names it: the text of a UUID.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Whose taxis share it. May be empty: some stations and airports have a border alone.
    pub towns: Vec<InseeCode>,
    /// The land of the zone where it is not the union of its towns, such as an airport.
    pub border: Option<MultiPolygon<f64>>,
}

/// Land where no taxi may be looked for, such as an airport with its own ranks.
#[derive(Clone, Debug, PartialEq)]
pub struct Exclusion {
    /// What names it, as its source does: `way/900001`.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The land, in degrees of longitude and latitude.
    pub border: MultiPolygon<f64>,
}
