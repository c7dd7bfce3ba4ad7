//! Last-known positions.

use registry::{AccountId, TaxiId};
use storage::positions::LastPosition;
use territory::Point;

use crate::place::Place;
use crate::world::{free_taxi, taxi_id};

crate::tests![
    a_position_is_kept_until_a_newer_one_comes,
    only_what_is_recent_enough_is_read_back,
    a_taxi_that_is_gone_takes_no_position_of_others_along,
];

fn position(taxi: TaxiId, account: AccountId, lon: f64, at_s: u32) -> LastPosition {
    LastPosition { taxi, account, point: Point::new(lon, 48.5).unwrap(), at_s }
}

async fn a_position_is_kept_until_a_newer_one_comes(place: Place) {
    let (taxi, _) = free_taxi(&*place.store).await;
    let at = |lon, at_s| position(taxi.id, taxi.operator, lon, at_s);
    for (given, kept) in [(at(2.5, 100), at(2.5, 100)), (at(2.6, 99), at(2.5, 100))] {
        place.store.keep_positions(&[given], 1_000).await.unwrap();
        assert_eq!(place.store.last_positions(0).await.unwrap(), [kept]);
    }
    place.store.keep_positions(&[at(2.7, 101)], 1_000).await.unwrap();
    assert_eq!(place.store.last_positions(0).await.unwrap(), [at(2.7, 101)]);
    place.store.keep_positions(&[], 1_000).await.unwrap();
    // The clock was set back to the 50th second.
    place.store.keep_positions(&[at(2.8, 50)], 101).await.unwrap();
    assert_eq!(place.store.last_positions(0).await.unwrap(), [at(2.7, 101)]);
    place.store.keep_positions(&[at(2.8, 50)], 100).await.unwrap();
    assert_eq!(place.store.last_positions(0).await.unwrap(), [at(2.8, 50)]);
}

async fn only_what_is_recent_enough_is_read_back(place: Place) {
    let (taxi, _) = free_taxi(&*place.store).await;
    let kept = position(taxi.id, taxi.operator, 2.5, 100);
    place.store.keep_positions(&[kept], 1_000).await.unwrap();
    assert_eq!(place.store.last_positions(100).await.unwrap(), [kept]);
    assert_eq!(place.store.last_positions(101).await.unwrap(), []);
}

async fn a_taxi_that_is_gone_takes_no_position_of_others_along(place: Place) {
    let (taxi, _) = free_taxi(&*place.store).await;
    let kept = position(taxi.id, taxi.operator, 2.5, 100);
    let gone = position(taxi_id("zzzzzzz"), taxi.operator, 2.5, 100);
    let of_nobody = position(taxi.id, AccountId(i64::MAX), 2.5, 100);
    place.store.keep_positions(&[gone, kept, of_nobody], 1_000).await.unwrap();
    assert_eq!(place.store.last_positions(0).await.unwrap(), [kept]);
}
