//! Links of identities with accounts: made on purpose, or not at all.

use axum::http::Method;
use letaxi::app::account::provider_sign_ins::MOST_IDENTITIES;
use serde_json::{Value, json};

use super::{Browser, PAGE, activity, office_with, outcome, sentence, strangers_office, text};
use crate::sign_ins::{OWN_PAGE, PASSWORD, call};
use crate::world::{Answer, Call, Engine, World, email_of};

const UNLINKED: &str = "No account is linked with this identity: sign in with your password and link it on the page \
     “My account”, or ask the administrator of the registry.";

async fn begin_link(browser: &mut Browser, world: &World, password: &str) -> Answer {
    let body = json!({"password": password, "page": "/console/account"});
    browser.send(world, Method::POST, "/v1/identities", body).await
}

async fn listed(browser: &mut Browser, world: &World) -> Vec<Value> {
    let answer = browser.get(world, "/v1/identities").await;
    answer.json()["data"].as_array().unwrap_or_else(|| panic!("{answer:?}")).clone()
}

#[tokio::test]
async fn a_person_links_and_unlinks_an_identity() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (world, fake) = strangers_office(engine, |_| {}).await;
        let mut browser = Browser::signed_in(&world, "op").await;
        assert_eq!(begin_link(&mut browser, &world, "another password").await.status, 400);
        let begun = begin_link(&mut browser, &world, PASSWORD).await;
        let linked = browser.come_back(&world, &fake.visit(&text(&begun, "address"))).await;
        assert_eq!(
            (linked.status.as_u16(), text(&linked, "page")),
            (200, "/console/account".into())
        );
        let known = listed(&mut browser, &world).await;
        assert_eq!(known.len(), 1);
        assert_eq!(known[0]["email"], "ada@provider.example");
        assert_eq!(known[0]["issuer"], fake.issuer());
        // It opens the account elsewhere, until it is unlinked: then what it has opened ends as well.
        let mut elsewhere = Browser::default();
        assert_eq!(elsewhere.sign_in(&world, &fake).await.status, 201);
        assert_eq!(elsewhere.me(&world).await, Some(email_of("op")));
        let path = format!("/v1/identities/{}", known[0]["id"]);
        let unlinked = browser.send(&world, Method::DELETE, &path, Value::Null).await;
        assert_eq!(unlinked.status, 204, "{unlinked:?}");
        assert_eq!(browser.send(&world, Method::DELETE, &path, Value::Null).await.status, 404);
        assert_eq!(
            (elsewhere.me(&world).await, browser.me(&world).await),
            (None, Some(email_of("op")))
        );
        assert_eq!(outcome(&world, &fake).await, (403, UNLINKED.to_owned()));
        let lines = ["login_password", "identity_linked", "login_provider", "identity_unlinked"];
        assert_eq!(activity(&world, "op").await, lines);
        world.close().await;
    }
}

#[tokio::test]
async fn an_unknown_identity_opens_nothing_and_is_told_what_to_do() {
    let (world, fake) = strangers_office(Engine::Sqlite, |_| {}).await;
    // Not even the account of its e-mail address, verified or not.
    for is_verified in [json!(true), json!(false), Value::Null] {
        let email = email_of("op");
        fake.tell(|script| {
            script.info = json!({"sub": "ada", "email": email, "email_verified": is_verified});
        });
        assert_eq!(outcome(&world, &fake).await, (403, UNLINKED.to_owned()));
    }
    let mut browser = Browser::default();
    let back = fake.visit(&browser.begin(&world, PAGE).await);
    let cookie = format!("{}={}", browser.cookies[0].0, browser.cookies[0].1);
    let headers = [("cookie", &*cookie), OWN_PAGE, ("accept-language", "fr")];
    let body = json!({"state": back.state, "code": back.code}).to_string();
    let path = "/v1/sign-ins/provider/return";
    let answer = world.call(&Call { body, ..call(Method::POST, path, &headers) }).await;
    assert!(
        sentence(&answer).starts_with("Aucun compte n'est lié à cette identité : "),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_verified_address_finds_its_account_where_the_setting_says_so() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (world, fake) =
            strangers_office(engine, |settings| settings.links_by_email = true).await;
        let email = email_of("op");
        let unverified = [json!({}), json!({"email_verified": false})];
        for claims in unverified {
            fake.tell(|script| {
                script.info = json!({"sub": "ada", "email": email});
                script.info.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
            });
            assert_eq!(outcome(&world, &fake).await, (403, UNLINKED.to_owned()), "{claims}");
        }
        let verified = json!({"sub": "ada", "email": email, "email_verified": true});
        fake.tell(|script| script.info = verified);
        assert_eq!(outcome(&world, &fake).await.0, 201);
        assert_eq!(activity(&world, "op").await, ["identity_linked", "login_provider"]);
        // From now on the subject counts, and no address.
        fake.tell(|script| script.info = json!({"sub": "ada"}));
        assert_eq!(outcome(&world, &fake).await.0, 201);
        // And an address of nobody is nobody's.
        fake.tell(|script| {
            script.claims = json!({"sub": "eve"});
            script.info = json!({"sub": "eve", "email": "eve@x.example", "email_verified": true});
        });
        assert_eq!(outcome(&world, &fake).await, (403, UNLINKED.to_owned()));
        world.close().await;
    }
}

