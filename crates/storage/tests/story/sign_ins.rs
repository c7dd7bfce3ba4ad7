//! Sign-ins of people in browsers.

use registry::{AccountId, Role};
use storage::Store;
use storage::sign_ins::{Ended, SignIn};

use crate::place::Place;
use crate::world::{account, at};

crate::tests![
    a_sign_in_comes_back_until_it_is_ended,
    the_oldest_make_room_for_a_further_one,
    a_new_password_ends_those_of_its_account_alone,
    those_that_are_over_are_deleted,
];

/// Signs in at this second, and returns the sign-in as it is kept.
pub(crate) async fn sign_in(store: &dyn Store, account: AccountId, seconds: i64) -> SignIn {
    let mut digest = [0; 32];
    digest[..8].copy_from_slice(&(account.0 * 1_000_000 + seconds).to_be_bytes());
    let device = "Firefox, Linux".to_owned();
    let (created_at, last_seen_at) = (at(seconds), at(seconds));
    let second_step_elsewhere = seconds % 2 == 0;
    let new =
        SignIn { id: 0, digest, account, device, created_at, last_seen_at, second_step_elsewhere };
    let token = format!("token {seconds}").into_bytes();
    let token = second_step_elsewhere.then_some(&token[..]);
    let id = store.add_sign_in(&new, token, 3, &[], at(seconds)).await.unwrap();
    SignIn { id, ..new }
}

async fn a_sign_in_comes_back_until_it_is_ended(place: Place) {
    let store = &*place.store;
    let (mine, other) =
        (account(store, 1, Role::Client).await, account(store, 2, Role::Client).await);
    let revision = store.accounts_revision().await.unwrap();
    let (first, second) = (sign_in(store, mine, 1).await, sign_in(store, mine, 2).await);
    assert!(store.accounts_revision().await.unwrap() > revision);
    assert_eq!(store.sign_ins().await.unwrap(), [first.clone(), second.clone()]);
    assert_eq!(store.end_sign_in(other, first.id).await.unwrap(), None);
    assert_eq!(store.end_sign_in(mine, first.id).await.unwrap(), Some(Ended { id_token: None }));
    assert_eq!(store.end_sign_in(mine, first.id).await.unwrap(), None);
    assert_eq!(store.sign_ins().await.unwrap(), std::slice::from_ref(&second));
    // One through a provider comes back with its token.
    let ended = Ended { id_token: Some(b"token 2".to_vec()) };
    assert_eq!(store.end_sign_in(mine, second.id).await.unwrap(), Some(ended));
    sign_in(store, mine, 3).await;
    // An account takes its sign-ins along.
    store.delete_account(mine).await.unwrap().unwrap();
    assert_eq!(store.sign_ins().await.unwrap(), []);
}

async fn the_oldest_make_room_for_a_further_one(place: Place) {
    let store = &*place.store;
    let (mine, other) =
        (account(store, 1, Role::Client).await, account(store, 2, Role::Client).await);
    let others = sign_in(store, other, 1).await;
    let mut kept = Vec::new();
    for seconds in 2..7 {
        kept.push(sign_in(store, mine, seconds).await);
    }
    let expected = [&[others][..], &kept[2..]].concat();
    assert_eq!(store.sign_ins().await.unwrap(), expected);
}

async fn a_new_password_ends_those_of_its_account_alone(place: Place) {
    let store = &*place.store;
    let (mine, other) =
        (account(store, 1, Role::Client).await, account(store, 2, Role::Client).await);
    let others = sign_in(store, other, 1).await;
    sign_in(store, mine, 2).await;
    store.update_account(mine, &|_| {}, None, &[], at(3)).await.unwrap();
    assert_eq!(store.sign_ins().await.unwrap().len(), 2, "no new password");
    store.update_account(mine, &|_| {}, Some("hash"), &[], at(3)).await.unwrap();
    assert_eq!(store.sign_ins().await.unwrap(), std::slice::from_ref(&others));
    sign_in(store, mine, 4).await;
    store.set_password_hash(mine, Some("hash"), at(5)).await.unwrap();
    assert_eq!(store.sign_ins().await.unwrap(), [others]);
}

async fn those_that_are_over_are_deleted(place: Place) {
    let store = &*place.store;
    let mine = account(store, 1, Role::Client).await;
    let old = sign_in(store, mine, 1).await;
    let idle = sign_in(store, mine, 5).await;
    let used = sign_in(store, mine, 6).await;
    store.note_seen(&[(old.id, at(30)), (used.id, at(30)), (idle.id, at(2))]).await.unwrap();
    assert_eq!(store.delete_sign_ins(at(2), at(20)).await.unwrap(), 2);
    assert_eq!(store.sign_ins().await.unwrap(), [SignIn { last_seen_at: at(30), ..used }]);
}
