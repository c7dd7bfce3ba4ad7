//! Figures about searches and connected taxis.

use registry::AccountId;
use storage::Store;
use storage::figures::{Bar, DayBar, Scope, SearchRecord};
use territory::Point;

use crate::place::Place;
use crate::world::{at, code, day};

crate::tests![
    searches_are_kept_as_they_were,
    bars_are_added_up_over_days_and_scopes,
    bars_come_by_rising_values,
    searches_are_kept_with_their_bars_or_not_at_all,
    the_points_of_searches_come_newest_first,
    a_thousand_searches_are_kept,
    each_hour_of_connected_taxis_is_counted_once,
    the_mean_of_an_hour_is_over_all_days_that_were_counted,
    of_many_that_count_an_hour_one_does,
];

fn search(lon: f64) -> SearchRecord {
    SearchRecord {
        at: at(1),
        account: AccountId(2),
        point: Point::new(lon, 48.5).unwrap(),
        town: code("75056"),
        found: 7,
        seen: 3,
        nearest_m: None,
    }
}

fn bar(scope: &Scope, on: &str, measure: &'static str, value: i64) -> DayBar {
    DayBar { scope: scope.clone(), day: day(on), measure, value }
}

/// The bars of these scopes since a day: measure, value, searches.
async fn bars(store: &dyn Store, scopes: &[Scope], since: &str) -> Vec<(String, i64, i64)> {
    let bars = store.search_bars(scopes, day(since)).await.unwrap();
    bars.into_iter().map(|Bar { measure, value, searches }| (measure, value, searches)).collect()
}

fn told(bars: &[(&str, i64, i64)]) -> Vec<(String, i64, i64)> {
    bars.iter().map(|(measure, value, searches)| ((*measure).into(), *value, *searches)).collect()
}

async fn searches_are_kept_as_they_were(place: Place) {
    let mut near = search(2.5);
    near.nearest_m = Some(250.25);
    place.store.record_searches(&[near, search(2.6)], &[], &[]).await.unwrap();
    place.store.record_searches(&[], &[], &[]).await.unwrap();
    for question in [
        "select count(*) from searches where account_id = 2 and insee = '75056'",
        "select count(*) from searches where found = 7 and seen = 3 and lat = 48.5",
        "select count(*) + 1 from searches where lon = 2.5 and nearest_m = 250.25",
        "select count(*) + 1 from searches where lon = 2.6 and nearest_m is null",
    ] {
        assert_eq!(place.number(question).await, 2, "{question}");
    }
    let points = place.store.newest_search_points(9).await.unwrap();
    assert_eq!(points, [Point::new(2.6, 48.5).unwrap(), Point::new(2.5, 48.5).unwrap()]);
}

async fn bars_are_added_up_over_days_and_scopes(place: Place) {
    let store = &*place.store;
    let (all, town) = (Scope::All, Scope::Town(code("75056")));
    let first = [
        (bar(&all, "2024-02-28", "found", 3), 1),
        (bar(&all, "2024-02-29", "found", 3), 2),
        (bar(&all, "2024-02-29", "seen", 3), 4),
        (bar(&town, "2024-02-29", "found", 3), 8),
    ];
    store.record_searches(&[search(2.5)], &first, &[]).await.unwrap();
    let second =
        [(bar(&all, "2024-02-29", "found", 3), 16), (bar(&all, "2024-03-01", "found", 4), 32)];
    store.record_searches(&[search(2.5)], &second, &[]).await.unwrap();
    let expected = told(&[("found", 3, 19), ("found", 4, 32), ("seen", 3, 4)]);
    assert_eq!(bars(store, &[Scope::All], "2024-02-28").await, expected);
    let expected = told(&[("found", 3, 18), ("found", 4, 32), ("seen", 3, 4)]);
    assert_eq!(bars(store, &[Scope::All], "2024-02-29").await, expected);
    assert_eq!(bars(store, &[Scope::All], "2024-03-01").await, told(&[("found", 4, 32)]));
    assert_eq!(bars(store, &[Scope::All], "2024-03-02").await, []);
    assert_eq!(
        bars(store, &[Scope::Town(code("75056"))], "2024-02-28").await,
        told(&[("found", 3, 8)])
    );
    let expected = told(&[("found", 3, 27), ("found", 4, 32), ("seen", 3, 4)]);
    assert_eq!(bars(store, &[town, all], "2024-02-28").await, expected);
    assert_eq!(bars(store, &[Scope::Town(code("69123"))], "2024-02-28").await, []);
    assert_eq!(bars(store, &[], "2024-02-28").await, []);
}

/// Medians and quarters are read off in this order, so it must be that of numbers on each engine.
async fn bars_come_by_rising_values(place: Place) {
    let store = &*place.store;
    let all = Scope::All;
    let recorded: Vec<_> = [("seen", 2), ("found", 100), ("found", 9), ("found", 10), ("found", 0)]
        .map(|(measure, value)| (bar(&all, "2024-02-29", measure, value), value + 1))
        .into();
    store.record_searches(&[], &recorded, &[]).await.unwrap();
    let expected = told(&[
        ("found", 0, 1),
        ("found", 9, 10),
        ("found", 10, 11),
        ("found", 100, 101),
        ("seen", 2, 3),
    ]);
    assert_eq!(bars(store, &[all], "2024-02-29").await, expected);
}

