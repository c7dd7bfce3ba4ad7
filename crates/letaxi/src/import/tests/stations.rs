//! Tests of taxi ranks from CSV and GeoJSON, and of the message for each invalid cell.

use std::collections::HashSet;

use super::*;
use crate::import::complaint::Log;

const HEADER: &str = "id;nom;insee;geopoint;adresse;emplacements;no_appel;info";
const STATION: &str = "75056-T-001;Nord;75056;2.35, 48.88;18 rue de Dunkerque;4;0100000001;24h/24";

fn code(text: &str) -> InseeCode {
    text.parse().expect("a code")
}

/// Ranks of a text, its faults and its warnings, as displayed.
fn read(
    parse: fn(&str, &Codes<'_>, &mut FileLog<'_>) -> Vec<Station>,
    text: &str,
) -> (Vec<Station>, Vec<String>, Vec<String>) {
    let mut log = Log::default();
    let known = HashSet::from([code("75056")]);
    let mergers =
        [("75001", "75056")].map(|(old, new)| (code(old), code(new))).into_iter().collect();
    let codes = Codes { known: Some(&known), mergers: &mergers };
    let stations = parse(text, &codes, &mut log.about("s"));
    let said = |complaints: &[super::super::Complaint]| {
        complaints.iter().map(ToString::to_string).collect()
    };
    (stations, said(&log.faults), said(&log.warnings))
}

#[test]
fn semicolons_and_commas_columns_in_any_order_and_blank_cells_are_read() {
    let (with_semicolons, faults, warnings) = read(parse_csv, &format!("{HEADER}\n{STATION}\n"));
    assert!(faults.is_empty() && warnings.is_empty(), "{faults:?} {warnings:?}");
    let with_commas = "nom,id,insee,geopoint,adresse,emplacements,no_appel,info\r\nNord,75056-T-001,75056,\"2.35,48.88\",18 rue de Dunkerque,4,0100000001,24h/24\r\n";
    assert_eq!(read(parse_csv, with_commas).0, with_semicolons);
    let blank = read(parse_csv, &format!("{HEADER}\n75056-T-001;Nord;75056;2.35,48.88;;;;\n")).0;
    assert_eq!(
        (blank[0].spaces, blank[0].phone.as_ref(), blank[0].address.as_str()),
        (None, None, "")
    );
}

#[test]
fn wrong_columns_are_told_with_the_right_ones() {
    let (_, faults, _) =
        read(parse_csv, &format!("{}\n{STATION}\n", HEADER.replace("insee", "commune")));
    assert_eq!(
        faults,
        [
            "s:1: columns: without insee; the columns are id, nom, insee, geopoint, adresse, emplacements, no_appel, info; not commune"
        ]
    );
    let (stations, faults, warnings) = read(parse_csv, &format!("{HEADER};photo\n{STATION};x\n"));
    assert_eq!((stations.len(), faults.len()), (1, 0));
    assert_eq!(warnings, ["s:1: columns: ignored: photo"]);
}

#[test]
fn bad_cells_are_told_by_line_and_column() {
    for (row, fault) in [
        (STATION.replace("75056-T-001", ""), "s:4: id: is empty: a value is required"),
        (STATION.replace("Nord", " "), "s:4: nom: is empty: a value is required"),
        (
            STATION.replace(";75056", ";7505"),
            "s:4: insee: `7505` is no INSEE code: it takes five digits or capital letters, such as 75056 or 2A004",
        ),
        (
            STATION.replace("2.35, 48.88", "2.35 48.88"),
            "s:4: geopoint: is `2.35 48.88`: longitude, comma, latitude are expected, such as 2.3637, 48.8675",
        ),
        (
            STATION.replace("2.35, 48.88", "652000, 6862000"),
            "s:4: geopoint: longitude 652000 and latitude 6862000 are no place: a longitude lies within ±180, a latitude within ±85.05112878",
        ),
        (
            STATION.replace(";4;", ";-4;"),
            "s:4: emplacements: is `-4`: a whole number or nothing is expected",
        ),
        (
            STATION.replace("001", "002"),
            "s:4: id: `75056-T-002` is also used in line 3: each rank has its own",
        ),
        (
            STATION.replace("Nord", "Nord;Sud"),
            "s:4: has 9 cells: 8 are expected, as in the first line; quote those that hold the separator",
        ),
    ] {
        for end in ["\n", "\r\n"] {
            let text = [HEADER, "", &STATION.replace("001", "002"), &row].join(end);
            assert_eq!(read(parse_csv, &text).1, [fault]);
        }
    }
}

#[test]
fn odd_ids_and_unknown_towns_are_worth_one_warning_each() {
    let text = format!(
        "{HEADER}\n{STATION}\n75056-2;A;69123;4.8,45.7;;;;\n75056-3;B;69123;4.8,45.7;;;;\n"
    );
    let (stations, faults, warnings) = read(parse_csv, &text);
    assert_eq!((stations.len(), faults.len()), (3, 0));
    assert_eq!(
        warnings,
        [
            "s:3: id: 2 of 3 ids are not as the schema wants (town's code, `-T-`, three digits, such as 75056-T-001); the first is `75056-2`",
            "s:3: insee: 2 of 3 ranks are in an unknown town; the first is 69123",
        ]
    );
}

