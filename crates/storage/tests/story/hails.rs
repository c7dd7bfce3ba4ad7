//! Hails as they are made and found.

use chrono::TimeDelta;
use dispatch::hail::Status;
use registry::{CustomerId, HailId, Role, Time, VehicleStatus};
use storage::Error;
use storage::enrolment::Wish;
use storage::hails::{
    Applied, BanTimes, HailChange, HailFacts, HailRecord, Made, Remarks, Step, Transition,
};
use uuid::Uuid;

use crate::place::Place;
use crate::world::{
    account, at, at_ms, create_hail, customer, facts_of, features, free, free_taxi, hail_id, line,
    made, new_hail, own_status, plate, step, taxi, taxi_id, wish,
};

crate::tests![
    a_hail_reads_back_as_it_was_made,
    only_a_free_taxi_is_hailed,
    an_id_that_is_taken_is_refused,
    of_many_customers_at_once_one_gets_the_taxi,
    of_two_taxis_on_one_vehicle_one_is_hailed,
    one_car_is_in_one_open_hail_however_its_plate_is_written,
    open_hails_of_one_car_from_before_go_on,
    the_facts_of_a_new_hail,
    a_session_is_found_by_its_last_change,
    overdue_hails_come_in_the_order_of_their_deadlines,
    a_call_is_leased_by_one_at_a_time,
    of_many_servers_each_call_is_made_by_one,
    a_hail_survives_the_end_of_the_program,
    an_unknown_status_of_a_hail_is_unreadable,
];

async fn a_hail_reads_back_as_it_was_made(place: Place) {
    let store = &*place.store;
    let (taxi, client) = free_taxi(store).await;
    let now = at_ms(1_001);
    let new = new_hail(1, client, taxi.id, now);
    let hail = made(create_hail(store, &new, &[line()], now).await.unwrap());
    let (_, described) = store.description(taxi.vehicle, taxi.operator).await.unwrap().unwrap();
    let expected = HailRecord {
        id: hail_id(1),
        revision: 1,
        status: Status::Received,
        created_at: now,
        changed_at: now,
        deadline_at: Some(new.deadline_at),
        client,
        operator: taxi.operator,
        taxi: taxi.id,
        shown_taxi: None,
        vehicle: taxi.vehicle,
        plate: plate("AB-123-CD"),
        description: described.id,
        driver_status: VehicleStatus::Answering,
        color: features().color,
        driver_first_name: "Aïcha".into(),
        driver_last_name: "O'Neil".into(),
        session: new.session,
        customer: customer("me"),
        initial_position: Some(new.initial_position),
        taxi_phone: None,
        remarks: Remarks::default(),
        ground: None,
        transitions: vec![Transition {
            from: None,
            to: Status::Received,
            at: now,
            by: Some(client),
            reason: None,
        }],
    };
    assert_eq!(hail, expected);
    assert_eq!(store.hail(hail.id).await.unwrap(), Some(expected));
    assert_eq!(store.hail(hail_id(2)).await.unwrap(), None);
    assert_eq!(own_status(store, &taxi).await, (VehicleStatus::Answering, now));
    assert_eq!(store.open_hails().await.unwrap(), [(taxi.vehicle, hail.id)]);
    assert_eq!(place.activity_lines().await, 1);
}

async fn only_a_free_taxi_is_hailed(place: Place) {
    let store = &*place.store;
    let (taxi, client) = free_taxi(store).await;
    let off = Wish { status: Some(VehicleStatus::Off), radius_m: None };
    store.wish(taxi.operator, taxi.id, off, &|_| Vec::new(), at(1)).await.unwrap();
    let new = new_hail(1, client, taxi.id, at(2));
    assert_eq!(create_hail(store, &new, &[line()], at(2)).await.unwrap(), Made::Refused);
    assert_eq!(own_status(store, &taxi).await, (VehicleStatus::Off, at(1)));
    free(store, &taxi, at(3)).await;
    made(create_hail(store, &new, &[], at(4)).await.unwrap());
    // The driver says free while the hail is open: that is a wish, and does not make it so.
    free(store, &taxi, at(5)).await;
    let second = new_hail(2, client, taxi.id, at(6));
    assert_eq!(create_hail(store, &second, &[line()], at(6)).await.unwrap(), Made::Refused);
    // Even if it were decided so, a vehicle is in one open hail.
    let yes = |_: Option<&HailFacts>| Some((second.clone(), vec![line()]));
    assert_eq!(store.create_hail(wish(&second), &yes, None, at(6)).await.unwrap(), Made::NotFree);
    assert_eq!(own_status(store, &taxi).await, (VehicleStatus::Free, at(5)));
    let nobody = new_hail(3, client, taxi_id("HJKLMNP"), at(6));
    assert_eq!(create_hail(store, &nobody, &[line()], at(6)).await.unwrap(), Made::Refused);
    assert_eq!(store.open_hails().await.unwrap().len(), 1);
    assert_eq!(place.activity_lines().await, 0);
}

