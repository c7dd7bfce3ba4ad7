//! Calls to operators' servers.

use registry::{AccountId, Role};
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Executor};
use storage::calls::CallRecord;

use crate::place::Place;
use crate::world::{account, at, hail_id};

crate::tests![calls_are_listed_for_their_operator_and_forgotten_in_time];

fn call(account: AccountId, seconds: i64, failure: Option<&str>) -> CallRecord {
    CallRecord {
        id: 0,
        account,
        hail: hail_id(1),
        endpoint: "https://example.org/hails".to_owned(),
        at: at(seconds),
        took_ms: 12,
        failure: failure.map(str::to_owned),
        is_test: false,
    }
}

async fn calls_are_listed_for_their_operator_and_forgotten_in_time(place: Place) {
    let store = &*place.store;
    let first = account(store, 1, Role::Operator).await;
    let second = account(store, 2, Role::Operator).await;
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

#[tokio::test(flavor = "multi_thread")]
async fn old_rows_that_another_server_deletes_are_left_to_it_and_the_others_deleted() {
    let place = Place::postgres().await;
    let store = &*place.store;
    let operator = account(store, 1, Role::Operator).await;
    store.record_calls(&vec![call(operator, 1, None); 1_200]).await.unwrap();
    let mut other = PgConnection::connect(&place.url).await.unwrap();
    let mut deletion = other.begin().await.unwrap();
    let first = "delete from operator_calls where id in (select id from operator_calls order by at limit 500)";
    deletion.execute(first).await.unwrap();
    // To wait for the other would be to find nothing left of what was asked for.
    store.forget_calls(at(2)).await.unwrap();
    assert_eq!(place.number("select count(*) from operator_calls").await, 500);
    deletion.commit().await.unwrap();
    assert_eq!(place.number("select count(*) from operator_calls").await, 0);
    store.close().await;
}
