//! Accounts, their keys and their passwords.

use std::sync::Mutex;

use registry::AccountFields;
use registry::{AccountId, Role};
use storage::accounts::{NewAccount, Taken};
use storage::lists::ActivityFilter;
use storage::{Action, Activity, Error, Resource};

use crate::place::Place;
use crate::world::{ALL, account, at, free_taxi, hail, key, line, new_account, new_hail};

crate::tests![
    an_account_reads_back_as_it_was_made,
    ids_of_accounts_start_at_1_and_have_no_gaps,
    an_account_is_replaced_with_its_activity,
    a_password_is_set_and_removed,
    a_new_key_closes_the_old_one,
    every_change_raises_the_revision_and_no_refusal_does,
    an_unknown_role_is_unreadable,
    activity_is_recorded_in_bulk,
    a_change_is_made_of_what_an_account_is,
    a_password_changes_with_its_account_or_stays,
    a_change_that_takes_anothers_email_changes_nothing,
    a_change_that_is_given_up_changes_nothing,
    of_many_changes_of_an_account_none_is_lost,
    the_newest_key_of_each_account_is_found,
    both_accounts_of_a_hail_stay,
];

fn fields() -> AccountFields {
    AccountFields {
        email: "É@example.org".into(),
        commercial_name: Some("Taxis d'Été".into()),
        roles: [Role::Admin, Role::Operator].into_iter().collect(),
        manager: Some(AccountId(1)),
        hail_endpoint: "https://example.org/hails".into(),
        header_name: "X-Name".into(),
        header_value: "value".into(),
        email_customer: "customer@example.org".into(),
        email_technical: "technical@example.org".into(),
        phone_customer: "01".into(),
        phone_technical: "02".into(),
        fleet_size: Some(7),
        departements: "06,2A".into(),
        requests_per_s: Some(50),
        disabled_at: Some(at(7)),
    }
}

async fn an_account_reads_back_as_it_was_made(place: Place) {
    let store = &*place.store;
    let manager = account(store, 1, Role::Group).await;
    let new = NewAccount { account: fields(), password_hash: None, key: key(2) };
    let made = store.create_account(&new, at(0)).await.unwrap().unwrap();
    assert_eq!(made.id, AccountId(2));
    assert_eq!(made.manager, Some(manager));
    assert_eq!(made.header_value, "value");
    assert_eq!(store.account(made.id).await.unwrap(), Some(made.clone()));
    assert_eq!(store.account_of_email("É@example.org").await.unwrap(), Some(made.clone()));
    assert_eq!(store.account_of_email("ÉEXAMPLE.org").await.unwrap(), None);
    assert_eq!(store.account_of_email("É@EXAMPLE.org").await.unwrap(), Some(made.clone()));
    // Other letters than A to Z keep their case on both engines.
    assert_eq!(store.account_of_email("é@example.org").await.unwrap(), None);
    assert_eq!(store.account(AccountId(3)).await.unwrap(), None);
    let (accounts, keys) = store.accounts().await.unwrap();
    assert_eq!(accounts[1], made);
    assert_eq!(keys, [([1; 32], manager), ([2; 32], made.id)]);
}

async fn ids_of_accounts_start_at_1_and_have_no_gaps(place: Place) {
    let store = &*place.store;
    assert_eq!(account(store, 1, Role::Client).await, AccountId(1));
    let mut same_email = new_account(1, &[Role::Client]);
    same_email.key = key(9);
    let mut same_key = new_account(9, &[Role::Client]);
    same_key.key = key(1);
    let refused = store.create_account(&same_email, at(0)).await.unwrap();
    assert_eq!(refused, Err(Taken::Email));
    let refused = store.create_account(&same_key, at(0)).await.unwrap();
    assert_eq!(refused, Err(Taken::Key));
    assert_eq!(account(store, 2, Role::Client).await, AccountId(2));
}