async fn an_id_that_is_taken_is_refused(place: Place) {
    let store = &*place.store;
    let (first, client) = free_taxi(store).await;
    let second = taxi(store, first.operator, "HJKLMNP", "ZZ-999-ZZ").await;
    free(store, &second, at(0)).await;
    let hail =
        made(create_hail(store, &new_hail(1, client, first.id, at(1)), &[], at(1)).await.unwrap());
    let mut new = new_hail(1, client, second.id, at(2));
    new.customer = customer("somebody else");
    assert_eq!(create_hail(store, &new, &[line()], at(2)).await.unwrap(), Made::IdTaken);
    assert_eq!(own_status(store, &second).await, (VehicleStatus::Free, at(0)));
    assert_eq!(store.hail(hail.id).await.unwrap(), Some(hail));
    assert_eq!(place.number("select count(*) from customers").await, 1);
    assert_eq!(place.activity_lines().await, 0);
}

async fn of_many_customers_at_once_one_gets_the_taxi(place: Place) {
    let (taxi, client) = free_taxi(&*place.store).await;
    for round in 0..5 {
        let hailing: Vec<_> = (0..20)
            .map(|number| {
                let store = place.store.clone();
                let mut new = new_hail(round * 100 + number, client, taxi.id, at(1));
                new.customer = customer(&format!("customer {}", number % 3));
                tokio::spawn(async move { create_hail(&*store, &new, &[line()], at(1)).await })
            })
            .collect();
        let mut won = Vec::new();
        for hailed in hailing {
            match hailed.await.unwrap().unwrap() {
                Made::Hail(hail) => won.push(hail.id),
                lost => assert!(matches!(lost, Made::Refused | Made::NotFree), "{lost:?}"),
            }
        }
        assert_eq!(won.len(), 1, "round {round}: {won:?}");
        assert_eq!(place.store.open_hails().await.unwrap(), [(taxi.vehicle, won[0])]);
        assert_eq!(place.activity_lines().await, i64::from(round) + 1);
        finish(&place, won[0]).await;
        free(&*place.store, &taxi, at(2)).await;
    }
}

/// Ends a hail without a word to its taxi.
async fn finish(place: &Place, id: HailId) {
    let step =
        Step { to: Status::Failure, by: None, reason: None, deadline_at: None, taxi_becomes: None };
    let hail = place.store.hail(id).await.unwrap().unwrap();
    let change = HailChange { step: Some(step), ..HailChange::default() };
    let changed = place.store.change_hail(&hail, &change, &[], &|_| Vec::new(), at(1)).await;
    assert!(matches!(changed.unwrap(), Applied::Hail(_)));
}

async fn of_two_taxis_on_one_vehicle_one_is_hailed(place: Place) {
    let store = &*place.store;
    let (first, client) = free_taxi(store).await;
    let other = account(store, 3, Role::Operator).await;
    let second = taxi(store, other, "HJKLMNP", "AB-123-CD").await;
    assert_eq!(second.vehicle, first.vehicle);
    for round in 0..5 {
        free(store, &first, at(1)).await;
        free(store, &second, at(1)).await;
        let hailing: Vec<_> = (0..10)
            .map(|number| {
                let store = place.store.clone();
                let taxi = if number % 2 == 0 { first.id } else { second.id };
                let new = new_hail(round * 100 + number, client, taxi, at(2));
                tokio::spawn(async move { create_hail(&*store, &new, &[], at(2)).await })
            })
            .collect();
        let mut won = Vec::new();
        for hailed in hailing {
            match hailed.await.unwrap().unwrap() {
                Made::Hail(hail) => won.push(*hail),
                lost => assert!(matches!(lost, Made::Refused | Made::NotFree), "{lost:?}"),
            }
        }
        let [hail] = &won[..] else { panic!("round {round}: {won:?}") };
        // The loser's operator still says free: nothing changed there.
        let (winner, loser) =
            if hail.taxi == first.id { (&first, &second) } else { (&second, &first) };
        assert_eq!(own_status(store, winner).await.0, VehicleStatus::Answering);
        assert_eq!(own_status(store, loser).await.0, VehicleStatus::Free);
        finish(&place, hail.id).await;
    }
}

