//! Spatial index: finds the borders that hold a point. An R-tree of bounding boxes comes first, the exact
//! test second.
//!
//! The index holds the boxes and the position of each border in its owner's list; the owner keeps the
//! borders.

use geo::coordinate_position::{CoordPos, CoordinatePosition};
use geo::{BoundingRect, Coord, MultiPolygon};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

use crate::{Bounds, Point};

/// Bounding boxes of a list of borders, each with its position in that list.
#[derive(Clone, Debug)]
pub(crate) struct Areas(RTree<GeomWithData<Rectangle<[f64; 2]>, u32>>);

impl Areas {
    /// Builds the index of borders, each given with its position. A border without vertices is left out: it
    /// holds no point.
    pub(crate) fn new<'a>(borders: impl Iterator<Item = (usize, &'a MultiPolygon<f64>)>) -> Self {
        let boxes = borders.filter_map(|(place, border)| {
            let rect = border.bounding_rect()?;
            let rect = AABB::from_corners(rect.min().into(), rect.max().into());
            let place = u32::try_from(place).expect("fewer than four billion borders");
            Some(GeomWithData::new(rect.into(), place))
        });
        Self(RTree::bulk_load(boxes.collect()))
    }

    /// Positions of the borders that hold the point or touch it, in no order. `border` returns the border at
    /// a position.
    pub(crate) fn at<'a>(
        &self,
        point: Point,
        border: impl Fn(usize) -> &'a MultiPolygon<f64>,
    ) -> impl Iterator<Item = usize> {
        self.boxes_at(point).filter(move |place| touches(border(*place), point))
    }

    /// The lowest position that [`Areas::at`] returns.
    pub(crate) fn lowest_at<'a>(
        &self,
        point: Point,
        border: impl Fn(usize) -> &'a MultiPolygon<f64>,
    ) -> Option<usize> {
        // The exact test is expensive, so a border that cannot win is skipped.
        self.boxes_at(point).fold(None, |lowest, place| {
            let wins = lowest.is_none_or(|lowest| place < lowest) && touches(border(place), point);
            if wins { Some(place) } else { lowest }
        })
    }

    /// Positions of the borders whose bounding boxes meet a rectangle, in no order.
    pub(crate) fn near(&self, bounds: &Bounds) -> impl Iterator<Item = usize> {
        let found = self.0.locate_in_envelope_intersecting(&bounds.envelope());
        found.map(|found| found.data as usize)
    }

    fn boxes_at(&self, point: Point) -> impl Iterator<Item = usize> {
        let found = self.0.locate_all_at_point(&[point.lon(), point.lat()]);
        found.map(|found| found.data as usize)
    }
}

/// True if the point lies inside a border or on it.
fn touches(border: &MultiPolygon<f64>, point: Point) -> bool {
    // Each part is tested alone: `geo` calls a corner in which two parts meet outside of the whole.
    let coord = Coord { x: point.lon(), y: point.lat() };
    border.iter().any(|part| part.coordinate_position(&coord) != CoordPos::Outside)
}
