//! Tests with whole folders: their content, and the message for each invalid input.

mod names;
mod zones;

use std::fs;

use tempfile::TempDir;
use territory::Place;

use super::*;

/// A town's feature with the square from (x, 0) to (x + 1, 1).
fn town(code: &str, x: i32) -> String {
    let right = x + 1;
    format!(
        r#"{{"type":"Feature","properties":{{"insee":"{code}","nom":"Town {code}"}},"geometry":{{"type":"Polygon","coordinates":[[[{x},0],[{right},0],[{right},1],[{x},1],[{x},0]]]}}}}"#
    )
}

/// A collection with the first feature in line 2.
fn collection(features: &[&str]) -> String {
    format!("{{\"type\":\"FeatureCollection\",\"features\":[\n{}\n]}}", features.join(",\n"))
}

/// Towns 00001, 00002, 00003.
fn three_towns() -> String {
    collection(&[&town("00001", 0), &town("00002", 1), &town("00003", 2)])
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a writable folder");
        fs::write(path, content).expect("a writable folder");
    }
    folder
}

fn read_files(files: &[(&str, &str)]) -> Result<Folder, Faults> {
    read(folder(files).path(), &Options::default(), &HashSet::new(), &mut |_, _, _| {})
}

fn sound(files: &[(&str, &str)]) -> Folder {
    read_files(files).unwrap_or_else(|faults| panic!("{faults}"))
}

/// Faults of a folder, as displayed.
fn faults(files: &[(&str, &str)]) -> Vec<String> {
    let faults = read_files(files).expect_err("a folder with faults");
    faults.0.iter().map(ToString::to_string).collect()
}

/// Faults of a folder with this file only.
fn faults_of(name: &str, content: &str) -> Vec<String> {
    faults(&[(name, content)])
}

fn warnings(folder: &Folder) -> Vec<String> {
    folder.warnings.iter().map(ToString::to_string).collect()
}

fn codes(codes: &[InseeCode]) -> Vec<&str> {
    codes.iter().map(InseeCode::as_str).collect()
}

const ZONE: &str = "id: 11111111-aaaa-4aaa-8aaa-000000000001\nname: Zone\nallowed:\n  '00001': One\n  '00002': Two\n";
const STATION_HEADER: &str = "id;nom;insee;geopoint;adresse;emplacements;no_appel;info\r\n";

#[test]
fn a_folder_with_everything_gives_everything() {
    let exclusion = r#"{"type":"Feature","id":"way/1","properties":{"name":"Airport","name:fr":"Aéroport"},
        "geometry":{"type":"Polygon","coordinates":[[[0,0],[1,0],[0,1],[0,0]]]}}"#;
    let stations = format!(
        "{STATION_HEADER}\"00001-T-001\";\"Gare \"\"A\"\"; Nord\";\"00001\";\"0.5, 0.25\";\"\";\"12\";\"\";\"\"\r\n"
    );
    let users = r#"[{"name":"op","email":"op@x.fr","password":"a secret","apikey":"k1","roles":["operateur"],"manager":"boss",
        "commercial_name":"Op","hail_endpoint_production":"http://127.0.0.1:9911/","operator_header_name":"X-Key","operator_api_key":"v","fleet_size":3},
        {"name":"boss","email":"boss@x.fr","roles":[],"manager":null,"fleet_size":null}]"#;
    let folder = sound(&[
        ("towns.geojson", &three_towns()),
        ("zupc/a/zone.yaml", ZONE),
        ("exclusions/a.geojson", exclusion),
        ("stations.csv", &stations),
        ("users.json", users),
    ]);
    let towns = folder.towns.as_ref().expect("towns");
    assert_eq!((towns.len(), towns[2].name.as_str()), (3, "Town 00003"));
    let zones = folder.zones.as_ref().expect("zones");
    assert_eq!(codes(&zones[0].towns), ["00001", "00002"]);
    assert_eq!(folder.exclusions.as_ref().expect("exclusions")[0].name, "Aéroport");
    let station = &folder.stations.as_ref().expect("stations")[0];
    assert_eq!((station.name.as_str(), station.spaces), ("Gare \"A\"; Nord", Some(12)));
    assert_eq!(station.place, Place::Point(territory::Point::new(0.5, 0.25).expect("a place")));
    let users = folder.users.as_ref().expect("users");
    assert_eq!(users[0].manager.as_deref(), Some("boss@x.fr"));
    assert_eq!(users[0].hail_endpoint, "http://127.0.0.1:9911/");
    assert_eq!((users[1].password.as_ref(), users[1].fleet_size), (None, None));
    assert!(warnings(&folder).is_empty(), "{:?}", warnings(&folder));
}