async fn one_car_is_in_one_open_hail_however_its_plate_is_written(place: Place) {
    let store = &*place.store;
    let (first, client) = free_taxi(store).await;
    let second = taxi(store, first.operator, "HJKLMNP", "ab123cd").await;
    assert_ne!(second.vehicle, first.vehicle);
    for round in 0..5 {
        let hailing: Vec<_> = [&first, &second].into_iter().cycle().take(10).zip(0..).collect();
        free(store, &first, at(1)).await;
        free(store, &second, at(1)).await;
        let hailing = hailing.into_iter().map(|(taxi, number)| {
            let store = place.store.clone();
            let mut new = new_hail(round * 100 + number, client, taxi.id, at(2));
            new.customer = customer(&format!("customer {number}"));
            // Whatever is decided, only one is made.
            tokio::spawn(async move {
                let yes = |_: Option<&HailFacts>| Some((new.clone(), Vec::new()));
                store.create_hail(wish(&new), &yes, None, at(2)).await.unwrap()
            })
        });
        let mut won = Vec::new();
        for hailed in hailing.collect::<Vec<_>>() {
            match hailed.await.unwrap() {
                Made::Hail(hail) => won.push(hail.id),
                lost => assert_eq!(lost, Made::NotFree),
            }
        }
        assert_eq!(won.len(), 1, "round {round}: {won:?}");
        for taxi in [&first, &second] {
            let facts = facts_of(store, taxi.id, client, &CustomerId("me".into()), None).await;
            assert!(facts.unwrap().unwrap().in_open_hail);
            assert_eq!(store.open_hail_of(taxi.vehicle).await.unwrap(), Some(won[0]));
        }
        finish(&place, won[0]).await;
    }
}

async fn open_hails_of_one_car_from_before_go_on(place: Place) {
    let store = &*place.store;
    let (first, client) = free_taxi(store).await;
    let second = taxi(store, first.operator, "HJKLMNP", "ab123cd").await;
    for (number, taxi) in [(1, &first), (2, &second)] {
        free(store, taxi, at(1)).await;
        let new = new_hail(number, client, taxi.id, at(2));
        made(create_hail(store, &new, &[], at(i64::from(number))).await.unwrap());
        // As versions before wrote it.
        place.execute("update hails set car = null").await;
        place.execute("update vehicles set car = null").await;
    }
    storage::migrate(&place.url).await.unwrap();
    assert_eq!(place.number("select count(*) from vehicles where car = 'AB123CD'").await, 2);
    assert_eq!(store.open_hails().await.unwrap().len(), 2);
    assert_eq!(store.open_hail_of(second.vehicle).await.unwrap(), Some(hail_id(1)));
    finish(&place, hail_id(2)).await;
    finish(&place, hail_id(1)).await;
    assert_eq!(store.open_hail_of(second.vehicle).await.unwrap(), None);
    free(store, &second, at(3)).await;
    made(create_hail(store, &new_hail(3, client, second.id, at(4)), &[], at(4)).await.unwrap());
}

