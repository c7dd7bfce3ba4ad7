//! Tests of file names, unreadable parts and places far from towns.

use super::*;

const AIRPORT: &str = r#"{"type":"Feature","id":"way/1","properties":{"name":"Airport"},
    "geometry":{"type":"Polygon","coordinates":[[[0,0],[1,0],[0,1],[0,0]]]}}"#;

#[test]
fn names_are_the_same_in_capitals_and_with_other_endings() {
    let gare =
        ZONE.replace("name: Zone", "name: Gare\nfeature: gare.geojson").replace("0001\n", "0002\n");
    let folder = sound(&[
        ("Towns.GeoJSON", &three_towns()),
        ("ZUPC/a/Zone.YML", ZONE),
        ("ZUPC/b/zone.yaml", &gare),
        ("ZUPC/b/Gare.GEOJSON", AIRPORT),
        ("ZUPC/Fusion_Communes/2020.YML", "mapping:\n  '00900': '00003'\n"),
        ("exclusions/airport.GEOJSON", AIRPORT),
        ("exclusions/.DS_Store", "\u{0}"),
        ("Stations.JSON", r#"{"type":"FeatureCollection","features":[]}"#),
        ("USERS.json", "[]"),
    ]);
    assert!(folder.warnings.is_empty(), "{:?}", warnings(&folder));
    assert_eq!(folder.towns.map(|towns| towns.len()), Some(3));
    assert_eq!(folder.zones.map(|zones| zones.len()), Some(2));
    assert_eq!(folder.exclusions.map(|zones| zones.len()), Some(1));
    assert_eq!(folder.stations.map(|ranks| ranks.len()), Some(0));
    assert_eq!(folder.mergers.iter().count(), 1);
    assert!(folder.users.is_some());
}

#[test]
fn two_files_of_one_part_are_refused() {
    let faults = faults(&[("towns.geojson", &three_towns()), ("TOWNS.json", &three_towns())]);
    assert_eq!(faults, ["towns.geojson: TOWNS.json exists, too: remove one of them"]);
}

#[test]
fn a_part_of_which_no_file_could_be_read_is_refused() {
    assert_eq!(
        faults(&[("exclusions/airport.kml", ""), ("users.json", "[]")]),
        [
            "exclusions: holds no file whose name ends in .geojson or .json: leave the folder out to leave the exclusion zones as they are"
        ]
    );
    assert_eq!(
        faults(&[("zupc/a/zone.txt", ZONE), ("users.json", "[]")]),
        ["zupc: holds no folder with a zone.yaml: leave zupc out to leave the zones as they are"]
    );
    // Mergers alone say nothing about zones.
    let merged = ("zupc/fusion_communes/2020.yaml", "mapping:\n  '00900': '00003'\n");
    let folder = sound(&[("towns.geojson", &three_towns()), merged]);
    assert!(folder.zones.is_none());
}

#[test]
fn a_faulty_town_is_left_out_if_asked_and_named() {
    let bow_tie = town("00002", 1).replace("[2,0],[2,1]", "[2,1],[2,0]");
    let text = collection(&[&town("00001", 0), &bow_tie, &town("00003", 2)]);
    let files = [("towns.geojson", &*text), ("zupc/a/zone.yaml", ZONE)];
    let all = faults(&files);
    assert!(all[0].starts_with("towns.geojson:3: geometry of 00002 Town 00002: "), "{all:?}");
    let options = Options { skip_faulty: true, ..Options::default() };
    let code = |text: &str| text.parse::<InseeCode>().expect("a code");
    for (known, zone) in [(vec![], vec!["00001"]), (vec![code("00002")], vec!["00001", "00002"])] {
        let known = known.into_iter().collect();
        let read = read(folder(&files).path(), &options, &known, &mut |_, _, _| {});
        let folder = read.unwrap_or_else(|faults| panic!("{faults}"));
        assert!(
            warnings(&folder)[0].ends_with(": the town is left out"),
            "{:?}",
            warnings(&folder)
        );
        assert_eq!(folder.towns.map(|towns| towns.len()), Some(2));
        assert_eq!(folder.towns_left_out, known);
        assert_eq!(codes(&folder.zones.expect("zones")[0].towns), zone);
    }
}

#[test]
fn what_lies_far_from_every_town_is_said() {
    let towns = three_towns().replace(",0]", ",48]").replace(",1]", ",49]");
    let stations = format!("{STATION_HEADER}00001-T-001;Gare;00001;48.5, 0.5;;;;\r\n");
    let folder = sound(&[
        ("towns.geojson", &towns),
        ("stations.csv", &stations),
        ("exclusions/a.json", AIRPORT),
    ]);
    assert_eq!(
        warnings(&folder),
        [
            "stations: 1 of 1 lie more than 100 km from every town; the first is `00001-T-001` at 48.5 0.5; longitude and latitude seem to be swapped: longitude comes first",
            "exclusions: 1 of 1 lie more than 100 km from every town; the first is `way/1` at 0.5 0.5",
        ]
    );
}
