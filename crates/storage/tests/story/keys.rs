//! Several keys of one account.

use registry::Role;
use storage::keys::KeyRefused;

use crate::place::Place;
use crate::world::{account, at, key, line};

crate::tests![an_account_has_several_keys_and_closes_them_one_by_one];

async fn an_account_has_several_keys_and_closes_them_one_by_one(place: Place) {
    let store = &*place.store;
    let first = account(store, 1, Role::Client).await;
    let second = account(store, 2, Role::Client).await;
    let revision = store.accounts_revision().await.unwrap();
    let made = store.add_key(first, &key(3), "office", 2, &[line()], at(1)).await.unwrap().unwrap();
    assert!(store.accounts_revision().await.unwrap() > revision);
    assert_eq!((made.name.as_str(), made.last_used_at), ("office", None));
    let more = store.add_key(first, &key(4), "more", 2, &[], at(1)).await.unwrap();
    assert_eq!(more, Err(KeyRefused::TooMany));
    let taken = store.add_key(second, &key(3), "stolen", 2, &[], at(1)).await.unwrap();
    assert_eq!(taken, Err(KeyRefused::Taken));

    // What the older contract shows stays the first.
    assert_eq!(store.sealed_key(first).await.unwrap(), Some(key(1).sealed));
    assert_eq!(store.sealed_keys(&[first]).await.unwrap(), [(first, key(1).sealed)]);
    let (_, open) = store.accounts().await.unwrap();
    assert_eq!(open, [([1; 32], first), ([2; 32], second), ([3; 32], first)]);

    let revision = store.accounts_revision().await.unwrap();
    store.note_use(&[([3; 32], at(5)), ([1; 32], at(4))]).await.unwrap();
    store.note_use(&[([3; 32], at(2))]).await.unwrap();
    assert_eq!(store.accounts_revision().await.unwrap(), revision);
    let used: Vec<_> =
        store.keys(first).await.unwrap().into_iter().map(|key| key.last_used_at).collect();
    assert_eq!(used, [Some(at(4)), Some(at(5))], "the later use counts");

    let others = store.revoke_key(second, made.id, &[], at(6)).await.unwrap();
    assert_eq!(others, Err(KeyRefused::Unknown));
    let primary = store.keys(first).await.unwrap()[0].id;
    assert_eq!(store.revoke_key(first, primary, &[line()], at(6)).await.unwrap(), Ok([1; 32]));
    assert_eq!(
        store.revoke_key(first, primary, &[], at(6)).await.unwrap(),
        Err(KeyRefused::Unknown)
    );
    assert_eq!(store.revoke_key(first, made.id, &[], at(6)).await.unwrap(), Err(KeyRefused::Last));
    assert_eq!(store.sealed_key(first).await.unwrap(), Some(key(3).sealed));
    assert_eq!(place.activity_lines().await, 2);
}