async fn the_facts_of_a_new_hail(place: Place) {
    let store = &*place.store;
    let (taxi, client) = free_taxi(store).await;
    let other = account(store, 3, Role::Operator).await;
    store.put_vehicle(other, &plate("AB-123-CD"), &|_| features(), &[], at(1)).await.unwrap();
    let me = CustomerId("me".into());
    let facts = facts_of(store, taxi.id, client, &me, None).await.unwrap().unwrap();
    assert_eq!(facts.taxi, taxi);
    let own = (taxi.operator, VehicleStatus::Free, at(0));
    assert_eq!(facts.statuses, [own, (other, VehicleStatus::Off, at(1))]);
    assert!(!facts.in_open_hail);
    assert_eq!((facts.ban, facts.named_session, facts.latest_session), (None, None, None));

    let new = new_hail(1, client, taxi.id, at(5));
    let hail = made(create_hail(store, &new, &[], at(5)).await.unwrap());
    let ban = Some((Some(at(6)), at_ms(86_400_250)));
    let decide = |_: Option<BanTimes>, _| Some((Some(at(6)), at_ms(86_400_250)));
    let change = HailChange { ban: Some(decide), ..HailChange::default() };
    store.change_hail(&hail, &change, &[], &|_| Vec::new(), at(6)).await.unwrap();
    let facts = facts_of(store, taxi.id, client, &me, Some(new.session)).await.unwrap().unwrap();
    assert!(facts.in_open_hail);
    assert_eq!(facts.ban, ban);
    assert_eq!(facts.named_session, Some((client, me)));
    assert_eq!(facts.latest_session, Some((new.session, at(5))));
    // Another app's customer of the same name is another person; so is nobody's session.
    let unknown = Some(Uuid::from_u128(99));
    let me = CustomerId("me".into());
    let facts = facts_of(store, taxi.id, other, &me, unknown).await.unwrap().unwrap();
    assert_eq!((facts.ban, facts.named_session, facts.latest_session), (None, None, None));
    assert_eq!(facts_of(store, taxi_id("HJKLMNP"), client, &me, None).await.unwrap(), None);
}

async fn a_session_is_found_by_its_last_change(place: Place) {
    let store = &*place.store;
    let (taxi, client) = free_taxi(store).await;
    let me = CustomerId("me".into());
    // Times with and without fractions of a second, which must compare as times.
    for (number, now) in [(1, at_ms(1_000)), (2, at_ms(1_500)), (3, at_ms(1_250))] {
        made(create_hail(store, &new_hail(number, client, taxi.id, now), &[], now).await.unwrap());
        place.execute("update hails set deadline_at = null").await;
        free(store, &taxi, at(2)).await;
    }
    let facts = facts_of(store, taxi.id, client, &me, None).await.unwrap().unwrap();
    assert_eq!(facts.latest_session, Some((Uuid::from_u128(2), at_ms(1_500))));
    // An open hail counts by its own last change, too.
    let open = new_hail(4, client, taxi.id, at_ms(1_400));
    made(create_hail(store, &open, &[], at_ms(1_400)).await.unwrap());
    let facts = facts_of(store, taxi.id, client, &me, None).await.unwrap().unwrap();
    assert_eq!(facts.latest_session, Some((Uuid::from_u128(2), at_ms(1_500))));
    step(store, 4, Status::ReceivedByOperator, Some(at(20)), at_ms(1_600)).await;
    let facts = facts_of(store, taxi.id, client, &me, None).await.unwrap().unwrap();
    assert_eq!(facts.latest_session, Some((Uuid::from_u128(4), at_ms(1_600))));
}

/// Makes a hail for each deadline, each with a taxi of its own.
pub(crate) async fn hails_with_deadlines(place: &Place, deadlines: &[Time]) {
    let store = &*place.store;
    let operator = account(store, 1, Role::Operator).await;
    let client = account(store, 2, Role::Client).await;
    for (number, deadline) in (1..).zip(deadlines) {
        let id = format!("ABCDEF{}", char::from(b'a' + u8::try_from(number).unwrap()));
        let taxi = taxi(store, operator, &id, &format!("AB-{number:03}-CD")).await;
        free(store, &taxi, at(0)).await;
        let mut new = new_hail(number, client, taxi.id, at(0));
        new.deadline_at = *deadline;
        made(create_hail(store, &new, &[], at(i64::from(number))).await.unwrap());
    }
}

async fn overdue_hails_come_in_the_order_of_their_deadlines(place: Place) {
    let store = &*place.store;
    assert_eq!(store.next_deadline(at(0)).await.unwrap(), None);
    // Text forms of times must sort as the times do: no fraction, three digits, six digits.
    let deadlines = [
        at_ms(10_500),
        at(10),
        at_ms(10_500) + TimeDelta::microseconds(1),
        at_ms(10_499) + TimeDelta::microseconds(999),
        at(11),
        at_ms(9_999),
    ];
    hails_with_deadlines(&place, &deadlines).await;
    let overdue = async |now, limit| {
        let hails = store.overdue_hails(now, limit).await.unwrap();
        hails.iter().map(|hail| hail.deadline_at.unwrap()).collect::<Vec<_>>()
    };
    let mut sorted = deadlines;
    sorted.sort();
    assert_eq!(overdue(at(20), 100).await, sorted);
    assert_eq!(overdue(at(20), 2).await, sorted[..2]);
    for (place, deadline) in sorted.iter().enumerate() {
        assert_eq!(overdue(*deadline, 100).await, sorted[..=place], "at {deadline}");
        assert_eq!(overdue(*deadline - TimeDelta::microseconds(1), 100).await, sorted[..place]);
    }
    assert_eq!(store.next_deadline(at(0)).await.unwrap(), Some(sorted[0]));
}

