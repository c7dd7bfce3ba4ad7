//! Retention: blurring, and deleting what the law lets nobody keep.

use chrono::TimeDelta;
use dispatch::hail::Status;
use registry::{CustomerId, Role, Taxi, Time};
use storage::Store;
use storage::customers::CustomerChange;
use storage::figures::SearchRecord;
use storage::hails::{Applied, HailChange};
use storage::lists::ActivityFilter;
use storage::positions::LastPosition;
use storage::retention::{Before, ClockProgress, Due, Oldest, Share, Shares};
use territory::{InseeCode, Point};

use crate::place::Place;
use crate::world::{
    ALL, account, at, cast, code, customer, driver, end, features, free_taxi, hail, hail_id,
    licence, line, new_hail, plate, taxi,
};

crate::tests![
    an_old_hail_loses_places_address_and_phones_and_keeps_the_rest,
    blurring_goes_on_where_it_was_interrupted,
    a_change_of_a_hail_that_was_read_before_brings_nothing_back,
    an_old_search_stays_with_a_place_of_its_town,
    a_place_of_no_town_is_nowhere,
    old_hails_go_with_customers_whom_nothing_else_names,
    a_banned_customer_outlives_the_hails,
    a_driver_who_was_connected_anywhere_keeps_all_taxis,
    licence_and_vehicle_go_with_the_last_driver_who_used_them,
    a_taxi_of_a_kept_hail_stays,
    a_taxi_that_was_seen_again_stays,
    things_that_no_taxi_ever_used_go_by_their_last_change,
    the_activity_log_goes_by_whole_days_with_its_counts,
    old_positions_go,
    a_request_is_forgotten_once_it_is_answered,
    progress_is_kept,
    the_oldest_rows_and_those_that_are_due,
];

const DAY: i64 = 24 * 3600;

/// Middle of the town, wherever in it the place was.
fn middle(town: Option<InseeCode>, _exact: Option<Point>) -> Option<Point> {
    town.or(Some(code("75056"))).map(|_| Point::new(2.355, 48.855).unwrap())
}

fn nowhere(_town: Option<InseeCode>, _exact: Option<Point>) -> Option<Point> {
    None
}

async fn blur(store: &dyn Store, before: Time) -> u64 {
    store.blur_hails(before, "[REDACTED]", &middle, at(0)).await.unwrap()
}

/// An ended hail of that number, made at that time.
async fn ended(store: &dyn Store, number: u32, taxi: &Taxi, made_at: Time) {
    let client = account_of_client(store).await;
    crate::world::free(store, taxi, made_at).await;
    hail(store, &new_hail(number, client, taxi.id, made_at), made_at).await;
    end(store, number, Status::DeclinedByTaxi, made_at + TimeDelta::seconds(5)).await;
}

/// The app that [`free_taxi`] and [`cast`] make.
async fn account_of_client(store: &dyn Store) -> registry::AccountId {
    let (accounts, _) = store.accounts().await.unwrap();
    accounts.iter().find(|account| account.is(Role::Client)).unwrap().id
}

async fn an_old_hail_loses_places_address_and_phones_and_keeps_the_rest(place: Place) {
    let store = &*place.store;
    let (taxi, _) = free_taxi(store).await;
    ended(store, 1, &taxi, at(0)).await;
    ended(store, 2, &taxi, at(100)).await;
    let exact = store.hail(hail_id(1)).await.unwrap().unwrap();
    let younger = store.hail(hail_id(2)).await.unwrap().unwrap();
    assert_eq!(blur(store, at(100)).await, 1);
    let middle = Point::new(2.355, 48.855).unwrap();
    let mut expected = exact;
    expected.revision += 1;
    expected.customer.point = middle;
    expected.customer.address = "[REDACTED]".into();
    expected.customer.phone = "[REDACTED]".into();
    expected.initial_position = Some(middle);
    // The driver's number was never told.
    assert_eq!(expected.taxi_phone, None);
    assert_eq!(store.hail(hail_id(1)).await.unwrap().unwrap(), expected);
    assert_eq!(store.hail(hail_id(2)).await.unwrap().unwrap(), younger);
    assert_eq!(blur(store, at(100)).await, 0);
}

async fn blurring_goes_on_where_it_was_interrupted(place: Place) {
    let store = &*place.store;
    let (taxi, _) = free_taxi(store).await;
    // Of one moment: the order of times alone does not tell them apart.
    for number in 1..=3 {
        ended(store, number, &taxi, at(0)).await;
    }
    place.execute("insert into retention (clock, until_at, rows) select 'exact_hails', created_at, 0 from hails limit 1").await;
    place.execute("update hails set blurred_at = created_at where id = '0000002'").await;
    assert_eq!(blur(store, at(1)).await, 2);
    assert_eq!(store.hail(hail_id(2)).await.unwrap().unwrap().customer, customer("me"));
    for (question, count) in [
        ("select count(*) from hails where customer_phone = '[REDACTED]'", 2),
        ("select count(*) from hails where blurred_at is null", 0),
    ] {
        assert_eq!(place.number(question).await, count, "{question}");
    }
}

