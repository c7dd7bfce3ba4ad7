//! Tests on small territories of hand-made squares, and a comparison with a naive scan.

use geo::coordinate_position::{CoordPos, CoordinatePosition};
use geo::{MultiPolygon, Polygon, Rect, coord, polygon};
use proptest::prelude::*;

use super::*;
use crate::InForce;

fn code(text: &str) -> InseeCode {
    text.parse().expect("a code")
}

fn point(lon: f64, lat: f64) -> Point {
    Point::new(lon, lat).expect("a place")
}

/// A square with its lower left corner at (x, y).
fn square(x: f64, y: f64, side: f64) -> Polygon<f64> {
    Rect::new(coord! { x: x, y: y }, coord! { x: x + side, y: y + side }).to_polygon()
}

fn town(name: &str, parts: impl Into<MultiPolygon<f64>>) -> Town {
    Town { code: code(name), name: format!("Town {name}"), border: parts.into() }
}

fn zone(id: &str, towns: &[&str], border: Option<Polygon<f64>>) -> Zone {
    let towns = towns.iter().map(|town| code(town)).collect();
    let (border, in_force) = (border.map(Into::into), InForce::default());
    Zone { id: id.to_owned(), name: id.to_owned(), towns, border, in_force }
}

fn exclusion(id: &str, border: Polygon<f64>) -> Exclusion {
    Exclusion { id: id.to_owned(), name: id.to_owned(), border: border.into() }
}

/// The code of the town at a point, as text.
fn at(territory: &Territory, lon: f64, lat: f64) -> Option<&str> {
    territory.town_at(point(lon, lat)).map(|town| town.code.as_str())
}

#[test]
fn a_town_holds_its_land_and_its_border() {
    let territory = Territory::new(vec![town("00001", square(0.0, 0.0, 1.0))], vec![], vec![]);
    for (lon, lat) in [(0.5, 0.5), (0.0, 0.0), (1.0, 0.5), (0.5, 1.0)] {
        assert_eq!(at(&territory, lon, lat), Some("00001"), "{lon} {lat}");
    }
    for (lon, lat) in [(1.000_001, 0.5), (-0.000_001, 0.5), (0.5, 2.0)] {
        assert_eq!(at(&territory, lon, lat), None, "{lon} {lat}");
    }
}

#[test]
fn a_town_in_the_hole_of_another_holds_the_hole() {
    let ring = Polygon::new(
        square(0.0, 0.0, 3.0).exterior().clone(),
        vec![square(1.0, 1.0, 1.0).exterior().clone()],
    );
    let empty_hole = Territory::new(vec![town("00001", ring.clone())], vec![], vec![]);
    assert_eq!(at(&empty_hole, 1.5, 1.5), None);
    assert_eq!(at(&empty_hole, 1.0, 1.5), Some("00001"), "the edge of the hole is the town's");

    let inner = town("00002", square(1.0, 1.0, 1.0));
    let filled = Territory::new(vec![town("00001", ring), inner], vec![], vec![]);
    assert_eq!(at(&filled, 1.5, 1.5), Some("00002"));
    assert_eq!(at(&filled, 0.5, 1.5), Some("00001"));
}

#[test]
fn a_town_of_several_parts_holds_them_and_the_corner_where_they_meet() {
    let parts = vec![square(0.0, 0.0, 1.0), square(1.0, 1.0, 1.0), square(5.0, 5.0, 1.0)];
    let territory = Territory::new(vec![town("00001", parts)], vec![], vec![]);
    for (lon, lat) in [(0.5, 0.5), (1.5, 1.5), (5.5, 5.5), (1.0, 1.0)] {
        assert_eq!(at(&territory, lon, lat), Some("00001"), "{lon} {lat}");
    }
    assert_eq!(at(&territory, 3.0, 3.0), None, "between the parts");
}

#[test]
fn a_shared_border_belongs_to_the_lowest_code_in_whatever_order_towns_come() {
    let west = town("00002", square(0.0, 0.0, 1.0));
    let east = town("00001", square(1.0, 0.0, 1.0));
    for towns in [vec![west.clone(), east.clone()], vec![east, west]] {
        let territory = Territory::new(towns, vec![], vec![]);
        assert_eq!(at(&territory, 1.0, 0.5), Some("00001"));
        assert_eq!(at(&territory, 0.999_999, 0.5), Some("00002"));
    }
}

#[test]
fn of_two_towns_with_one_code_the_first_counts() {
    let towns = vec![town("00001", square(0.0, 0.0, 1.0)), town("00001", square(5.0, 5.0, 1.0))];
    let territory = Territory::new(towns, vec![], vec![]);
    assert_eq!(territory.towns().len(), 1);
    assert_eq!(at(&territory, 0.5, 0.5), Some("00001"));
    assert_eq!(at(&territory, 5.5, 5.5), None);
}

