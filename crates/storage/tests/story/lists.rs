//! Lists of sessions and of the activity log.

use dispatch::hail::Status;
use registry::{AccountId, HailId};
use storage::lists::{ActivityFilter, ActivityLine, Window};
use storage::{Action, Activity, Resource, Store};
use uuid::Uuid;

use crate::counting::count;
use crate::place::Place;
use crate::world::{ALL, Cast, at, at_ms, cast, end, hail, hail_id, new_hail};

crate::tests![
    sessions_are_listed_newest_first_with_their_hails_oldest_first,
    a_session_is_listed_for_its_own_app_alone,
    hails_of_two_apps_are_kept_apart_even_in_one_session,
    the_total_of_sessions_is_exact_whatever_was_counted,
    the_log_is_listed_newest_line_first_as_it_was_written,
    each_filter_keeps_the_lines_that_fit,
    the_total_of_lines_is_exact_wherever_counting_stopped,
    counting_lines_never_goes_back,
    lines_of_many_days_are_counted_at_once,
    of_many_that_count_lines_each_line_is_counted_once,
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

/// The ids of the hails of each session, and the total.
async fn listed_sessions(
    store: &dyn Store,
    client: Option<AccountId>,
    since: i64,
    window: Window,
) -> (Vec<Vec<HailId>>, i64) {
    let listed = store.list_sessions(client, at(since), window).await.unwrap();
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
    let total =
        async |client, since| store.list_sessions(client, at(since), ALL).await.unwrap().total;
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
            assert_eq!(total(client, since).await, expected, "{client:?} {since} {counted}");
        }
        assert_eq!(count(store, 2).await, counted);
    }
}

fn activity(action: Action, resource: Resource, id: &str) -> Activity {
    Activity { action, resource, resource_id: id.into(), extra: "{\"é\": 1}".into(), change: None }
}

/// Writes six lines on three days. Their numbers are 1 to 6, in the order in which they come here.
async fn write_log(store: &dyn Store) {
    use Action::{AuthApikey, AuthLogas, LoginPassword, TaxiStatus};
    let lines = [
        (activity(AuthApikey, Resource::User, "1"), at(-50_000)),
        (activity(TaxiStatus, Resource::Taxi, "ABCDEFG"), at(-43_200)),
        (activity(TaxiStatus, Resource::Taxi, "abcdefg"), at_ms(500)),
        (activity(AuthLogas, Resource::Taxi, "ABCDEFG"), at(0)),
        (activity(AuthApikey, Resource::User, "1"), at(43_200)),
        (activity(LoginPassword, Resource::User, "2"), at(43_200)),
    ];
    store.record(&lines).await.unwrap();
}

/// The numbers of the lines that fit, and the total.
async fn listed_lines(
    store: &dyn Store,
    filter: &ActivityFilter,
    window: Window,
) -> (Vec<i64>, i64) {
    let listed = store.list_activity(filter, window).await.unwrap();
    (listed.elements.iter().map(|line| line.id).collect(), listed.total)
}

async fn the_log_is_listed_newest_line_first_as_it_was_written(place: Place) {
    let store = &*place.store;
    let everything = ActivityFilter::default();
    assert_eq!(listed_lines(store, &everything, ALL).await, (vec![], 0));
    write_log(store).await;
    let page = Window { skip: 2, take: 2 };
    let listed = store.list_activity(&everything, page).await.unwrap();
    let line = |id, at, action: &str, resource_id: &str| ActivityLine {
        id,
        at,
        action: action.into(),
        resource: "taxi".into(),
        resource_id: resource_id.into(),
        extra: "{\"é\": 1}".into(),
    };
    let expected =
        [line(3, at_ms(500), "taxi_status", "abcdefg"), line(4, at(0), "auth_logas", "ABCDEFG")];
    assert_eq!(listed.elements, expected);
    assert_eq!(listed.total, 6);
    assert_eq!(listed_lines(store, &everything, ALL).await, (vec![6, 5, 3, 4, 2, 1], 6));
    let beyond = Window { skip: 6, take: 2 };
    assert_eq!(listed_lines(store, &everything, beyond).await, (vec![], 6));
}

