//! Answers that can be given again.

use dispatch::hail::Status;
use registry::Role;
use storage::hails::Once;
use storage::hails::{HailRecord, Made};

use crate::place::Place;
use crate::world::{
    account, at, create_hail, create_hail_once, free_taxi, hail_id, line, made, new_hail,
};

crate::tests![
    a_key_makes_one_hail_and_keeps_its_answer,
    a_refusal_takes_no_key,
    an_answer_is_forgotten_in_time,
];

fn answer(hail: &HailRecord) -> String {
    format!("{} is {}", hail.id, hail.status)
}

fn once(key: &str, forgotten_s: i64) -> Once<'_> {
    Once { key, digest: [7; 32], answer: &answer, forgotten: at(forgotten_s) }
}

async fn a_key_makes_one_hail_and_keeps_its_answer(place: Place) {
    let store = &*place.store;
    let (taxi, client) = free_taxi(store).await;
    let first = new_hail(1, client, taxi.id, at(10));
    let hail = made(
        create_hail_once(store, &first, &[line()], Some(&once("k", 0)), at(10)).await.unwrap(),
    );
    assert_eq!(hail.status, Status::Received);
    let again = new_hail(2, client, taxi.id, at(11));
    let taken =
        create_hail_once(store, &again, &[line()], Some(&once("k", 0)), at(11)).await.unwrap();
    assert_eq!(taken, Made::KeyTaken);
    assert_eq!(store.hail(hail_id(2)).await.unwrap(), None);
    let given = store.given_answer(client, "k", at(0)).await.unwrap().unwrap();
    assert_eq!((given.answer, given.digest), (answer(&hail), vec![7; 32]));
    assert_eq!(store.given_answer(client, "K", at(0)).await.unwrap(), None);
    let other = account(store, 9, Role::Client).await;
    assert_eq!(store.given_answer(other, "k", at(0)).await.unwrap(), None);
    assert_eq!(place.activity_lines().await, 1);
}

async fn a_refusal_takes_no_key(place: Place) {
    let store = &*place.store;
    let (taxi, client) = free_taxi(store).await;
    made(create_hail(store, &new_hail(1, client, taxi.id, at(10)), &[], at(10)).await.unwrap());
    let second = new_hail(2, client, taxi.id, at(11));
    let refused =
        create_hail_once(store, &second, &[line()], Some(&once("k", 0)), at(11)).await.unwrap();
    assert_eq!(refused, Made::Refused);
    assert_eq!(store.given_answer(client, "k", at(0)).await.unwrap(), None);
}

async fn an_answer_is_forgotten_in_time(place: Place) {
    let store = &*place.store;
    let (taxi, client) = free_taxi(store).await;
    let first = new_hail(1, client, taxi.id, at(10));
    made(create_hail_once(store, &first, &[], Some(&once("k", 0)), at(10)).await.unwrap());
    assert_eq!(store.given_answer(client, "k", at(10)).await.unwrap(), None);
    // The key is free before anybody cleared away; what stands in the way now is the taxi.
    let second = new_hail(2, client, taxi.id, at(20));
    let refused =
        create_hail_once(store, &second, &[], Some(&once("k", 10)), at(20)).await.unwrap();
    assert_eq!(refused, Made::Refused);
    assert!(store.given_answer(client, "k", at(9)).await.unwrap().is_some());
    assert_eq!(store.forget_answers(at(9)).await.unwrap(), 0);
    // While PostgreSQL undoes the refused hail, its key is left alone.
    let mut tries = 0..1_000;
    while store.forget_answers(at(10)).await.unwrap() == 0 {
        tries.next().expect("the answer is never forgotten");
    }
    assert_eq!(store.given_answer(client, "k", at(9)).await.unwrap(), None);
}
