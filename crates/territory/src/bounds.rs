//! Rectangles of degrees, as maps show them.

use geo::{BoundingRect, MultiPolygon};
use rstar::AABB;

/// A rectangle of degrees; it does not cross the antimeridian.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Western longitude.
    pub west: f64,
    /// Southern latitude.
    pub south: f64,
    /// Eastern longitude, not below the western one.
    pub east: f64,
    /// Northern latitude, not below the southern one.
    pub north: f64,
}

impl Bounds {
    /// The smallest rectangle around an area; `None` for an area without vertices.
    pub fn around(area: &MultiPolygon<f64>) -> Option<Self> {
        let rect = area.bounding_rect()?;
        let ((west, south), (east, north)) = (rect.min().x_y(), rect.max().x_y());
        Some(Self { west, south, east, north })
    }

    /// True if a place in degrees lies inside or on the edge.
    pub fn holds(&self, lon: f64, lat: f64) -> bool {
        (self.west..=self.east).contains(&lon) && (self.south..=self.north).contains(&lat)
    }

    /// True if both rectangles have a point in common.
    pub fn meets(&self, other: &Self) -> bool {
        self.west <= other.east
            && other.west <= self.east
            && self.south <= other.north
            && other.south <= self.north
    }

    /// The smallest rectangle around both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            west: self.west.min(other.west),
            south: self.south.min(other.south),
            east: self.east.max(other.east),
            north: self.north.max(other.north),
        }
    }

    /// The longer of width and height, in degrees.
    pub fn span(&self) -> f64 {
        (self.east - self.west).max(self.north - self.south)
    }

    pub(crate) fn envelope(&self) -> AABB<[f64; 2]> {
        AABB::from_corners([self.west, self.south], [self.east, self.north])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOX: Bounds = Bounds { west: 1.0, south: 1.0, east: 2.0, north: 2.0 };

    #[test]
    fn edges_belong_to_a_rectangle() {
        for (lon, lat, inside) in
            [(1.0, 2.0, true), (1.5, 1.5, true), (0.999, 1.5, false), (1.5, 2.001, false)]
        {
            assert_eq!(BOX.holds(lon, lat), inside, "{lon} {lat}");
        }
    }

    #[test]
    fn rectangles_meet_at_a_corner_and_not_beyond() {
        for (west, south, meet) in
            [(2.0, 2.0, true), (2.001, 1.0, false), (0.0, 0.0, true), (1.2, 2.1, false)]
        {
            let other = Bounds { west, south, east: west + 1.0, north: south + 1.0 };
            assert_eq!((BOX.meets(&other), other.meets(&BOX)), (meet, meet), "{west} {south}");
            let both = BOX.and(other);
            assert!(both.holds(west, south) && both.holds(1.0, 1.0) && both.span() >= 1.0);
        }
    }
}