async fn an_account_is_replaced_with_its_activity(place: Place) {
    let store = &*place.store;
    let id = account(store, 1, Role::Client).await;
    let updated =
        store.update_account(id, &|f| *f = fields(), None, &[line(), line()], at(1)).await.unwrap();
    assert_eq!(updated.as_ref().map(|account| account.roles), Some(fields().roles));
    assert_eq!(store.account(id).await.unwrap(), updated);
    assert_eq!(place.activity_lines().await, 2);
    let absent = store
        .update_account(AccountId(5), &|f| *f = fields(), None, &[line()], at(1))
        .await
        .unwrap();
    assert_eq!(absent, None);
    assert_eq!(place.activity_lines().await, 2);
}

async fn a_password_is_set_and_removed(place: Place) {
    let store = &*place.store;
    let id = account(store, 1, Role::Client).await;
    assert_eq!(store.password_hash(id).await.unwrap(), None);
    store.set_password_hash(id, Some("$argon2id$…"), at(1)).await.unwrap();
    assert_eq!(store.password_hash(id).await.unwrap().as_deref(), Some("$argon2id$…"));
    store.set_password_hash(id, None, at(2)).await.unwrap();
    assert_eq!(store.password_hash(id).await.unwrap(), None);
}

async fn a_new_key_closes_the_old_one(place: Place) {
    let store = &*place.store;
    let first = account(store, 1, Role::Client).await;
    let second = account(store, 2, Role::Client).await;
    assert_eq!(store.set_key(first, &key(3), at(1)).await.unwrap(), Ok(()));
    let (_, keys) = store.accounts().await.unwrap();
    assert_eq!(keys, [([2; 32], second), ([3; 32], first)]);
    assert_eq!(store.sealed_key(first).await.unwrap(), Some(key(3).sealed));
    // A closed key never opens another account, and opens its own again.
    assert_eq!(store.set_key(second, &key(1), at(2)).await.unwrap(), Err(Taken::Key));
    assert_eq!(store.set_key(first, &key(1), at(3)).await.unwrap(), Ok(()));
    let (_, keys) = store.accounts().await.unwrap();
    assert_eq!(keys, [([1; 32], first), ([2; 32], second)]);
    assert_eq!(store.sealed_key(first).await.unwrap(), Some(key(1).sealed));
}

async fn every_change_raises_the_revision_and_no_refusal_does(place: Place) {
    let store = &*place.store;
    let mut last = store.accounts_revision().await.unwrap();
    let mut raised = async || {
        let now = store.accounts_revision().await.unwrap();
        let raised = now > last;
        last = now;
        raised
    };
    let id = account(store, 1, Role::Client).await;
    assert!(raised().await, "create_account");
    store.update_account(id, &|f| *f = fields(), None, &[], at(1)).await.unwrap();
    assert!(raised().await, "update_account");
    store.set_password_hash(id, Some("hash"), at(1)).await.unwrap();
    assert!(raised().await, "set_password_hash");
    store.set_key(id, &key(2), at(1)).await.unwrap().unwrap();
    assert!(raised().await, "set_key");
    let mut taken = new_account(1, &[]);
    taken.key = key(2);
    store.create_account(&taken, at(1)).await.unwrap().unwrap_err();
    assert!(!raised().await, "a refusal");
}

async fn an_unknown_role_is_unreadable(place: Place) {
    let id = account(&*place.store, 1, Role::Client).await;
    place.execute("update accounts set roles = 'moteur pirate'").await;
    let error = place.store.account(id).await.unwrap_err();
    assert!(matches!(&error, Error::Unreadable { value, .. } if value == "pirate"), "{error:?}");
}

async fn activity_is_recorded_in_bulk(place: Place) {
    let lines: Vec<_> = (0..1_234)
        .map(|number| {
            let activity = Activity {
                action: Action::LoginPassword,
                resource: Resource::User,
                resource_id: number.to_string(),
                extra: "{\"é\": 1}".into(),
                change: None,
            };
            (activity, at(number))
        })
        .collect();
    place.store.record(&lines).await.unwrap();
    place.store.record(&[]).await.unwrap();
    assert_eq!(place.activity_lines().await, 1_234);
}

