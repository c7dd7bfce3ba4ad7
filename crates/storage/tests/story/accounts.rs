//! Accounts, their keys and their passwords.

use registry::{AccountId, Role};
use storage::accounts::{AccountFields, NewAccount, Taken};
use storage::{Action, Activity, Error, Resource};

use crate::place::Place;
use crate::world::{account, at, key, line, new_account};

crate::tests![
    an_account_reads_back_as_it_was_made,
    ids_of_accounts_start_at_1_and_have_no_gaps,
    an_account_is_replaced_with_its_activity,
    a_password_is_set_and_removed,
    a_new_key_closes_the_old_one,
    every_change_raises_the_revision_and_no_refusal_does,
    an_unknown_role_is_unreadable,
    activity_is_recorded_in_bulk,
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
    let updated = store.update_account(id, &|f| *f = fields(), None, &[line(), line()], at(1)).await.unwrap();
    assert_eq!(updated.as_ref().map(|account| account.roles), Some(fields().roles));
    assert_eq!(store.account(id).await.unwrap(), updated);
    assert_eq!(place.activity_lines().await, 2);
    let absent = store.update_account(AccountId(5), &|f| *f = fields(), None, &[line()], at(1)).await.unwrap();
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
            };
            (activity, at(number))
        })
        .collect();
    place.store.record(&lines).await.unwrap();
    place.store.record(&[]).await.unwrap();
    assert_eq!(place.activity_lines().await, 1_234);
}
