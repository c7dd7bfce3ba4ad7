//! Towns' lists of licences.

use registry::Time;
use storage::Store;
use storage::licence_lists::{ListedLicence, RegisteredLicence};
use storage::territory_rows::{Changed, ImportReport, Names, TerritoryImport};

use crate::place::Place;
use crate::world::{at, code, free_taxi, licence};

crate::tests![
    a_list_takes_the_place_of_the_one_of_its_town,
    a_preview_changes_nothing,
    registered_licences_tell_the_first_taxi_and_the_last_connection,
];

fn list(town: &str, numbers: &[&str]) -> (territory::InseeCode, Vec<String>) {
    (code(town), numbers.iter().map(ToString::to_string).collect())
}

/// Imports lists, if they are accepted.
async fn put(
    store: &dyn Store,
    lists: &[(territory::InseeCode, Vec<String>)],
    accepted: bool,
    at: Time,
) -> ImportReport {
    let licence_lists = Some(lists.to_vec());
    let import = TerritoryImport { licence_lists, at, ..TerritoryImport::default() };
    store.import_territory_if(import, &|_| accepted, &|_| {}).await.unwrap()
}

async fn listed(store: &dyn Store) -> Vec<(String, String)> {
    let licences = store.listed_licences(None).await.unwrap();
    licences.into_iter().map(|licence| (licence.town.to_string(), licence.number)).collect()
}

async fn a_list_takes_the_place_of_the_one_of_its_town(place: Place) {
    let store = &*place.store;
    let first = [list("75056", &["1", "2"]), list("06088", &["1"])];
    let report = put(store, &first, true, at(0)).await;
    let changed = Changed { added: 3, updated: 0, removed: 0 };
    assert_eq!((report.before.licence_lists, report.licence_lists), (0, Some(changed)));
    let revision = store.territory_revision().await.unwrap();
    let second = [list("75056", &["2", "3", "3"])];
    let report = put(store, &second, true, at(9)).await;
    let changed = Changed { added: 1, updated: 0, removed: 1 };
    assert_eq!((report.before.licence_lists, report.licence_lists), (2, Some(changed)));
    let names = Names {
        added: vec!["75056 3".into()],
        updated: Vec::new(),
        removed: vec!["75056 1".into()],
    };
    assert_eq!((report.names.licence_lists, report.revision), (names, revision));
    let revision = store.territory_revision().await.unwrap();
    assert!(revision > report.revision, "a changed list is a new revision");
    put(store, &second, true, at(10)).await;
    assert_eq!(store.territory_revision().await.unwrap(), revision);
    let of = |town: &str, number: &str| (town.to_owned(), number.to_owned());
    assert_eq!(listed(store).await, [of("06088", "1"), of("75056", "2"), of("75056", "3")]);
    let nice = store.listed_licences(Some(&[code("06088")])).await.unwrap();
    let expected = ListedLicence { town: code("06088"), number: "1".into(), listed_at: at(0) };
    assert_eq!(nice, [expected]);
}

async fn a_preview_changes_nothing(place: Place) {
    let store = &*place.store;
    put(store, &[list("75056", &["1"])], true, at(0)).await;
    let report = put(store, &[list("75056", &["2"])], false, at(1)).await;
    assert_eq!(report.licence_lists, Some(Changed { added: 1, updated: 0, removed: 1 }));
    assert_eq!(listed(store).await, [("75056".to_owned(), "1".to_owned())]);
}

async fn registered_licences_tell_the_first_taxi_and_the_last_connection(place: Place) {
    let store = &*place.store;
    let (taxi, _) = free_taxi(store).await;
    store.put_licence(taxi.operator, &licence("unused"), &[], at(0)).await.unwrap().unwrap();
    store.see_taxis(&[taxi.id], at(50)).await.unwrap();
    let registered = |number: &str, since, last_seen_at| RegisteredLicence {
        town: code("75056"),
        number: number.into(),
        since,
        last_seen_at,
    };
    let in_a_taxi = registered("licence of ABCDEFG", Some(taxi.added_at), Some(at(50)));
    let expected = [in_a_taxi, registered("unused", None, None)];
    assert_eq!(store.registered_licences(Some(&[code("75056")])).await.unwrap(), expected);
    assert_eq!(store.registered_licences(None).await.unwrap(), expected);
    assert_eq!(store.registered_licences(Some(&[code("06088")])).await.unwrap(), []);
}
