//! The territory: imported all or nothing, loaded in one moment.

use chrono::NaiveDate;
use geo::{LineString, MultiPolygon, Polygon};
use registry::Role;
use registry::licence::LicenceDetails;
use storage::territory_rows::{Changed, ImportReport, TerritoryImport};
use territory::{Exclusion, InForce, Place as Spot, Point, Station, Zone};

use crate::place::Place;
use crate::world::{account, at, code, licence, square, town};

crate::tests![
    a_territory_reads_back_as_it_was_imported,
    the_same_import_twice_changes_nothing,
    an_import_says_what_it_changed,
    a_town_that_licences_name_is_kept,
    licences_follow_their_town,
    no_licence_is_lost_when_numbers_meet,
    an_import_that_is_not_accepted_changes_nothing,
    parts_are_replaced_alone,
    approximate_is_said_of_each_part,
    an_import_that_breaks_off_leaves_nothing,
    a_whole_country_is_imported,
];

/// A border of two parts, one of them with a hole.
fn archipelago() -> MultiPolygon<f64> {
    let ring = |corner: f64, size: f64| {
        let end = corner + size;
        let corners = [(corner, corner), (end, corner), (end, end), (corner, corner)];
        LineString::from(corners.to_vec())
    };
    MultiPolygon(vec![
        Polygon::new(ring(1.0, 1.0), vec![ring(1.2, 0.1)]),
        Polygon::new(ring(4.000_000_1, 1.0 / 3.0), vec![]),
    ])
}

pub(crate) fn everything() -> TerritoryImport {
    let mut island = town("2A004");
    island.border = archipelago();
    let zone = |id: &str, towns: &[&str], border| Zone {
        id: id.into(),
        name: "Zone d'à côté".into(),
        towns: towns.iter().map(|text| code(text)).collect(),
        border,
        in_force: InForce {
            since: NaiveDate::from_ymd_opt(2021, 3, 1),
            until: NaiveDate::from_ymd_opt(2030, 12, 31).filter(|_| id == "a"),
        },
    };
    let station = |id: &str, place, spaces| Station {
        id: id.into(),
        name: "Gare".into(),
        town: code("75056"),
        place,
        address: "place de la Gare".into(),
        spaces,
        phone: Some("0100000000".into()),
        info: String::new(),
    };
    let area = Polygon::new(LineString::from(vec![(0., 0.), (1., 0.), (1., 1.), (0., 0.)]), vec![]);
    TerritoryImport {
        towns: Some(vec![island, town("75056"), town("92050")]),
        zones: Some(vec![
            zone("a", &["75056", "92050"], None),
            zone("b", &[], Some(square(2.5, 49.0))),
        ]),
        exclusions: Some(vec![Exclusion {
            id: "way/900001".into(),
            name: "Aéroport".into(),
            border: square(2.5, 49.0),
        }]),
        stations: Some(vec![
            station("75056-1", Spot::Point(Point::new(2.35, 48.85).unwrap()), Some(4)),
            station("75056-2", Spot::Area(area.into()), None),
            station("75056-3", Spot::Area(archipelago()), None),
        ]),
        ..TerritoryImport::default()
    }
}

async fn import(place: &Place, import: TerritoryImport) -> ImportReport {
    place.store.import_territory(import, &|_| {}).await.unwrap()
}

fn changed(added: usize, updated: usize, removed: usize) -> Changed {
    Changed { added, updated, removed }
}

async fn a_territory_reads_back_as_it_was_imported(place: Place) {
    let report = import(&place, everything()).await;
    assert_eq!((report.towns, report.zones), (Some(changed(3, 0, 0)), Some(changed(2, 0, 0))));
    assert_eq!(
        (report.exclusions, report.stations),
        (Some(changed(1, 0, 0)), Some(changed(3, 0, 0)))
    );
    let content = place.store.territory().await.unwrap();
    // All by their keys, as they happen to be given.
    assert_eq!(Some(content.towns), everything().towns);
    assert_eq!(Some(content.zones), everything().zones);
    assert_eq!(Some(content.exclusions), everything().exclusions);
    assert_eq!(Some(content.stations), everything().stations);
    assert!(!content.approximate);
    assert_eq!(content.revision, place.store.territory_revision().await.unwrap());
    assert!(content.revision > 0);
}

