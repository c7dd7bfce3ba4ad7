//! Tests of folders with pick-up zones, and of the message for each invalid one.

use territory::InForce;

use super::*;

#[test]
fn a_zone_follows_mergers_and_goes_without_towns_that_nobody_knows() {
    let zone = ZONE.replace("'00002': Two", "'00900': Old\n  '00777': Gone");
    let folder = sound(&[
        ("towns.geojson", &three_towns()),
        ("zupc/a/zone.yaml", &zone),
        ("zupc/fusion_communes/2020.yaml", "mapping:\n  '00900': '00901'\n"),
        ("zupc/fusion_communes/2021.yaml", "mapping:\n"),
        ("zupc/fusion_communes/2022.yaml", "mapping:\n  '00901': '00003'  # again\n"),
        ("zupc/README.md", "read me"),
        ("zupc/empty/decree.pdf", ""),
    ]);
    assert_eq!(codes(&folder.zones.as_ref().expect("zones")[0].towns), ["00001", "00003"]);
    assert_eq!(
        warnings(&folder),
        [
            "zupc/a/zone.yaml:6: allowed: no town is known as 00777 Gone: the zone goes without it",
            "zupc/empty/zone.yaml: is not there: the folder holds no zone",
        ]
    );
}

#[test]
fn mergers_in_a_circle_lead_nowhere() {
    let files = [
        ("towns.geojson", &*three_towns()),
        ("zupc/a/zone.yaml", &ZONE.replace("00002", "00900")),
        ("zupc/fusion_communes/2020.yaml", "mapping: {'00900': '00901', '00901': '00900'}"),
    ];
    assert_eq!(warnings(&sound(&files)).len(), 1);
}

#[test]
fn zones_may_name_towns_that_are_known_from_before() {
    let folder = folder(&[("zupc/a/zone.yaml", ZONE)]);
    let read = |known: &[&str]| {
        let known = known.iter().map(|code| code.parse().expect("a code")).collect();
        read(folder.path(), &Options::default(), &known, &mut |_, _, _| {})
    };
    assert!(read(&["00001", "00002"]).is_ok_and(|folder| folder.warnings.is_empty()));
    let faults = read(&[]).expect_err("no town is known").0;
    assert_eq!(
        faults[0].to_string(),
        "zupc/a/zone.yaml:4: allowed: no town is known as 00001 One, nor any other of this zone"
    );
}

#[test]
fn zones_are_not_blamed_for_towns_that_could_not_be_read() {
    let faults = faults(&[("towns.geojson", "{"), ("zupc/a/zone.yaml", ZONE)]);
    assert_eq!(faults.len(), 1, "{faults:?}");
}

