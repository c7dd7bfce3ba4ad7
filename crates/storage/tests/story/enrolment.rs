//! Registrations of operators.

use registry::licence::LicenceDetails;
use registry::{
    AccountId, DescriptionId, DriverId, LicenceId, LicencePlate, Role, TaxiDetails, VehicleId,
    VehicleStatus,
};
use storage::Error;
use storage::enrolment::{LicenceUnfit, PutTaxi, VehicleFound, Wish};

use crate::place::Place;
use crate::world::{
    account, at, at_ms, bound, code, driver, features, licence, line, names, own_status, paris,
    plate, taxi, taxi_id,
};

crate::tests![
    a_driver_is_made_once_and_replaced,
    a_driver_registered_by_many_at_once_is_made_once,
    a_vehicle_is_shared_and_described_by_each,
    features_are_replaced_and_the_status_stays,
    plates_differ_by_case,
    a_licence_is_made_once_and_replaced,
    a_taxi_of_the_same_parts_is_the_same_taxi,
    a_taxis_id_that_is_taken_is_refused,
    parts_are_found_for_their_own_account_only,
    a_licence_is_of_a_vehicle_and_a_town_that_are_there,
    a_taxi_reads_back_with_all_its_parts,
    a_taxi_was_last_heard_of_at_the_latest_time_told,
    a_wish_moves_the_time_only_with_the_status,
    a_wish_for_a_taxi_one_does_not_describe_finds_nothing,
    a_wish_for_a_taxi_that_is_not_as_it_is_known_changes_nothing,
    an_unknown_status_is_refused_by_the_database,
    an_unreadable_plate_is_said,
];

async fn a_driver_is_made_once_and_replaced(place: Place) {
    let store = &*place.store;
    let first = account(store, 1, Role::Operator).await;
    let second = account(store, 2, Role::Operator).await;
    let made = store.put_driver(first, &driver("A"), &[line()], at(0)).await.unwrap();
    assert_eq!((made.value.id, made.created), (DriverId(1), true));
    let mut renamed = driver("A");
    (renamed.first_name, renamed.birth_date) = ("Zoé".into(), None);
    let again = store.put_driver(first, &renamed, &[line()], at(1)).await.unwrap();
    assert_eq!((again.value.id, again.created), (DriverId(1), false));
    assert_eq!(again.value.details, renamed);
    // Neither another account's nor another département's is the same, and no id was used up.
    let other = store.put_driver(second, &driver("A"), &[], at(1)).await.unwrap();
    assert_eq!((other.value.id, other.created), (DriverId(2), true));
    let mut elsewhere = driver("A");
    elsewhere.departement = "2A".into();
    let other = store.put_driver(first, &elsewhere, &[], at(1)).await.unwrap();
    assert_eq!((other.value.id, other.created), (DriverId(3), true));
    assert_eq!(place.activity_lines().await, 2);
}

async fn a_driver_registered_by_many_at_once_is_made_once(place: Place) {
    let operator = account(&*place.store, 1, Role::Operator).await;
    // Many rounds, because connections must be open before they can collide.
    for round in 1..=20 {
        let putting: Vec<_> = (0..8)
            .map(|_| {
                let store = place.store.clone();
                let driver = driver(&format!("licence {round}"));
                tokio::spawn(async move { store.put_driver(operator, &driver, &[], at(0)).await })
            })
            .collect();
        let mut created = 0;
        for put in putting {
            created += i32::from(put.await.unwrap().unwrap().created);
        }
        assert_eq!(created, 1);
        assert_eq!(place.number("select count(*) from drivers").await, round);
    }
}

async fn a_vehicle_is_shared_and_described_by_each(place: Place) {
    let store = &*place.store;
    let first = account(store, 1, Role::Operator).await;
    let second = account(store, 2, Role::Operator).await;
    let ab = plate("AB-123-CD");
    let made = store.put_vehicle(first, &ab, &|_| features(), &[line()], at(0)).await.unwrap();
    let (vehicle, description) = made.value;
    assert!(made.created);
    assert_eq!((vehicle.id, description.id), (VehicleId(1), DescriptionId(1)));
    assert_eq!((description.status, description.status_at), (VehicleStatus::Off, at(0)));
    assert_eq!((description.features, description.radius_m), (features(), None));
    assert!(store.describes(first, vehicle.id).await.unwrap());
    assert!(!store.describes(second, vehicle.id).await.unwrap());
    let other = store.put_vehicle(second, &ab, &|_| features(), &[], at(1)).await.unwrap();
    assert!(other.created);
    assert_eq!((other.value.0.id, other.value.1.id), (VehicleId(1), DescriptionId(2)));
    let next = store.put_vehicle(first, &plate("ZZ-999-ZZ"), &|_| features(), &[], at(1)).await;
    assert_eq!(next.unwrap().value.0.id, VehicleId(2));
    assert_eq!(store.descriptions().await.unwrap().len(), 3);
}

