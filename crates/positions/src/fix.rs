//! A fix (position and time), and the packing of its position into 64 bits.

use territory::{MAX_LAT, MAX_LON, Point};

/// Units of [`Place`] in a degree. One unit is about a centimetre.
const PER_DEGREE: f64 = 1e7;

/// A position and its time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fix {
    /// Position, rounded to 1e-7 degree.
    pub point: Point,
    /// Time, in seconds since the epoch.
    pub at_s: u32,
}

/// A position in whole units of 1e-7 degree, as the index keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Units east of Greenwich, within ±1,800,000,000.
    pub(crate) lon_e7: i32,
    /// Units north of the equator, within ±850,511,287.
    pub(crate) lat_e7: i32,
}

impl Place {
    /// Packs both coordinates into one word, so that they are stored and read together.
    pub(crate) fn pack(self) -> u64 {
        u64::from(self.lon_e7.cast_unsigned()) << 32 | u64::from(self.lat_e7.cast_unsigned())
    }

    /// Reverses [`Self::pack`].
    pub(crate) fn unpack(packed: u64) -> Self {
        let (lon, lat) = ((packed >> 32) as u32, (packed & 0xffff_ffff) as u32);
        Self { lon_e7: lon.cast_signed(), lat_e7: lat.cast_signed() }
    }
}

impl From<Point> for Place {
    fn from(point: Point) -> Self {
        // `MAX_LAT` has eight decimals; rounded up to seven it would be out of range.
        let max_lat = (MAX_LAT * PER_DEGREE).floor();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "180 degrees are fewer than 2^31 units"
        )]
        Self {
            lon_e7: (point.lon() * PER_DEGREE).round() as i32,
            lat_e7: (point.lat() * PER_DEGREE).round().clamp(-max_lat, max_lat) as i32,
        }
    }
}

impl From<Place> for Point {
    fn from(place: Place) -> Self {
        let lon = f64::from(place.lon_e7) / PER_DEGREE;
        let lat = f64::from(place.lat_e7) / PER_DEGREE;
        debug_assert!(lon.abs() <= MAX_LON && lat.abs() <= MAX_LAT);
        Point::new(lon, lat).expect("a place is made of a point and keeps its range")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kept(point: Point) -> Point {
        Place::unpack(Place::from(point).pack()).into()
    }

    proptest! {
        #[test]
        fn a_point_is_kept_to_a_ten_millionth_of_a_degree(
            lon in -MAX_LON..=MAX_LON,
            lat in -MAX_LAT..=MAX_LAT,
        ) {
            let back = kept(Point::new(lon, lat).expect("in range"));
            prop_assert!((back.lon() - lon).abs() <= 1e-7, "{lon} became {}", back.lon());
            prop_assert!((back.lat() - lat).abs() <= 1e-7, "{lat} became {}", back.lat());
        }

        #[test]
        fn what_has_seven_decimals_is_kept_as_it_is(
            lon_e7 in -1_800_000_000..=1_800_000_000_i32,
            lat_e7 in -850_511_287..=850_511_287_i32,
        ) {
            let place = Place { lon_e7, lat_e7 };
            prop_assert_eq!(Place::from(Point::from(place)), place);
        }
    }

    #[test]
    fn the_corners_of_the_map_are_kept() {
        for (lon, lat) in [(-MAX_LON, -MAX_LAT), (MAX_LON, MAX_LAT), (-0.0, 0.0)] {
            let back = kept(Point::new(lon, lat).expect("in range"));
            assert!((back.lon() - lon).abs() <= 1e-7 && (back.lat() - lat).abs() <= 1e-7);
        }
    }
}
