//! Conversion of GeoJSON geometries to valid borders.

use geo::algorithm::line_intersection::{LineIntersection, line_intersection};
use geo::algorithm::validation::{InvalidMultiPolygon, InvalidPolygon, RingRole, Validation};
use geo::{Coord, LineString, MultiPolygon, Polygon};
use geojson::{Geometry, GeometryValue, Position};
use territory::Point;

/// Minimum number of positions in a ring: three corners and the first again.
const FEWEST_POSITIONS: usize = 4;

/// Maximum number of positions in a border, some twenty times those of the largest town of France: the check of a
/// border takes a time that grows with their square.
pub(super) const MOST_POSITIONS: usize = 20_000;

/// Converts a geometry to a border, or returns all its faults.
pub(super) fn border(geometry: &Geometry) -> Result<MultiPolygon<f64>, Vec<String>> {
    let parts = match &geometry.value {
        GeometryValue::Polygon { coordinates } => std::slice::from_ref(coordinates),
        GeometryValue::MultiPolygon { coordinates } => coordinates.as_slice(),
        other => {
            let kind = other.type_name();
            return Err(vec![format!("is a {kind}: a Polygon or a MultiPolygon is expected")]);
        }
    };
    if parts.iter().all(|rings| rings.iter().all(Vec::is_empty)) {
        return Err(vec!["is empty: it takes at least one ring of four positions".to_owned()]);
    }
    let mut flaws = Vec::new();
    let numbered = |part| (parts.len() > 1).then_some(part);
    let polygons = parts.iter().enumerate().filter_map(|(part, rings)| {
        if rings.is_empty() {
            flaws.push(format!("part {} is empty: leave it out", part + 1));
        }
        let named = |ring| ring_name(numbered(part), ring);
        let rings = rings.iter().enumerate();
        let mut rings = rings.filter_map(|(i, positions)| {
            let ring = ring(positions);
            ring.map_err(|flaw| flaws.push(format!("{}: {flaw}", named(i)))).ok()
        });
        let exterior = rings.next();
        let interiors = rings.collect();
        Some(Polygon::new(exterior?, interiors))
    });
    let border = MultiPolygon(polygons.collect());
    if flaws.is_empty() {
        border
            .visit_validation::<()>(Box::new(|flaw| {
                flaws.push(invalid(&border, &flaw));
                Ok(())
            }))
            .expect("the visitor never stops");
    }
    if flaws.is_empty() { Ok(border) } else { Err(flaws) }
}

/// Converts the positions of a ring to a closed line; heights are dropped.
fn ring(positions: &[Position]) -> Result<LineString<f64>, String> {
    if positions.len() < FEWEST_POSITIONS {
        let count = positions.len();
        return Err(format!(
            "has {count} positions: a ring takes at least {FEWEST_POSITIONS}, the last like the first"
        ));
    }
    let mut coords = Vec::with_capacity(positions.len());
    for position in positions {
        // The GeoJSON parser accepts positions of any length.
        let [lon, lat, ..] = position.as_slice() else {
            let numbers = position.len();
            return Err(format!(
                "has a position of {numbers} numbers: it takes a longitude and a latitude"
            ));
        };
        let point = Point::new(*lon, *lat).map_err(|error| error.to_string())?;
        coords.push(Coord { x: point.lon(), y: point.lat() });
    }
    let (first, last) = (coords[0], coords[coords.len() - 1]);
    if first != last {
        return Err(format!(
            "is open: it ends at {} {}, and must end where it begins, at {} {}",
            last.x, last.y, first.x, first.y
        ));
    }
    Ok(LineString(coords))
}

/// Display name of a ring: `exterior ring`, `hole 2`, `part 3, hole 1`.
fn ring_name(part: Option<usize>, ring: usize) -> String {
    let ring = match ring {
        0 => "exterior ring".to_owned(),
        hole => format!("hole {hole}"),
    };
    part.map_or(ring.clone(), |part| format!("part {}, {ring}", part + 1))
}