fn filters_of_lines() -> Vec<(ActivityFilter, Vec<i64>)> {
    let all = ActivityFilter::default;
    let actions =
        |words: &[&'static str]| ActivityFilter { actions: Some(words.to_vec()), ..all() };
    let resources =
        |words: &[&'static str]| ActivityFilter { resources: Some(words.to_vec()), ..all() };
    let ids = |ids: &[&str]| {
        let ids = ids.iter().map(|id| (*id).to_owned()).collect();
        ActivityFilter { resource_ids: Some(ids), ..all() }
    };
    let taxi_status = actions(&["taxi_status"]);
    vec![
        (all(), vec![6, 5, 3, 4, 2, 1]),
        (taxi_status.clone(), vec![3, 2]),
        (actions(&["auth_apikey", "auth_logas"]), vec![5, 4, 1]),
        (actions(&["customer_hail"]), vec![]),
        (actions(&[]), vec![]),
        (resources(&["user"]), vec![6, 5, 1]),
        (resources(&["taxi", "customer"]), vec![3, 4, 2]),
        (resources(&[]), vec![]),
        (ids(&["ABCDEFG"]), vec![4, 2]),
        (ids(&["1", "abcdefg"]), vec![5, 3, 1]),
        (ids(&["%", "_", "ABC", ""]), vec![]),
        (ids(&[]), vec![]),
        (ActivityFilter { resources: Some(vec!["user"]), ..taxi_status.clone() }, vec![]),
        (ActivityFilter { resources: Some(vec!["taxi"]), ..taxi_status.clone() }, vec![3, 2]),
        (ActivityFilter { actions: Some(vec!["taxi_status"]), ..ids(&["ABCDEFG"]) }, vec![2]),
    ]
}

async fn each_filter_keeps_the_lines_that_fit(place: Place) {
    let store = &*place.store;
    write_log(store).await;
    for (filter, expected) in filters_of_lines() {
        let total = i64::try_from(expected.len()).unwrap();
        assert_eq!(listed_lines(store, &filter, ALL).await, (expected, total), "{filter:?}");
    }
}

async fn the_total_of_lines_is_exact_wherever_counting_stopped(place: Place) {
    let store = &*place.store;
    write_log(store).await;
    // At midnight, at a line, just after it, within the same day again, and after all.
    for until in [at(-43_200), at(0), at_ms(1), at_ms(501), at(50_000)] {
        store.count_activity(until).await.unwrap();
        for (filter, expected) in filters_of_lines() {
            let total = i64::try_from(expected.len()).unwrap();
            let listed = listed_lines(store, &filter, ALL).await;
            assert_eq!(listed, (expected, total), "{filter:?} {until}");
        }
    }
    assert_eq!(place.number("select count(*) from activity_days").await, 5);
    assert_eq!(place.number("select cast(sum(lines) as bigint) from activity_days").await, 6);
    // Lines go on to be written.
    store.record(&[(activity(Action::AuthApikey, Resource::User, "1"), at(50_000))]).await.unwrap();
    let everything = listed_lines(store, &ActivityFilter::default(), ALL).await;
    assert_eq!(everything, (vec![7, 6, 5, 3, 4, 2, 1], 7));
}

async fn counting_lines_never_goes_back(place: Place) {
    let store = &*place.store;
    write_log(store).await;
    for until in [at(1), at(1), at(-50_000), at_ms(999)] {
        store.count_activity(until).await.unwrap();
        let everything = listed_lines(store, &ActivityFilter::default(), ALL).await;
        assert_eq!(everything, (vec![6, 5, 3, 4, 2, 1], 6), "{until}");
    }
    assert_eq!(place.number("select cast(sum(lines) as bigint) from activity_days").await, 4);
    // A line that comes too late is in the list, though not in its length.
    store.record(&[(activity(Action::AuthApikey, Resource::User, "1"), at_ms(250))]).await.unwrap();
    let everything = listed_lines(store, &ActivityFilter::default(), ALL).await;
    assert_eq!(everything, (vec![6, 5, 3, 7, 4, 2, 1], 6));
}

async fn lines_of_many_days_are_counted_at_once(place: Place) {
    let store = &*place.store;
    let day = 24 * 60 * 60;
    let lines: Vec<_> = [0, 1, day - 1, day, 5 * day, 400 * day, 400 * day + 1]
        .map(|seconds| (activity(Action::AuthApikey, Resource::User, "1"), at(seconds)))
        .into();
    store.record(&lines).await.unwrap();
    store.count_activity(at(401 * day)).await.unwrap();
    assert_eq!(place.number("select cast(sum(lines) as bigint) from activity_days").await, 7);
    // Nothing is counted twice.
    store.count_activity(at(402 * day)).await.unwrap();
    let everything = listed_lines(store, &ActivityFilter::default(), ALL).await;
    assert_eq!(everything.1, 7);
}

async fn of_many_that_count_lines_each_line_is_counted_once(place: Place) {
    write_log(&*place.store).await;
    let second = storage::open(&place.url).await.unwrap();
    let counting: Vec<_> = (0..12)
        .map(|number| {
            let store = if number % 2 == 0 { place.store.clone() } else { second.clone() };
            let until = at(-50_000 + 10_000 * i64::from(number));
            tokio::spawn(async move { store.count_activity(until).await })
        })
        .collect();
    for counted in counting {
        counted.await.unwrap().unwrap();
    }
    assert_eq!(place.number("select cast(sum(lines) as bigint) from activity_days").await, 6);
    let everything = listed_lines(&*second, &ActivityFilter::default(), ALL).await;
    assert_eq!(everything, (vec![6, 5, 3, 4, 2, 1], 6));
    second.close().await;
}
