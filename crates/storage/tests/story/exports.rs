//! Rows for exports.

use dispatch::hail::Status;
use dispatch::refusal::Ground;
use registry::AccountId;
use storage::Store;
use storage::exports::{Page, Span};
use storage::figures::SearchRecord;
use territory::Point;

use crate::place::Place;
use crate::world::{at, cast, code, day, end, free_taxi, hail, new_hail, step};

crate::tests![
    registered_things_come_page_by_page,
    hails_of_a_span_come_with_their_steps_and_parts,
    a_hail_that_is_deleted_meanwhile_stops_nobody,
    searches_of_a_span_come_oldest_first,
    days_of_a_month_come_page_by_page,
    the_oldest_event_is_a_hail_or_a_search,
];

/// A page and where it ends.
fn parts<T, K>(page: Page<T, K>) -> (Vec<T>, Option<K>) {
    (page.rows, page.last)
}

async fn registered_things_come_page_by_page(place: Place) {
    let store = &*place.store;
    let cast = cast(store).await;
    let (first, last) = parts(store.export_taxis(at(1), 0, 1).await.unwrap());
    assert_eq!(first[0].id, cast.taxis[0].id.to_string());
    assert_eq!(first[0].licence.town, code("75056"));
    assert_eq!(first[0].car, "AB123CD");
    let (second, last) = parts(store.export_taxis(at(1), last.unwrap(), 2).await.unwrap());
    assert_eq!(second[0].id, cast.taxis[1].id.to_string());
    assert_eq!((second.len(), last), (1, None));
    // Registered at the end of the span, and so after it.
    assert!(store.export_taxis(at(0), 0, 9).await.unwrap().rows.is_empty());

    let (drivers, last) = parts(store.export_drivers(at(1), 0, 2).await.unwrap());
    assert_eq!(drivers[0].driver, first[0].driver);
    assert_eq!(drivers[1].account, cast.taxis[1].operator);
    assert_eq!(parts(store.export_drivers(at(1), last.unwrap(), 2).await.unwrap()), (vec![], None));
    let vehicles = store.export_vehicles(at(1), 0, 9).await.unwrap().rows;
    assert_eq!(vehicles[0].car, first[0].car);
    assert_eq!(vehicles[0].features.wheelchair, Some(true));
    let licences = store.export_licences(at(1), 0, 9).await.unwrap().rows;
    assert_eq!(licences[1].licence, second[0].licence);
}

fn long() -> Span {
    Span { since: at(0), until: at(1_000) }
}

async fn hails_of_a_span_come_with_their_steps_and_parts(place: Place) {
    let store = &*place.store;
    let cast = cast(store).await;
    for (number, taxi, second) in [(1, 0, 5), (2, 1, 5), (3, 0, 30)] {
        let new = new_hail(number, cast.clients[0], cast.taxis[taxi].id, at(second));
        hail(store, &new, at(second)).await;
        step(store, number, Status::ReceivedByTaxi, Some(at(900)), at(second + 2)).await;
        end(store, number, Status::DeclinedByTaxi, at(second + 9)).await;
    }
    let (first, last) = parts(store.export_hails(None, long(), None, 1).await.unwrap());
    let steps = [Status::Received, Status::ReceivedByTaxi, Status::DeclinedByTaxi];
    let told: Vec<_> = first[0].steps.iter().map(|(status, _)| *status).collect();
    assert_eq!(told, steps);
    assert_eq!(first[0].steps[2].1, at(14));
    assert_eq!(first[0].taxi, cast.taxis[0].id.to_string());
    assert_eq!(first[0].car, "AB123CD");
    assert_eq!(first[0].town, Some(code("75056")));
    assert!(!first[0].blurred);
    // Made at the same moment: told apart by their ids.
    let (rest, last) = parts(store.export_hails(None, long(), last.as_ref(), 2).await.unwrap());
    assert_eq!(rest.iter().map(|hail| hail.created_at).collect::<Vec<_>>(), [at(5), at(30)]);
    let none = parts(store.export_hails(None, long(), last.as_ref(), 2).await.unwrap());
    assert_eq!(none, (vec![], None));
    let span = Span { since: at(6), until: at(30) };
    assert!(store.export_hails(None, span, None, 9).await.unwrap().rows.is_empty());
}