async fn the_same_import_twice_changes_nothing(place: Place) {
    import(&place, everything()).await;
    let revision = place.store.territory_revision().await.unwrap();
    let mut shuffled = everything();
    shuffled.zones.as_mut().unwrap()[0].towns.reverse();
    shuffled.towns.as_mut().unwrap().reverse();
    let done = std::sync::Mutex::new(Vec::new());
    let progress = |rows| done.lock().unwrap().push(rows);
    let report = place.store.import_territory(shuffled, &progress).await.unwrap();
    let nothing = Some(changed(0, 0, 0));
    assert_eq!([report.towns, report.zones, report.exclusions, report.stations], [nothing; 4]);
    assert_eq!(place.store.territory_revision().await.unwrap(), revision);
    // Unchanged rows are done too.
    assert_eq!(done.into_inner().unwrap().last(), Some(&9));
}

async fn an_import_says_what_it_changed(place: Place) {
    import(&place, everything()).await;
    let mut next = everything();
    let towns = next.towns.as_mut().unwrap();
    towns[0].border = square(9.0, 42.0);
    towns[1].name = "Lutèce".into();
    towns[2] = town("93066");
    next.zones.as_mut().unwrap()[0].towns.pop();
    next.zones.as_mut().unwrap()[0].in_force.until = None;
    next.zones.as_mut().unwrap().pop();
    next.exclusions = Some(Vec::new());
    next.stations.as_mut().unwrap()[0].spaces = None;
    let expected = next.zones.clone();
    let report = import(&place, next).await;
    assert_eq!((report.towns, report.zones), (Some(changed(1, 2, 1)), Some(changed(0, 1, 1))));
    assert_eq!(
        (report.exclusions, report.stations),
        (Some(changed(0, 0, 1)), Some(changed(0, 1, 0)))
    );
    let content = place.store.territory().await.unwrap();
    assert_eq!(Some(content.zones), expected);
    assert_eq!(content.towns[1].name, "Lutèce");
    assert_eq!(content.stations[0].spaces, None);
}

async fn a_town_that_licences_name_is_kept(place: Place) {
    let store = &*place.store;
    import(&place, everything()).await;
    let operator = account(store, 1, Role::Operator).await;
    store.put_licence(operator, &licence("1"), &[], at(0)).await.unwrap().unwrap();
    let none = || TerritoryImport { towns: Some(Vec::new()), ..TerritoryImport::default() };
    assert_eq!(import(&place, none()).await.towns, Some(changed(0, 0, 2)));
    let towns = store.territory().await.unwrap().towns;
    assert_eq!(towns, [town("75056")]);
    assert_eq!(import(&place, none()).await.towns, Some(changed(0, 0, 0)));
}

fn in_town(number: &str, town: &str) -> LicenceDetails {
    LicenceDetails { town: code(town), ..licence(number) }
}

/// Only these towns, and these mergers.
fn merged(towns: &[&str], mergers: &[(&str, &str)]) -> TerritoryImport {
    TerritoryImport {
        towns: Some(towns.iter().map(|text| town(text)).collect()),
        mergers: mergers.iter().map(|(old, new)| (code(old), code(new))).collect(),
        ..TerritoryImport::default()
    }
}

async fn licences_follow_their_town(place: Place) {
    let store = &*place.store;
    import(&place, merged(&["00001", "00002", "00003"], &[])).await;
    let zone = Zone {
        id: "a".into(),
        name: "Zone".into(),
        towns: vec![code("00001"), code("00002")],
        border: None,
        in_force: InForce::default(),
    };
    let zones = TerritoryImport { zones: Some(vec![zone]), ..TerritoryImport::default() };
    import(&place, zones).await;
    let operator = account(store, 1, Role::Operator).await;
    store.put_licence(operator, &in_town("1", "00001"), &[], at(0)).await.unwrap().unwrap();
    let has = async |number, town| store.has_licence(operator, number, code(town)).await.unwrap();

    // As long as there is a town of the old code, it is that town.
    let report = import(&place, merged(&["00001", "00002", "00003"], &[("00001", "00002")])).await;
    assert_eq!((report.moved.count, report.mergers), (0, changed(1, 0, 0)));
    let revision = store.territory_revision().await.unwrap();
    // A chain, and the first merger is no longer told.
    let report = import(&place, merged(&["00003"], &[("00002", "00003")])).await;
    assert_eq!((report.moved.count, report.towns), (1, Some(changed(0, 0, 2))));
    assert_eq!(report.towns_merged, 2);
    assert!(report.licensed.is_empty() && report.moved.renamed.is_empty());
    assert!(has("1", "00003").await && !has("1", "00001").await);
    let content = store.territory().await.unwrap();
    assert!(content.revision > revision);
    assert_eq!(content.zones[0].towns, [code("00003")]);
    assert_eq!(content.mergers.iter().count(), 2);
    // Undone: the town is there again; whose licence is whose nobody can tell.
    let report = import(&place, merged(&["00001", "00003"], &[])).await;
    assert_eq!((report.moved.count, report.towns), (0, Some(changed(1, 0, 0))));
    assert!(has("1", "00003").await);
}

