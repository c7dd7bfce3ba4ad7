//! Taxi ranks, as in the public schema `stationstaxi`.

use geo::MultiPolygon;

use crate::{InseeCode, Point};

/// A taxi rank: taxis wait here for customers who come on foot or call.
#[derive(Clone, Debug, PartialEq)]
pub struct Station {
    /// Identifier; the schema requires the town's code, `-T-` and three digits: `75056-T-001`.
    pub id: String,
    /// Display name (`nom`).
    pub name: String,
    /// Town (`insee`).
    pub town: InseeCode,
    /// Location (`geopoint`).
    pub place: Place,
    /// Street and number (`adresse`); may be empty.
    pub address: String,
    /// Number of taxis that can wait (`emplacements`); `None` if unknown.
    pub spaces: Option<u32>,
    /// Telephone of the rank (`no_appel`), if it has one.
    pub phone: Option<String>,
    /// Further information (`info`); may be empty.
    pub info: String,
}

/// Location of a rank: a point or a piece of street.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// A single point.
    Point(Point),
    /// An area in degrees of longitude and latitude; it has several parts if the rank lies on both sides of a
    /// street.
    Area(MultiPolygon<f64>),
}

/// True if an id matches the schema's `^([013-9]\d|2[AB1-9])\d{3}-T-\d{3}$`.
pub fn is_schema_id(id: &str) -> bool {
    let Some((town, number)) = id.split_once("-T-") else { return false };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let departement = match town.as_bytes() {
        [b'2', second, ..] => matches!(second, b'A' | b'B' | b'1'..=b'9'),
        [first, second, ..] => first.is_ascii_digit() && second.is_ascii_digit(),
        _ => false,
    };
    departement
        && town.len() == 5
        && town.get(2..).is_some_and(digits)
        && number.len() == 3
        && digits(number)
}