async fn a_change_of_a_hail_that_was_read_before_brings_nothing_back(place: Place) {
    let store = &*place.store;
    let (taxi, _) = free_taxi(store).await;
    ended(store, 1, &taxi, at(0)).await;
    let read = store.hail(hail_id(1)).await.unwrap().unwrap();
    blur(store, at(1)).await;
    let change = HailChange { remarks: Some(read.remarks.clone()), ..HailChange::default() };
    let applied = store.change_hail(&read, &change, &[], &|_| Vec::new(), at(2)).await.unwrap();
    assert_eq!(applied, Applied::Stale);
    let hail = store.hail(hail_id(1)).await.unwrap().unwrap();
    assert_eq!(hail.customer.address, "[REDACTED]");
}

fn search(at: Time) -> SearchRecord {
    SearchRecord {
        at,
        account: registry::AccountId(2),
        point: Point::new(2.3501, 48.8501).unwrap(),
        town: code("75056"),
        found: 1,
        seen: 1,
        nearest_m: Some(12.0),
    }
}

async fn an_old_search_stays_with_a_place_of_its_town(place: Place) {
    let store = &*place.store;
    store
        .record_searches(&[search(at(0)), search(at(50)), search(at(100))], &[], &[])
        .await
        .unwrap();
    assert_eq!(store.blur_searches(at(100), &middle, at(0)).await.unwrap(), 2);
    for (question, count) in [
        ("select count(*) from searches where lon = 2.355 and blurred_at is not null", 2),
        ("select count(*) from searches where lon = 2.3501 and blurred_at is null", 1),
        ("select count(*) from searches where nearest_m = 12", 3),
    ] {
        assert_eq!(place.number(question).await, count, "{question}");
    }
    assert_eq!(store.delete_searches(at(100)).await.unwrap(), 2);
    assert_eq!(place.number("select count(*) from searches").await, 1);
}

async fn a_place_of_no_town_is_nowhere(place: Place) {
    let store = &*place.store;
    let (taxi, _) = free_taxi(store).await;
    ended(store, 1, &taxi, at(0)).await;
    store.blur_hails(at(1), "[REDACTED]", &nowhere, at(0)).await.unwrap();
    let hail = store.hail(hail_id(1)).await.unwrap().unwrap();
    assert_eq!(hail.customer.point, Point::new(0.0, 0.0).unwrap());
    assert_eq!(hail.initial_position, None);
}

async fn old_hails_go_with_customers_whom_nothing_else_names(place: Place) {
    let store = &*place.store;
    let (taxi, client) = free_taxi(store).await;
    for (number, name, made_at) in [(1, "gone", at(0)), (2, "stays", at(0)), (3, "stays", at(100))]
    {
        crate::world::free(store, &taxi, made_at).await;
        let mut new = new_hail(number, client, taxi.id, made_at);
        new.customer.id = CustomerId(name.into());
        hail(store, &new, made_at).await;
        end(store, number, Status::DeclinedByTaxi, made_at).await;
    }
    assert_eq!(store.delete_hails(at(100), at(200)).await.unwrap(), 2);
    for (question, count) in [
        ("select count(*) from hails where id = '0000003'", 1),
        ("select count(*) from hails", 1),
        ("select count(*) from hail_transitions where hail_id <> '0000003'", 0),
        ("select count(*) from customers where id = 'stays'", 1),
        ("select count(*) from customers", 1),
    ] {
        assert_eq!(place.number(question).await, count, "{question}");
    }
}

async fn a_banned_customer_outlives_the_hails(place: Place) {
    let store = &*place.store;
    let (taxi, client) = free_taxi(store).await;
    ended(store, 1, &taxi, at(0)).await;
    let ban = CustomerChange { ban_end: Some(Some(at(300))), ..CustomerChange::default() };
    let me = CustomerId("me".into());
    store.change_customer(client, &me, ban, &[], at(0)).await.unwrap().unwrap();
    assert_eq!(store.delete_hails(at(100), at(200)).await.unwrap(), 1);
    assert_eq!(place.number("select count(*) from customers").await, 1);
}

/// Says when the taxis of an operator were seen last.
async fn seen(store: &dyn Store, taxi: &Taxi, at: Time) {
    store.see_taxis(&[taxi.id], at).await.unwrap();
}

async fn silent(store: &dyn Store, before: Time) -> Vec<String> {
    let silent = store.silent_taxis(before, 10).await.unwrap();
    silent.into_iter().map(|(taxi, _)| taxi.to_string()).collect()
}

