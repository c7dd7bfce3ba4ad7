//! Pick-up zones (ZUPC), whose towns share their taxis, and exclusion zones, in which no taxi may cruise.

use chrono::NaiveDate;
use geo::MultiPolygon;

use crate::InseeCode;

/// A pick-up zone (ZUPC): a prefect's decree lets the taxis of all its towns take customers in any
/// of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    /// Identifier: the text of a UUID.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Towns whose taxis share the zone. May be empty: some stations and airports have a border only.
    pub towns: Vec<InseeCode>,
    /// Border of the zone if it differs from the union of its towns, as at an airport.
    pub border: Option<MultiPolygon<f64>>,
    /// Dates of its decree.
    pub in_force: InForce,
}

/// Days on which a decree is in force, as far as they are known. For information only: whatever is imported counts for
/// searches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InForce {
    /// First day.
    pub since: Option<NaiveDate>,
    /// Last day; not before the first.
    pub until: Option<NaiveDate>,
}

/// An area in which no taxi may be searched for, such as an airport with its own ranks.
#[derive(Clone, Debug, PartialEq)]
pub struct Exclusion {
    /// Identifier, as in its source: `way/900001`.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Border, in degrees of longitude and latitude.
    pub border: MultiPolygon<f64>,
}