/// An attacker who makes a signed-in person take the way back of a link would open her account with his own identity.
#[tokio::test]
async fn a_link_ends_in_the_sign_in_in_which_it_began() {
    let (world, fake) = strangers_office(Engine::Sqlite, |_| {}).await;
    let mut attacker = Browser::signed_in(&world, "admin").await;
    let begun = begin_link(&mut attacker, &world, PASSWORD).await;
    let back = fake.visit(&text(&begun, "address"));
    let visit = attacker.cookies.iter().find(|(name, _)| name == "__Host-letaxi-visit").unwrap();
    // In the victim's browser; and in his own, with her cookie, or with none.
    let mut victim = Browser::signed_in(&world, "op").await;
    assert_eq!(victim.come_back(&world, &back).await.status, 401);
    victim.cookies.push(visit.clone());
    assert_eq!(victim.come_back(&world, &back).await.status, 401);
    assert_eq!(listed(&mut victim, &world).await, Vec::<Value>::new());
    assert_eq!(outcome(&world, &fake).await.0, 403);
}

#[tokio::test]
async fn an_identity_opens_one_account() {
    let (world, fake) = office_with(Engine::Sqlite, |_| {}).await;
    let mut browser = Browser::signed_in(&world, "admin").await;
    let begun = begin_link(&mut browser, &world, PASSWORD).await;
    let refused = browser.come_back(&world, &fake.visit(&text(&begun, "address"))).await;
    assert_eq!(refused.status, 409, "{refused:?}");
    assert!(sentence(&refused).contains("another account"), "{refused:?}");
    assert_eq!(listed(&mut browser, &world).await, Vec::<Value>::new());
}

#[tokio::test]
async fn an_account_keeps_a_way_in_and_has_so_many() {
    let (world, fake) = office_with(Engine::Sqlite, |_| {}).await;
    let op = world.account_id("op");
    world.app.set_password(op, None).await.unwrap();
    let mut browser = Browser::default();
    assert_eq!(browser.sign_in(&world, &fake).await.status, 201);
    let path = format!("/v1/identities/{}", listed(&mut browser, &world).await[0]["id"]);
    let refused = browser.send(&world, Method::DELETE, &path, Value::Null).await;
    assert_eq!(refused.status, 409, "{refused:?}");
    for number in 1..MOST_IDENTITIES {
        world.app.link_subject(op, &format!("ada {number}")).await.unwrap();
    }
    world.app.link_subject(op, "one too many").await.unwrap_err();
    let removed = browser.send(&world, Method::DELETE, &path, Value::Null).await;
    assert_eq!(removed.status, 204, "{removed:?}");
}

#[tokio::test]
async fn whoever_acts_for_an_account_links_nothing_with_it() {
    let (world, _fake) = office_with(Engine::Sqlite, |_| {}).await;
    let body = json!({"password": PASSWORD, "page": PAGE}).to_string();
    let as_op = Call {
        key: Some(crate::world::key_of("admin")),
        act_as: Some(email_of("op")),
        body,
        ..call(Method::POST, "/v1/identities", &[])
    };
    assert_eq!(world.call(&as_op).await.status, 403);
}
