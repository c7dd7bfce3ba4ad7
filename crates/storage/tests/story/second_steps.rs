//! Second steps of signing in, and links by which people set a password.

use registry::{AccountId, Role};
use storage::Store;
use storage::password_links::PasswordLink;
use storage::second_steps::NewSecondStep;
use storage::sign_ins::SignIn;

use crate::place::Place;
use crate::world::{account, at};

crate::tests![
    a_second_step_is_set_once_unless_it_may_be_replaced,
    a_change_ends_the_other_sign_ins,
    a_step_and_a_recovery_code_are_used_once,
    a_link_sets_one_password_before_it_expires,
    the_newest_links_stay,
    access_tells_what_a_person_needs,
];

fn step(sealed: &[u8], codes: &[u8]) -> NewSecondStep {
    let recovery_codes = codes.iter().map(|code| [*code; 32]).collect();
    NewSecondStep { sealed: sealed.to_vec(), used_step: 5, recovery_codes }
}

async fn sign_in(store: &dyn Store, account: AccountId, seconds: i64) -> i64 {
    let mut digest = [0; 32];
    digest[..8].copy_from_slice(&(account.0 * 1_000_000 + seconds).to_be_bytes());
    let (created_at, last_seen_at) = (at(seconds), at(seconds));
    let sign_in = SignIn {
        id: 0,
        digest,
        account,
        device: String::new(),
        created_at,
        last_seen_at,
        second_step_elsewhere: false,
    };
    store.add_sign_in(&sign_in, None, 9, &[], at(seconds)).await.unwrap()
}

fn link(account: AccountId, digest: u8, expires: i64) -> PasswordLink {
    PasswordLink { digest: [digest; 32], account, made_at: at(1), expires_at: at(expires) }
}

async fn a_second_step_is_set_once_unless_it_may_be_replaced(place: Place) {
    let store = &*place.store;
    let mine = account(store, 1, Role::Client).await;
    let revision = store.accounts_revision().await.unwrap();
    let set = async |new: &NewSecondStep, may_replace| {
        store.set_second_step(mine, new, may_replace, None, &[], at(1)).await.unwrap()
    };
    assert_eq!(store.second_step(mine).await.unwrap(), None);
    assert!(set(&step(b"one", &[1, 2]), false).await);
    assert!(!set(&step(b"two", &[3]), false).await);
    let known = store.second_step(mine).await.unwrap().unwrap();
    assert_eq!((&known.sealed[..], known.used_step, known.recovery_codes), (&b"one"[..], 5, 2));
    assert_eq!(known.set_at, at(1));
    assert!(set(&step(b"two", &[3]), true).await);
    let known = store.second_step(mine).await.unwrap().unwrap();
    assert_eq!((&known.sealed[..], known.recovery_codes), (&b"two"[..], 1));
    assert_eq!(store.accounts_with_second_step().await.unwrap(), [mine]);
    assert!(store.accounts_revision().await.unwrap() > revision);
    let nobody = AccountId(99);
    assert!(
        !store.set_second_step(nobody, &step(b"x", &[]), true, None, &[], at(1)).await.unwrap()
    );
    assert!(!store.set_recovery_codes(nobody, &[[1; 32]], &[], at(1)).await.unwrap());
    assert!(store.set_recovery_codes(mine, &[[7; 32], [8; 32]], &[], at(1)).await.unwrap());
    assert_eq!(store.second_step(mine).await.unwrap().unwrap().recovery_codes, 2);
    // An account takes it along.
    store.delete_account(mine).await.unwrap().unwrap();
    assert_eq!(store.accounts_with_second_step().await.unwrap(), []);
}

async fn a_change_ends_the_other_sign_ins(place: Place) {
    let store = &*place.store;
    let (mine, other) =
        (account(store, 1, Role::Client).await, account(store, 2, Role::Client).await);
    let theirs = sign_in(store, other, 1).await;
    let (kept, _ended) = (sign_in(store, mine, 2).await, sign_in(store, mine, 3).await);
    let left = async || {
        let left = store.sign_ins().await.unwrap();
        left.iter().map(|sign_in| sign_in.id).collect::<Vec<_>>()
    };
    store.set_second_step(mine, &step(b"x", &[]), true, Some(kept), &[], at(4)).await.unwrap();
    assert_eq!(left().await, [theirs, kept]);
    assert!(store.remove_second_step(mine, None, &[], at(5)).await.unwrap());
    assert!(!store.remove_second_step(mine, None, &[], at(5)).await.unwrap());
    assert_eq!(left().await, [theirs]);
}