async fn a_call_is_leased_by_one_at_a_time(place: Place) {
    let store = &*place.store;
    hails_with_deadlines(&place, &[at(60); 3]).await;
    let lease = async |now, until, limit| {
        let hails = store.lease_calls(now, until, limit).await.unwrap();
        assert!(hails.iter().all(|hail| hail.transitions.len() == 1));
        hails.iter().map(|hail| hail.id).collect::<Vec<_>>()
    };
    // Oldest first.
    assert_eq!(lease(at(5), at(15), 2).await, [hail_id(1), hail_id(2)]);
    assert_eq!(lease(at(6), at(16), 10).await, [hail_id(3)]);
    assert_eq!(lease(at(7), at(17), 10).await, []);
    // A lease that ran out is anybody's.
    assert_eq!(lease(at(15), at(25), 10).await, [hail_id(1), hail_id(2)]);
    assert_eq!(
        place.number("select sum(call_attempt * 1) from hails where id = '0000001'").await,
        2
    );
    // One that was renewed is not, nor is a hail that is overdue.
    store.renew_leases(&[hail_id(1), hail_id(9)], at(45)).await.unwrap();
    assert_eq!(lease(at(30), at(31), 10).await, [hail_id(2), hail_id(3)]);
    assert_eq!(lease(at(44), at(45), 10).await, [hail_id(2), hail_id(3)]);
    // A hail that was taken over is owed no call. A lease is no change.
    let revision = store.hail(hail_id(3)).await.unwrap().unwrap().revision;
    assert_eq!(revision, 1);
    finish(&place, hail_id(3)).await;
    store.renew_leases(&[hail_id(3)], at(50)).await.unwrap();
    assert_eq!(lease(at(46), at(50), 10).await, [hail_id(1), hail_id(2)]);
    assert_eq!(lease(at(60), at(70), 10).await, []);
}

async fn of_many_servers_each_call_is_made_by_one(place: Place) {
    hails_with_deadlines(&place, &[at(60); 9]).await;
    let second = storage::open(&place.url).await.unwrap();
    let leasing: Vec<_> = (0..12)
        .map(|number| {
            let store = if number % 2 == 0 { place.store.clone() } else { second.clone() };
            tokio::spawn(async move { store.lease_calls(at(5), at(15), 2).await.unwrap() })
        })
        .collect();
    let mut leased = Vec::new();
    for hails in leasing {
        leased.extend(hails.await.unwrap().into_iter().map(|hail| hail.id));
    }
    // Some may find all calls about to be taken, and go away with nothing.
    for hail in place.store.lease_calls(at(5), at(15), 10).await.unwrap() {
        leased.push(hail.id);
    }
    leased.sort();
    assert_eq!(leased, (1..=9).map(hail_id).collect::<Vec<_>>());
    second.close().await;
}

async fn a_hail_survives_the_end_of_the_program(place: Place) {
    let (taxi, client) = free_taxi(&*place.store).await;
    let new = new_hail(1, client, taxi.id, at(1));
    let hail = made(create_hail(&*place.store, &new, &[], at(1)).await.unwrap());
    place.store.close().await;
    let store = storage::open(&place.url).await.unwrap();
    assert_eq!(store.hail(hail.id).await.unwrap(), Some(hail));
    store.close().await;
}

async fn an_unknown_status_of_a_hail_is_unreadable(place: Place) {
    let (taxi, client) = free_taxi(&*place.store).await;
    let new = new_hail(1, client, taxi.id, at(1));
    made(create_hail(&*place.store, &new, &[], at(1)).await.unwrap());
    place.execute("update hails set status = 'lost'").await;
    let error = place.store.hail(hail_id(1)).await.unwrap_err();
    assert!(matches!(&error, Error::Unreadable { value, .. } if value == "lost"), "{error:?}");
}
