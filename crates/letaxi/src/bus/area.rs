//! Areas: squares of some degrees, which subjects of positions name.

use territory::Point;

/// Side of an area in degrees: France has a dozen of them.
const SIDE: f64 = 4.0;
/// Areas around the Earth.
const AROUND: f64 = 360.0 / SIDE;

/// The number of a point's area.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a point lies within 90 by 45 areas"
)]
pub(super) fn area_of(point: Point) -> u16 {
    let column = ((point.lon() + 180.0) / SIDE).floor().min(AROUND - 1.0);
    let row = ((point.lat() + 90.0) / SIDE).floor();
    (row * AROUND + column) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_point_has_an_area_and_near_ones_share_it() {
        let area = |lon, lat| area_of(Point::new(lon, lat).expect("a point"));
        assert_eq!(area(2.35, 48.86), area(2.36, 48.85));
        assert_ne!(area(2.35, 48.86), area(4.83, 45.76));
        assert_eq!(area(-180.0, -85.05), 90);
        assert_eq!(area(180.0, 85.05), 43 * 90 + 89);
    }
}