async fn a_driver_who_was_connected_anywhere_keeps_all_taxis(place: Place) {
    let store = &*place.store;
    let (first, second) =
        (account(store, 1, Role::Operator).await, account(store, 2, Role::Operator).await);
    let here = taxi(store, first, "ABCDEFG", "AB-123-CD").await;
    let other = taxi(store, first, "BBCDEFG", "BB-123-CD").await;
    // The driver of the first one drives for another operator, too.
    let there = taxi(store, second, "CBCDEFG", "CB-123-CD").await;
    place
        .execute("update drivers set professional_licence = 'ABCDEFG' where professional_licence = 'CBCDEFG'")
        .await;
    seen(store, &there, at(DAY)).await;
    assert_eq!(silent(store, at(DAY)).await, [other.id.to_string()]);
    assert_eq!(silent(store, at(DAY + 1)).await.len(), 3);
    assert_eq!(store.delete_taxi(here.id, at(DAY)).await.unwrap(), None);
    assert!(store.taxi_details(first, here.id).await.unwrap().is_some());
}

async fn licence_and_vehicle_go_with_the_last_driver_who_used_them(place: Place) {
    let store = &*place.store;
    let operator = account(store, 1, Role::Operator).await;
    let describer = account(store, 2, Role::Operator).await;
    let day = taxi(store, operator, "ABCDEFG", "AB-123-CD").await;
    store.put_vehicle(describer, &plate("AB-123-CD"), &|_| features(), &[], at(0)).await.unwrap();
    // The driver of the night has the same licence and car.
    store.put_driver(operator, &driver("night"), &[], at(0)).await.unwrap();
    let car = plate("AB-123-CD");
    let names = crate::world::names("licence of ABCDEFG", &car, "night");
    let night = store.put_taxi(operator, names, crate::world::taxi_id("BBCDEFG"), &[], at(0)).await;
    let night = crate::world::bound(night.unwrap()).value;
    seen(store, &night, at(10)).await;
    let rows =
        "select (select count(*) from licences) * 1000 + (select count(*) from drivers) * 100
        + (select count(*) from vehicles) * 10 + (select count(*) from descriptions)";
    assert_eq!(place.number(rows).await, 1212);
    assert_eq!(store.delete_taxi(day.id, at(5)).await.unwrap(), Some(Vec::new()));
    assert_eq!(place.number(rows).await, 1112);
    let mut gone = store.delete_taxi(night.id, at(20)).await.unwrap().unwrap();
    gone.sort_unstable();
    assert_eq!(gone, [operator, describer]);
    assert_eq!(place.number(rows).await, 0);
    assert_eq!(store.delete_taxi(night.id, at(20)).await.unwrap(), None);
}

async fn a_taxi_of_a_kept_hail_stays(place: Place) {
    let store = &*place.store;
    let (taxi, _) = free_taxi(store).await;
    ended(store, 1, &taxi, at(0)).await;
    assert_eq!(silent(store, at(DAY)).await, <[String; 0]>::default());
    assert_eq!(store.delete_taxi(taxi.id, at(DAY)).await.unwrap(), None);
    store.delete_hails(at(1), at(DAY)).await.unwrap();
    assert_eq!(silent(store, at(DAY)).await, [taxi.id.to_string()]);
}

async fn a_taxi_that_was_seen_again_stays(place: Place) {
    let store = &*place.store;
    let (taxi, _) = free_taxi(store).await;
    assert_eq!(silent(store, at(DAY)).await, [taxi.id.to_string()]);
    seen(store, &taxi, at(DAY)).await;
    assert_eq!(store.delete_taxi(taxi.id, at(DAY)).await.unwrap(), None);
}

async fn things_that_no_taxi_ever_used_go_by_their_last_change(place: Place) {
    let store = &*place.store;
    let (used, _) = free_taxi(store).await;
    for (number, changed_at) in [("old", at(0)), ("young", at(100))] {
        store.put_driver(used.operator, &driver(number), &[], changed_at).await.unwrap();
        store.put_licence(used.operator, &licence(number), &[], changed_at).await.unwrap().unwrap();
        let car = plate(&format!("{number}-TAXI"));
        store.put_vehicle(used.operator, &car, &|_| features(), &[], changed_at).await.unwrap();
    }
    assert_eq!(store.delete_unused(at(50)).await.unwrap(), 1);
    let vehicles = store.unused_vehicles(at(50), 10).await.unwrap();
    assert_eq!(vehicles.len(), 1);
    assert_eq!(store.delete_vehicle(vehicles[0], at(50)).await.unwrap(), [used.operator]);
    assert_eq!(store.delete_vehicle(used.vehicle, at(50)).await.unwrap(), []);
    for question in [
        "select count(*) from drivers where professional_licence in ('young', 'ABCDEFG')",
        "select count(*) from drivers",
        "select count(*) from licences where number in ('young', 'licence of ABCDEFG')",
        "select count(*) from licences",
        "select count(*) from vehicles where licence_plate in ('young-TAXI', 'AB-123-CD')",
        "select count(*) from vehicles",
        "select count(*) from descriptions",
    ] {
        assert_eq!(place.number(question).await, 2, "{question}");
    }
}

