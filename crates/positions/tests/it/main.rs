//! Tests of the index through its public functions.

mod ageing;
mod naive;
mod together;

use territory::Point;

fn point(lon: f64, lat: f64) -> Point {
    Point::new(lon, lat).expect("a place on the map")
}

/// The place so many metres east and north of another, also across the antimeridian.
fn beside(center: Point, east_m: f64, north_m: f64) -> Point {
    let metre_deg = (1.0 / territory::SPHERE_RADIUS_M).to_degrees();
    let lat = (center.lat() + north_m * metre_deg).clamp(-territory::MAX_LAT, territory::MAX_LAT);
    let lon = center.lon() + east_m * metre_deg / center.lat().to_radians().cos();
    point((lon + 540.0).rem_euclid(360.0) - 180.0, lat)
}