#[test]
fn the_schema_wants_code_t_and_number() {
    for id in ["75056-T-001", "2A004-T-999", "97411-T-010"] {
        assert!(territory::is_schema_id(id), "{id}");
    }
    for id in [
        "75056-1",
        "75056-T-01",
        "75056-T-0001",
        "2C004-T-001",
        "20004-T-001",
        "7505é-T-001",
        "A5056-T-001",
    ] {
        assert!(!territory::is_schema_id(id), "{id}");
    }
}

#[test]
fn geojson_ranks_are_points_or_areas() {
    let feature = |geometry: &str| {
        format!(
            r#"{{"type":"Feature","properties":{{"id":"75056-T-001","nom":"Nord","insee":"75056","emplacements":4}},"geometry":{geometry}}}"#
        )
    };
    let (point, faults, _) =
        read(parse_geojson, &feature(r#"{"type":"Point","coordinates":[2.35,48.88]}"#));
    assert!(faults.is_empty(), "{faults:?}");
    assert_eq!(point[0].spaces, Some(4));
    let (area, _, _) = read(
        parse_geojson,
        &feature(r#"{"type":"Polygon","coordinates":[[[2,48],[2.1,48],[2.1,48.1],[2,48]]]}"#),
    );
    assert!(matches!(area[0].place, Place::Area(_)));
    let (_, faults, _) =
        read(parse_geojson, &feature(r#"{"type":"LineString","coordinates":[[2,48],[2.1,48]]}"#));
    assert_eq!(
        faults,
        ["s:1: geometry: is a LineString: a Point, a Polygon or a MultiPolygon is expected"]
    );
}

#[test]
fn what_the_schema_calls_missing_is_empty_and_blank_rows_are_passed_over() {
    let rows = [
        HEADER,
        "75056-T-001;Nord;75056;2.35, 48.88;null;null; null ;null",
        ";;;;;;;",
        "; ;",
        "  ",
    ];
    let (stations, faults, warnings) = read(parse_csv, &rows.join("\n"));
    assert!(faults.is_empty() && warnings.is_empty(), "{faults:?} {warnings:?}");
    let [rank] = &stations[..] else { panic!("{stations:?}") };
    assert_eq!((rank.address.as_str(), rank.info.as_str()), ("", ""));
    assert_eq!((rank.spaces, rank.phone.as_ref()), (None, None));
    let faults = read(parse_csv, &rows.join("\n").replace("Nord", "null")).1;
    assert_eq!(faults, ["s:2: nom: is empty: a value is required"]);
}

#[test]
fn shapes_of_one_part_are_that_part_and_a_rank_may_have_several() {
    let feature = |geometry: &str| {
        format!(
            r#"{{"type":"Feature","properties":{{"id":"75056-T-001","nom":"Nord","insee":"75056","emplacements":6.0}},"geometry":{geometry}}}"#
        )
    };
    let rings = ["[[[2,48],[2.1,48],[2.1,48.1],[2,48]]]", "[[[3,48],[3.1,48],[3.1,48.1],[3,48]]]"];
    let multi = |parts: &[&str]| {
        format!(r#"{{"type":"MultiPolygon","coordinates":[{}]}}"#, parts.join(","))
    };
    let point = r#"{"type":"MultiPoint","coordinates":[[2.35,48.88]]}"#;
    let only =
        r#"{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[2,48]}]}"#;
    for (shape, parts) in [(&*multi(&rings), 2), (&multi(&rings[..1]), 1), (point, 0), (only, 0)] {
        let (stations, faults, _) = read(parse_geojson, &feature(shape));
        assert!(faults.is_empty(), "{faults:?}");
        assert_eq!(stations[0].spaces, Some(6));
        let found = match &stations[0].place {
            Place::Area(area) => area.0.len(),
            Place::Point(_) => 0,
        };
        assert_eq!(found, parts, "{shape}");
    }
    for odd in ["6.5", "-6.0", "\"six\""] {
        let text = feature(point).replace("6.0", odd);
        assert_eq!(read(parse_geojson, &text).1.len(), 1, "{odd}");
    }
}

#[test]
fn a_rank_stands_in_the_town_that_its_town_became_part_of() {
    let (stations, _, warnings) =
        read(parse_csv, &format!("{HEADER}\n{}\n", STATION.replace(";75056", ";75001")));
    assert_eq!(stations[0].town, code("75056"));
    assert!(warnings.is_empty(), "{warnings:?}");
    let (_, _, warnings) =
        read(parse_csv, &format!("{HEADER}\n{}\n", STATION.replace(";75056", ";75102")));
    assert!(
        warnings[0].ends_with("75102 (an arrondissement of 75056: give that code)"),
        "{warnings:?}"
    );
}
