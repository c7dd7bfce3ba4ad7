//! The history of a taxi.

use dispatch::hail::Status;
use registry::{AccountId, Role, TaxiId, VehicleStatus};
use storage::history::StatusChange;
use storage::{Action, Activity, Resource};

use crate::place::Place;
use crate::world::{account, at, hail_id};

crate::tests![
    changes_of_a_status_are_listed_for_those_who_describe_the_taxi,
    no_page_parts_a_moment
];

fn taxi(text: &str) -> TaxiId {
    text.parse().unwrap()
}

fn change(account: AccountId, to: VehicleStatus) -> StatusChange {
    StatusChange {
        account,
        from: VehicleStatus::Off,
        to,
        by: Some(account),
        key_owner: Some(AccountId(99)),
        hail: None,
        reason: None,
    }
}

fn line(taxi: &str, change: &StatusChange) -> Activity {
    Activity {
        action: Action::TaxiStatus,
        resource: Resource::Taxi,
        resource_id: taxi.to_owned(),
        extra: "{}".to_owned(),
        change: Some(change.clone()),
    }
}

async fn changes_of_a_status_are_listed_for_those_who_describe_the_taxi(place: Place) {
    let store = &*place.store;
    let first = account(store, 1, Role::Operator).await;
    let second = account(store, 2, Role::Operator).await;
    let free = change(first, VehicleStatus::Free);
    let by_registry = StatusChange {
        by: None,
        key_owner: None,
        hail: Some((hail_id(1), Status::TimeoutTaxi)),
        reason: Some("timeout".to_owned()),
        ..change(first, VehicleStatus::Off)
    };
    let others = change(second, VehicleStatus::Occupied);
    let lines = [
        (line("taxiAAA", &free), at(1)),
        (line("taxiAAA", &others), at(2)),
        (line("taxiBBB", &free), at(3)),
        (line("taxiAAA", &by_registry), at(4)),
        // From before changes were told.
        (Activity { change: None, ..line("taxiAAA", &free) }, at(5)),
    ];
    store.record(&lines).await.unwrap();
    let changes = async |accounts: &[AccountId], before| {
        store.status_changes(taxi("taxiAAA"), accounts, at(before), 10).await.unwrap()
    };
    let (last, middle, oldest) = ((at(4), by_registry), (at(2), others), (at(1), free));
    assert_eq!(changes(&[first], 9).await, [last.clone(), oldest.clone()]);
    assert_eq!(changes(&[first, second], 9).await, [last, middle.clone(), oldest.clone()]);
    assert_eq!(changes(&[first, second], 4).await, [middle, oldest.clone()]);
    assert_eq!(changes(&[first], 2).await, [oldest]);
    assert_eq!(changes(&[first], 1).await, []);
    assert_eq!(changes(&[], 9).await, []);
}

/// Otherwise the next page, which begins before that moment, would leave out what is not in this one.
async fn no_page_parts_a_moment(place: Place) {
    let store = &*place.store;
    let operator = account(store, 1, Role::Operator).await;
    let changed = |to| line("taxiAAA", &change(operator, to));
    let lines = [
        (changed(VehicleStatus::Free), at(1)),
        (changed(VehicleStatus::Occupied), at(2)),
        (changed(VehicleStatus::Off), at(2)),
        (changed(VehicleStatus::Free), at(3)),
    ];
    store.record(&lines).await.unwrap();
    let page = async |before| {
        let page = store.status_changes(taxi("taxiAAA"), &[operator], at(before), 2).await.unwrap();
        page.into_iter().map(|(at, change)| (at, change.to)).collect::<Vec<_>>()
    };
    let newest = [
        (at(3), VehicleStatus::Free),
        (at(2), VehicleStatus::Off),
        (at(2), VehicleStatus::Occupied),
    ];
    assert_eq!(page(9).await, newest);
    assert_eq!(page(2).await, [(at(1), VehicleStatus::Free)]);
}
