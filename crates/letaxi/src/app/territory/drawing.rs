//! The territory as maps draw it: borders as detailed as a map can show, and tints of towns.

use geo::{MapCoords, MultiPolygon, Simplify};
use territory::{Bounds, Territory};

/// Number of tints with which maps tell neighbouring towns apart.
pub const TINTS: u8 = 6;

/// Number of details of a border that fit side by side into a map: more than a screen has pixels.
const DETAILS: f64 = 3_000.0;

/// Detail of borders in a rectangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detail {
    tolerance: f64,
    /// Steps of a degree to which coordinates are rounded.
    per_degree: f64,
}

impl Detail {
    /// The detail that a map of this rectangle can show.
    pub fn of(bounds: &Bounds) -> Self {
        let tolerance = bounds.span() / DETAILS;
        // Finer than the tolerance, and at most a centimetre.
        let digits = (-tolerance.max(1e-7).log10()).ceil().clamp(0.0, 6.0) + 1.0;
        Self { tolerance, per_degree: 10_f64.powf(digits) }
    }

    /// A border without what a map cannot show.
    pub fn drawn(&self, border: &MultiPolygon<f64>) -> MultiPolygon<f64> {
        let round = |degrees: f64| (degrees * self.per_degree).round() / self.per_degree;
        let simple = border.simplify(self.tolerance);
        simple.map_coords(|at| geo::Coord { x: round(at.x), y: round(at.y) })
    }
}

/// A tint below [`TINTS`] for each town, in the order of the towns, so that neighbours differ. Of a town with neighbours
/// of all tints, the one that fewest of them have.
pub(super) fn tints(territory: &Territory) -> Vec<u8> {
    let towns = territory.towns();
    let mut tints = Vec::with_capacity(towns.len());
    for town in towns {
        let near = Bounds::around(&town.border).map(|bounds| territory.towns_near(&bounds));
        let mut taken = [0_usize; TINTS as usize];
        // Towns are tinted in their order: those before this one have theirs.
        for place in near.into_iter().flatten().filter(|place| *place < tints.len()) {
            taken[usize::from(tints[place])] += 1;
        }
        let fewest = (0..TINTS).min_by_key(|tint| taken[usize::from(*tint)]);
        tints.push(fewest.unwrap_or_default());
    }
    tints
}

#[cfg(test)]
mod tests {
    use geo::{Rect, coord};
    use territory::Town;

    use super::*;

    /// A chessboard of so many towns.
    fn board(side: u32) -> Territory {
        let towns = (0..side * side).map(|number| {
            let (x, y) = (f64::from(number % side), f64::from(number / side));
            let square = Rect::new(coord! { x: x, y: y }, coord! { x: x + 1.0, y: y + 1.0 });
            Town {
                code: format!("{number:05}").parse().unwrap(),
                name: String::new(),
                border: square.to_polygon().into(),
            }
        });
        Territory::new(towns.collect(), vec![], vec![])
    }

    #[test]
    fn neighbours_have_different_tints() {
        let territory = board(9);
        let (towns, tints) = (territory.towns(), tints(&territory));
        for (place, town) in towns.iter().enumerate() {
            let bounds = Bounds::around(&town.border).unwrap();
            for other in territory.towns_near(&bounds) {
                assert!(other == place || tints[other] != tints[place], "{place} {other}");
            }
        }
        assert_eq!(tints.iter().max(), Some(&3), "four are enough for a chessboard");
    }

    #[test]
    fn a_border_loses_what_a_map_cannot_show_and_no_more() {
        let bounds = Bounds { west: 0.0, south: 0.0, east: 3.0, north: 3.0 };
        let corners = [(0.0, 0.0), (1.0, 0.000_5), (2.0, 0.0), (2.0, 2.0), (1.0, 2.1), (0.0, 2.0)];
        let border = geo::Polygon::new(corners.to_vec().into(), vec![]).into();
        let drawn = Detail::of(&bounds).drawn(&border);
        let corners: Vec<_> = drawn.0[0].exterior().points().map(|at| (at.x(), at.y())).collect();
        assert_eq!(
            corners,
            [(0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (1.0, 2.1), (0.0, 2.0), (0.0, 0.0)]
        );
    }
}
