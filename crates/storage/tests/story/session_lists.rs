//! Lists of sessions.

use dispatch::hail::Status;
use dispatch::session::Outcome;
use registry::{AccountId, HailId};
use storage::Store;
use storage::lists::{SessionFilter, Window};
use uuid::Uuid;

use crate::counting::count;
use crate::place::Place;
use crate::world::{ALL, Cast, at, cast, end, hail, hail_id, new_hail};

crate::tests![
    sessions_are_listed_newest_first_with_their_hails_oldest_first,
    a_session_is_listed_for_its_own_app_alone,
    hails_of_two_apps_are_kept_apart_even_in_one_session,
    the_total_of_sessions_is_exact_whatever_was_counted,
    each_filter_keeps_the_sessions_that_fit,
    a_session_has_the_outcome_that_its_hails_tell,
];

/// Makes hails that are over at once: number, session, whether it opens it, client, seconds.
async fn sessions(store: &dyn Store, hails: &[(u32, u128, bool, usize, i64)]) -> Cast {
    let cast = cast(store).await;
    for &(number, session, opens_session, client, seconds) in hails {
        let mut new = new_hail(number, cast.clients[client], cast.taxis[0].id, at(seconds));
        new.session = Uuid::from_u128(session);
        new.opens_session = opens_session;
        hail(store, &new, at(seconds)).await;
        end(store, number, Status::Finished, at(seconds)).await;
    }
    cast
}

/// Sessions of one app, or of all.
fn of(client: Option<AccountId>) -> SessionFilter {
    SessionFilter { clients: client.map(|client| vec![client]), ..SessionFilter::default() }
}

/// The ids of the hails of each session, and the total.
async fn listed_sessions(
    store: &dyn Store,
    client: Option<AccountId>,
    since: i64,
    window: Window,
) -> (Vec<Vec<HailId>>, i64) {
    let filter = SessionFilter { since: Some(at(since)), ..of(client) };
    let listed = store.list_sessions(&filter, window).await.unwrap();
    let ids = listed.elements.iter().map(|hails| hails.iter().map(|hail| hail.id).collect());
    (ids.collect(), listed.total)
}

/// [`hail_id`] of each number.
fn ids(sessions: &[&[u32]]) -> Vec<Vec<HailId>> {
    sessions.iter().map(|hails| hails.iter().copied().map(hail_id).collect()).collect()
}

async fn sessions_are_listed_newest_first_with_their_hails_oldest_first(place: Place) {
    let store = &*place.store;
    assert_eq!(listed_sessions(store, None, 0, ALL).await, (vec![], 0));
    // Sessions 3 and 4 begin at one moment; session 1 goes on after all others began.
    sessions(
        store,
        &[
            (9, 1, true, 0, 10),
            (1, 2, true, 1, 20),
            (2, 3, true, 0, 30),
            (3, 4, true, 1, 30),
            (8, 1, false, 0, 40),
            (4, 1, false, 0, 40),
        ],
    )
    .await;
    let window = |skip, take| Window { skip, take };
    let expected = ids(&[&[3], &[2], &[1], &[9, 4, 8]]);
    assert_eq!(listed_sessions(store, None, 0, ALL).await, (expected.clone(), 4));
    let page = listed_sessions(store, None, 0, window(0, 2)).await;
    assert_eq!(page, (expected[..2].to_vec(), 4));
    let page = listed_sessions(store, None, 0, window(2, 2)).await;
    assert_eq!(page, (expected[2..].to_vec(), 4));
    assert_eq!(listed_sessions(store, None, 0, window(4, 2)).await, (vec![], 4));
    assert_eq!(listed_sessions(store, None, 0, window(0, 0)).await, (vec![], 4));
    // A session began when its first hail was made.
    let since_20 = listed_sessions(store, None, 20, ALL).await;
    assert_eq!(since_20, (ids(&[&[3], &[2], &[1]]), 3));
    assert_eq!(listed_sessions(store, None, 31, ALL).await, (vec![], 0));
}

async fn a_session_is_listed_for_its_own_app_alone(place: Place) {
    let store = &*place.store;
    let hails = [(1, 1, true, 0, 10), (2, 2, true, 1, 20), (3, 1, false, 0, 30)];
    let Cast { clients: [first, second], taxis } = sessions(store, &hails).await;
    for counted in [3, 0] {
        let of_first = listed_sessions(store, Some(first), 0, ALL).await;
        assert_eq!(of_first, (ids(&[&[1, 3]]), 1));
        let of_second = listed_sessions(store, Some(second), 0, ALL).await;
        assert_eq!(of_second, (ids(&[&[2]]), 1));
        let of_operator = listed_sessions(store, Some(taxis[0].operator), 0, ALL).await;
        assert_eq!(of_operator, (vec![], 0));
        assert_eq!(count(store, 10).await, counted);
    }
}

