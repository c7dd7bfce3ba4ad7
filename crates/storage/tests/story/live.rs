//! Live counts: minutes that become hours and days.

use registry::AccountId;
use storage::figures::{LiveCount, Scope};
use storage::live::{Grain, Move};

use crate::place::Place;
use crate::world::{at, code};

crate::tests![
    events_are_added_and_a_minute_is_sampled_once,
    a_minute_moves_into_its_hour_and_its_day_once,
    a_minute_that_two_servers_move_at_once_counts_once,
    hours_are_forgotten_after_their_time,
    live_counts_of_a_thousand_towns_are_kept,
];

fn count(minute: i64, scope: &Scope, measure: &'static str, number: i64) -> LiveCount {
    LiveCount { at: at(minute * 60), scope: scope.clone(), measure, number }
}

async fn sums(
    place: &Place,
    grain: Grain,
    minutes: &[i64],
    scopes: &[Scope],
) -> Vec<(i64, String, i64)> {
    let periods: Vec<_> = minutes.iter().map(|minute| at(minute * 60)).collect();
    let sums = place.store.live_sums(grain, &periods, scopes).await.unwrap();
    let row =
        |sum: storage::live::LiveSum| ((sum.at - at(0)).num_minutes(), sum.measure, sum.number);
    sums.into_iter().map(row).collect()
}

fn rows(rows: &[(i64, &str, i64)]) -> Vec<(i64, String, i64)> {
    rows.iter().map(|(minute, word, number)| (*minute, (*word).to_owned(), *number)).collect()
}

async fn events_are_added_and_a_minute_is_sampled_once(place: Place) {
    let store = &*place.store;
    let (all, paris) = (Scope::All, Scope::Town(code("75056")));
    let searches = [count(0, &all, "searches", 2), count(0, &paris, "searches", 1)];
    for _ in 0..2 {
        store.record_searches(&[], &[], &searches).await.unwrap();
    }
    store.sample_live(&[count(0, &all, "free", 7), count(1, &all, "free", 3)]).await.unwrap();
    store.sample_live(&[count(0, &all, "free", 8), count(1, &paris, "free", 1)]).await.unwrap();
    let expected = rows(&[(0, "free", 7), (0, "searches", 4), (1, "free", 3)]);
    assert_eq!(sums(&place, Grain::Minute, &[0, 1, 2], &[Scope::All]).await, expected);
    assert_eq!(
        sums(&place, Grain::Minute, &[1], std::slice::from_ref(&all)).await,
        rows(&[(1, "free", 3)])
    );
    let both = sums(&place, Grain::Minute, &[0, 1], &[all, paris]).await;
    // Of the second sample nothing is taken, not even what the first one lacks: it may be another server's.
    assert_eq!(both, rows(&[(0, "free", 7), (0, "searches", 6), (1, "free", 3)]));
    assert_eq!(sums(&place, Grain::Minute, &[], &[Scope::All]).await, []);
    assert_eq!(sums(&place, Grain::Minute, &[0], &[]).await, []);
    assert_eq!(sums(&place, Grain::Minute, &[0], &[Scope::Operator(AccountId(1))]).await, []);
}

/// Moves a minute of the first hour.
async fn move_minute(place: &Place, minute: i64, hours_since: i64) {
    let hour = at(minute.div_euclid(60) * 3_600);
    let which =
        Move { minute: at(minute * 60), hour, day: at(0), hours_since: at(hours_since * 3_600) };
    place.store.move_live_minute(which).await.unwrap();
}

async fn a_minute_moves_into_its_hour_and_its_day_once(place: Place) {
    let store = &*place.store;
    let all = Scope::All;
    let oldest = async |before: i64| store.oldest_live_minute(at(before * 60)).await.unwrap();
    assert_eq!(oldest(99).await, None);
    let sample: Vec<_> = [0, 1, 61].map(|minute| count(minute, &all, "free", minute + 5)).into();
    store.sample_live(&sample).await.unwrap();
    assert_eq!(oldest(0).await, None);
    assert_eq!(oldest(1).await, Some(at(0)));
    for minute in [0, 0, 1, 61] {
        move_minute(&place, minute, 0).await;
    }
    assert_eq!(oldest(99).await, None);
    assert_eq!(sums(&place, Grain::Minute, &[0, 1, 61], &[Scope::All]).await, []);
    let hours = sums(&place, Grain::Hour, &[0, 60], &[Scope::All]).await;
    assert_eq!(hours, rows(&[(0, "free", 11), (60, "free", 66)]));
    assert_eq!(sums(&place, Grain::Day, &[0], &[all]).await, rows(&[(0, "free", 77)]));
}

async fn a_minute_that_two_servers_move_at_once_counts_once(place: Place) {
    let all = Scope::All;
    for minute in 0..40 {
        place.store.sample_live(&[count(minute, &all, "free", 1)]).await.unwrap();
        let movers = (0..4).map(|_| {
            let store = std::sync::Arc::clone(&place.store);
            let which =
                Move { minute: at(minute * 60), hour: at(0), day: at(0), hours_since: at(0) };
            tokio::spawn(async move { store.move_live_minute(which).await })
        });
        for moved in movers.collect::<Vec<_>>() {
            moved.await.unwrap().unwrap();
        }
    }
    assert_eq!(sums(&place, Grain::Hour, &[0], &[all]).await, rows(&[(0, "free", 40)]));
}

async fn hours_are_forgotten_after_their_time(place: Place) {
    let all = Scope::All;
    let sample = [count(0, &all, "free", 5), count(60, &all, "free", 6)];
    place.store.sample_live(&sample).await.unwrap();
    move_minute(&place, 0, 0).await;
    move_minute(&place, 60, 1).await;
    let hours = sums(&place, Grain::Hour, &[0, 60], &[Scope::All]).await;
    assert_eq!(hours, rows(&[(60, "free", 6)]));
    assert_eq!(sums(&place, Grain::Day, &[0], &[all]).await, rows(&[(0, "free", 11)]));
}

/// More than one statement takes.
async fn live_counts_of_a_thousand_towns_are_kept(place: Place) {
    let towns = (0..1_001).map(|number| code(&format!("{:05}", 10_000 + number)));
    let sample: Vec<_> = towns.map(|town| count(0, &Scope::Town(town), "free", 2)).collect();
    place.store.sample_live(&sample).await.unwrap();
    assert_eq!(place.number("select cast(sum(number) as bigint) from live_minutes").await, 2_002);
    move_minute(&place, 0, 0).await;
    assert_eq!(place.number("select cast(sum(number) as bigint) from live_hours").await, 2_002);
}