async fn a_hail_that_is_deleted_meanwhile_stops_nobody(place: Place) {
    let store = &*place.store;
    let (taxi, client) = free_taxi(store).await;
    for number in 1..=3 {
        let second = i64::from(number) * 10;
        hail(store, &new_hail(number, client, taxi.id, at(second)), at(second)).await;
        end(store, number, Status::Failure, at(second + 1)).await;
    }
    let (_, last) = parts(store.export_hails(None, long(), None, 2).await.unwrap());
    // The very row that the next page begins after, and another is blurred.
    place.execute("delete from hails where id = '0000002'").await;
    place.execute("update hails set blurred_at = changed_at, refusal_ground = 'safety' where id = '0000003'").await;
    let rest = store.export_hails(None, long(), last.as_ref(), 2).await.unwrap().rows;
    assert_eq!((rest.len(), rest[0].created_at, rest[0].blurred), (1, at(30), true));
    assert_eq!(rest[0].ground, Some(Ground::Safety));
}

fn search(second: i64, lon: f64) -> SearchRecord {
    SearchRecord {
        at: at(second),
        account: AccountId(2),
        point: Point::new(lon, 48.5).unwrap(),
        town: code("75056"),
        found: 7,
        seen: 3,
        nearest_m: Some(250.5),
    }
}

async fn record(store: &dyn Store, searches: &[SearchRecord]) {
    store.record_searches(searches, &[], &[]).await.unwrap();
}

async fn searches_of_a_span_come_oldest_first(place: Place) {
    let store = &*place.store;
    // Written behind, and so not in the order of their times.
    record(store, &[search(9, 2.1), search(5, 2.2), search(5, 2.3), search(1_000, 2.4)]).await;
    let (first, last) = parts(store.export_searches(long(), None, 2).await.unwrap());
    assert_eq!(first.iter().map(|one| one.point.lon()).collect::<Vec<_>>(), [2.2, 2.3]);
    assert_eq!((first[0].found, first[0].nearest_m), (7, Some(250.5)));
    let (rest, last) = parts(store.export_searches(long(), last, 2).await.unwrap());
    assert_eq!((rest.len(), rest[0].point.lon(), last), (1, 2.1, None));
}

async fn days_of_a_month_come_page_by_page(place: Place) {
    place
        .execute(
            "insert into hail_days
                (scope, day, outcome, week, month, hails, sessions, distance_m, distances)
            values
                ('', '2024-01-31', 'all', '2024-01-29', '2024-01-01', 2, 1, 0, 0),
                ('', '2024-02-01', 'all', '2024-01-29', '2024-02-01', 2, 1, 0, 0),
                ('t75056', '2024-02-01', 'all', '2024-01-29', '2024-02-01', 2, 1, 0, 0),
                ('t75056', '2024-02-01', 'failure', '2024-01-29', '2024-02-01', 2, 1, 0, 0),
                ('t75056', '2024-02-29', 'all', '2024-02-26', '2024-02-01', 2, 1, 0, 0),
                ('t75056', '2024-03-01', 'all', '2024-02-26', '2024-03-01', 2, 1, 0, 0)",
        )
        .await;
    let (month, next) = (day("2024-02-01"), day("2024-03-01"));
    let mut told = Vec::new();
    let mut after = None;
    loop {
        let page = place.store.export_days(month, next, after.as_ref(), 1).await.unwrap();
        told.extend(page.rows.into_iter().map(|row| (row.scope, row.day, row.outcome, row.hails)));
        after = page.last;
        if after.is_none() {
            break;
        }
    }
    let row = |scope: &str, on, outcome: &str| (scope.to_owned(), day(on), outcome.to_owned(), 2);
    assert_eq!(
        told,
        [
            row("", "2024-02-01", "all"),
            row("t75056", "2024-02-01", "all"),
            row("t75056", "2024-02-01", "failure"),
            row("t75056", "2024-02-29", "all"),
        ]
    );
}

async fn the_oldest_event_is_a_hail_or_a_search(place: Place) {
    let store = &*place.store;
    assert_eq!(store.oldest_event().await.unwrap(), None);
    record(store, &[search(50, 2.1)]).await;
    assert_eq!(store.oldest_event().await.unwrap(), Some(at(50)));
    let (taxi, client) = free_taxi(store).await;
    hail(store, &new_hail(1, client, taxi.id, at(20)), at(20)).await;
    assert_eq!(store.oldest_event().await.unwrap(), Some(at(20)));
}