async fn hails_of_two_apps_are_kept_apart_even_in_one_session(place: Place) {
    let store = &*place.store;
    let hails = [(1, 7, true, 0, 10), (2, 7, true, 1, 20), (3, 7, false, 0, 30)];
    let Cast { clients: [first, second], .. } = sessions(store, &hails).await;
    let of_first = listed_sessions(store, Some(first), 0, ALL).await;
    assert_eq!(of_first, (ids(&[&[1, 3]]), 1));
    let of_second = listed_sessions(store, Some(second), 0, ALL).await;
    assert_eq!(of_second, (ids(&[&[2]]), 1));
    let of_all = listed_sessions(store, None, 0, ALL).await;
    assert_eq!(of_all, (ids(&[&[2], &[1, 3]]), 2));
}

async fn the_total_of_sessions_is_exact_whatever_was_counted(place: Place) {
    let store = &*place.store;
    let hails = [
        (1, 1, true, 0, -86_400),
        (2, 2, true, 1, -43_201),
        (3, 3, true, 0, -43_200),
        (4, 1, false, 0, 0),
        (5, 5, true, 0, 43_200),
    ];
    let Cast { clients: [first, second], taxis: [_, other] } = sessions(store, &hails).await;
    // An open one beside those that are over.
    hail(store, &new_hail(6, second, other.id, at(50_000)), at(50_000)).await;
    let total = async |client, since, until: Option<i64>| {
        let until = until.map(at);
        let filter = SessionFilter { since: Some(at(since)), until, ..of(client) };
        store.list_sessions(&filter, ALL).await.unwrap().total
    };
    for counted in [2, 2, 1, 0] {
        for (client, since, expected) in [
            (None, -86_400, 5),
            (None, -86_399, 4),
            (None, -43_201, 4),
            (None, -43_200, 3),
            (None, -43_199, 2),
            (None, 50_000, 1),
            (None, 50_001, 0),
            (Some(first), -86_400, 3),
            (Some(first), -86_399, 2),
            (Some(second), -86_399, 2),
            (Some(second), -43_200, 1),
            (Some(other.operator), -86_400, 0),
        ] {
            assert_eq!(total(client, since, None).await, expected, "{client:?} {since} {counted}");
        }
        for (client, since, until, expected) in [
            (None, -86_400, 50_001, 5),
            (None, -86_400, 50_000, 4),
            (None, -86_400, 43_200, 3),
            (None, -86_400, -43_200, 2),
            (None, -86_400, -43_201, 1),
            (None, -43_201, -43_199, 2),
            (None, -100, 100, 0),
            (Some(first), -86_400, 43_201, 3),
            (Some(first), -86_400, 43_200, 2),
            (Some(second), -43_200, 43_201, 0),
        ] {
            let found = total(client, since, Some(until)).await;
            assert_eq!(found, expected, "{client:?} {since} {until} {counted}");
        }
        let both = SessionFilter { clients: Some(vec![first, second, first]), ..of(None) };
        assert_eq!(store.list_sessions(&both, ALL).await.unwrap().total, 5);
        assert_eq!(count(store, 2).await, counted);
    }
}

/// Sessions 1 and 3 of the first app, and 2 of the second.
async fn sessions_of_two_apps(store: &dyn Store) -> Cast {
    let cast = cast(store).await;
    let [first, second] = cast.clients;
    // Number, session, client, customer, taxi, end, seconds.
    for (number, session, client, customer, taxi, status, seconds) in [
        (1, 1, first, "Ada", 0, Status::DeclinedByTaxi, -43_201),
        (2, 1, first, "Ada", 1, Status::Finished, 10),
        (3, 2, second, "ada", 0, Status::Failure, 20),
        (4, 3, first, "bob", 1, Status::Finished, 43_200),
    ] {
        let mut new = new_hail(number, client, cast.taxis[taxi].id, at(seconds));
        new.session = Uuid::from_u128(session);
        new.opens_session = number != 2;
        new.customer.id = registry::CustomerId(customer.into());
        hail(store, &new, at(seconds)).await;
        end(store, number, status, at(seconds)).await;
    }
    cast
}

/// Compares the sessions that fit a filter, in all and on a page of one.
async fn assert_listed(store: &dyn Store, filter: &SessionFilter, expected: &[u128]) {
    for window in [ALL, Window { skip: 1, take: 1 }] {
        let listed = store.list_sessions(filter, window).await.unwrap();
        let found = listed.elements.iter().map(|hails| hails[0].session.as_u128());
        let page = expected.iter().copied().skip(usize::try_from(window.skip).unwrap());
        let page = page.take(usize::try_from(window.take).unwrap());
        assert_eq!(found.collect::<Vec<_>>(), page.collect::<Vec<_>>(), "{filter:?}");
        assert_eq!(usize::try_from(listed.total).unwrap(), expected.len(), "{filter:?}");
    }
}