async fn no_licence_is_lost_when_numbers_meet(place: Place) {
    let store = &*place.store;
    import(&place, merged(&["00001", "00002", "00003"], &[])).await;
    let operator = account(store, 1, Role::Operator).await;
    let other = account(store, 2, Role::Operator).await;
    for (whose, town) in
        [(operator, "00001"), (operator, "00002"), (operator, "00003"), (other, "00001")]
    {
        store.put_licence(whose, &in_town("7", town), &[], at(0)).await.unwrap().unwrap();
    }
    let report =
        import(&place, merged(&["00003"], &[("00001", "00003"), ("00002", "00003")])).await;
    assert_eq!(report.moved.count, 3);
    let renamed: Vec<_> =
        report.moved.renamed.iter().map(|l| (l.account, l.renamed.as_str())).collect();
    assert_eq!(renamed, [(operator, "7 (00001)"), (operator, "7 (00002)")]);
    for (whose, number) in
        [(operator, "7"), (operator, "7 (00001)"), (operator, "7 (00002)"), (other, "7")]
    {
        assert!(store.has_licence(whose, number, code("00003")).await.unwrap(), "{number}");
    }
}

async fn an_import_that_is_not_accepted_changes_nothing(place: Place) {
    import(&place, everything()).await;
    let before = place.store.territory().await.unwrap();
    let wanted = merged(&["75056"], &[("92050", "75056")]);
    let refuse = |report: &ImportReport| {
        assert_eq!((report.before.towns, report.towns), (3, Some(changed(0, 0, 2))));
        false
    };
    let report = place.store.import_territory_if(wanted, &refuse, &|_| {}).await.unwrap();
    assert!(!report.stored);
    let after = place.store.territory().await.unwrap();
    assert_eq!((after.towns, after.zones), (before.towns, before.zones));
    assert_eq!((after.mergers, after.revision), (before.mergers, before.revision));
}

async fn parts_are_replaced_alone(place: Place) {
    import(&place, everything()).await;
    let stations = TerritoryImport { stations: Some(Vec::new()), ..TerritoryImport::default() };
    let report = import(&place, stations).await;
    assert_eq!((report.towns, report.zones, report.exclusions), (None, None, None));
    assert_eq!(report.stations, Some(changed(0, 0, 3)));
    let content = place.store.territory().await.unwrap();
    assert_eq!((content.towns.len(), content.zones.len()), (3, 2));
}

async fn approximate_is_said_of_each_part(place: Place) {
    let approximate = async || place.store.territory().await.unwrap().approximate;
    let demo = TerritoryImport { approximate: true, ..everything() };
    import(&place, demo).await;
    assert!(approximate().await);
    // Exact zones do not make approximate towns exact.
    let zones = TerritoryImport { zones: everything().zones, ..TerritoryImport::default() };
    import(&place, zones).await;
    assert!(approximate().await);
    // Word for word the same, and now vouched for: that is a change.
    let revision = place.store.territory_revision().await.unwrap();
    import(&place, everything()).await;
    assert!(!approximate().await);
    assert!(place.store.territory_revision().await.unwrap() > revision);
}

async fn an_import_that_breaks_off_leaves_nothing(place: Place) {
    let store = place.store.clone();
    let importing = tokio::spawn(async move {
        let progress = |rows| assert!(rows < 4, "the program stops between two parts");
        store.import_territory(everything(), &progress).await
    });
    assert!(importing.await.is_err());
    let content = place.store.territory().await.unwrap();
    assert_eq!((content.towns.len(), content.revision), (0, 0));
    assert_eq!(import(&place, everything()).await.towns, Some(changed(3, 0, 0)));
}

async fn a_whole_country_is_imported(place: Place) {
    let country = || {
        let towns = (0..3_500_u32).map(|number| town(&format!("{number:05}"))).collect();
        TerritoryImport { towns: Some(towns), ..TerritoryImport::default() }
    };
    assert_eq!(import(&place, country()).await.towns, Some(changed(3_500, 0, 0)));
    assert_eq!(Some(place.store.territory().await.unwrap().towns), country().towns);
    let half = || {
        let mut half = country();
        half.towns.as_mut().unwrap().truncate(1_200);
        half
    };
    assert_eq!(import(&place, half()).await.towns, Some(changed(0, 0, 2_300)));
    assert_eq!(Some(place.store.territory().await.unwrap().towns), half().towns);
}
