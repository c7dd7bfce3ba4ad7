//! Test taxis that answer hails by themselves.

use dispatch::sandbox::Behaviour;
use registry::Role;
use storage::sandbox::SandboxTaxi;
use territory::Point;

use crate::place::Place;
use crate::world::{account, at, taxi};

crate::tests![a_test_taxi_comes_back_until_it_is_removed];

async fn a_test_taxi_comes_back_until_it_is_removed(place: Place) {
    let store = &*place.store;
    let operator = account(store, 1, Role::Operator).await;
    let (maker, leaving) =
        (account(store, 2, Role::Client).await, account(store, 3, Role::Client).await);
    let first = taxi(store, operator, "TaxiAAA", "AA-001-AA").await;
    let second = taxi(store, operator, "TaxiBBB", "AA-002-AA").await;
    let test = |number, taxi, account, behaviour| SandboxTaxi {
        number,
        taxi,
        account,
        behaviour,
        point: Point::new(2.35, 48.86).unwrap(),
        added_at: at(1),
        ends_at: at(3_601),
    };
    let slow = test(2, first.id, maker, Behaviour::Slow);
    let gone = test(1, second.id, leaving, Behaviour::NoShow);
    for taxi in [&slow, &gone] {
        store.add_sandbox_taxi(taxi).await.unwrap();
    }
    assert_eq!(store.sandbox_taxis().await.unwrap(), [gone.clone(), slow.clone()]);
    // Neither a number nor a taxi is given twice.
    let twice = SandboxTaxi { number: 3, ..slow.clone() };
    assert!(store.add_sandbox_taxi(&twice).await.is_err());
    let twice = SandboxTaxi { taxi: second.id, ..slow.clone() };
    assert!(store.add_sandbox_taxi(&twice).await.is_err());
    // An account takes its test taxis along; the taxi itself stays with its operator.
    store.delete_account(leaving).await.unwrap().unwrap();
    assert_eq!(store.sandbox_taxis().await.unwrap(), std::slice::from_ref(&slow));
    store.remove_sandbox_taxi(slow.taxi).await.unwrap();
    assert_eq!(store.sandbox_taxis().await.unwrap(), []);
    assert!(store.taxis().await.unwrap().iter().any(|taxi| taxi.id == first.id));
}
