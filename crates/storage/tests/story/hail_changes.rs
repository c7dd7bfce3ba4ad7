//! Hails as they change.

use std::sync::atomic::{AtomicU32, Ordering};

use dispatch::hail::Status;
use dispatch::refusal::Ground;
use registry::{AccountId, CustomerId, HailId, Role, VehicleStatus};
use storage::hails::{Applied, DecideBan, HailChange, HailRecord, Remarks, Step, Transition};

use crate::place::Place;
use crate::world::{
    account, at, change_at, create_hail, customer, facts_of, features, free, free_taxi, hail_id,
    line, made, new_hail, own_status, plate,
};

crate::tests![
    a_step_changes_the_hail_and_its_taxi,
    a_change_of_an_old_revision_is_stale,
    a_change_that_read_another_status_of_the_driver_is_stale,
    of_many_changes_at_once_one_is_applied,
    a_step_changes_its_own_operators_description_only,
    activity_of_a_status_is_written_only_if_it_changes,
    what_is_said_of_a_hail_is_kept_whole,
    a_ban_is_set_and_lifted,
    a_hail_that_is_over_frees_its_vehicle_and_no_other_hails_taxi,
    hails_that_end_and_begin_at_once_do_not_block_each_other,
];

fn step(to: Status, deadline: Option<i64>, taxi_becomes: Option<VehicleStatus>) -> HailChange {
    let step = Step {
        to,
        by: Some(AccountId(1)),
        reason: Some("because".into()),
        deadline_at: deadline.map(at),
        taxi_becomes,
    };
    HailChange { step: Some(step), ..HailChange::default() }
}

async fn change(place: &Place, id: HailId, revision: i64, change: &HailChange) -> Applied {
    let hail = HailRecord { revision, ..place.store.hail(id).await.unwrap().unwrap() };
    let applied = place.store.change_hail(&hail, change, &[], &|_| vec![line()], at(7));
    applied.await.unwrap()
}

fn applied(applied: Applied) -> HailRecord {
    match applied {
        Applied::Hail(hail) => *hail,
        Applied::Stale => panic!("the change came too late"),
    }
}

async fn a_step_changes_the_hail_and_its_taxi(place: Place) {
    let store = &*place.store;
    let (taxi, client) = free_taxi(store).await;
    let before =
        made(create_hail(store, &new_hail(1, client, taxi.id, at(1)), &[], at(1)).await.unwrap());
    let accepted = step(Status::AcceptedByCustomer, Some(1_800), Some(VehicleStatus::Oncoming));
    let hail = applied(change(&place, before.id, 1, &accepted).await);
    let transition = Transition {
        from: Some(Status::Received),
        to: Status::AcceptedByCustomer,
        at: at(7),
        by: Some(AccountId(1)),
        reason: Some("because".into()),
    };
    let expected = HailRecord {
        revision: 2,
        status: Status::AcceptedByCustomer,
        changed_at: at(7),
        deadline_at: Some(at(1_800)),
        driver_status: VehicleStatus::Oncoming,
        transitions: [before.transitions.clone(), vec![transition]].concat(),
        ..before
    };
    assert_eq!(hail, expected);
    assert_eq!(store.hail(hail.id).await.unwrap(), Some(expected));
    assert_eq!(own_status(store, &taxi).await, (VehicleStatus::Oncoming, at(7)));
    let applied = applied(change(&place, hail.id, 2, &step(Status::Finished, None, None)).await);
    assert_eq!(applied.deadline_at, None);
    assert_eq!(store.next_deadline(at(0)).await.unwrap(), None);
    assert_eq!(store.open_hails().await.unwrap(), []);
    assert_eq!(store.open_hail_of(taxi.vehicle).await.unwrap(), None);
    assert_eq!(store.hail(hail.id).await.unwrap(), Some(applied));
}

async fn a_change_of_an_old_revision_is_stale(place: Place) {
    let store = &*place.store;
    let (taxi, client) = free_taxi(store).await;
    made(create_hail(store, &new_hail(1, client, taxi.id, at(1)), &[], at(1)).await.unwrap());
    let taken = step(Status::ReceivedByOperator, Some(10), None);
    let hail = applied(change(&place, hail_id(1), 1, &taken).await);
    let off = step(Status::Failure, None, Some(VehicleStatus::Off));
    for revision in [0, 1, 3] {
        assert_eq!(change(&place, hail_id(1), revision, &off).await, Applied::Stale);
    }
    let unknown = HailRecord { id: hail_id(2), ..hail.clone() };
    let applied = store.change_hail(&unknown, &off, &[line()], &|_| vec![line()], at(7)).await;
    assert_eq!(applied.unwrap(), Applied::Stale);
    assert_eq!(store.hail(hail.id).await.unwrap(), Some(hail));
    assert_eq!(own_status(store, &taxi).await, (VehicleStatus::Answering, at(1)));
    assert_eq!(place.activity_lines().await, 0);
}

