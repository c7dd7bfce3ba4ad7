//! Lists of hails: what fits, in which order, and how many there are in all.

use chrono::TimeDelta;
use dispatch::hail::Status;
use registry::AccountId;
use storage::Store;
use storage::hails::HailChange;
use storage::lists::{HailFilter, HailSummary, Whose, Window};
use uuid::Uuid;

use crate::counting::count;
use crate::place::Place;
use crate::world::{
    ALL, at, at_ms, cast, change_at, customer, day, end, free_taxi, hail, hail_id, new_hail, step,
    taxi_id,
};

crate::tests![
    a_hail_is_listed_as_it_stands,
    hails_are_listed_newest_first,
    pages_of_hails_make_up_the_list,
    each_filter_keeps_the_hails_that_fit,
    filters_together_keep_the_hails_that_fit_all,
    whose_hails_are_listed_between_two_times,
    a_wildcard_in_a_filter_is_a_character,
    a_ride_that_nobody_ended_is_a_timeout_in_totals,
    a_hail_that_changes_after_it_was_counted_stays_in_the_total,
];

fn number_of(hail: &HailSummary) -> u32 {
    u32::from_str_radix(hail.id.as_str(), 16).unwrap()
}

/// Asserts which hails a list holds, in this order, and that its total is their number.
async fn check(store: &dyn Store, filter: &HailFilter, expected: &[u32]) {
    let listed = store.list_hails(filter, ALL).await.unwrap();
    let numbers: Vec<_> = listed.elements.iter().map(number_of).collect();
    assert_eq!(numbers, expected, "{filter:?}");
    assert_eq!(listed.total, i64::try_from(expected.len()).unwrap(), "{filter:?}");
}

/// Asserts it of each filter of a table.
async fn check_all(store: &dyn Store, table: &[(HailFilter, &[u32])]) {
    for (filter, expected) in table {
        check(store, filter, expected).await;
    }
}

