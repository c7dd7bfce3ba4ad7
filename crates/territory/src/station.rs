//! Taxi ranks, as the public schema `stationstaxi` describes them.

use geo::MultiPolygon;

use crate::{InseeCode, Point};

/// A taxi rank: where taxis wait for customers who come on foot or call.
#[derive(Clone, Debug, PartialEq)]
pub struct Station {
    /// What names it; the schema wants the town's code, `-T-` and three digits: `75056-T-001`.
    pub id: String,
    /// What people call it (`nom`).
    pub name: String,
    /// The town it stands in (`insee`).
    pub town: InseeCode,
    /// Where it is (`geopoint`).
    pub place: Place,
    /// Street and number (`adresse`), or nothing.
    pub address: String,
    /// How many taxis can wait (`emplacements`); `None` where nobody said.
    pub spaces: Option<u32>,
    /// The telephone of the rank (`no_appel`), where there is one.
    pub phone: Option<String>,
    /// Anything else worth knowing (`info`), or nothing.
    pub info: String,
}

/// Where a rank is: at a point, or along a piece of street.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// A single point.
    Point(Point),
    /// An area, in degrees of longitude and latitude; of several parts if it lies on both sides of a street.
    Area(MultiPolygon<f64>),
}