async fn features_are_replaced_and_the_status_stays(place: Place) {
    let store = &*place.store;
    let operator = account(store, 1, Role::Operator).await;
    let taxi = taxi(store, operator, "ABCDEFG", "AB-123-CD").await;
    let wish = Wish { status: Some(VehicleStatus::Occupied), radius_m: Some(Some(300)) };
    store.wish(operator, taxi.id, wish, &|_| Vec::new(), at(5)).await.unwrap().unwrap();
    let mut plain = features();
    (plain.seats, plain.wheelchair, plain.relay) = (None, None, Some(true));
    let put = store
        .put_vehicle(operator, &plate("AB-123-CD"), &|_| plain.clone(), &[], at(6))
        .await
        .unwrap();
    assert!(!put.created);
    let description = put.value.1;
    assert_eq!(description.features, plain);
    assert_eq!((description.status, description.status_at), (VehicleStatus::Occupied, at(5)));
    assert_eq!(description.radius_m, Some(300));
    let read = store.description_of_plate(operator, &plate("AB-123-CD")).await.unwrap();
    assert_eq!(read.as_ref(), Some(&description));
    let read = store.description(taxi.vehicle, operator).await.unwrap();
    assert_eq!(read.map(|(_, description)| description), Some(description));
}

async fn plates_differ_by_case(place: Place) {
    let store = &*place.store;
    let operator = account(store, 1, Role::Operator).await;
    for (text, id) in [("ab-123-cd", 1), ("AB-123-CD", 2), ("ab-123-cd", 1)] {
        let put = store.put_vehicle(operator, &plate(text), &|_| features(), &[], at(0)).await;
        assert_eq!(put.unwrap().value.0.id, VehicleId(id), "{text}");
    }
}

async fn a_licence_is_made_once_and_replaced(place: Place) {
    let store = &*place.store;
    let operator = account(store, 1, Role::Operator).await;
    paris(store).await;
    let made = store.put_licence(operator, &licence("1"), &[line()], at(0)).await.unwrap().unwrap();
    assert_eq!((made.value.id, made.created), (LicenceId(1), true));
    let mut sold = licence("1");
    (sold.owner_name, sold.owner_type, sold.double_shift) = (String::new(), None, None);
    let again = store.put_licence(operator, &sold, &[line()], at(1)).await.unwrap().unwrap();
    assert_eq!((again.value.id, again.created), (LicenceId(1), false));
    assert_eq!(again.value.details, sold);
    let next = store.put_licence(operator, &licence("2"), &[], at(1)).await.unwrap().unwrap();
    assert_eq!((next.value.id, next.created), (LicenceId(2), true));
    assert_eq!(place.activity_lines().await, 2);
}

async fn a_taxi_of_the_same_parts_is_the_same_taxi(place: Place) {
    let store = &*place.store;
    let operator = account(store, 1, Role::Operator).await;
    let made = taxi(store, operator, "ABCDEFG", "AB-123-CD").await;
    assert_eq!((made.town, made.added_at), (code("75056"), at(0)));
    let on = plate("AB-123-CD");
    let names = names("licence of ABCDEFG", &on, "ABCDEFG");
    let put = store.put_taxi(operator, names, taxi_id("HJKLMNP"), &[line()], at(9)).await;
    let again = bound(put.unwrap());
    assert!(!again.created);
    assert_eq!(again.value, made);
    assert_eq!(store.taxis().await.unwrap(), std::slice::from_ref(&made));
    assert_eq!(store.taxi(made.id).await.unwrap(), Some(made));
    assert_eq!(store.taxi(taxi_id("HJKLMNP")).await.unwrap(), None);
    assert_eq!(place.activity_lines().await, 1);
}

async fn a_taxis_id_that_is_taken_is_refused(place: Place) {
    let store = &*place.store;
    let operator = account(store, 1, Role::Operator).await;
    let made = taxi(store, operator, "ABCDEFG", "AB-123-CD").await;
    store.put_driver(operator, &driver("other"), &[], at(0)).await.unwrap();
    let on = plate("AB-123-CD");
    let names = names("licence of ABCDEFG", &on, "other");
    let refused = store.put_taxi(operator, names, made.id, &[line()], at(1)).await.unwrap();
    assert_eq!(refused, PutTaxi::IdTaken);
    assert_eq!(store.taxis().await.unwrap(), [made]);
    assert_eq!(place.activity_lines().await, 0);
}