fn texts(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

/// Seven hails on three days. Five are over; 6 and 10 are open. Account 1 is operator of the first
/// taxi and hails too: 4 is its own from both sides.
async fn seven_hails(store: &dyn Store) {
    let taxis = cast(store).await.taxis;
    for (number, seconds, client, taxi, name, outcome) in [
        (1, -86_400, 2, 0, "Anne", Some(Status::Finished)),
        (2, -43_201, 1, 1, "anna", Some(Status::TimeoutTaxi)),
        (3, -43_200, 2, 1, "Zoé", Some(Status::Finished)),
        (4, 0, 1, 0, "Anne", Some(Status::Failure)),
        (5, 43_199, 4, 0, "Bob", Some(Status::Finished)),
        (6, 43_200, 2, 0, "Anne", None),
        (10, 50_000, 4, 1, "bo", None),
    ] {
        let now = at(seconds);
        let mut new = new_hail(number, AccountId(client), taxis[taxi].id, now);
        new.customer = customer(name);
        hail(store, &new, now).await;
        if let Some(outcome) = outcome {
            end(store, number, outcome, now + TimeDelta::seconds(20)).await;
        }
    }
}

/// Asserts a table as the seven hails are counted bit by bit: before, in between, and after.
async fn check_while_counting(store: &dyn Store, table: &[(HailFilter, &[u32])]) {
    check_all(store, table).await;
    assert_eq!(count(store, 2).await, 2);
    check_all(store, table).await;
    assert_eq!(count(store, 10).await, 3);
    check_all(store, table).await;
}

async fn a_hail_is_listed_as_it_stands(place: Place) {
    let store = &*place.store;
    let (taxi, client) = free_taxi(store).await;
    let mut new = new_hail(1, client, taxi.id, at_ms(1_001));
    new.shown_taxi = Some(taxi_id("zzzzzzz"));
    let mut expected = HailSummary {
        id: hail_id(1),
        status: Status::Received,
        created_at: at_ms(1_001),
        client,
        operator: taxi.operator,
        taxi: taxi.id,
        shown_taxi: Some(taxi_id("zzzzzzz")),
        session: Uuid::from_u128(1),
        customer: customer("me"),
        taxi_phone: None,
        initial_position: Some(new.initial_position),
    };
    hail(store, &new, at_ms(1_001)).await;
    let listed = store.list_hails(&HailFilter::default(), ALL).await.unwrap();
    assert_eq!(listed.elements, [expected.clone()]);

    let change = HailChange { taxi_phone: Some("0700000000".into()), ..HailChange::default() };
    change_at(store, new.id, 1, &change, &[], at(2)).await.unwrap();
    end(store, 1, Status::Finished, at(3)).await;
    place.execute("update hails set initial_lon = null, initial_lat = null").await;
    expected.status = Status::Finished;
    expected.taxi_phone = Some("0700000000".into());
    expected.initial_position = None;
    let listed = store.list_hails(&HailFilter::default(), ALL).await.unwrap();
    assert_eq!(listed.elements, [expected]);
}

async fn hails_are_listed_newest_first(place: Place) {
    let store = &*place.store;
    let (taxi, client) = free_taxi(store).await;
    // Of hails of one moment the higher id comes first; times compare as times, not as texts.
    for (number, milliseconds) in [(4, 1_000), (2, 1_000), (3, 1_000), (1, 1_500), (5, 999)] {
        let now = at_ms(milliseconds);
        hail(store, &new_hail(number, client, taxi.id, now), now).await;
        end(store, number, Status::Finished, at(2)).await;
    }
    check(store, &HailFilter::default(), &[1, 4, 3, 2, 5]).await;
}

async fn pages_of_hails_make_up_the_list(place: Place) {
    let store = &*place.store;
    seven_hails(store).await;
    assert_eq!(count(store, 3).await, 3);
    let page = async |filter: &HailFilter, skip, take| {
        let listed = store.list_hails(filter, Window { skip, take }).await.unwrap();
        (listed.elements.iter().map(number_of).collect::<Vec<_>>(), listed.total)
    };
    let everything = HailFilter::default();
    assert_eq!(page(&everything, 0, 3).await, (vec![10, 6, 5], 7));
    assert_eq!(page(&everything, 3, 3).await, (vec![4, 3, 2], 7));
    assert_eq!(page(&everything, 6, 3).await, (vec![1], 7));
    assert_eq!(page(&everything, 7, 3).await, (vec![], 7));
    assert_eq!(page(&everything, 0, 0).await, (vec![], 7));
    let some = HailFilter { customers: Some(texts(&["anne"])), ..HailFilter::default() };
    assert_eq!(page(&some, 0, 2).await, (vec![6, 4], 3));
    assert_eq!(page(&some, 2, 2).await, (vec![1], 3));
    assert_eq!(page(&some, 4, 2).await, (vec![], 3));
}

#[rustfmt::skip]
async fn each_filter_keeps_the_hails_that_fit(place: Place) {
    let all = HailFilter::default;
    let statuses = |statuses: &[Status]| HailFilter { statuses: Some(statuses.to_vec()), ..all() };
    let ids = |ids| HailFilter { ids: Some(texts(ids)), ..all() };
    let taxis = |taxis| HailFilter { taxis: Some(texts(taxis)), ..all() };
    let customers = |customers| HailFilter { customers: Some(texts(customers)), ..all() };
    let accounts = |numbers: &[i64]| Some(numbers.iter().copied().map(AccountId).collect());
    let operators = |numbers| HailFilter { operators: accounts(numbers), ..all() };
    let clients = |numbers| HailFilter { clients: accounts(numbers), ..all() };
    let days = |days: &[&str]| {
        HailFilter { days: Some(days.iter().map(|text| day(text)).collect()), ..all() }
    };
    let table: &[(HailFilter, &[u32])] = &[
        (all(), &[10, 6, 5, 4, 3, 2, 1]),
        (statuses(&[Status::Finished]), &[5, 3, 1]),
        (statuses(&[Status::TimeoutTaxi, Status::Failure]), &[4, 2]),
        (statuses(&[Status::Received]), &[10, 6]),
        (statuses(&[Status::Received, Status::Finished]), &[10, 6, 5, 3, 1]),
        (statuses(&[Status::IncidentTaxi]), &[]),
        (statuses(&[]), &[]),
        (ids(&["0000003"]), &[3]),
        (ids(&["0000003", "0000005", "fffffff"]), &[5, 3]),
        (ids(&["000000A"]), &[10]),
        (ids(&["00000"]), &[10, 6, 5, 4, 3, 2, 1]),
        (ids(&["00000030"]), &[]),
        (ids(&["%", "_000001", "3"]), &[]),
        (ids(&[""]), &[10, 6, 5, 4, 3, 2, 1]),
        (ids(&[]), &[]),
        (operators(&[3]), &[10, 3, 2]),
        (operators(&[1, 3]), &[10, 6, 5, 4, 3, 2, 1]),
        (operators(&[2]), &[]),
        (operators(&[]), &[]),
        (clients(&[4]), &[10, 5]),
        (clients(&[4, 1]), &[10, 5, 4, 2]),
        (clients(&[3]), &[]),
        (clients(&[]), &[]),
        (taxis(&["HJKLMNP"]), &[10, 3, 2]),
        (taxis(&["hjk"]), &[10, 3, 2]),
        (taxis(&["hj", "abcdefg"]), &[10, 6, 5, 4, 3, 2, 1]),
        (taxis(&["BCDEFG", "%", "_BCDEFG", "ABCDEFGH"]), &[]),
        (taxis(&[]), &[]),
        (customers(&["Anne"]), &[6, 4, 1]),
        (customers(&["ANN"]), &[6, 4, 2, 1]),
        (customers(&["zo", "bob"]), &[5, 3]),
        (customers(&["nna", "Anne "]), &[]),
        (customers(&[]), &[]),
        (days(&["2024-02-28"]), &[2, 1]),
        (days(&["2024-02-29"]), &[5, 4, 3]),
        (days(&["2024-03-01", "2024-02-28"]), &[10, 6, 2, 1]),
        (days(&["2024-02-27"]), &[]),
        (days(&[]), &[]),
    ];
    seven_hails(&*place.store).await;
    check_while_counting(&*place.store, table).await;
}

async fn filters_together_keep_the_hails_that_fit_all(place: Place) {
    let all = HailFilter {
        whose: Whose::Operator(AccountId(1)),
        since: Some(at(-86_400)),
        until: Some(at(43_200)),
        ids: Some(texts(&["0000001", "0000004"])),
        statuses: Some(vec![Status::Finished, Status::Failure]),
        operators: Some(vec![AccountId(1)]),
        clients: Some(vec![AccountId(1), AccountId(2)]),
        taxis: Some(texts(&["abc"])),
        customers: Some(texts(&["anne", "bob"])),
        days: Some(vec![day("2024-02-28"), day("2024-02-29")]),
    };
    let no_id = HailFilter { ids: None, ..all.clone() };
    let statuses = Some(vec![Status::Finished]);
    let table: &[(HailFilter, &[u32])] = &[
        (all.clone(), &[4, 1]),
        (HailFilter { whose: Whose::Client(AccountId(1)), ..all.clone() }, &[4]),
        (HailFilter { since: Some(at(-86_399)), ..all.clone() }, &[4]),
        (HailFilter { until: Some(at(0)), ..all.clone() }, &[1]),
        (HailFilter { ids: Some(texts(&["0000001"])), ..all.clone() }, &[1]),
        (HailFilter { statuses: statuses.clone(), ..all.clone() }, &[1]),
        (HailFilter { operators: Some(vec![AccountId(3)]), ..all.clone() }, &[]),
        (HailFilter { clients: Some(vec![AccountId(1)]), ..all.clone() }, &[4]),
        (HailFilter { taxis: Some(texts(&["hj"])), ..all.clone() }, &[]),
        (HailFilter { customers: Some(texts(&["bob"])), ..all.clone() }, &[]),
        (HailFilter { days: Some(vec![day("2024-02-29")]), ..all.clone() }, &[4]),
        (HailFilter { clients: None, ..no_id.clone() }, &[5, 4, 1]),
        (HailFilter { clients: None, statuses, ..no_id }, &[5, 1]),
        (HailFilter { statuses: Some(vec![]), ..all }, &[]),
    ];
    seven_hails(&*place.store).await;
    check_while_counting(&*place.store, table).await;
}

/// These lists' totals are sums of what was counted: each story is told before and after.
#[rustfmt::skip]
async fn whose_hails_are_listed_between_two_times(place: Place) {
    let between = |whose, since: Option<i64>, until: Option<i64>| HailFilter {
        whose,
        since: since.map(at),
        until: until.map(at),
        ..HailFilter::default()
    };
    let everyones = |since, until| between(Whose::Everyones, since, until);
    let of = AccountId;
    let finished = |filter| HailFilter { statuses: Some(vec![Status::Finished]), ..filter };
    let table: &[(HailFilter, &[u32])] = &[
        // From midnight, from within a day, and from a second before midnight.
        (everyones(Some(-43_200), None), &[10, 6, 5, 4, 3]),
        (everyones(Some(-86_400), None), &[10, 6, 5, 4, 3, 2, 1]),
        (everyones(Some(-86_399), None), &[10, 6, 5, 4, 3, 2]),
        (everyones(Some(-43_201), None), &[10, 6, 5, 4, 3, 2]),
        (everyones(Some(50_001), None), &[]),
        // To midnight, to within a day, to long ago.
        (everyones(None, Some(43_200)), &[5, 4, 3, 2, 1]),
        (everyones(None, Some(43_199)), &[4, 3, 2, 1]),
        (everyones(None, Some(50_000)), &[6, 5, 4, 3, 2, 1]),
        (everyones(None, Some(-86_400)), &[]),
        // Both: over days, over midnight, within one day, a whole day, and nothing at all.
        (everyones(Some(-50_000), Some(50_000)), &[6, 5, 4, 3, 2]),
        (everyones(Some(-50_000), Some(-40_000)), &[3, 2]),
        (everyones(Some(-1), Some(1)), &[4]),
        (everyones(Some(-43_200), Some(1)), &[4, 3]),
        (everyones(Some(-43_200), Some(43_200)), &[5, 4, 3]),
        (everyones(Some(1), Some(1)), &[]),
        (everyones(Some(50_001), Some(-86_400)), &[]),
        // Of one account.
        (between(Whose::Client(of(2)), None, None), &[6, 3, 1]),
        (between(Whose::Client(of(2)), Some(-43_200), Some(43_200)), &[3]),
        (between(Whose::Operator(of(1)), None, None), &[6, 5, 4, 1]),
        (between(Whose::Operator(of(1)), Some(-1), Some(43_200)), &[5, 4]),
        (between(Whose::Either(of(1)), None, None), &[6, 5, 4, 2, 1]),
        (between(Whose::Either(of(1)), Some(-43_201), Some(43_199)), &[4, 2]),
        (between(Whose::Either(of(3)), None, None), &[10, 3, 2]),
        (between(Whose::Either(of(4)), None, None), &[10, 5]),
        (between(Whose::Either(of(99)), None, None), &[]),
        // Of one outcome.
        (finished(everyones(Some(-86_399), Some(43_199))), &[3]),
        (finished(between(Whose::Either(of(1)), None, None)), &[5, 1]),
        (finished(between(Whose::Client(of(1)), None, None)), &[]),
    ];
    seven_hails(&*place.store).await;
    check_while_counting(&*place.store, table).await;
}

async fn a_wildcard_in_a_filter_is_a_character(place: Place) {
    let store = &*place.store;
    let (taxi, client) = free_taxi(store).await;
    let names = ["50% off", "50x off", "a_b", "axb", "a\\b", "É", "é", "ANNA", "anna*", "o'", ""];
    for (number, name) in (1..).zip(names) {
        let now = at(i64::from(number));
        let mut new = new_hail(number, client, taxi.id, now);
        new.customer = customer(name);
        hail(store, &new, now).await;
        end(store, number, Status::Finished, now).await;
    }
    let table: [(&[&str], &[u32]); 15] = [
        (&["50%"], &[1]),
        (&["50"], &[2, 1]),
        (&["%"], &[]),
        (&["_"], &[]),
        (&["%off", "off"], &[]),
        (&["a_"], &[3]),
        (&["a\\"], &[5]),
        (&["a\\_", "a\\\\"], &[]),
        (&["A"], &[9, 8, 5, 4, 3]),
        (&["anna"], &[9, 8]),
        (&["anna*"], &[9]),
        (&["É"], &[6]),
        (&["O'"], &[10]),
        (&["50%", "a_", "é"], &[7, 3, 1]),
        (&[""], &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]),
    ];
    for (begins, expected) in table {
        let filter = HailFilter { customers: Some(texts(begins)), ..HailFilter::default() };
        check(store, &filter, expected).await;
    }
}

