//! Customers of apps, their bans and their reprieves.

use chrono::TimeDelta;
use registry::{AccountId, Customer, CustomerId};
use storage::Store;
use storage::customers::CustomerChange;
use storage::hails::HailChange;

use crate::place::Place;
use crate::world::{
    Cast, at, at_ms, cast, change_at, customer, facts_of, hail, hail_id, line, new_hail,
};

crate::tests![
    times_of_a_customer_are_set_emptied_and_left_alone,
    a_customer_of_another_app_stays_as_it_is,
    a_customer_that_the_app_never_named_is_not_changed,
    a_change_of_nothing_leaves_all_as_it_is,
    the_next_hail_knows_of_a_ban,
    a_ban_by_a_hail_leaves_the_reprieve_alone,
    of_many_changes_of_a_customer_none_is_lost,
];

fn me() -> CustomerId {
    CustomerId("me".into())
}

/// A customer with neither ban nor reprieve.
fn blank(account: AccountId, id: CustomerId) -> Customer {
    Customer {
        account,
        id,
        ban_begin: None,
        ban_end: None,
        reprieve_begin: None,
        reprieve_end: None,
    }
}

/// Both apps know a customer called `me`, by an open hail each.
async fn two_of_one_name(store: &dyn Store) -> Cast {
    let cast = cast(store).await;
    for (number, index) in [(1, 0), (2, 1)] {
        let new = new_hail(number, cast.clients[index], cast.taxis[index].id, at(0));
        hail(store, &new, at(0)).await;
    }
    cast
}

async fn changed(
    store: &dyn Store,
    client: AccountId,
    id: &CustomerId,
    change: CustomerChange,
) -> Option<Customer> {
    store.change_customer(client, id, change, &[], at(1)).await.unwrap()
}

/// A customer as it is kept.
async fn kept(store: &dyn Store, client: AccountId, id: &CustomerId) -> Option<Customer> {
    changed(store, client, id, CustomerChange::default()).await
}

async fn times_of_a_customer_are_set_emptied_and_left_alone(place: Place) {
    let store = &*place.store;
    let client = two_of_one_name(store).await.clients[0];
    // Times are kept to the microsecond.
    let late = at_ms(86_400_250) + TimeDelta::microseconds(7);
    let set = CustomerChange {
        ban_begin: Some(Some(at(1))),
        ban_end: Some(Some(late)),
        reprieve_begin: Some(Some(at(3))),
        reprieve_end: None,
    };
    let mut expected = blank(client, me());
    expected.ban_begin = Some(at(1));
    expected.ban_end = Some(late);
    expected.reprieve_begin = Some(at(3));
    assert_eq!(changed(store, client, &me(), set).await, Some(expected.clone()));
    assert_eq!(kept(store, client, &me()).await, Some(expected.clone()));

    let mixed = CustomerChange {
        ban_begin: Some(None),
        ban_end: None,
        reprieve_begin: Some(Some(at(4))),
        reprieve_end: Some(Some(at(5))),
    };
    expected.ban_begin = None;
    expected.reprieve_begin = Some(at(4));
    expected.reprieve_end = Some(at(5));
    assert_eq!(changed(store, client, &me(), mixed).await, Some(expected.clone()));
    assert_eq!(kept(store, client, &me()).await, Some(expected));

    let emptied = CustomerChange {
        ban_begin: Some(None),
        ban_end: Some(None),
        reprieve_begin: Some(None),
        reprieve_end: Some(None),
    };
    assert_eq!(changed(store, client, &me(), emptied).await, Some(blank(client, me())));
    assert_eq!(kept(store, client, &me()).await, Some(blank(client, me())));
}

async fn a_customer_of_another_app_stays_as_it_is(place: Place) {
    let store = &*place.store;
    let Cast { clients: [first, second], taxis } = two_of_one_name(store).await;
    // Another customer of the same app, called almost the same.
    let almost = HailChange { customer: Some(customer("ME")), ..HailChange::default() };
    change_at(store, hail_id(1), 1, &almost, &[], at(1)).await.unwrap();
    let ban = CustomerChange {
        ban_begin: Some(Some(at(1))),
        ban_end: Some(Some(at(2))),
        reprieve_begin: Some(Some(at(3))),
        reprieve_end: Some(Some(at(4))),
    };
    assert!(changed(store, first, &me(), ban).await.is_some());
    assert_eq!(kept(store, second, &me()).await, Some(blank(second, me())));
    let almost = CustomerId("ME".into());
    assert_eq!(kept(store, first, &almost).await, Some(blank(first, almost)));
    let facts = facts_of(store, taxis[1].id, second, &me(), None).await.unwrap().unwrap();
    assert_eq!(facts.ban, None);
}