/// Describes the finding of the validity check, with its place.
fn invalid(border: &MultiPolygon<f64>, flaw: &InvalidMultiPolygon) -> String {
    match flaw {
        InvalidMultiPolygon::InvalidPolygon(part, flaw) => {
            let numbered = (border.0.len() > 1).then_some(part.0);
            invalid_part(&border.0[part.0], flaw, &|role| ring_name(numbered, ring_index(role)))
        }
        InvalidMultiPolygon::ElementsOverlaps(a, b) => {
            format!("parts {} and {} overlap: parts may only meet in points", a.0 + 1, b.0 + 1)
        }
        InvalidMultiPolygon::ElementsTouchOnALine(a, b) => {
            format!("parts {} and {} share a line: join them into one", a.0 + 1, b.0 + 1)
        }
    }
}

fn invalid_part(
    part: &Polygon<f64>,
    flaw: &InvalidPolygon,
    name: &dyn Fn(&RingRole) -> String,
) -> String {
    match flaw {
        InvalidPolygon::SelfIntersection(role) => {
            let place = crossing(ring_at(part, role));
            let place = place
                .map_or(String::new(), |at| format!(" at {} {}", rounded(at.x), rounded(at.y)));
            format!("{}: crosses or touches itself{place}: a border must do neither", name(role))
        }
        InvalidPolygon::InteriorRingNotContainedInExteriorRing(role) => {
            format!("{}: leaves the exterior ring: a hole must lie inside it", name(role))
        }
        InvalidPolygon::IntersectingRingsOnALine(a, b) => {
            format!("{} and {} share a line: rings may only meet in points", name(a), name(b))
        }
        InvalidPolygon::IntersectingRingsOnAnArea(a, b) => {
            format!("{} and {} overlap: join them into one", name(a), name(b))
        }
        InvalidPolygon::TooFewPointsInRing(role) => {
            format!("{}: has fewer than three different positions", name(role))
        }
        InvalidPolygon::NonFiniteCoord(role, _) => {
            format!("{}: has a position that is not a number", name(role))
        }
    }
}

/// Rounds a coordinate to a millionth of a degree, ten centimetres.
fn rounded(degrees: f64) -> f64 {
    (degrees * 1e6).round() / 1e6
}

/// Index of the ring in its part: 0 for the exterior, then the holes.
fn ring_index(role: &RingRole) -> usize {
    match role {
        RingRole::Exterior => 0,
        RingRole::Interior(hole) => hole + 1,
    }
}

fn ring_at<'a>(part: &'a Polygon<f64>, role: &RingRole) -> &'a LineString<f64> {
    match role {
        RingRole::Exterior => part.exterior(),
        RingRole::Interior(hole) => &part.interiors()[*hole],
    }
}

