//! Calls to operators' servers.

use registry::Role;
use storage::calls::CallRecord;

use crate::place::Place;
use crate::world::{account, at, hail_id};

crate::tests![calls_are_listed_for_their_operator_and_forgotten_in_time];

async fn calls_are_listed_for_their_operator_and_forgotten_in_time(place: Place) {
    let store = &*place.store;
    let first = account(store, 1, Role::Operator).await;
    let second = account(store, 2, Role::Operator).await;
    let call = |account, seconds, failure: Option<&str>| CallRecord {
        id: 0,
        account,
        hail: hail_id(1),
        endpoint: "https://example.org/hails".to_owned(),
        at: at(seconds),
        took_ms: 12,
        failure: failure.map(str::to_owned),
        is_test: false,
    };
    let calls = [
        call(first, 1, None),
        call(second, 2, None),
        CallRecord { is_test: true, ..call(first, 3, Some("no")) },
    ];
    store.record_calls(&calls).await.unwrap();
    let listed = store.list_calls(first, None, 10).await.unwrap();
    assert_eq!(listed.iter().map(|call| call.at).collect::<Vec<_>>(), [at(3), at(1)]);
    assert_eq!(CallRecord { id: 0, ..listed[0].clone() }, calls[2]);
    assert_eq!(store.list_calls(first, None, 1).await.unwrap(), listed[..1]);
    assert_eq!(store.list_calls(first, Some(listed[0].id), 10).await.unwrap(), listed[1..]);
    store.forget_calls(at(3)).await.unwrap();
    assert_eq!(store.list_calls(first, None, 10).await.unwrap(), listed[..1]);
    assert!(store.list_calls(second, None, 10).await.unwrap().is_empty());
}