async fn parts_are_found_for_their_own_account_only(place: Place) {
    let store = &*place.store;
    let operator = account(store, 1, Role::Operator).await;
    let stranger = account(store, 2, Role::Operator).await;
    let taxi = taxi(store, operator, "ABCDEFG", "AB-123-CD").await;
    let missing = async |account, plate: &LicencePlate, driver| {
        let names = names("licence of ABCDEFG", plate, driver);
        let put = store.put_taxi(account, names, taxi_id("HJKLMNP"), &[line()], at(1)).await;
        match put.unwrap() {
            PutTaxi::Missing(parts) => parts,
            other => panic!("{other:?}"),
        }
    };
    let on = plate("AB-123-CD");
    let own = missing(operator, &on, "other").await;
    assert_eq!((own.licence, own.driver), (Some(taxi.licence), None));
    assert_eq!(own.vehicle, VehicleFound::Described(taxi.vehicle));
    let strange = missing(stranger, &on, "ABCDEFG").await;
    assert_eq!((strange.licence, strange.driver), (None, None));
    assert_eq!(strange.vehicle, VehicleFound::NotDescribed);
    let unknown = missing(operator, &plate("ab-123-cd"), "ABCDEFG").await;
    assert_eq!((unknown.vehicle, unknown.driver), (VehicleFound::Unknown, Some(taxi.driver)));
    assert_eq!(place.activity_lines().await, 0);
}

async fn a_licence_is_of_a_vehicle_and_a_town_that_are_there(place: Place) {
    let store = &*place.store;
    let operator = account(store, 1, Role::Operator).await;
    let stranger = account(store, 2, Role::Operator).await;
    let vehicle = taxi(store, stranger, "ABCDEFG", "AB-123-CD").await.vehicle;
    let theirs = LicenceDetails { vehicle: Some(vehicle), ..licence("1") };
    let refused = store.put_licence(operator, &theirs, &[line()], at(0)).await.unwrap();
    assert_eq!(refused, Err(LicenceUnfit::Vehicle(vehicle)));
    let nowhere = LicenceDetails { town: code("69123"), ..licence("1") };
    let refused = store.put_licence(operator, &nowhere, &[line()], at(0)).await.unwrap();
    assert_eq!(refused, Err(LicenceUnfit::Town));
    assert!(store.put_licence(stranger, &theirs, &[], at(0)).await.unwrap().is_ok());
    assert_eq!(place.activity_lines().await, 0);
}

async fn a_taxi_reads_back_with_all_its_parts(place: Place) {
    let store = &*place.store;
    let operator = account(store, 1, Role::Operator).await;
    let taxi = taxi(store, operator, "ABCDEFG", "AB-123-CD").await;
    let (vehicle, description) = store.description(taxi.vehicle, operator).await.unwrap().unwrap();
    let details = store.taxi_details(operator, taxi.id).await.unwrap();
    let expected = TaxiDetails {
        taxi: taxi.clone(),
        licence: licence("licence of ABCDEFG"),
        town_name: "Ville 75056".into(),
        driver: driver("ABCDEFG"),
        vehicle,
        description,
    };
    assert_eq!(details, Some(expected));
    assert_eq!(store.taxi_details(AccountId(2), taxi.id).await.unwrap(), None);
    assert_eq!(store.taxi_details(operator, taxi_id("HJKLMNP")).await.unwrap(), None);
}

async fn a_taxi_was_last_heard_of_at_the_latest_time_told(place: Place) {
    let store = &*place.store;
    let operator = account(store, 1, Role::Operator).await;
    let seen = taxi(store, operator, "seenAAA", "AB-123-CD").await;
    let unseen = taxi(store, operator, "unseenA", "EF-456-GH").await;
    store.see_taxis(&[seen.id], at(9)).await.unwrap();
    store.see_taxis(&[seen.id, taxi_id("nobodyA")], at(5)).await.unwrap();
    let last_seen = async |id| store.taxi(id).await.unwrap().unwrap().last_seen_at;
    assert_eq!(last_seen(seen.id).await, at(9));
    assert_eq!(last_seen(unseen.id).await, at(0));
}