#[test]
fn what_is_not_there_is_none_and_what_is_not_known_is_ignored_with_a_word() {
    let folder = sound(&[("towns.geojson", &three_towns()), ("notes.txt", "")]);
    assert!(folder.zones.is_none() && folder.exclusions.is_none() && folder.users.is_none());
    assert_eq!(warnings(&folder), ["notes.txt: ignored: not a file that import reads"]);
}

#[test]
fn a_folder_without_any_known_file_is_refused() {
    let faults = faults_of("town.geojson", "");
    assert_eq!(faults.len(), 1);
    assert!(faults[0].ends_with(
        ": there is nothing to import: any of towns.geojson, zupc, exclusions, stations.csv, stations.geojson, ads.csv, users.json is expected"
    ), "{faults:?}");
}

#[test]
fn faults_of_all_files_are_told_at_once_and_secrets_are_not() {
    let faults = faults(&[
        ("towns.geojson", "{"),
        ("users.json", r#"[{"email":"a","apikey":"hush"},{"email":"b","apikey":"hush"}]"#),
    ]);
    assert_eq!(
        faults,
        [
            "towns.geojson:1: is not GeoJSON: EOF while parsing an object",
            "users.json:1: apikey: is also used in line 1: each must be unique",
        ]
    );
}

#[test]
fn progress_is_told_feature_by_feature() {
    let folder = folder(&[("towns.geojson", &three_towns())]);
    let mut told = Vec::new();
    let mut progress = |file: &str, done, of| told.push((file.to_owned(), done, of));
    read(folder.path(), &Options::default(), &HashSet::new(), &mut progress).expect("sound");
    assert_eq!(told.last(), Some(&("towns.geojson".to_owned(), 3, 3)));
    assert_eq!(told.len(), 3);
}

#[test]
fn towns_may_have_other_names_for_their_properties() {
    let other = three_towns().replace("insee", "code").replace("nom", "libelle");
    let folder = folder(&[("towns.geojson", &other)]);
    let (code_property, name_property) = ("code".to_owned(), "libelle".to_owned());
    let options = Options { code_property, name_property, ..Options::default() };
    let read = read(folder.path(), &options, &HashSet::new(), &mut |_, _, _| {}).expect("sound");
    assert_eq!(read.towns.map(|towns| towns.len()), Some(3));
}

#[test]
fn towns_may_be_called_approximate_by_their_file() {
    assert!(!sound(&[("towns.geojson", &three_towns())]).approximate);
    let approximate = three_towns().replacen('{', "{\"approximate\":true,", 1);
    assert!(sound(&[("towns.geojson", &approximate)]).approximate);
}

#[test]
fn bad_towns_are_told_by_line_and_field() {
    let good = town("00001", 0);
    let crossed =
        good.replace("[[[0,0],[1,0],[1,1],[0,1],[0,0]]]", "[[[0,0],[1,1],[1,0],[0,1],[0,0]]]");
    for (feature, fault) in [
        (
            good.replace("insee", "code"),
            "towns.geojson:3: properties.insee: is missing: the properties are `code`, `nom`; --code-property names the one to read",
        ),
        (
            good.replace("\"00001\"", "1001"),
            "towns.geojson:3: properties.insee: is 1001: text is expected, between quotes",
        ),
        (
            good.replace("\"00001\"", "\"1a\""),
            "towns.geojson:3: properties.insee: `1a` is no INSEE code: it takes five digits or capital letters, such as 75056 or 2A004",
        ),
        (
            good.replace("\"Town 00001\"", "\" \""),
            "towns.geojson:3: properties.nom: is empty: a value is required",
        ),
        (
            good.replace("00001", "00009"),
            "towns.geojson:3: properties.insee: 00009 is also in line 2: one feature holds all parts of a town",
        ),
        (
            crossed,
            "towns.geojson:3: geometry of 00001 Town 00001: exterior ring: crosses or touches itself at 0.5 0.5: a border must do neither",
        ),
        (
            good.replace("[0,0]]]", "[0,0.5]]]"),
            "towns.geojson:3: geometry of 00001 Town 00001: exterior ring: is open: it ends at 0 0.5, and must end where it begins, at 0 0",
        ),
        (
            good.replace("[1,0]", "[1,\"x\"]"),
            "towns.geojson:3: geometry of 00001 Town 00001: is not a geometry: invalid type: string \"x\", expected f64",
        ),
        (
            good.replace("\"Polygon\"", "\"Blob\""),
            "towns.geojson:3: geometry of 00001 Town 00001: is not a geometry: unknown variant `Blob`, expected one of `Point`, `LineString`, `Polygon`, `MultiPoint`, `MultiLineString`, `MultiPolygon`, `GeometryCollection`",
        ),
        (
            r#"{"type":"Feature","properties":{"insee":"00001","nom":"T"},"geometry":null}"#
                .to_owned(),
            "towns.geojson:3: geometry of 00001 T: is missing",
        ),
        (
            r#"{"type":"Feature","properties":[]}"#.to_owned(),
            "towns.geojson:3: is not a feature: invalid type: sequence, expected a map",
        ),
        (r#"{"type":"Town"}"#.to_owned(), "towns.geojson:3: type is `Town`: Feature is expected"),
    ] {
        assert_eq!(
            faults_of("towns.geojson", &collection(&[&town("00009", 5), &feature])),
            [fault]
        );
    }
}

#[test]
fn a_file_that_is_no_collection_of_towns_is_told() {
    for (content, fault) in [
        (
            "{\"type\":\"FeatureCollection\",\n\"features\":[{]}",
            "towns.geojson:2: is not GeoJSON: key must be a string",
        ),
        ("[]", "towns.geojson:1: is not GeoJSON: it must begin with { and a `type`"),
        (
            r#"{"type":"Topology"}"#,
            "towns.geojson: type: is `Topology`: FeatureCollection or Feature is expected",
        ),
        (
            r#"{"type":"FeatureCollection"}"#,
            "towns.geojson: features: is missing: a FeatureCollection has a list of features",
        ),
        (
            r#"{"type":"FeatureCollection","features":[]}"#,
            "towns.geojson: features: is empty: at least one town is expected",
        ),
    ] {
        assert_eq!(faults_of("towns.geojson", content), [fault]);
    }
}

#[test]
fn all_faults_of_a_file_are_told() {
    let bad = town("x", 0).replace("[0,0]", "[0,99]");
    let faults = faults_of("towns.geojson", &collection(&[&bad, &town("00001", 0), &bad]));
    let lines: Vec<_> = faults.iter().map(|fault| &fault[..16]).collect();
    assert_eq!(
        lines,
        ["towns.geojson:2:", "towns.geojson:2:", "towns.geojson:4:", "towns.geojson:4:"]
    );
}

#[test]
fn bad_exclusion_zones_are_told() {
    let feature = r#"{"type":"Feature","id":"way/1","properties":{"name":"A"},"geometry":{"type":"Polygon","coordinates":[[[0,0],[1,0],[0,1],[0,0]]]}}"#;
    for (feature, fault) in [
        (
            feature.replace(r#""id":"way/1","#, ""),
            "exclusions/b.geojson:1: id: is missing: the feature needs one, such as \"way/364430780\"",
        ),
        (
            feature.replace(r#""name":"A""#, ""),
            "exclusions/b.geojson:1: properties.name: is missing: this feature has no properties",
        ),
        (
            feature.replace("[1,0],[0,1]", "[1,1],[1,0],[0,1]"),
            "exclusions/b.geojson:1: geometry of A: exterior ring: crosses or touches itself at 0.5 0.5: a border must do neither",
        ),
        (
            feature.to_owned(),
            "exclusions/b.geojson: id: `way/1` is also used in exclusions/a.geojson: each zone has its own",
        ),
    ] {
        let other = r#"{"type":"Feature","id":"way/1","properties":{"name":"A"},"geometry":{"type":"Polygon","coordinates":[[[5,5],[6,5],[5,6],[5,5]]]}}"#;
        assert_eq!(
            faults(&[("exclusions/a.geojson", other), ("exclusions/b.geojson", &feature)]),
            [fault]
        );
    }
}

#[test]
fn a_position_of_one_number_is_a_fault_and_no_panic() {
    let towns = collection(&[&town("00001", 0).replace("[1,1]", "[1]")]);
    let faults = faults_of("towns.geojson", &towns);
    assert!(faults.iter().any(|fault| fault.contains("a position of 1 numbers")), "{faults:?}");
}
