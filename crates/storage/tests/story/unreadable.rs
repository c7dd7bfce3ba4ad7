//! Rows that this version cannot read, as after a step back to an older program: each is passed over alone, and
//! stays as it is.

use dispatch::hail::Status;
use registry::{CustomerId, Role};
use storage::figures::Scope;
use storage::hails::{HailFacts, Made};
use storage::lists::{HailFilter, SessionFilter, Whose};
use storage::positions::LastPosition;
use storage::territory_rows::TerritoryContent;
use territory::Point;

use crate::counting::{count, outcomes, words};
use crate::hails::hails_with_deadlines;
use crate::place::Place;
use crate::territory::everything;
use crate::world::{
    ALL, account, at, cast, end, facts_of, free_taxi, hail, hail_id, line, new_hail, taxi, taxi_id,
    wish,
};

crate::tests![
    hails_that_cannot_be_read_keep_no_other_from_its_deadline,
    a_deadline_of_a_hail_that_is_over_is_passed_over,
    hails_that_cannot_be_read_keep_no_other_from_its_call,
    a_car_in_a_hail_that_cannot_be_read_is_not_promised_again,
    hails_that_cannot_be_read_are_left_out_of_lists,
    hails_that_cannot_be_read_keep_no_other_from_being_counted,
    the_fleet_is_read_without_what_cannot_be_read,
    accounts_are_read_without_what_cannot_be_read,
    the_territory_is_read_and_mended_without_what_cannot_be_read,
    a_plate_that_cannot_be_read_keeps_nothing_from_starting,
];

async fn hails_that_cannot_be_read_keep_no_other_from_its_deadline(place: Place) {
    let store = &*place.store;
    hails_with_deadlines(&place, &[at(10), at(11), at(12), at(13), at(30)]).await;
    place.execute("update hails set status = 'teleported' where id <= '0000003'").await;
    // More of them than are asked for at once.
    for _ in 0..2 {
        let overdue = store.overdue_hails(at(20), 2).await.unwrap();
        assert_eq!(overdue.iter().map(|hail| hail.id).collect::<Vec<_>>(), [hail_id(4)]);
    }
    assert!(storage::passed_over() >= 3);
    // Whoever waits for the next deadline does not wait for one that nobody can apply.
    assert_eq!(store.next_deadline(at(20)).await.unwrap(), Some(at(30)));
    place.execute("update hails set status = 'teleported'").await;
    assert_eq!(store.overdue_hails(at(20), 2).await.unwrap(), []);
    assert_eq!(store.next_deadline(at(30)).await.unwrap(), None);
    store.hail(hail_id(4)).await.unwrap_err();
}

async fn a_deadline_of_a_hail_that_is_over_is_passed_over(place: Place) {
    let store = &*place.store;
    hails_with_deadlines(&place, &[at(10), at(11)]).await;
    place.execute("update hails set status = 'finished' where id = '0000001'").await;
    let overdue = store.overdue_hails(at(20), 1).await.unwrap();
    assert_eq!(overdue.iter().map(|hail| hail.id).collect::<Vec<_>>(), [hail_id(2)]);
}

async fn hails_that_cannot_be_read_keep_no_other_from_its_call(place: Place) {
    let store = &*place.store;
    hails_with_deadlines(&place, &[at(60); 6]).await;
    place.execute("update hails set status = 'teleported' where id = '0000001'").await;
    place.execute("update hails set session_id = 'x' where id in ('0000002', '0000003')").await;
    place
        .execute("update hail_transitions set to_status = 'teleported' where hail_id = '0000004'")
        .await;
    let ids = async |now| {
        let leased = store.lease_calls(at(now), at(now + 4), 2).await.unwrap();
        leased.iter().map(|hail| hail.id).collect::<Vec<_>>()
    };
    // More of them than are asked for at once.
    assert_eq!(ids(10).await, [hail_id(5)]);
    assert_eq!(ids(11).await, [hail_id(6)]);
    assert_eq!(ids(12).await, []);
    assert_eq!(ids(14).await, [hail_id(5)]);
    let all = (1..=6).map(hail_id).collect::<Vec<_>>();
    store.renew_leases(&all, at(19)).await.unwrap();
    let untouched = "select count(*) from hails where id <= '0000004' and call_attempt = 0";
    assert_eq!(place.number(untouched).await, 4);
    let unknown = "select count(*) from hails where status = 'teleported' and revision = 1
        and call_leased_until is null";
    assert_eq!(place.number(unknown).await, 1);
}

async fn a_car_in_a_hail_that_cannot_be_read_is_not_promised_again(place: Place) {
    let store = &*place.store;
    let (first, client) = free_taxi(store).await;
    // The same car by another name.
    let second = taxi(store, first.operator, "HJKLMNP", "ab123cd").await;
    hail(store, &new_hail(1, client, first.id, at(1)), at(1)).await;
    place.execute("update hails set status = 'teleported'").await;
    place.execute("update descriptions set status = 'free'").await;
    assert_eq!(store.open_hails().await.unwrap(), [(first.vehicle, hail_id(1))]);
    for taxi in [&first, &second] {
        let facts = facts_of(store, taxi.id, client, &CustomerId("me".into()), None).await;
        assert!(facts.unwrap().unwrap().in_open_hail);
        assert_eq!(store.open_hail_of(taxi.vehicle).await.unwrap(), Some(hail_id(1)));
        let new = new_hail(2, client, taxi.id, at(100));
        let yes = |_: Option<&HailFacts>| Some((new.clone(), vec![line()]));
        let made = store.create_hail(wish(&new), &yes, None, at(100)).await.unwrap();
        assert_eq!(made, Made::NotFree);
    }
}

