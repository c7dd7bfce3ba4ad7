//! Identities at an identity provider, and visits of people there.

use registry::{AccountId, Role};
use storage::Store;
use storage::identities::{Identity, Linked};
use storage::provider_visits::ProviderVisit;
use storage::{Action, Activity, Resource};

use crate::place::Place;
use crate::world::{account, at};

crate::tests![
    an_identity_opens_one_account,
    an_account_has_so_many_identities,
    an_identity_that_is_unlinked_ends_other_sign_ins,
    a_visit_ends_once_and_in_its_own_browser,
    visits_that_expired_or_are_too_many_make_room,
];

const ISSUER: &str = "https://id.example";

fn identity(account: AccountId, subject: &str) -> Identity {
    Identity {
        id: 0,
        account,
        issuer: ISSUER.to_owned(),
        subject: subject.to_owned(),
        email: Some("ada@example.org".to_owned()),
        linked_at: at(1),
    }
}

fn line(action: Action) -> Activity {
    let (resource, resource_id) = (Resource::User, "1".to_owned());
    Activity { action, resource, resource_id, extra: "{}".to_owned(), change: None }
}

async fn link(store: &dyn Store, identity: &Identity) -> Linked {
    let activity = [line(Action::IdentityLinked)];
    store.link_identity(identity, 2, &activity).await.unwrap()
}

const LINKED: &str = "select count(*) from activity where action = 'identity_linked'";
const UNLINKED: &str = "select count(*) from activity where action = 'identity_unlinked'";

async fn an_identity_opens_one_account(place: Place) {
    let store = &*place.store;
    let (mine, other) =
        (account(store, 1, Role::Client).await, account(store, 2, Role::Client).await);
    assert_eq!(link(store, &identity(mine, "ada")).await, Linked::New);
    assert_eq!(link(store, &identity(mine, "ada")).await, Linked::Already);
    assert_eq!(link(store, &identity(other, "ada")).await, Linked::Taken);
    assert_eq!(place.number(LINKED).await, 1);
    let of = async |issuer, subject| store.account_of_identity(issuer, subject).await.unwrap();
    assert_eq!(of(ISSUER, "ada").await, Some(mine));
    // Byte for byte, and for this issuer alone.
    for (issuer, subject) in [(ISSUER, "Ada"), (ISSUER, "ada "), ("https://id.example/", "ada")] {
        assert_eq!(of(issuer, subject).await, None, "{issuer} {subject}");
    }
    let known = store.identities_of(mine).await.unwrap();
    assert_eq!(known, [Identity { id: known[0].id, ..identity(mine, "ada") }]);
    // An account takes its identities along.
    store.delete_account(mine).await.unwrap().unwrap();
    assert_eq!(of(ISSUER, "ada").await, None);
}

async fn an_account_has_so_many_identities(place: Place) {
    let store = &*place.store;
    let mine = account(store, 1, Role::Client).await;
    let subjects = ["a", "b", "c"];
    let mut outcomes = Vec::new();
    for subject in subjects {
        outcomes.push(link(store, &identity(mine, subject)).await);
    }
    assert_eq!(outcomes, [Linked::New, Linked::New, Linked::Full]);
}

async fn an_identity_that_is_unlinked_ends_other_sign_ins(place: Place) {
    let store = &*place.store;
    let (mine, other) =
        (account(store, 1, Role::Client).await, account(store, 2, Role::Client).await);
    link(store, &identity(mine, "ada")).await;
    let id = store.identities_of(mine).await.unwrap()[0].id;
    let kept = crate::sign_ins::sign_in(store, mine, 1).await;
    crate::sign_ins::sign_in(store, mine, 2).await;
    let others = crate::sign_ins::sign_in(store, other, 3).await;
    let activity = [line(Action::IdentityUnlinked)];
    let unlink =
        async |of| store.unlink_identity(of, id, Some(kept.id), &activity, at(4)).await.unwrap();
    assert!(!unlink(other).await);
    assert!(unlink(mine).await);
    assert!(!unlink(mine).await);
    assert_eq!(store.sign_ins().await.unwrap(), [kept.clone(), others]);
    assert_eq!(store.account_of_identity(ISSUER, "ada").await.unwrap(), None);
    assert_eq!(place.number(UNLINKED).await, 1);
}

fn visit(number: u8, until: i64) -> ProviderVisit {
    let (digest, browser) = ([number; 32], [number + 100; 32]);
    ProviderVisit { digest, browser, sealed: vec![number], until: at(until) }
}

async fn a_visit_ends_once_and_in_its_own_browser(place: Place) {
    let store = &*place.store;
    store.add_visit(&visit(1, 10), 9, at(1)).await.unwrap();
    let end = async |state: u8, browser: u8, now| {
        store.end_visit(&[state; 32], &[browser; 32], at(now)).await.unwrap()
    };
    assert_eq!(end(2, 101, 2).await, None);
    assert_eq!(end(1, 102, 2).await, None);
    assert_eq!(end(1, 101, 10).await, None);
    assert_eq!(end(1, 101, 9).await, Some(vec![1]));
    assert_eq!(end(1, 101, 9).await, None);
}

async fn visits_that_expired_or_are_too_many_make_room(place: Place) {
    let store = &*place.store;
    let count = async || place.number("select count(*) from provider_visits").await;
    store.add_visit(&visit(1, 10), 3, at(1)).await.unwrap();
    store.add_visit(&visit(2, 30), 3, at(2)).await.unwrap();
    store.add_visit(&visit(3, 40), 3, at(10)).await.unwrap();
    assert_eq!(count().await, 2, "one had expired");
    for number in 4..7 {
        store.add_visit(&visit(number, 50), 3, at(11)).await.unwrap();
    }
    assert_eq!(count().await, 3);
    let oldest = store.end_visit(&[2; 32], &[102; 32], at(12)).await.unwrap();
    assert_eq!(oldest, None, "it made room");
}