async fn a_change_that_read_another_status_of_the_driver_is_stale(place: Place) {
    let store = &*place.store;
    let (taxi, client) = free_taxi(store).await;
    let hail =
        made(create_hail(store, &new_hail(1, client, taxi.id, at(1)), &[], at(1)).await.unwrap());
    free(store, &taxi, at(2)).await;
    let oncoming = step(Status::AcceptedByCustomer, Some(60), Some(VehicleStatus::Oncoming));
    let changed = store.change_hail(&hail, &oncoming, &[line()], &|_| vec![line()], at(3)).await;
    assert_eq!(changed.unwrap(), Applied::Stale);
    assert_eq!(store.hail(hail.id).await.unwrap().unwrap().status, Status::Received);
    assert_eq!(own_status(store, &taxi).await, (VehicleStatus::Free, at(2)));
    assert_eq!(place.activity_lines().await, 0);
    applied(change(&place, hail.id, 1, &oncoming).await);
    assert_eq!(own_status(store, &taxi).await, (VehicleStatus::Oncoming, at(7)));
}

async fn of_many_changes_at_once_one_is_applied(place: Place) {
    let (taxi, client) = free_taxi(&*place.store).await;
    let new = new_hail(1, client, taxi.id, at(1));
    made(create_hail(&*place.store, &new, &[], at(1)).await.unwrap());
    for revision in 1..=20 {
        let changing: Vec<_> = (0..12)
            .map(|number| {
                let store = place.store.clone();
                let mut change = HailChange::default();
                match number % 3 {
                    0 => change.taxi_phone = Some(number.to_string()),
                    1 => change = step(Status::Received, Some(10), None),
                    _ => change = step(Status::Received, Some(10), Some(VehicleStatus::Oncoming)),
                }
                tokio::spawn(async move {
                    change_at(&*store, hail_id(1), revision, &change, &[line()], at(2)).await
                })
            })
            .collect();
        let mut won = 0;
        for changed in changing {
            won += i64::from(changed.await.unwrap().unwrap() != Applied::Stale);
        }
        assert_eq!(won, 1);
        let hail = place.store.hail(hail_id(1)).await.unwrap().unwrap();
        assert_eq!(hail.revision, revision + 1);
        assert_eq!(place.activity_lines().await, revision);
    }
}

async fn a_step_changes_its_own_operators_description_only(place: Place) {
    let store = &*place.store;
    let (taxi, client) = free_taxi(store).await;
    let other = account(store, 3, Role::Operator).await;
    store.put_vehicle(other, &plate("AB-123-CD"), &|_| features(), &[], at(0)).await.unwrap();
    made(create_hail(store, &new_hail(1, client, taxi.id, at(1)), &[], at(1)).await.unwrap());
    let occupied = step(Status::CustomerOnBoard, Some(7_200), Some(VehicleStatus::Occupied));
    applied(change(&place, hail_id(1), 1, &occupied).await);
    assert_eq!(own_status(store, &taxi).await, (VehicleStatus::Occupied, at(7)));
    let theirs = store.description(taxi.vehicle, other).await.unwrap().unwrap().1;
    assert_eq!((theirs.status, theirs.status_at), (VehicleStatus::Off, at(0)));
}

async fn activity_of_a_status_is_written_only_if_it_changes(place: Place) {
    let store = &*place.store;
    let (taxi, client) = free_taxi(store).await;
    made(create_hail(store, &new_hail(1, client, taxi.id, at(1)), &[], at(1)).await.unwrap());
    let told = AtomicU32::new(0);
    let activity = |was| {
        told.fetch_add(1, Ordering::Relaxed);
        assert_eq!(was, VehicleStatus::Answering);
        vec![line()]
    };
    let oncoming = step(Status::AcceptedByCustomer, Some(60), Some(VehicleStatus::Oncoming));
    for _ in 0..2 {
        let hail = store.hail(hail_id(1)).await.unwrap().unwrap();
        let changed = store.change_hail(&hail, &oncoming, &[], &activity, at(7));
        applied(changed.await.unwrap());
    }
    assert_eq!(told.into_inner(), 1);
    assert_eq!(place.activity_lines().await, 1);
    assert_eq!(own_status(store, &taxi).await, (VehicleStatus::Oncoming, at(7)));
}