async fn a_step_and_a_recovery_code_are_used_once(place: Place) {
    let store = &*place.store;
    let mine = account(store, 1, Role::Client).await;
    store.set_second_step(mine, &step(b"x", &[1, 2]), true, None, &[], at(1)).await.unwrap();
    let take = async |sealed: &[u8], step| store.use_step(mine, sealed, step).await.unwrap();
    assert!(!take(b"x", 5).await, "it confirmed the secret");
    assert!(!take(b"another", 6).await);
    assert!(take(b"x", 6).await);
    assert!(!take(b"x", 6).await);
    assert!(!take(b"x", 4).await);
    let code =
        async |code: u8| store.use_recovery_code(mine, &[code; 32], &[], at(2)).await.unwrap();
    assert_eq!(
        (code(1).await, code(1).await, code(9).await, code(2).await),
        (Some(1), None, None, Some(0))
    );
}

async fn a_link_sets_one_password_before_it_expires(place: Place) {
    let store = &*place.store;
    let (mine, other) =
        (account(store, 1, Role::Client).await, account(store, 2, Role::Client).await);
    for (account, digest) in [(mine, 1), (mine, 2), (other, 3)] {
        store.add_password_link(&link(account, digest, 100), 5, &[]).await.unwrap();
    }
    assert_eq!(store.password_link(&[1; 32]).await.unwrap(), Some(link(mine, 1, 100)));
    assert_eq!(store.password_link(&[9; 32]).await.unwrap(), None);
    sign_in(store, mine, 2).await;
    let take = async |digest: u8, seconds| {
        store.use_password_link(&[digest; 32], "hash", &[], at(seconds)).await.unwrap()
    };
    assert_eq!(take(1, 100).await, None, "it has expired");
    assert_eq!(take(1, 99).await, Some(mine));
    assert_eq!(store.password_hash(mine).await.unwrap().as_deref(), Some("hash"));
    assert_eq!(store.sign_ins().await.unwrap(), []);
    assert_eq!((take(1, 99).await, take(2, 99).await), (None, None), "a new password ends all");
    store.set_password_hash(other, Some("hash"), at(99)).await.unwrap();
    assert_eq!(take(3, 99).await, None);
}

async fn the_newest_links_stay(place: Place) {
    let store = &*place.store;
    let mine = account(store, 1, Role::Client).await;
    for digest in 1..=4 {
        store.add_password_link(&link(mine, digest, 10 * i64::from(digest)), 2, &[]).await.unwrap();
    }
    assert_eq!(store.password_link(&[2; 32]).await.unwrap(), None);
    assert!(store.password_link(&[3; 32]).await.unwrap().is_some());
    assert_eq!(store.delete_password_links(at(30)).await.unwrap(), 1);
    assert!(store.password_link(&[4; 32]).await.unwrap().is_some());
}

async fn access_tells_what_a_person_needs(place: Place) {
    let store = &*place.store;
    let (mine, other) =
        (account(store, 1, Role::Client).await, account(store, 2, Role::Client).await);
    store.set_password_hash(mine, Some("hash"), at(1)).await.unwrap();
    store.set_second_step(mine, &step(b"x", &[]), true, None, &[], at(1)).await.unwrap();
    store.add_password_link(&link(mine, 1, 50), 5, &[]).await.unwrap();
    sign_in(store, mine, 7).await;
    sign_in(store, mine, 9).await;
    let access = store.access_of(&[mine, other, AccountId(99)]).await.unwrap();
    let [of_mine, of_other] = &access[..] else { panic!("{access:?}") };
    assert!(of_mine.has_password && of_mine.has_second_step);
    assert_eq!((of_mine.link_until, of_mine.last_seen_at), (Some(at(50)), Some(at(9))));
    assert!(!of_other.has_password && !of_other.has_second_step);
    assert_eq!((of_other.link_until, of_other.last_seen_at), (None, None));
    assert_eq!(store.access_of(&[]).await.unwrap(), []);
}
