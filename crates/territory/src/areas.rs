//! Finds which of many borders hold a point: an R-tree of their boxes first, then the exact test.
//!
//! The borders stay with their owner; this holds their boxes and their places in the owner's list.

use geo::coordinate_position::{CoordPos, CoordinatePosition};
use geo::{BoundingRect, Coord, MultiPolygon};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

use crate::Point;

/// The boxes of a list of borders, each with its place in that list.
#[derive(Clone, Debug)]
pub(crate) struct Areas(RTree<GeomWithData<Rectangle<[f64; 2]>, u32>>);

impl Areas {
    /// Notes the boxes of borders, each given with its place. A border without a vertex has none
    /// and holds no point.
    pub(crate) fn new<'a>(borders: impl Iterator<Item = (usize, &'a MultiPolygon<f64>)>) -> Self {
        let boxes = borders.filter_map(|(place, border)| {
            let rect = border.bounding_rect()?;
            let rect = AABB::from_corners(rect.min().into(), rect.max().into());
            let place = u32::try_from(place).expect("fewer than four billion borders");
            Some(GeomWithData::new(rect.into(), place))
        });
        Self(RTree::bulk_load(boxes.collect()))
    }

    /// The places of the borders that hold the point or touch it, in no order. `border` gives the
    /// border at a place.
    pub(crate) fn at<'a>(
        &self,
        point: Point,
        border: impl Fn(usize) -> &'a MultiPolygon<f64>,
    ) -> impl Iterator<Item = usize> {
        self.boxes_at(point).filter(move |place| touches(border(*place), point))
    }

    /// The lowest of the places that [`Areas::at`] gives.
    pub(crate) fn lowest_at<'a>(
        &self,
        point: Point,
        border: impl Fn(usize) -> &'a MultiPolygon<f64>,
    ) -> Option<usize> {
        // A border that could not win is not worth the exact test.
        self.boxes_at(point).fold(None, |lowest, place| {
            let wins = lowest.is_none_or(|lowest| place < lowest) && touches(border(place), point);
            if wins { Some(place) } else { lowest }
        })
    }

    fn boxes_at(&self, point: Point) -> impl Iterator<Item = usize> {
        let found = self.0.locate_all_at_point(&[point.lon(), point.lat()]);
        found.map(|found| found.data as usize)
    }
}

/// Whether the point lies inside a border or on it.
fn touches(border: &MultiPolygon<f64>, point: Point) -> bool {
    // Part by part: where two parts meet in a corner, `geo` calls that corner outside of the whole.
    let coord = Coord { x: point.lon(), y: point.lat() };
    border.iter().any(|part| part.coordinate_position(&coord) != CoordPos::Outside)
}
