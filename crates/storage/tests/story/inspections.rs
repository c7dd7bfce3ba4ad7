//! Look-ups by inspectors.

use registry::{AccountId, TaxiDetails};
use storage::inspections::{InspectedDriver, InspectionKey, NewInspection};

use crate::place::Place;
use crate::world::at;

crate::tests![look_ups_are_listed_and_forgotten_in_time, a_purge_of_look_ups_takes_their_drivers];

fn look_up(number: &str) -> NewInspection {
    NewInspection {
        account: AccountId(7),
        purpose: "control".to_owned(),
        key: InspectionKey::Card { number: number.to_owned(), departement: "06".to_owned() },
    }
}

fn nobody(_: &TaxiDetails) -> Option<InspectedDriver> {
    None
}

async fn look_ups_are_listed_and_forgotten_in_time(place: Place) {
    let store = &*place.store;
    let keys = [
        look_up("1").key,
        InspectionKey::Plate("AB-123-CD".parse().unwrap()),
        InspectionKey::Licence { number: "12".to_owned(), town: "06088".to_owned() },
    ];
    for (second, key) in (0..).zip(&keys) {
        let new = NewInspection { key: key.clone(), ..look_up("1") };
        let (_, found) = store.inspect(&new, &nobody, at(second)).await.unwrap();
        assert!(found.is_empty());
    }
    let listed = store.list_inspections(None, 10).await.unwrap();
    let asked: Vec<_> = listed.iter().rev().map(|one| one.key.clone()).collect();
    assert_eq!(asked, keys, "also those that found nothing");
    assert_eq!((listed[0].at, listed[0].account), (at(2), AccountId(7)));
    assert_eq!(listed[0].purpose, "control");
    assert_eq!(store.list_inspections(Some(listed[0].id), 1).await.unwrap(), listed[1..2]);
    assert_eq!(store.forget_inspections(at(2)).await.unwrap(), 2);
    assert_eq!(store.list_inspections(None, 10).await.unwrap(), listed[..1]);
}

async fn a_purge_of_look_ups_takes_their_drivers(place: Place) {
    let store = &*place.store;
    for _ in 0..3 {
        store.inspect(&look_up("1"), &nobody, at(1)).await.unwrap();
    }
    place
        .execute(
            "insert into inspected_drivers
                (inspection_id, line, first_name, last_name, professional_licence, departement,
                connected)
            select id, 0, 'Ada', 'Martin', '1', '06', true from inspections",
        )
        .await;
    let listed = store.list_inspections(None, 1).await.unwrap();
    assert_eq!(listed[0].drivers.len(), 1);
    assert_eq!((&*listed[0].drivers[0].first_name, listed[0].drivers[0].connected), ("Ada", true));
    assert_eq!(store.forget_inspections(at(2)).await.unwrap(), 3);
    assert_eq!(place.number("select count(*) from inspected_drivers").await, 0);
}