async fn a_ride_that_nobody_ended_is_a_timeout_in_totals(place: Place) {
    let store = &*place.store;
    let (taxi, client) = free_taxi(store).await;
    hail(store, &new_hail(1, client, taxi.id, at(0)), at(0)).await;
    end(store, 1, Status::TimeoutTaxi, at(30)).await;
    hail(store, &new_hail(2, client, taxi.id, at(40)), at(40)).await;
    step(store, 2, Status::CustomerOnBoard, Some(at(7_240)), at(50)).await;
    end(store, 2, Status::TimeoutTaxi, at(7_240)).await;
    assert_eq!(count(store, 10).await, 2);
    let of = |status| HailFilter { statuses: Some(vec![status]), ..HailFilter::default() };
    check(store, &of(Status::TimeoutTaxi), &[2, 1]).await;
    check(store, &of(Status::CustomerOnBoard), &[]).await;
}

async fn a_hail_that_changes_after_it_was_counted_stays_in_the_total(place: Place) {
    let store = &*place.store;
    seven_hails(store).await;
    assert_eq!(count(store, 10).await, 5);
    end(store, 6, Status::IncidentTaxi, at(60_000)).await;
    let change = HailChange { taxi_phone: Some("07".into()), ..HailChange::default() };
    change_at(store, hail_id(1), 2, &change, &[], at(60_001)).await.unwrap();
    let of = |status| HailFilter { statuses: Some(vec![status]), ..HailFilter::default() };
    for counted in [1, 0] {
        check(store, &HailFilter::default(), &[10, 6, 5, 4, 3, 2, 1]).await;
        check(store, &of(Status::IncidentTaxi), &[6]).await;
        check(store, &of(Status::Received), &[10]).await;
        check(store, &of(Status::Finished), &[5, 3, 1]).await;
        assert_eq!(count(store, 10).await, counted);
    }
}