async fn a_change_is_made_of_what_an_account_is(place: Place) {
    let store = &*place.store;
    let other = account(store, 1, Role::Group).await;
    let new = NewAccount { account: fields(), password_hash: None, key: key(2) };
    let id = store.create_account(&new, at(0)).await.unwrap().unwrap().id;
    let seen = Mutex::new(None);
    let change = |account: &mut AccountFields| {
        *seen.lock().unwrap() = Some(account.clone());
        account.fleet_size = None;
        account.phone_customer = "03".into();
    };
    let changed = store.update_account(id, &change, None, &[], at(1)).await.unwrap().unwrap();
    assert_eq!(*seen.lock().unwrap(), Some(fields()));
    let expected = AccountFields { fleet_size: None, phone_customer: "03".into(), ..fields() };
    assert_eq!(changed.fields, expected);
    assert_eq!(store.account(id).await.unwrap(), Some(changed.clone()));
    // A change of nothing is one, too; and nobody else changed.
    let same = store.update_account(id, &|_| {}, None, &[], at(2)).await.unwrap();
    assert_eq!(same, Some(changed));
    let expected = new_account(1, &[Role::Group]).account;
    assert_eq!(store.account(other).await.unwrap().unwrap().fields, expected);
}

async fn a_password_changes_with_its_account_or_stays(place: Place) {
    let store = &*place.store;
    let id = account(store, 1, Role::Client).await;
    let other = account(store, 2, Role::Client).await;
    let login = Activity {
        action: Action::AuthLogas,
        resource: Resource::User,
        resource_id: "1".into(),
        extra: "{}".into(),
        change: None,
    };
    let update = async |hash, now| {
        let lines = [login.clone()];
        store.update_account(id, &|_| {}, hash, &lines, now).await.unwrap().unwrap();
        store.password_hash(id).await.unwrap()
    };
    assert_eq!(update(None, at(1)).await, None);
    assert_eq!(update(Some("one"), at(2)).await.as_deref(), Some("one"));
    assert_eq!(update(None, at(3)).await.as_deref(), Some("one"));
    assert_eq!(update(Some("two"), at(4)).await.as_deref(), Some("two"));
    assert_eq!(store.password_hash(other).await.unwrap(), None);
    let listed = store.list_activity(&ActivityFilter::default(), ALL).await.unwrap();
    let times: Vec<_> = listed.elements.iter().map(|line| line.at).collect();
    assert_eq!(times, [at(4), at(3), at(2), at(1)]);
    let newest = &listed.elements[0];
    assert_eq!((&*newest.action, &*newest.resource), ("auth_logas", "user"));
    assert_eq!((&*newest.resource_id, &*newest.extra), ("1", "{}"));
}

/// Asserts that the accounts are as they were made, with no password and no activity.
async fn nothing_changed(place: &Place, id: AccountId, revision: i64) {
    let kept = place.store.account(id).await.unwrap().unwrap();
    assert_eq!(kept.fields, new_account(1, &[Role::Client]).account);
    assert_eq!(place.store.password_hash(id).await.unwrap(), None);
    assert_eq!(place.store.accounts_revision().await.unwrap(), revision);
    assert_eq!(place.activity_lines().await, 0);
}

async fn a_change_that_takes_anothers_email_changes_nothing(place: Place) {
    let store = &*place.store;
    let id = account(store, 1, Role::Client).await;
    account(store, 2, Role::Client).await;
    let revision = store.accounts_revision().await.unwrap();
    let change = |account: &mut AccountFields| {
        account.email = "account2@example.org".into();
        account.fleet_size = Some(9);
    };
    store.update_account(id, &change, Some("hash"), &[line()], at(1)).await.unwrap_err();
    nothing_changed(&place, id, revision).await;
    store.update_account(id, &|_| {}, None, &[], at(2)).await.unwrap().unwrap();
}

