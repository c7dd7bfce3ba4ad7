//! The activity log: lists of its lines, and how many there are.

use storage::lists::{ActivityFilter, ActivityLine, Window};
use storage::{Action, Activity, Resource, Store};

use crate::place::Place;
use crate::world::{ALL, at, at_ms};

crate::tests![
    the_log_is_listed_newest_line_first_as_it_was_written,
    each_filter_keeps_the_lines_that_fit,
    the_total_of_lines_is_exact_wherever_counting_stopped,
    counting_lines_never_goes_back,
    lines_of_many_days_are_counted_at_once,
    of_many_that_count_lines_each_line_is_counted_once,
];

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
    let last = "9999-12-31T12:00:00Z".parse().expect("it is a time");
    let times =
        |since, until| ActivityFilter { since: Some(at(since)), until: Some(at(until)), ..all() };
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
        // From midnight to midnight, from line to line, and within a day.
        (times(-43_200, 43_200), vec![3, 4, 2]),
        (times(-50_000, 43_201), vec![6, 5, 3, 4, 2, 1]),
        (times(-49_999, 43_200), vec![3, 4, 2]),
        (times(-43_199, 0), vec![]),
        (times(0, 1), vec![3, 4]),
        (times(43_200, 50_000), vec![6, 5]),
        (ActivityFilter { since: Some(at(0)), ..all() }, vec![6, 5, 3, 4]),
        (ActivityFilter { until: Some(at(0)), ..all() }, vec![2, 1]),
        (ActivityFilter { since: Some(last), ..all() }, vec![]),
        (ActivityFilter { since: Some(at(-43_200)), ..taxi_status }, vec![3, 2]),
        (ActivityFilter { until: Some(at(43_200)), ..resources(&["user"]) }, vec![1]),
        (ActivityFilter { since: Some(at(0)), ..ids(&["ABCDEFG", "1"]) }, vec![5, 4]),
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