/// The same of a taxi that is read and of one that is known.
async fn a_wish_moves_the_time_only_with_the_status(place: Place) {
    let store = &*place.store;
    let operator = account(store, 1, Role::Operator).await;
    let (free, off) = (VehicleStatus::Free, VehicleStatus::Off);
    for (is_known, id) in [(false, "ABCDEFG"), (true, "BCDEFGH")] {
        let taxi = taxi(store, operator, id, &format!("{id}-AB")).await;
        let lines_before = place.activity_lines().await;
        let wish = async |status, radius_m, now| {
            // The log is told of the status as it was.
            let activity = |was| if Some(was) == status { Vec::new() } else { vec![line()] };
            let wish = Wish { status, radius_m };
            let told = if is_known {
                let known = store.taxi_details(operator, taxi.id).await.unwrap().unwrap();
                store.wish_known(known, wish, &activity, now).await
            } else {
                store.wish(operator, taxi.id, wish, &activity, now).await
            };
            let told = told.unwrap().unwrap();
            assert_eq!(Some(&told), store.taxi_details(operator, taxi.id).await.unwrap().as_ref());
            let told = told.description;
            (told.status, told.status_at, told.radius_m)
        };
        assert_eq!(wish(Some(free), None, at_ms(1_500)).await, (free, at_ms(1_500), None));
        assert_eq!(wish(Some(free), Some(Some(150)), at(2)).await, (free, at_ms(1_500), Some(150)));
        assert_eq!(place.activity_lines().await - lines_before, 1);
        assert_eq!(wish(None, Some(None), at(3)).await, (free, at_ms(1_500), None));
        assert_eq!(wish(Some(off), None, at(4)).await, (off, at(4), None));
        assert_eq!(place.activity_lines().await - lines_before, 3);
    }
}

async fn a_wish_for_a_taxi_one_does_not_describe_finds_nothing(place: Place) {
    let store = &*place.store;
    let operator = account(store, 1, Role::Operator).await;
    let stranger = account(store, 2, Role::Operator).await;
    let taxi = taxi(store, operator, "ABCDEFG", "AB-123-CD").await;
    let wish = Wish { status: Some(VehicleStatus::Free), radius_m: None };
    let activity = |_| vec![line()];
    let told = store.wish(stranger, taxi.id, wish, &activity, at(1)).await.unwrap();
    assert_eq!(told, None);
    assert_eq!(own_status(store, &taxi).await, (VehicleStatus::Off, at(0)));
    assert_eq!(place.activity_lines().await, 0);
}

async fn a_wish_for_a_taxi_that_is_not_as_it_is_known_changes_nothing(place: Place) {
    let store = &*place.store;
    let operator = account(store, 1, Role::Operator).await;
    let taxi = taxi(store, operator, "ABCDEFG", "AB-123-CD").await;
    let known = store.taxi_details(operator, taxi.id).await.unwrap().unwrap();
    let of_another_status = {
        let mut known = known.clone();
        known.description.status = VehicleStatus::Occupied;
        known
    };
    let of_another_radius = {
        let mut known = known.clone();
        known.description.radius_m = Some(150);
        known
    };
    // A taxi that is gone, while its vehicle is there.
    let gone = {
        let mut known = known.clone();
        known.taxi.id = taxi_id("HJKLMNP");
        known
    };
    let wish = Wish { status: Some(VehicleStatus::Free), radius_m: Some(Some(200)) };
    for known in [of_another_status, of_another_radius, gone] {
        let told = store.wish_known(known, wish, &|_| vec![line()], at(1)).await.unwrap();
        assert_eq!(told, None);
    }
    assert_eq!(store.taxi_details(operator, taxi.id).await.unwrap(), Some(known));
    assert_eq!(place.activity_lines().await, 0);
}

async fn an_unknown_status_is_refused_by_the_database(place: Place) {
    let store = &*place.store;
    let operator = account(store, 1, Role::Operator).await;
    taxi(store, operator, "ABCDEFG", "AB-123-CD").await;
    let refused = place.try_execute("update descriptions set status = 'asleep'").await;
    assert!(refused.unwrap_err().to_string().to_lowercase().contains("check constraint"));
}

async fn an_unreadable_plate_is_said(place: Place) {
    let store = &*place.store;
    let operator = account(store, 1, Role::Operator).await;
    let taxi = taxi(store, operator, "ABCDEFG", "AB-123-CD").await;
    place.execute("update vehicles set licence_plate = 'short'").await;
    let error = store.description(taxi.vehicle, operator).await.unwrap_err();
    assert!(matches!(&error, Error::Unreadable { value, .. } if value == "short"), "{error:?}");
}