async fn what_is_said_of_a_hail_is_kept_whole(place: Place) {
    let store = &*place.store;
    let (taxi, client) = free_taxi(store).await;
    let before =
        made(create_hail(store, &new_hail(1, client, taxi.id, at(1)), &[], at(1)).await.unwrap());
    let mut moved = customer("another");
    (moved.address, moved.phone) = ("2 place d'Italie".into(), "0600000002".into());
    let remarks = Remarks {
        incident_customer_reason: Some("no_show".into()),
        incident_taxi_reason: Some("breakdown".into()),
        reporting_customer: Some(false),
        reporting_customer_reason: Some("late".into()),
        rating_ride: Some(4),
        rating_ride_reason: Some("courtesy".into()),
    };
    let all = HailChange {
        customer: Some(moved.clone()),
        taxi_phone: Some("0600000003".into()),
        remarks: Some(remarks.clone()),
        ground: Some(Ground::Safety),
        ..HailChange::default()
    };
    let hail = applied(change(&place, before.id, 1, &all).await);
    let expected = HailRecord {
        revision: 2,
        customer: moved,
        taxi_phone: Some("0600000003".into()),
        remarks,
        ground: Some(Ground::Safety),
        ..before
    };
    assert_eq!(hail, expected);
    assert_eq!(store.hail(hail.id).await.unwrap(), Some(hail));
    // What is left out stays; remarks are replaced whole.
    let fewer = Remarks { rating_ride: Some(1), ..Remarks::default() };
    let change_remarks = HailChange { remarks: Some(fewer.clone()), ..HailChange::default() };
    let hail = applied(change(&place, hail_id(1), 2, &change_remarks).await);
    let expected = HailRecord { revision: 3, remarks: fewer, ..expected };
    assert_eq!(hail, expected);
    assert_eq!(store.hail(hail.id).await.unwrap(), Some(hail));
}

async fn a_ban_is_set_and_lifted(place: Place) {
    let store = &*place.store;
    let (taxi, client) = free_taxi(store).await;
    made(create_hail(store, &new_hail(1, client, taxi.id, at(1)), &[], at(1)).await.unwrap());
    let bans: [(i64, DecideBan, _); 2] = [
        (1, |_, now| Some((Some(at(1)), now)), Some((Some(at(1)), at(7)))),
        (2, |_, _| None, None),
    ];
    for (revision, decide, ban) in bans {
        let banning = HailChange { ban: Some(decide), ..HailChange::default() };
        applied(change(&place, hail_id(1), revision, &banning).await);
        for (customer, expected) in [("me", ban), ("another", None)] {
            let customer = CustomerId(customer.into());
            let facts = facts_of(store, taxi.id, client, &customer, None).await.unwrap();
            assert_eq!(facts.unwrap().ban, expected, "{customer}");
        }
    }
}

async fn a_hail_that_is_over_frees_its_vehicle_and_no_other_hails_taxi(place: Place) {
    let store = &*place.store;
    let (taxi, client) = free_taxi(store).await;
    made(create_hail(store, &new_hail(1, client, taxi.id, at(1)), &[], at(1)).await.unwrap());
    let failure = step(Status::Failure, None, Some(VehicleStatus::Free));
    applied(change(&place, hail_id(1), 1, &failure).await);
    assert_eq!(own_status(store, &taxi).await, (VehicleStatus::Free, at(7)));
    made(create_hail(store, &new_hail(2, client, taxi.id, at(8)), &[], at(8)).await.unwrap());
    // The first hail is over: nothing that is said of it touches the taxi of the second.
    let off = step(Status::IncidentTaxi, None, Some(VehicleStatus::Off));
    applied(change(&place, hail_id(1), 2, &off).await);
    assert_eq!(own_status(store, &taxi).await, (VehicleStatus::Answering, at(8)));
    assert_eq!(store.open_hails().await.unwrap(), [(taxi.vehicle, hail_id(2))]);
    assert_eq!(store.open_hail_of(taxi.vehicle).await.unwrap(), Some(hail_id(2)));
}

async fn hails_that_end_and_begin_at_once_do_not_block_each_other(place: Place) {
    let (taxi, client) = free_taxi(&*place.store).await;
    let new = new_hail(0, client, taxi.id, at(1));
    made(create_hail(&*place.store, &new, &[], at(1)).await.unwrap());
    let mut open = hail_id(0);
    for round in 1..30 {
        // The driver said free while the hail is open, so only the open hail stands in the way.
        free(&*place.store, &taxi, at(2)).await;
        let (ender, beginner) = (place.store.clone(), place.store.clone());
        let new = new_hail(round, client, taxi.id, at(3));
        let ending = tokio::spawn(async move {
            let change = step(Status::Failure, None, Some(VehicleStatus::Free));
            change_at(&*ender, open, 1, &change, &[], at(3)).await
        });
        let beginning =
            tokio::spawn(async move { create_hail(&*beginner, &new, &[], at(3)).await });
        applied(ending.await.unwrap().unwrap());
        if !matches!(beginning.await.unwrap().unwrap(), storage::hails::Made::Hail(_)) {
            let new = new_hail(round, client, taxi.id, at(3));
            made(create_hail(&*place.store, &new, &[], at(3)).await.unwrap());
        }
        open = hail_id(round);
        assert_eq!(place.store.open_hails().await.unwrap(), [(taxi.vehicle, open)]);
    }
}