#[test]
fn a_town_is_found_by_its_code() {
    let towns = ["2A004", "75056", "01001"].map(|code| town(code, square(0.0, 0.0, 1.0)));
    let territory = Territory::new(towns.to_vec(), vec![], vec![]);
    assert_eq!(territory.town(code("2A004")).map(|town| town.name.as_str()), Some("Town 2A004"));
    assert_eq!(territory.town(code("2A005")), None);
    let codes: Vec<_> = territory.towns().iter().map(|town| town.code.as_str()).collect();
    assert_eq!(codes, ["01001", "2A004", "75056"]);
}

#[test]
fn licences_are_those_of_the_town_and_of_all_that_share_a_zone_with_it() {
    let towns = ["00001", "00002", "00003", "00004"].map(|code| town(code, square(0.0, 0.0, 1.0)));
    let zones = vec![zone("b", &["00003", "00002"], None), zone("a", &["00002", "00001"], None)];
    let territory = Territory::new(towns.to_vec(), zones, vec![]);
    for (town, allowed) in [
        ("00001", &["00001", "00002"][..]),
        ("00002", &["00001", "00002", "00003"]),
        ("00003", &["00002", "00003"]),
        ("00004", &["00004"]),
        ("00005", &[]),
    ] {
        let found = territory.licences_allowed(code(town)).iter().map(InseeCode::as_str);
        assert_eq!(found.collect::<Vec<_>>(), allowed, "{town}");
    }
    let zones = territory.zones_of(code("00002")).map(|zone| zone.id.as_str());
    assert_eq!(zones.collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn a_town_named_twice_in_a_zone_is_in_it_once() {
    let zones = vec![zone("a", &["00001", "00001"], None)];
    let territory = Territory::new(vec![town("00001", square(0.0, 0.0, 1.0))], zones, vec![]);
    assert_eq!(territory.licences_allowed(code("00001")), [code("00001")]);
    assert_eq!(territory.zones_of(code("00001")).count(), 1);
}

#[test]
fn a_zone_with_a_border_of_its_own_holds_that_and_not_its_towns() {
    let towns = vec![town("00001", square(0.0, 0.0, 1.0)), town("00002", square(1.0, 0.0, 1.0))];
    let zones = vec![
        zone("city", &["00001", "00002"], None),
        zone("airport", &["00001"], Some(square(1.5, 0.0, 1.0))),
    ];
    let territory = Territory::new(towns, zones, vec![]);
    let zones = |lon, lat| -> Vec<&str> {
        territory.zones_at(point(lon, lat)).into_iter().map(|zone| zone.id.as_str()).collect()
    };
    assert_eq!(zones(0.5, 0.5), ["city"]);
    assert_eq!(zones(1.75, 0.5), ["airport", "city"]);
    assert_eq!(zones(2.25, 0.5), ["airport"], "beyond every town");
    assert!(zones(5.0, 5.0).is_empty());
}

#[test]
fn an_exclusion_zone_is_its_polygon_and_not_the_box_around_it() {
    let triangle = polygon![(x: 0.0, y: 0.0), (x: 1.0, y: 0.0), (x: 0.0, y: 1.0)];
    let exclusions = vec![exclusion("b", square(0.0, 0.0, 0.1)), exclusion("a", triangle)];
    let territory = Territory::new(vec![], vec![], exclusions);
    let at = |lon, lat| territory.exclusion_at(point(lon, lat)).map(|area| area.id.as_str());
    assert_eq!(at(0.05, 0.05), Some("a"), "of two the lowest id");
    assert_eq!(at(0.5, 0.5), Some("a"), "the border is excluded too");
    assert_eq!(at(0.6, 0.6), None, "in the box, beside the triangle");
}

#[test]
fn a_territory_of_nothing_answers_nothing() {
    let territory = Territory::new(vec![], vec![], vec![]);
    assert_eq!(at(&territory, 0.0, 0.0), None);
    assert!(territory.zones_at(point(0.0, 0.0)).is_empty());
    assert_eq!(territory.exclusion_at(point(0.0, 0.0)), None);
}

/// A triangle or square on a coarse grid, so that many points fall on borders and corners.
fn shape() -> impl Strategy<Value = Polygon<f64>> {
    let corner = (0..12_u8, 0..12_u8, 1..6_u8, any::<bool>());
    corner.prop_map(|(x, y, side, whole)| {
        let (x, y, side) = (f64::from(x), f64::from(y), f64::from(side));
        if whole {
            square(x, y, side)
        } else {
            polygon![(x: x, y: y), (x: x + side, y: y), (x: x, y: y + side)]
        }
    })
}

fn towns() -> impl Strategy<Value = Vec<Town>> {
    let parts = prop::collection::vec(shape(), 1..4);
    prop::collection::hash_map(0..99_999_u32, parts, 0..20).prop_map(|towns| {
        towns.into_iter().map(|(number, parts)| town(&format!("{number:05}"), parts)).collect()
    })
}

/// True if the point is in or on any part of the border; asks each part.
fn holds(town: &Town, point: Point) -> bool {
    let coord = coord! { x: point.lon(), y: point.lat() };
    town.border.iter().any(|part| part.coordinate_position(&coord) != CoordPos::Outside)
}

proptest! {
    #[test]
    fn the_town_at_a_point_is_what_a_scan_of_all_towns_finds(
        towns in towns(),
        points in prop::collection::vec((0..36_u8, 0..36_u8), 1..40),
    ) {
        let territory = Territory::new(towns.clone(), vec![], vec![]);
        for (x, y) in points {
            let point = point(f64::from(x) / 2.0, f64::from(y) / 2.0);
            let holding = towns.iter().filter(|town| holds(town, point));
            let expected = holding.map(|town| town.code).min();
            prop_assert_eq!(territory.town_at(point).map(|town| town.code), expected);
        }
    }

    #[test]
    fn licences_allowed_are_what_a_scan_of_all_zones_finds(
        zones in prop::collection::vec(prop::collection::vec(0..15_u32, 0..6), 0..8),
    ) {
        let code_of = |number: u32| code(&format!("{number:05}"));
        let towns = (0..15).map(|n| town(&format!("{n:05}"), square(0.0, 0.0, 1.0))).collect();
        let as_zone = |(id, towns): (usize, &Vec<u32>)| Zone {
            towns: towns.iter().copied().map(code_of).collect(),
            ..zone(&id.to_string(), &[], None)
        };
        let territory = Territory::new(towns, zones.iter().enumerate().map(as_zone).collect(), vec![]);
        for town in 0..15 {
            let may = |other: &u32| {
                *other == town || zones.iter().any(|zone| zone.contains(&town) && zone.contains(other))
            };
            let expected: Vec<_> = (0..15).filter(may).map(code_of).collect();
            prop_assert_eq!(territory.licences_allowed(code_of(town)), expected);
        }
    }
}

#[test]
fn an_old_code_means_the_town_it_became_part_of() {
    let towns = vec![town("00003", square(0.0, 0.0, 1.0)), town("00004", square(1.0, 0.0, 1.0))];
    let pairs = [("00001", "00002"), ("00002", "00003"), ("00004", "00003"), ("00007", "00008")];
    let mergers = pairs.iter().map(|(old, new)| (code(old), code(new))).collect();
    let territory = Territory::new(towns, vec![], vec![]).with_mergers(mergers);
    let in_force = |text: &str| territory.in_force(code(text)).map(|code| code.to_string());
    for (asked, meant) in [("00001", "00003"), ("00003", "00003"), ("00004", "00004")] {
        assert_eq!(in_force(asked).as_deref(), Some(meant));
    }
    for unknown in ["00005", "00007", "00008"] {
        assert_eq!(in_force(unknown), None);
    }
    let codes: Vec<_> = territory.codes_of(code("00003")).iter().map(ToString::to_string).collect();
    assert_eq!(codes, ["00001", "00002", "00003"]);
    assert_eq!(territory.codes_of(code("00004")), [code("00004")]);
}

#[test]
fn towns_near_a_rectangle_are_those_that_it_shows() {
    let towns = [("00002", 2.0), ("00001", 0.0), ("00003", 4.0)];
    let towns = towns.map(|(code, x)| town(code, square(x, 0.0, 1.0))).to_vec();
    let territory = Territory::new(towns, vec![], vec![]);
    let near = |west, east| {
        let places = territory.towns_near(&Bounds { west, south: 0.2, east, north: 0.3 });
        places
            .into_iter()
            .map(|place| territory.towns()[place].code.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(near(0.5, 2.5), ["00001", "00002"]);
    assert_eq!(near(1.0, 1.5), ["00001"]);
    assert!(near(1.1, 1.9).is_empty());
    let whole = Bounds { west: 0.0, south: 0.0, east: 5.0, north: 1.0 };
    assert_eq!(territory.extent(), Some(whole));
    assert_eq!(Territory::new(vec![], vec![], vec![]).extent(), None);
}
