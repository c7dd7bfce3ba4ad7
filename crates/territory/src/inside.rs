//! A point well inside an area, for a label or to represent the area.

use geo::{BoundingRect, LineString, MultiPolygon, Polygon};

/// A point inside an area, and the width of the area there from west to east.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Inside {
    /// Degrees east of Greenwich.
    pub lon: f64,
    /// Degrees north of the equator.
    pub lat: f64,
    /// Distance between the borders to the west and to the east, in degrees.
    pub width: f64,
}

/// A point inside an area: the middle of the widest stretch of the parallel half-way up; of several parts, in
/// the widest. `None` for an area of size zero.
///
/// This is the algorithm of `ST_PointOnSurface` in `PostGIS` (from the JTS Topology Suite), so that map
/// labels agree with those of the incumbent.
pub fn point_inside(land: &MultiPolygon<f64>) -> Option<Inside> {
    land.iter().filter_map(inside_of_part).max_by(|a, b| a.width.total_cmp(&b.width))
}

fn inside_of_part(part: &Polygon<f64>) -> Option<Inside> {
    let lat = parallel_through(part)?;
    let rings = std::iter::once(part.exterior()).chain(part.interiors());
    let mut crossings: Vec<f64> = rings.flat_map(|ring| crossings(ring, lat)).collect();
    crossings.sort_unstable_by(f64::total_cmp);
    // Crossings pair up: from each odd one to the next even one the parallel lies inside.
    let stretches = crossings.chunks_exact(2).map(|pair| Inside {
        lon: f64::midpoint(pair[0], pair[1]),
        lat,
        width: pair[1] - pair[0],
    });
    stretches.max_by(|a, b| a.width.total_cmp(&b.width)).filter(|inside| inside.width > 0.0)
}

/// The parallel half-way between the nearest corners above and below the middle, so that it meets no corner.
fn parallel_through(part: &Polygon<f64>) -> Option<f64> {
    let rect = part.bounding_rect()?;
    let middle = f64::midpoint(rect.min().y, rect.max().y);
    let (mut below, mut above) = (rect.min().y, rect.max().y);
    for ring in std::iter::once(part.exterior()).chain(part.interiors()) {
        for corner in &ring.0 {
            if corner.y <= middle {
                below = below.max(corner.y);
            } else {
                above = above.min(corner.y);
            }
        }
    }
    (below < above).then(|| f64::midpoint(below, above))
}

fn crossings(ring: &LineString<f64>, lat: f64) -> impl Iterator<Item = f64> {
    let crossed = ring.lines().filter(move |line| (line.start.y > lat) != (line.end.y > lat));
    crossed.map(move |line| {
        let share = (lat - line.start.y) / (line.end.y - line.start.y);
        line.start.x + share * (line.end.x - line.start.x)
    })
}

#[cfg(test)]
mod tests {
    use geo::{Contains, polygon};

    use super::*;

    fn at(land: impl Into<MultiPolygon<f64>>) -> Option<(f64, f64)> {
        point_inside(&land.into()).map(|inside| (inside.lon, inside.lat))
    }

    #[test]
    fn of_a_square_it_is_the_middle() {
        let square =
            polygon![(x: 0.0, y: 0.0), (x: 4.0, y: 0.0), (x: 4.0, y: 2.0), (x: 0.0, y: 2.0)];
        assert_eq!(at(square), Some((2.0, 1.0)));
    }

    #[test]
    fn a_lake_in_the_middle_is_left_out() {
        let land: Polygon<f64> = polygon!(
            exterior: [(x: 0.0, y: 0.0), (x: 9.0, y: 0.0), (x: 9.0, y: 4.0), (x: 0.0, y: 4.0)],
            interiors: [[(x: 2.0, y: 1.0), (x: 3.0, y: 1.0), (x: 3.0, y: 3.0), (x: 2.0, y: 3.0)]],
        );
        let (lon, lat) = at(land.clone()).expect("there is land");
        assert!(land.contains(&geo::Point::new(lon, lat)));
        assert_eq!((lon, lat), (6.0, 2.0), "the eastern shore is wider");
    }

    #[test]
    fn of_several_parts_the_widest_counts() {
        let small =
            polygon![(x: 0.0, y: 0.0), (x: 1.0, y: 0.0), (x: 1.0, y: 2.0), (x: 0.0, y: 2.0)];
        let large =
            polygon![(x: 5.0, y: 0.0), (x: 9.0, y: 0.0), (x: 9.0, y: 2.0), (x: 5.0, y: 2.0)];
        assert_eq!(at(MultiPolygon(vec![small, large])), Some((7.0, 1.0)));
    }

    #[test]
    fn what_has_no_area_has_no_inside() {
        let line = polygon![(x: 0.0, y: 0.0), (x: 4.0, y: 0.0), (x: 0.0, y: 0.0)];
        assert_eq!(at(line), None);
        assert_eq!(at(MultiPolygon(Vec::new())), None);
    }
}