/// A place at which a ring crosses or touches itself.
fn crossing(ring: &LineString<f64>) -> Option<Coord<f64>> {
    let lines: Vec<_> = ring.lines().filter(|line| line.start != line.end).collect();
    for (i, a) in lines.iter().enumerate() {
        for b in &lines[i + 1..] {
            // Neighbours share the point where one ends and the other begins.
            if a.end == b.start || b.end == a.start {
                continue;
            }
            match line_intersection(*a, *b) {
                Some(LineIntersection::SinglePoint { intersection, .. }) => {
                    return Some(intersection);
                }
                Some(LineIntersection::Collinear { intersection }) => {
                    return Some(intersection.start);
                }
                None => {}
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(geometry: &str) -> Result<MultiPolygon<f64>, Vec<String>> {
        border(&serde_json::from_str(geometry).unwrap_or_else(|error| panic!("{geometry} {error}")))
    }

    fn polygon(rings: &str) -> Result<MultiPolygon<f64>, Vec<String>> {
        read(&format!(r#"{{"type": "Polygon", "coordinates": {rings}}}"#))
    }

    fn parts(parts: &str) -> Result<MultiPolygon<f64>, Vec<String>> {
        read(&format!(r#"{{"type": "MultiPolygon", "coordinates": {parts}}}"#))
    }

    const SQUARE: &str = "[[0,0],[4,0],[4,4],[0,4],[0,0]]";

    #[test]
    fn a_border_may_have_holes_and_several_parts_and_loses_its_heights() {
        let hole = "[[1,1,99],[2,1,99],[2,2,99],[1,2,99],[1,1,99]]";
        let with_hole = polygon(&format!("[{SQUARE}, {hole}]")).expect("a border");
        assert_eq!(with_hole.0[0].interiors()[0].0[1], Coord { x: 2.0, y: 1.0 });
        let two = parts(&format!("[[{SQUARE}], [[[5,5],[6,5],[6,6],[5,5]]]]")).expect("a border");
        assert_eq!(two.0.len(), 2);
    }

    #[test]
    fn rings_may_touch_in_a_point_and_repeat_a_position() {
        assert!(polygon(&format!("[{SQUARE}, [[0,2],[1,1],[1,3],[0,2]]]")).is_ok());
        assert!(polygon("[[[0,0],[4,0],[4,0],[4,4],[0,0]]]").is_ok());
        assert!(parts(&format!("[[{SQUARE}], [[[4,4],[5,4],[5,5],[4,4]]]]")).is_ok());
    }

    #[test]
    fn a_ring_that_crosses_or_touches_itself_is_refused_with_the_place() {
        assert_eq!(
            polygon("[[[0,0],[4,4],[4,0],[0,4],[0,0]]]"),
            Err(vec![
                "exterior ring: crosses or touches itself at 2 2: a border must do neither"
                    .to_owned()
            ])
        );
        assert_eq!(
            polygon("[[[0,0],[4,0],[2,2],[4,4],[0,4],[2,2],[0,0]]]"),
            Err(vec![
                "exterior ring: crosses or touches itself at 2 2: a border must do neither"
                    .to_owned()
            ])
        );
        let spike = polygon("[[[0,0],[4,0],[4,4],[2,4],[2,6],[2,4],[0,4],[0,0]]]");
        assert_eq!(
            spike,
            Err(vec![
                "exterior ring: crosses or touches itself at 2 4: a border must do neither"
                    .to_owned()
            ])
        );
    }

    #[test]
    fn each_ring_is_looked_at_and_named() {
        let flaws = parts(
            "[[[[0,0],[4,0],[4,4]], [[1,1],[2,1],[2,2],[1,2]]], [[[0,0],[0,500],[1,1],[0,0]]]]",
        );
        assert_eq!(
            flaws.expect_err("three flaws"),
            [
                "part 1, exterior ring: has 3 positions: a ring takes at least 4, the last like the first",
                "part 1, hole 1: is open: it ends at 1 2, and must end where it begins, at 1 1",
                "part 2, exterior ring: longitude 0 and latitude 500 are no place: a longitude lies \
                 within ±180, a latitude within ±85.05112878",
            ]
        );
    }

    #[test]
    fn rings_and_parts_must_not_overlap() {
        for (flaw, found) in [
            (
                "hole 1: leaves the exterior ring: a hole must lie inside it",
                polygon(&format!("[{SQUARE}, [[5,5],[6,5],[6,6],[5,5]]]")),
            ),
            (
                "hole 1 and hole 2 overlap: join them into one",
                polygon(&format!(
                    "[{SQUARE}, [[1,1],[3,1],[3,3],[1,1]], [[2,1.5],[3.5,1.5],[3.5,2],[2,1.5]]]"
                )),
            ),
            (
                "parts 1 and 2 overlap: parts may only meet in points",
                parts(&format!("[[{SQUARE}], [[[3,3],[6,3],[6,6],[3,3]]]]")),
            ),
            (
                "parts 1 and 2 share a line: join them into one",
                parts(&format!("[[{SQUARE}], [[[4,0],[6,0],[6,4],[4,4],[4,0]]]]")),
            ),
        ] {
            assert_eq!(found, Err(vec![flaw.to_owned()]));
        }
    }

    #[test]
    fn other_geometries_and_empty_ones_are_refused() {
        for (geometry, flaw) in [
            (
                r#"{"type": "Point", "coordinates": [2, 48]}"#,
                "is a Point: a Polygon or a MultiPolygon is expected",
            ),
            (
                r#"{"type": "Polygon", "coordinates": []}"#,
                "is empty: it takes at least one ring of four positions",
            ),
            (
                r#"{"type": "Polygon", "coordinates": [[]]}"#,
                "is empty: it takes at least one ring of four positions",
            ),
            (
                r#"{"type": "MultiPolygon", "coordinates": [[[[0,0],[1,0],[1,1],[0,0]]], []]}"#,
                "part 2 is empty: leave it out",
            ),
        ] {
            assert_eq!(read(geometry), Err(vec![flaw.to_owned()]));
        }
    }
}