async fn a_change_that_is_given_up_changes_nothing(place: Place) {
    let id = account(&*place.store, 1, Role::Client).await;
    let revision = place.store.accounts_revision().await.unwrap();
    let store = place.store.clone();
    let given_up = tokio::spawn(async move {
        let give_up = |account: &mut AccountFields| {
            account.fleet_size = Some(9);
            std::panic::resume_unwind(Box::new(()));
        };
        store.update_account(id, &give_up, Some("hash"), &[line()], at(1)).await
    });
    assert!(given_up.await.unwrap_err().is_panic());
    nothing_changed(&place, id, revision).await;
    // And it stands in nobody's way.
    place.store.update_account(id, &|_| {}, None, &[], at(2)).await.unwrap().unwrap();
}

async fn of_many_changes_of_an_account_none_is_lost(place: Place) {
    let id = account(&*place.store, 1, Role::Client).await;
    let second = storage::open(&place.url).await.unwrap();
    let changing: Vec<_> = (0..20)
        .map(|number| {
            let store = if number % 2 == 0 { place.store.clone() } else { second.clone() };
            tokio::spawn(async move {
                let grow = |account: &mut AccountFields| {
                    account.fleet_size = Some(account.fleet_size.unwrap_or_default() + 1);
                };
                store.update_account(id, &grow, None, &[line()], at(1)).await
            })
        })
        .collect();
    for changed in changing {
        assert!(changed.await.unwrap().unwrap().is_some());
    }
    assert_eq!(second.account(id).await.unwrap().unwrap().fleet_size, Some(20));
    assert_eq!(place.activity_lines().await, 20);
    second.close().await;
}

async fn the_newest_key_of_each_account_is_found(place: Place) {
    let store = &*place.store;
    let [first, second, third] = [
        account(store, 1, Role::Client).await,
        account(store, 2, Role::Client).await,
        account(store, 3, Role::Client).await,
    ];
    let keys = async |ids: &[AccountId]| {
        let mut keys = store.sealed_keys(ids).await.unwrap();
        keys.sort();
        keys
    };
    let sealed = |id, number| (id, vec![number, 0, 255]);
    assert_eq!(keys(&[]).await, []);
    assert_eq!(keys(&[second]).await, [sealed(second, 2)]);
    let several = [third, first, AccountId(99), first];
    assert_eq!(keys(&several).await, [sealed(first, 1), sealed(third, 3)]);
    // A newer key takes its place; one of old that opens again is the newest.
    store.set_key(first, &key(9), at(1)).await.unwrap().unwrap();
    assert_eq!(keys(&[first, third]).await, [sealed(first, 9), sealed(third, 3)]);
    store.set_key(first, &key(1), at(2)).await.unwrap().unwrap();
    assert_eq!(keys(&[first, third]).await, [sealed(first, 1), sealed(third, 3)]);
    place.execute("update account_keys set revoked_at = created_at where account_id = 3").await;
    assert_eq!(keys(&[first, third]).await, [sealed(first, 1)]);
    let all = store.all_sealed_keys().await.unwrap();
    assert_eq!(all, [sealed(first, 1), sealed(second, 2)]);
}

async fn both_accounts_of_a_hail_stay(place: Place) {
    let store = &*place.store;
    let (taxi, client) = free_taxi(store).await;
    hail(store, &new_hail(1, client, taxi.id, at(0)), at(0)).await;
    let app = store.delete_account(client).await.unwrap().unwrap_err();
    assert_eq!(app.to_string(), "customers: 1, hails: 1");
    let operator = store.delete_account(taxi.operator).await.unwrap().unwrap_err();
    assert_eq!(operator.to_string(), "taxis: 1, vehicles: 1, licences: 1, drivers: 1, hails: 1");
    assert_eq!(store.accounts().await.unwrap().0.len(), 2);
}