async fn hails_that_cannot_be_read_are_left_out_of_lists(place: Place) {
    let store = &*place.store;
    let cast = cast(store).await;
    let (first, second) = (&cast.taxis[0], &cast.taxis[1]);
    for (number, taxi, client) in [(1, first, cast.clients[0]), (2, second, cast.clients[1])] {
        hail(store, &new_hail(number, client, taxi.id, at(1)), at(1)).await;
    }
    place.execute("update hails set status = 'teleported' where id = '0000001'").await;
    let everyones = HailFilter { whose: Whose::Everyones, ..HailFilter::default() };
    let listed = store.list_hails(&everyones, ALL).await.unwrap();
    assert_eq!(listed.elements.iter().map(|hail| hail.id).collect::<Vec<_>>(), [hail_id(2)]);
    assert_eq!(listed.total, 2);
    let listed = store.list_sessions(&SessionFilter::default(), ALL).await.unwrap();
    let hails = listed.elements.iter().map(|hails| hails.iter().map(|hail| hail.id).collect());
    assert_eq!(hails.collect::<Vec<Vec<_>>>(), [[hail_id(2)]]);
    // Where it is may be read all the same; what is no place may not.
    assert_eq!(store.newest_hail_points(10).await.unwrap().len(), 2);
    place.execute("update hails set customer_lat = 200 where id = '0000001'").await;
    assert_eq!(store.newest_hail_points(10).await.unwrap().len(), 1);
}

async fn hails_that_cannot_be_read_keep_no_other_from_being_counted(place: Place) {
    let store = &*place.store;
    let cast = cast(store).await;
    for number in 1..=5 {
        let now = at(i64::from(number));
        hail(store, &new_hail(number, cast.clients[0], cast.taxis[0].id, now), now).await;
        end(store, number, Status::Finished, now).await;
    }
    place.execute("update hails set status = 'teleported' where id = '0000001'").await;
    place
        .execute(
            "update hail_transitions set to_status = 'teleported'
            where hail_id in ('0000002', '0000003') and revision = 2",
        )
        .await;
    // More of them than are counted at once.
    for counted in [1, 1, 0] {
        assert_eq!(count(store, 2).await, counted);
    }
    assert_eq!(outcomes(store, &[Scope::All]).await, words(&[("all", 2), ("finished", 2)]));
    let waiting = "select count(*) from hails where counted_at is null";
    assert_eq!(place.number(waiting).await, 3);
}

async fn the_fleet_is_read_without_what_cannot_be_read(place: Place) {
    let store = &*place.store;
    let taxis = cast(store).await.taxis;
    let positions = taxis.clone().map(|taxi| LastPosition {
        taxi: taxi.id,
        account: taxi.operator,
        point: Point::new(2.35, 48.86).unwrap(),
        at_s: 100,
    });
    store.keep_positions(&positions, 1_000).await.unwrap();
    place.execute("update last_positions set lat = 200 where taxi_id = 'ABCDEFG'").await;
    assert_eq!(store.last_positions(0).await.unwrap(), positions[1..]);
    place.execute("update vehicles set licence_plate = 'x' where licence_plate like 'AB%'").await;
    let described = store.descriptions().await.unwrap();
    let vehicles = described.iter().map(|(vehicle, _)| vehicle.id).collect::<Vec<_>>();
    assert_eq!(vehicles, [taxis[1].vehicle]);
    let found = async |operator| {
        let listed = store.list_taxis(operator, &<_>::default(), ALL).await.unwrap();
        (listed.elements.len(), listed.total)
    };
    assert_eq!(found(taxis[0].operator).await, (0, 1));
    assert_eq!(found(taxis[1].operator).await, (1, 1));
    place.execute("delete from last_positions").await;
    place.execute("update taxis set id = 'what is this' where id = 'ABCDEFG'").await;
    let ids = store.taxis().await.unwrap().iter().map(|taxi| taxi.id).collect::<Vec<_>>();
    assert_eq!(ids, [taxi_id("HJKLMNP")]);
}

async fn accounts_are_read_without_what_cannot_be_read(place: Place) {
    let store = &*place.store;
    let first = account(store, 1, Role::Client).await;
    let second = account(store, 2, Role::Client).await;
    place.execute("update accounts set roles = 'pirate' where email like 'account1@%'").await;
    let (accounts, keys) = store.accounts().await.unwrap();
    assert_eq!(accounts.iter().map(|account| account.id).collect::<Vec<_>>(), [second]);
    assert_eq!(keys.len(), 2);
    store.account(first).await.unwrap_err();
}

async fn the_territory_is_read_and_mended_without_what_cannot_be_read(place: Place) {
    let store = &*place.store;
    store.import_territory(everything(), &|_| {}).await.unwrap();
    let whole = store.territory().await.unwrap();
    place.execute("update towns set border = substr(border, 1, 7) where insee = '75056'").await;
    place.execute("update stations set place = substr(place, 1, 7)").await;
    let rest = store.territory().await.unwrap();
    let towns = |content: &TerritoryContent| content.towns.len();
    assert_eq!(towns(&rest), towns(&whole) - 1);
    assert_eq!((rest.stations.len(), rest.zones.len()), (0, whole.zones.len()));
    store.import_territory(everything(), &|_| {}).await.unwrap();
    let mended = store.territory().await.unwrap();
    assert_eq!((&mended.towns, &mended.stations), (&whole.towns, &whole.stations));
}

async fn a_plate_that_cannot_be_read_keeps_nothing_from_starting(place: Place) {
    free_taxi(&*place.store).await;
    place.execute("update vehicles set licence_plate = 'x', car = null").await;
    storage::migrate(&place.url).await.unwrap();
    assert_eq!(place.number("select count(*) from vehicles where car is null").await, 1);
}
