//! Facts about the quality of operators' data.

use registry::{AccountId, Role};
use storage::calls::CallRecord;
use storage::quality::CallCount;

use crate::place::Place;
use crate::world::{account, at, features, free_taxi, hail_id, plate};

crate::tests![
    a_car_of_two_spellings_counts_once_for_each_account_that_describes_both,
    calls_are_counted_by_operator_since_a_time,
];

async fn a_car_of_two_spellings_counts_once_for_each_account_that_describes_both(place: Place) {
    let store = &*place.store;
    let (taxi, _) = free_taxi(store).await;
    let other = account(store, 3, Role::Operator).await;
    assert_eq!(store.plates_spelt_twice().await.unwrap(), []);
    let describe = async |account, text| {
        store.put_vehicle(account, &plate(text), &|_| features(), &[], at(1)).await.unwrap();
    };
    for text in ["ab123cd", "AB 123 CD"] {
        describe(taxi.operator, text).await;
    }
    describe(other, "AB-123-CD").await;
    describe(other, "ZZ-999-ZZ").await;
    assert_eq!(store.plates_spelt_twice().await.unwrap(), [(taxi.operator, 1)]);
    describe(other, "zz999zz").await;
    assert_eq!(store.plates_spelt_twice().await.unwrap(), [(taxi.operator, 1), (other, 1)]);
}

async fn calls_are_counted_by_operator_since_a_time(place: Place) {
    let store = &*place.store;
    let first = account(store, 1, Role::Operator).await;
    let second = account(store, 2, Role::Operator).await;
    let call = |account: AccountId, seconds, failure: Option<&str>| CallRecord {
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
        call(first, 2, Some("no")),
        call(second, 2, None),
        call(first, 3, Some("no")),
        // An operator tries its server out.
        CallRecord { is_test: true, ..call(second, 3, Some("no")) },
    ];
    store.record_calls(&calls).await.unwrap();
    let counted = store.calls_since(at(2)).await.unwrap();
    let expected =
        [(first, CallCount { calls: 2, failed: 2 }), (second, CallCount { calls: 1, failed: 0 })];
    assert_eq!(counted, expected);
}
