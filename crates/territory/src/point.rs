//! Points on Earth and the distances between them.

use geo::{Distance, Geodesic};

/// Radius of the sphere for distances of searches, in metres. The incumbent's search engine uses the same
/// number, so distances agree with those that partners know.
pub const SPHERE_RADIUS_M: f64 = 6_372_797.560_856;

/// Largest latitude of a point, north or south, in degrees: the limit of the square web map, as in the public
/// contract.
pub const MAX_LAT: f64 = 85.051_128_78;

/// Largest longitude of a point, east or west, in degrees.
pub const MAX_LON: f64 = 180.0;

/// A longitude and a latitude in degrees (WGS 84), both finite and in range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    lon: f64,
    lat: f64,
}

/// A longitude or a latitude out of range.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error(
    "longitude {lon} and latitude {lat} are no place: a longitude lies within ±{MAX_LON}, a latitude within ±{MAX_LAT}"
)]
pub struct OutOfRange {
    /// The given longitude, in degrees.
    pub lon: f64,
    /// The given latitude, in degrees.
    pub lat: f64,
}

impl Point {
    /// Creates a point from a longitude and a latitude in degrees.
    ///
    /// # Errors
    ///
    /// Refuses values outside ±[`MAX_LON`] and ±[`MAX_LAT`], and NaN.
    pub fn new(lon: f64, lat: f64) -> Result<Self, OutOfRange> {
        let valid = (-MAX_LON..=MAX_LON).contains(&lon) && (-MAX_LAT..=MAX_LAT).contains(&lat);
        valid.then_some(Self { lon, lat }).ok_or(OutOfRange { lon, lat })
    }

    /// Degrees east of Greenwich.
    pub fn lon(self) -> f64 {
        self.lon
    }

    /// Degrees north of the equator.
    pub fn lat(self) -> f64 {
        self.lat
    }

    /// The point with longitude and latitude exchanged, to detect values given in the wrong order; `None` if
    /// that is out of range.
    pub fn swapped(self) -> Option<Self> {
        Self::new(self.lat, self.lon).ok()
    }

    /// Distance to another point along a great circle, in metres (haversine on the sphere of
    /// [`SPHERE_RADIUS_M`]). Searches rank by it and show it.
    pub fn sphere_distance_m(self, other: Self) -> f64 {
        let half_lat = ((other.lat - self.lat).to_radians() / 2.0).sin();
        let half_lon = ((other.lon - self.lon).to_radians() / 2.0).sin();
        let cosines = self.lat.to_radians().cos() * other.lat.to_radians().cos();
        let haversine = half_lat * half_lat + cosines * half_lon * half_lon;
        2.0 * SPHERE_RADIUS_M * haversine.sqrt().min(1.0).asin()
    }

    /// Distances from this point to many, equal to [`Self::sphere_distance_m`].
    pub fn sphere_distances(self) -> SphereDistances {
        let (sin_lat, cos_lat) = self.lat.to_radians().sin_cos();
        SphereDistances { center: self, sin_lat, cos_lat }
    }

    /// Distance to another point on the WGS 84 ellipsoid, in kilometres. Hails show it.
    pub fn ellipsoid_distance_km(self, other: Self) -> f64 {
        Geodesic.distance(geo::Point::from(self), geo::Point::from(other)) / 1000.0
    }
}

/// Distances from one point; see [`Point::sphere_distances`].
#[derive(Clone, Copy, Debug)]
pub struct SphereDistances {
    center: Point,
    sin_lat: f64,
    cos_lat: f64,
}

/// Up to this angle, about 6 km, the first terms of the series of sine, cosine and arc sine are exact to the
/// precision of an `f64`.
const SMALL_RAD: f64 = 1e-3;

/// A factor, because a division takes several times as long as a multiplication.
const SIXTH: f64 = 1.0 / 6.0;

impl SphereDistances {
    /// Distance to another point along a great circle, in metres. A search computes a hundred of them, nearly
    /// all to points near by; these take a few multiplications in place of six trigonometric functions.
    #[inline]
    pub fn metres_to(&self, other: Point) -> f64 {
        let lat = (other.lat - self.center.lat).to_radians();
        let lon = (other.lon - self.center.lon).to_radians();
        if lat.abs() > SMALL_RAD || lon.abs() > SMALL_RAD {
            return self.center.sphere_distance_m(other);
        }
        let sin = |angle: f64| {
            let square = angle * angle;
            angle * (1.0 - square * SIXTH * (1.0 - square * 0.05))
        };
        let square = lat * lat;
        let cos_of_lat = 1.0 - square * 0.5 * (1.0 - square * (SIXTH * 0.5));
        // Cosine of the sum of two angles: this latitude and the difference to the other.
        let other_cos_lat = self.cos_lat * cos_of_lat - self.sin_lat * sin(lat);
        let (half_lat, half_lon) = (sin(lat * 0.5), sin(lon * 0.5));
        let haversine = half_lat * half_lat + self.cos_lat * other_cos_lat * half_lon * half_lon;
        let root = haversine.sqrt();
        let arc = root * (1.0 + haversine * SIXTH * (1.0 + haversine * 0.45));
        2.0 * SPHERE_RADIUS_M * arc
    }
}

impl From<Point> for geo::Point<f64> {
    fn from(point: Point) -> Self {
        geo::Point::new(point.lon, point.lat)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn distances_to_many_are_those_to_each(
            lon in -180.0..180.0_f64, lat in -85.0..85.0_f64,
            east in -0.07..0.07_f64, north in -0.07..0.07_f64,
        ) {
            let (center, other) = (point(lon, lat), point((lon + east).clamp(-180.0, 180.0), lat + north));
            let (near, exact) =
                (center.sphere_distances().metres_to(other), center.sphere_distance_m(other));
            prop_assert!((near - exact).abs() <= 1e-7, "{near} and {exact}");
        }
    }

    #[test]
    fn a_point_is_no_metre_away_from_itself_and_its_antipode_half_the_earth() {
        let here = point(2.35, 48.86);
        assert!(here.sphere_distances().metres_to(here).abs() < 1e-9);
        let across = here.sphere_distances().metres_to(point(-177.65, -48.86));
        assert!((across - std::f64::consts::PI * SPHERE_RADIUS_M).abs() < 1.0, "{across}");
    }

    fn point(lon: f64, lat: f64) -> Point {
        Point::new(lon, lat).expect("a place")
    }

    #[test]
    fn a_point_is_a_place_on_the_map() {
        assert!(Point::new(180.0, 85.0).is_ok());
        for (lon, lat) in [(180.1, 0.0), (0.0, 86.0), (f64::NAN, 0.0), (0.0, f64::INFINITY)] {
            assert!(Point::new(lon, lat).is_err(), "{lon} {lat}");
        }
    }

    #[test]
    fn a_degree_of_latitude_is_about_111_km() {
        let (south, north) = (point(2.35, 48.0), point(2.35, 49.0));
        assert!((south.sphere_distance_m(north) - 111_226.3).abs() < 0.1);
        // 111.2 km is the length of this degree in the tables of the ellipsoid.
        assert!((south.ellipsoid_distance_km(north) - 111.2).abs() < 0.02);
    }

    #[test]
    fn distance_is_the_same_both_ways_and_nothing_to_oneself() {
        let (a, b) = (point(2.35, 48.86), point(2.3515, 48.8605));
        assert!((a.sphere_distance_m(b) - b.sphere_distance_m(a)).abs() < 1e-9);
        assert!(a.sphere_distance_m(a).abs() < 1e-9);
    }
}
