//! Rows without persons and exact places: rounded times, cells of a grid, pseudonyms.

use chrono::{DurationRound, TimeDelta};
use data_encoding::HEXLOWER;
use h3o::{LatLng, Resolution};
use registry::Time;
use ring::hmac;
use storage::exports::{DriverKey, LicenceKey};
use territory::Point;

use super::values::Value;

/// Times are rounded down to this.
pub const ROUNDED_TO: TimeDelta = TimeDelta::minutes(15);
/// Resolution of the H3 cells of exported places: about 0.7 km² each.
pub const CELL_RESOLUTION: Resolution = Resolution::Eight;
/// Length of a pseudonym in bytes.
const PSEUDONYM_BYTES: usize = 8;

/// Disguise of the rows of one year.
///
/// A pseudonym is a keyed hash. Its key is derived from the registry's secret and the year, so that a taxi is the
/// same within a year, and nobody can follow it over several.
pub(super) struct Disguise {
    key: hmac::Key,
}

impl Disguise {
    pub(super) fn new(key: hmac::Key) -> Self {
        Self { key }
    }

    /// Pseudonym of a thing of this kind. Lengths keep apart parts that would read the same together.
    fn pseudonym(&self, kind: &str, parts: &[&str]) -> Value {
        let mut hash = hmac::Context::with_key(&self.key);
        hash.update(kind.as_bytes());
        for part in parts {
            hash.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part.as_bytes());
        }
        HEXLOWER.encode(&hash.sign().as_ref()[..PSEUDONYM_BYTES]).into()
    }

    pub(super) fn taxi(&self, id: &str) -> Value {
        self.pseudonym("taxi", &[id])
    }

    pub(super) fn vehicle(&self, car: &str) -> Value {
        self.pseudonym("vehicle", &[car])
    }

    pub(super) fn driver(&self, driver: &DriverKey) -> Value {
        self.pseudonym("driver", &[&driver.departement, &driver.professional_licence])
    }

    pub(super) fn licence(&self, licence: &LicenceKey) -> Value {
        self.pseudonym("ads", &[licence.town.as_str(), &licence.number])
    }
}

/// A time, rounded down.
pub(super) fn rounded(at: Time) -> Value {
    Value::Time(at.duration_trunc(ROUNDED_TO).unwrap_or(at))
}

/// The cell of a place; missing once retention moved the place into its town.
pub(super) fn cell(point: Point, blurred: bool) -> Value {
    let cell = || Some(LatLng::new(point.lat(), point.lon()).ok()?.to_cell(CELL_RESOLUTION));
    if blurred { Value::Missing } else { cell().map(|cell| cell.to_string()).into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disguise(secret: &[u8]) -> Disguise {
        Disguise::new(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    #[test]
    fn a_pseudonym_is_of_its_kind_its_key_and_each_of_its_parts() {
        let ours = disguise(b"2026");
        assert_eq!(ours.taxi("abc"), ours.taxi("abc"));
        assert_ne!(ours.taxi("abc"), ours.taxi("abd"));
        assert_ne!(ours.taxi("abc"), ours.vehicle("abc"));
        assert_ne!(ours.taxi("abc"), disguise(b"2027").taxi("abc"));
        let driver = |departement: &str, licence: &str| {
            ours.driver(&DriverKey {
                departement: departement.to_owned(),
                professional_licence: licence.to_owned(),
            })
        };
        assert_ne!(driver("7", "51"), driver("75", "1"));
    }

    #[test]
    fn a_time_is_rounded_down_and_a_blurred_place_has_no_cell() {
        let at = "2026-10-01T08:29:59.9Z".parse().expect("a time");
        let quarter = "2026-10-01T08:15:00Z".parse().expect("a time");
        assert_eq!(rounded(at), Value::Time(quarter));
        let paris = Point::new(2.3522, 48.8566).expect("a point");
        assert_eq!(cell(paris, false), "881fb46625fffff".into());
        assert_eq!(cell(paris, true), Value::Missing);
    }
}