async fn a_customer_that_the_app_never_named_is_not_changed(place: Place) {
    let store = &*place.store;
    let Cast { clients: [first, _], taxis } = two_of_one_name(store).await;
    let ban = CustomerChange { ban_begin: Some(Some(at(1))), ..CustomerChange::default() };
    for (client, name) in [(first, "m"), (first, "m%"), (first, ""), (taxis[0].operator, "me")] {
        let id = CustomerId(name.into());
        let none = store.change_customer(client, &id, ban, &[line()], at(1)).await.unwrap();
        assert_eq!(none, None, "{client} {name:?}");
    }
    assert_eq!(kept(store, first, &me()).await, Some(blank(first, me())));
    assert_eq!(place.number("select count(*) from customers").await, 2);
    assert_eq!(place.activity_lines().await, 0);
}

async fn a_change_of_nothing_leaves_all_as_it_is(place: Place) {
    let store = &*place.store;
    let client = two_of_one_name(store).await.clients[0];
    let ban = CustomerChange { ban_end: Some(Some(at(9))), ..CustomerChange::default() };
    let banned = store.change_customer(client, &me(), ban, &[line()], at(1)).await.unwrap();
    assert_eq!(place.activity_lines().await, 1);
    let nothing = CustomerChange::default();
    let lines = [line(), line()];
    let same = store.change_customer(client, &me(), nothing, &lines, at(2)).await.unwrap();
    assert_eq!(same, banned);
    assert_eq!(same.unwrap().ban_end, Some(at(9)));
    assert_eq!(place.activity_lines().await, 3);
}

async fn the_next_hail_knows_of_a_ban(place: Place) {
    let store = &*place.store;
    let Cast { clients: [client, _], taxis: [taxi, _] } = two_of_one_name(store).await;
    let ban = async || facts_of(store, taxi.id, client, &me(), None).await.unwrap().unwrap().ban;
    let begin = CustomerChange { ban_begin: Some(Some(at(1))), ..CustomerChange::default() };
    changed(store, client, &me(), begin).await;
    assert_eq!(ban().await, None, "a ban without an end is none");
    let end = CustomerChange { ban_end: Some(Some(at(9))), ..CustomerChange::default() };
    changed(store, client, &me(), end).await;
    assert_eq!(ban().await, Some((Some(at(1)), at(9))));
    let no_begin = CustomerChange { ban_begin: Some(None), ..CustomerChange::default() };
    changed(store, client, &me(), no_begin).await;
    assert_eq!(ban().await, Some((None, at(9))), "the end is what bans");
    let lifted = CustomerChange { ban_end: Some(None), ..CustomerChange::default() };
    changed(store, client, &me(), lifted).await;
    assert_eq!(ban().await, None);
}

async fn a_ban_by_a_hail_leaves_the_reprieve_alone(place: Place) {
    let store = &*place.store;
    let client = two_of_one_name(store).await.clients[0];
    let reprieve = CustomerChange {
        reprieve_begin: Some(Some(at(3))),
        reprieve_end: Some(Some(at(4))),
        ..CustomerChange::default()
    };
    changed(store, client, &me(), reprieve).await;
    let ban = HailChange { ban: Some(|_, _| Some((Some(at(5)), at(6)))), ..HailChange::default() };
    change_at(store, hail_id(1), 1, &ban, &[], at(5)).await.unwrap();
    let expected = Customer {
        account: client,
        id: me(),
        ban_begin: Some(at(5)),
        ban_end: Some(at(6)),
        reprieve_begin: Some(at(3)),
        reprieve_end: Some(at(4)),
    };
    assert_eq!(kept(store, client, &me()).await, Some(expected));
}

async fn of_many_changes_of_a_customer_none_is_lost(place: Place) {
    let client = two_of_one_name(&*place.store).await.clients[0];
    let nothing = CustomerChange::default;
    for round in 0..5 {
        let time = Some(Some(at(round)));
        let changes = [
            CustomerChange { ban_begin: time, ..nothing() },
            CustomerChange { ban_end: time, ..nothing() },
            CustomerChange { reprieve_begin: time, ..nothing() },
            CustomerChange { reprieve_end: time, ..nothing() },
        ];
        let changing = changes.map(|change| {
            let store = place.store.clone();
            tokio::spawn(async move { changed(&*store, client, &me(), change).await })
        });
        for changed in changing {
            assert!(changed.await.unwrap().is_some());
        }
        let time = Some(at(round));
        let expected = Customer {
            account: client,
            id: me(),
            ban_begin: time,
            ban_end: time,
            reprieve_begin: time,
            reprieve_end: time,
        };
        assert_eq!(kept(&*place.store, client, &me()).await, Some(expected), "round {round}");
    }
}
