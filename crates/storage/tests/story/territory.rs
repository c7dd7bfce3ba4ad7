//! The territory: imported all or nothing, loaded in one moment.

use geo::{LineString, MultiPolygon, Polygon};
use registry::Role;
use storage::territory_rows::{Changed, ImportReport, TerritoryImport};
use territory::{Exclusion, Place as Spot, Point, Station, Zone};

use crate::place::Place;
use crate::world::{account, at, code, licence, square, town};

crate::tests![
    a_territory_reads_back_as_it_was_imported,
    the_same_import_twice_changes_nothing,
    an_import_says_what_it_changed,
    a_town_that_licences_name_is_kept,
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

fn everything() -> TerritoryImport {
    let mut island = town("2A004");
    island.border = archipelago();
    let zone = |id: &str, towns: &[&str], border| Zone {
        id: id.into(),
        name: "Zone d'à côté".into(),
        towns: towns.iter().map(|text| code(text)).collect(),
        border,
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
            station("75056-2", Spot::Area(area), None),
        ]),
        approximate: false,
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
        (Some(changed(1, 0, 0)), Some(changed(2, 0, 0)))
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
    assert_eq!(done.into_inner().unwrap().last(), Some(&8));
}

async fn an_import_says_what_it_changed(place: Place) {
    import(&place, everything()).await;
    let mut next = everything();
    let towns = next.towns.as_mut().unwrap();
    towns[0].border = square(9.0, 42.0);
    towns[1].name = "Lutèce".into();
    towns[2] = town("93066");
    next.zones.as_mut().unwrap()[0].towns.pop();
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

async fn parts_are_replaced_alone(place: Place) {
    import(&place, everything()).await;
    let stations = TerritoryImport { stations: Some(Vec::new()), ..TerritoryImport::default() };
    let report = import(&place, stations).await;
    assert_eq!((report.towns, report.zones, report.exclusions), (None, None, None));
    assert_eq!(report.stations, Some(changed(0, 0, 2)));
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