async fn searches_are_kept_with_their_bars_or_not_at_all(place: Place) {
    let store = &*place.store;
    let recorded = [(bar(&Scope::All, "2024-02-29", "found", 1), 1)];
    place.execute("alter table search_days rename to hidden").await;
    store.record_searches(&[search(2.5)], &recorded, &[]).await.unwrap_err();
    place.execute("alter table hidden rename to search_days").await;
    assert_eq!(store.newest_search_points(9).await.unwrap(), []);
    store.record_searches(&[search(2.5)], &recorded, &[]).await.unwrap();
    assert_eq!(store.newest_search_points(9).await.unwrap().len(), 1);
    assert_eq!(bars(store, &[Scope::All], "2024-02-29").await, told(&[("found", 1, 1)]));
}

async fn the_points_of_searches_come_newest_first(place: Place) {
    let store = &*place.store;
    assert_eq!(store.newest_search_points(5).await.unwrap(), []);
    store.record_searches(&[search(1.0), search(2.0)], &[], &[]).await.unwrap();
    store.record_searches(&[search(3.0)], &[], &[]).await.unwrap();
    let longitudes = async |limit| {
        let points = store.newest_search_points(limit).await.unwrap();
        points.iter().map(|point| point.lon()).collect::<Vec<_>>()
    };
    assert_eq!(longitudes(5).await, [3.0, 2.0, 1.0]);
    assert_eq!(longitudes(2).await, [3.0, 2.0]);
    assert_eq!(longitudes(0).await, [0.0; 0]);
}

/// More than one statement takes.
async fn a_thousand_searches_are_kept(place: Place) {
    let searches: Vec<_> = (0..1_001).map(|number| search(f64::from(number) / 100.0)).collect();
    let recorded: Vec<_> =
        (0..1_001).map(|value| (bar(&Scope::All, "2024-02-29", "found", value), 2)).collect();
    place.store.record_searches(&searches, &recorded, &[]).await.unwrap();
    assert_eq!(place.number("select count(*) from searches").await, 1_001);
    let bars = bars(&*place.store, &[Scope::All], "2024-02-29").await;
    assert_eq!(bars.len(), 1_001);
    assert_eq!(bars[1_000], ("found".to_owned(), 1_000, 2));
    let newest = place.store.newest_search_points(1).await.unwrap();
    assert_eq!(newest, [Point::new(10.0, 48.5).unwrap()]);
}

/// The mean of each hour.
async fn means(store: &dyn Store, scope: Scope) -> Vec<(i32, f64)> {
    store.connected_by_hour(&[scope]).await.unwrap()
}

async fn each_hour_of_connected_taxis_is_counted_once(place: Place) {
    let store = &*place.store;
    assert_eq!(means(store, Scope::All).await, []);
    let taxis = |number| [(Scope::All, number)];
    assert!(store.count_connected(at(3_600), 12, &taxis(10)).await.unwrap());
    assert!(!store.count_connected(at(3_600), 12, &taxis(99)).await.unwrap());
    assert!(!store.count_connected(at(0), 11, &taxis(99)).await.unwrap());
    assert_eq!(means(store, Scope::All).await, [(12, 10.0)]);
    assert!(store.count_connected(at(7_200), 13, &taxis(4)).await.unwrap());
    assert!(store.count_connected(at(90_000), 12, &taxis(5)).await.unwrap());
    assert!(store.count_connected(at(90_001), 9, &taxis(0)).await.unwrap());
    assert_eq!(means(store, Scope::All).await, [(9, 0.0), (12, 7.5), (13, 4.0)]);
}

async fn the_mean_of_an_hour_is_over_all_days_that_were_counted(place: Place) {
    let store = &*place.store;
    let town = |text| Scope::Town(code(text));
    // In the second town, a taxi is connected on one day of two.
    let first = [(Scope::All, 11), (town("75056"), 8), (town("69123"), 3)];
    let second = [(Scope::All, 2), (town("75056"), 2)];
    store.count_connected(at(3_600), 12, &first).await.unwrap();
    store.count_connected(at(90_000), 12, &second).await.unwrap();
    store.count_connected(at(93_600), 13, &second).await.unwrap();
    assert_eq!(means(store, Scope::All).await, [(12, 6.5), (13, 2.0)]);
    assert_eq!(means(store, town("75056")).await, [(12, 5.0), (13, 2.0)]);
    assert_eq!(means(store, town("69123")).await, [(12, 1.5)]);
    assert_eq!(means(store, town("13055")).await, []);
    let both = store.connected_by_hour(&[town("75056"), town("69123")]).await.unwrap();
    assert_eq!(both, [(12, 6.5), (13, 2.0)]);
    assert_eq!(store.connected_by_hour(&[]).await.unwrap(), []);
}

async fn of_many_that_count_an_hour_one_does(place: Place) {
    let second = storage::open(&place.url).await.unwrap();
    let counting: Vec<_> = (0..12)
        .map(|number| {
            let store = if number % 2 == 0 { place.store.clone() } else { second.clone() };
            let taxis = [(Scope::All, 7)];
            tokio::spawn(async move { store.count_connected(at(3_600), 12, &taxis).await })
        })
        .collect();
    let mut counted = 0;
    for added in counting {
        counted += i32::from(added.await.unwrap().unwrap());
    }
    assert_eq!(counted, 1);
    assert_eq!(means(&*second, Scope::All).await, [(12, 7.0)]);
    assert_eq!(place.number("select samples * 1 from connected_hours").await, 1);
    second.close().await;
}
