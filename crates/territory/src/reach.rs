//! Detection of points far from every town, which are probably typing errors.

use geo::{BoundingRect, Rect};

use crate::{Point, Town};

/// Distance from the nearest town above which a point is reported as far, in kilometres.
pub const FAR_KM: f64 = 100.0;

/// Kilometres in a degree of latitude, and in one of longitude at the equator.
const KM_A_DEGREE: f64 = 111.2;
/// Least cosine of a latitude, reached at 87 degrees. Degrees of longitude narrow towards the poles; beyond,
/// where no town is, the same width is used.
const LEAST_COSINE: f64 = 0.05;
const COLUMNS: usize = 360;
const ROWS: usize = 180;

/// A bitmap of squares of one degree: those within [`FAR_KM`] of the bounding box of a town are set. The
/// lookup is cheap enough for every position. A point is far if its whole square is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach(Vec<bool>);

impl Reach {
    /// Computes the reach of these towns.
    pub fn of<'a>(towns: impl IntoIterator<Item = &'a Town>) -> Self {
        let mut near = Vec::new();
        for bounds in towns.into_iter().filter_map(|town| town.border.bounding_rect()) {
            near.resize(COLUMNS * ROWS, false);
            mark(&mut near, bounds);
        }
        Self(near)
    }

    /// True if a point is more than [`FAR_KM`] from every town; false if there is no town.
    pub fn is_far(&self, point: Point) -> bool {
        let square = row(point.lat()) * COLUMNS + column(point.lon()) % COLUMNS;
        self.0.get(square).is_some_and(|near| !near)
    }

    /// True if a point is far and the point with longitude and latitude exchanged is not.
    pub fn is_swapped(&self, point: Point) -> bool {
        self.is_far(point) && point.swapped().is_some_and(|swapped| !self.is_far(swapped))
    }
}

fn mark(near: &mut [bool], bounds: Rect<f64>) {
    let lat = FAR_KM / KM_A_DEGREE;
    let (south, north) = (bounds.min().y - lat, bounds.max().y + lat);
    let cosine = south.abs().max(north.abs()).min(90.0).to_radians().cos().max(LEAST_COSINE);
    let lon = lat / cosine;
    let (west, east) = (bounds.min().x - lon, bounds.max().x + lon);
    for row in row(south)..=row(north) {
        // The world continues beyond the date line on its other side.
        for column in column(west + 360.0)..=column(east + 360.0) {
            near[row * COLUMNS + column % COLUMNS] = true;
        }
    }
}

fn row(lat: f64) -> usize {
    whole(lat + 90.0).min(ROWS - 1)
}

/// Accepts any number of turns around the Earth.
fn column(lon: f64) -> usize {
    whole(lon + 180.0)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "some hundred degrees, and none below zero"
)]
fn whole(degrees: f64) -> usize {
    degrees.max(0.0) as usize
}

#[cfg(test)]
mod tests {
    use geo::polygon;

    use super::*;

    fn town(lon: f64, lat: f64) -> Town {
        let border = polygon![(x: lon, y: lat), (x: lon + 0.1, y: lat), (x: lon, y: lat + 0.1)];
        Town { code: "75056".parse().expect("a code"), name: "Paris".into(), border: border.into() }
    }

    fn point(lon: f64, lat: f64) -> Point {
        Point::new(lon, lat).expect("a point")
    }

    #[test]
    fn what_lies_within_a_hundred_kilometres_of_a_town_is_near() {
        let reach = Reach::of(&[town(2.3, 48.8), town(55.4, -21.0)]);
        // A degree of longitude is 73 km wide there.
        for (lon, lat) in [(2.3, 48.8), (1.0, 48.8), (2.3, 48.0), (3.6, 49.6), (55.4, -21.5)] {
            assert!(!reach.is_far(point(lon, lat)), "{lon} {lat}");
        }
        for (lon, lat) in [(48.8, 2.3), (2.3, 52.0), (-3.0, 48.8), (0.0, 0.0), (180.0, 85.0)] {
            assert!(reach.is_far(point(lon, lat)), "{lon} {lat}");
        }
        assert!(reach.is_swapped(point(48.8, 2.3)));
        assert!(!reach.is_swapped(point(2.3, 48.8)) && !reach.is_swapped(point(0.0, 0.0)));
    }

    #[test]
    fn a_reach_goes_on_beyond_the_date_line() {
        let reach = Reach::of(&[town(179.5, -16.0)]);
        for (lon, lat) in [(-179.9, -16.0), (180.0, -16.0), (179.0, -16.0)] {
            assert!(!reach.is_far(point(lon, lat)), "{lon} {lat}");
        }
    }

    #[test]
    fn without_a_town_nothing_is_far() {
        assert!(!Reach::of(&[]).is_far(point(0.0, 0.0)));
    }
}