async fn each_filter_keeps_the_sessions_that_fit(place: Place) {
    let store = &*place.store;
    let cast = sessions_of_two_apps(store).await;
    let [first, second] = cast.clients;
    let all = SessionFilter::default;
    let customers = |begins: &[&str]| SessionFilter {
        customers: Some(begins.iter().map(|begin| (*begin).to_owned()).collect()),
        ..all()
    };
    let days = |days: &[i64]| SessionFilter {
        days: Some(days.iter().map(|&seconds| at(seconds).date_naive()).collect()),
        ..all()
    };
    let statuses = |statuses: &[Status]| SessionFilter { statuses: Some(statuses.into()), ..all() };
    let operators = |taxis: &[usize]| SessionFilter {
        operators: Some(taxis.iter().map(|&taxi| cast.taxis[taxi].operator).collect()),
        ..all()
    };
    for (filter, expected) in [
        (all(), vec![3, 2, 1]),
        (customers(&["ad"]), vec![2, 1]),
        (customers(&["AD", "bob"]), vec![3, 2, 1]),
        (customers(&["%", "da"]), vec![]),
        (customers(&[]), vec![]),
        // The day on which it began.
        (days(&[-43_201]), vec![1]),
        (days(&[0, 43_200]), vec![3, 2]),
        (days(&[]), vec![]),
        (statuses(&[Status::Finished]), vec![3, 1]),
        (statuses(&[Status::Failure, Status::DeclinedByTaxi]), vec![2, 1]),
        (statuses(&[]), vec![]),
        (operators(&[1]), vec![3, 1]),
        (operators(&[]), vec![]),
        // One hail fits both.
        (
            SessionFilter { operators: operators(&[0]).operators, ..statuses(&[Status::Finished]) },
            vec![],
        ),
        (
            SessionFilter { operators: operators(&[1]).operators, ..statuses(&[Status::Finished]) },
            vec![3, 1],
        ),
        (SessionFilter { clients: Some(vec![first]), ..customers(&["ada"]) }, vec![1]),
        (SessionFilter { clients: Some(vec![first, second]), ..customers(&["ada"]) }, vec![2, 1]),
        (SessionFilter { until: Some(at(43_200)), since: Some(at(20)), ..all() }, vec![2]),
        (SessionFilter { outcomes: Some(vec![Outcome::Ride]), ..customers(&["a"]) }, vec![1]),
    ] {
        assert_listed(store, &filter, &expected).await;
    }
}

async fn a_session_has_the_outcome_that_its_hails_tell(place: Place) {
    use Status::{DeclinedByCustomer, DeclinedByTaxi, Failure, Finished, IncidentCustomer};
    use Status::{Received, TimeoutCustomer, TimeoutTaxi};
    let store = &*place.store;
    let cast = cast(store).await;
    // Statuses of the hails of each session, and its outcome; the last session has an open hail.
    let sessions: [(&[Status], Outcome); 10] = [
        (&[Finished], Outcome::Ride),
        (&[Finished, DeclinedByCustomer], Outcome::Ride),
        (&[DeclinedByTaxi, Finished], Outcome::Ride),
        (&[DeclinedByCustomer], Outcome::Customer),
        (&[Failure, IncidentCustomer], Outcome::Customer),
        (&[TimeoutTaxi, TimeoutCustomer], Outcome::Customer),
        (&[DeclinedByCustomer, TimeoutTaxi], Outcome::None),
        (&[Failure], Outcome::None),
        (&[DeclinedByTaxi, TimeoutTaxi], Outcome::None),
        (&[Finished, Received], Outcome::Open),
    ];
    let mut number = 0;
    for (session, (statuses, _)) in sessions.iter().enumerate() {
        for (place, status) in statuses.iter().enumerate() {
            number += 1;
            let seconds = i64::from(number);
            let mut new = new_hail(number, cast.clients[0], cast.taxis[0].id, at(seconds));
            new.session = Uuid::from_u128(session as u128);
            new.opens_session = place == 0;
            hail(store, &new, at(seconds)).await;
            if *status != Received {
                end(store, number, *status, at(seconds)).await;
            }
        }
    }
    for outcome in Outcome::ALL {
        let filter = SessionFilter { outcomes: Some(vec![outcome]), ..SessionFilter::default() };
        let of_it = sessions.iter().enumerate().rev().filter(|(_, (_, of))| *of == outcome);
        let expected: Vec<_> = of_it.map(|(session, _)| session as u128).collect();
        assert_listed(store, &filter, &expected).await;
    }
    let all = SessionFilter { outcomes: Some(Outcome::ALL.into()), ..SessionFilter::default() };
    assert_eq!(store.list_sessions(&all, ALL).await.unwrap().total, 10);
    let none = SessionFilter { outcomes: Some(vec![]), ..SessionFilter::default() };
    assert_eq!(store.list_sessions(&none, ALL).await.unwrap().total, 0);
}