#[test]
fn a_zone_may_have_a_border_and_no_towns() {
    let square = r#"{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}"#;
    let feature = format!(r#"{{"type":"Feature","properties":{{}},"geometry":{square}}}"#);
    for border in [square, &feature, &collection(&[&feature])] {
        let zone = "id: 11111111-aaaa-4aaa-8aaa-000000000001\nname: Gare\nallowed: null\nfeature: gare é.geojson\n";
        let folder = sound(&[("zupc/a/zone.yaml", zone), ("zupc/a/gare é.geojson", border)]);
        let zone = &folder.zones.as_ref().expect("zones")[0];
        assert_eq!(
            (zone.towns.len(), zone.border.as_ref().map(|border| border.0.len())),
            (0, Some(1))
        );
    }
}

#[test]
fn a_zone_tells_the_days_of_its_decree_if_its_author_does() {
    let in_force = |more: &str| {
        let folder = sound(&[
            ("towns.geojson", &three_towns()),
            ("zupc/a/zone.yaml", &format!("{ZONE}{more}")),
        ]);
        let InForce { since, until } = folder.zones.expect("zones")[0].in_force;
        [since, until].map(|day| day.map(|day| day.to_string()))
    };
    let day = |text: &str| Some(text.to_owned());
    assert_eq!(in_force(""), [None, None]);
    assert_eq!(in_force("in_force_since:\n"), [None, None]);
    assert_eq!(in_force("in_force_since: 2021-03-01\n"), [day("2021-03-01"), None]);
    assert_eq!(
        in_force("in_force_since: \"2021-03-01\"\nin_force_until: 2021-03-01\n"),
        [day("2021-03-01"), day("2021-03-01")]
    );
}

#[test]
fn bad_zones_are_told_by_line_and_field() {
    let towns = three_towns();
    for (zone, fault) in [
        (
            ZONE.replace("11111111-", "1-"),
            "zupc/a/zone.yaml:1: id: `1-aaaa-4aaa-8aaa-000000000001` is not a UUID, such as 1889c818-6ab2-4ae1-8baa-b08a2d01bded",
        ),
        (
            ZONE.replace("name: Zone\n", ""),
            "zupc/a/zone.yaml: name: is missing or empty: every zone has one",
        ),
        (
            ZONE.replace("'00002'", "'0002'"),
            "zupc/a/zone.yaml:5: allowed: `0002` is no INSEE code: it takes five digits or capital letters, such as 75056 or 2A004",
        ),
        (
            ZONE.replace("'00001': One\n  '00002': Two", "'00777': Gone"),
            "zupc/a/zone.yaml:4: allowed: no town is known as 00777 Gone, nor any other of this zone",
        ),
        (
            ZONE.replace("  '00001': One\n  '00002': Two\n", ""),
            "zupc/a/zone.yaml: allowed: names no town: a zone needs towns, or a `feature` with its border",
        ),
        (
            format!("{ZONE}feature: x.json\n"),
            "zupc/a/zone.yaml:6: feature: there is no file `x.json` beside this one",
        ),
        (format!("{ZONE}include: x\n"), "zupc/a/zone.yaml:6: cannot be understood: unknown field"),
        (
            format!("{ZONE}  '00002': Again\n"),
            "zupc/a/zone.yaml:6: cannot be understood: duplicate mapping key",
        ),
        (ZONE.replace("name: Zone", "name: [Zone"), "zupc/a/zone.yaml:"),
        (
            format!("{ZONE}in_force_since: 01/03/2021\n"),
            "zupc/a/zone.yaml:6: in_force_since: `01/03/2021` is not a date, such as 2021-03-01",
        ),
        (
            format!("{ZONE}in_force_until: 2021-02-29\n"),
            "zupc/a/zone.yaml:6: in_force_until: `2021-02-29` is not a date, such as 2021-03-01",
        ),
        (
            format!("{ZONE}in_force_since: 2021-03-02\nin_force_until: '2021-03-01'\n"),
            "zupc/a/zone.yaml:7: in_force_until: 2021-03-01 is before in_force_since, 2021-03-02: give the last day",
        ),
    ] {
        let faults = faults(&[("towns.geojson", &towns), ("zupc/a/zone.yaml", &zone)]);
        assert!(faults.len() == 1 && faults[0].starts_with(fault), "{faults:?}");
    }
    let faults = faults(&[
        ("towns.geojson", &towns),
        ("zupc/a/zone.yaml", ZONE),
        ("zupc/b/zone.yaml", ZONE),
    ]);
    assert_eq!(
        faults,
        [
            "zupc/b/zone.yaml: id: 11111111-aaaa-4aaa-8aaa-000000000001 is also used in zupc/a/zone.yaml: each zone has its own"
        ]
    );
}

#[test]
fn a_bad_border_of_a_zone_is_told_with_its_own_file() {
    let zone = format!("{ZONE}feature: x.json\n");
    let faults = faults(&[
        ("towns.geojson", &three_towns()),
        ("zupc/a/zone.yaml", &zone),
        ("zupc/a/x.json", r#"{"type":"Point","coordinates":[0,0]}"#),
    ]);
    assert_eq!(
        faults,
        ["zupc/a/x.json: type: is `Point`: FeatureCollection or Feature is expected"]
    );
}

#[test]
fn codes_without_quotes_keep_their_zeros_and_names_like_no_stay_names() {
    let zone =
        "id: 11111111-aaaa-4aaa-8aaa-000000000001\nname: No\nallowed:\n  00001: Y\n  00002:\n";
    let folder = sound(&[("towns.geojson", &three_towns()), ("zupc/a/zone.yaml", zone)]);
    let zone = &folder.zones.expect("zones")[0];
    assert_eq!((zone.name.as_str(), codes(&zone.towns)), ("No", vec!["00001", "00002"]));
}