async fn the_activity_log_goes_by_whole_days_with_its_counts(place: Place) {
    let store = &*place.store;
    for seconds in [0, DAY, 2 * DAY] {
        store.record(&[(line(), at(seconds))]).await.unwrap();
    }
    store.count_activity(at(3 * DAY)).await.unwrap();
    assert_eq!(store.delete_activity(at(DAY).date_naive()).await.unwrap(), 1);
    let listed = store.list_activity(&ActivityFilter::default(), ALL).await.unwrap();
    assert_eq!((listed.elements.len(), listed.total), (2, 2));
}

async fn old_positions_go(place: Place) {
    let store = &*place.store;
    let (taxi, _) = free_taxi(store).await;
    let last = LastPosition {
        taxi: taxi.id,
        account: taxi.operator,
        point: Point::new(2.5, 48.5).unwrap(),
        at_s: u32::try_from(at(0).timestamp()).unwrap(),
    };
    store.keep_positions(&[last], u32::MAX).await.unwrap();
    assert_eq!(store.delete_positions(at(0)).await.unwrap(), 0);
    assert_eq!(store.delete_positions(at(1)).await.unwrap(), 1);
    assert_eq!(store.last_positions(0).await.unwrap(), []);
}

async fn a_request_is_forgotten_once_it_is_answered(place: Place) {
    let store = &*place.store;
    assert_eq!(store.round_asked_at().await.unwrap(), None);
    store.ask_for_round(at(10)).await.unwrap();
    store.answer_request(at(9)).await.unwrap();
    assert_eq!(store.round_asked_at().await.unwrap(), Some(at(10)));
    store.answer_request(at(10)).await.unwrap();
    assert_eq!(store.round_asked_at().await.unwrap(), None);
}

async fn progress_is_kept(place: Place) {
    let store = &*place.store;
    assert_eq!(store.retention_progress().await.unwrap(), []);
    let progress =
        |rows| ClockProgress { clock: "hails".into(), until: at(0), ran_at: Some(at(rows)), rows };
    store.end_round(&progress(1)).await.unwrap();
    store.end_round(&progress(2)).await.unwrap();
    assert_eq!(store.retention_progress().await.unwrap(), [progress(2)]);
}

async fn the_oldest_rows_and_those_that_are_due(place: Place) {
    let store = &*place.store;
    assert_eq!(store.oldest().await.unwrap(), Oldest::default());
    let cast = cast(store).await;
    ended(store, 1, &cast.taxis[0], at(10)).await;
    ended(store, 2, &cast.taxis[0], at(20)).await;
    store.record_searches(&[search(at(5)), search(at(30))], &[], &[]).await.unwrap();
    store.record(&[(line(), at(7))]).await.unwrap();
    let before = |seconds| Before {
        taxis: at(seconds),
        hails: at(seconds),
        exact_places: at(seconds),
        inspections: at(seconds),
        activity: at(seconds),
    };
    let oldest = store.oldest().await.unwrap();
    let expected = Oldest {
        hail: Some(at(10)),
        exact_place: Some(at(5)),
        search: Some(at(5)),
        taxi_seen: Some(at(0)),
        inspection: None,
        activity: Some(at(7)),
    };
    assert_eq!(oldest, expected);
    let due = store.due(&before(15)).await.unwrap();
    // The taxi of the hails has to wait for them.
    assert_eq!(
        due,
        Due { taxis: 1, hails: 1, searches: 1, exact_places: 2, inspections: 0, activity: 1 }
    );
    assert_eq!(store.due(&before(7)).await.unwrap().activity, 0);
    let share = |due, all| Share { due, all };
    let shares = store.shares(&before(15)).await.unwrap();
    let expected = Shares { taxis: share(1, 2), hails: share(1, 2), exact_hails: share(1, 2) };
    assert_eq!(shares, expected);
    blur(store, at(15)).await;
    store.blur_searches(at(15), &middle, at(0)).await.unwrap();
    assert_eq!(store.oldest().await.unwrap().exact_place, Some(at(20)));
    assert_eq!(store.due(&before(15)).await.unwrap().exact_places, 0);
    assert_eq!(store.shares(&before(15)).await.unwrap().exact_hails, share(0, 1));
}
