//! The end of a sign-in: here first, and then at the provider.

use std::collections::BTreeMap;

use axum::http::Method;
use serde_json::{Value, json};

use super::provider::{Conduct, DESCRIPTION, PUBLIC_URL};
use super::{Browser, office_with};
use crate::world::{Answer, Engine, World};

async fn sign_out(browser: &mut Browser, world: &World) -> Answer {
    let out = browser.send(world, Method::POST, "/v1/sign-outs", Value::Null).await;
    assert_eq!(out.status, 200, "{out:?}");
    out
}

#[tokio::test]
async fn a_person_is_signed_out_here_and_sent_to_sign_out_there() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (world, fake) = office_with(engine, |_| {}).await;
        let mut browser = Browser::default();
        browser.sign_in(&world, &fake).await;
        let mut copy = browser.clone();
        let out = sign_out(&mut browser, &world).await;
        assert_eq!(browser.cookies, [], "the cookie is forgotten");
        assert_eq!(copy.me(&world).await, None, "and opens nothing");
        let address = out.json()["data"][0]["address"].as_str().unwrap().to_owned();
        let url = url::Url::parse(&address).unwrap();
        assert_eq!(url.path(), "/end");
        let asked: BTreeMap<_, _> = url.query_pairs().into_owned().collect();
        assert_eq!(asked["id_token_hint"].split('.').count(), 3, "{address}");
        assert_eq!(asked["post_logout_redirect_uri"], format!("{PUBLIC_URL}/console/"));
        assert!(asked["state"].len() >= 32, "{address}");
        world.close().await;
    }
}

#[tokio::test]
async fn a_person_is_signed_out_here_whatever_the_provider_does() {
    let (mut world, fake) = office_with(Engine::Sqlite, |_| {}).await;
    let mut browser = Browser::default();
    browser.sign_in(&world, &fake).await;
    // What was known of it is forgotten, and it is away.
    world.provide(fake.client(|_| {})).await;
    fake.tell(|script| drop(script.conduct.insert(DESCRIPTION, Conduct::With(500, json!({})))));
    let out = sign_out(&mut browser.clone(), &world).await;
    assert_eq!(out.json()["data"][0]["address"], Value::Null);
    assert_eq!(browser.me(&world).await, None);
}

#[tokio::test]
async fn nobody_is_sent_elsewhere_without_need() {
    let (world, fake) = office_with(Engine::Sqlite, |_| {}).await;
    // Who came by password.
    let mut browser = Browser::signed_in(&world, "op").await;
    let out = sign_out(&mut browser, &world).await;
    assert_eq!(out.json()["data"][0]["address"], Value::Null);
    // Where the provider has no such page, or names one without TLS that no setting lists.
    for end in [Value::Null, json!("http://127.0.0.1:1/end")] {
        world.move_clock(std::time::Duration::from_hours(1));
        fake.tell(|script| script.about = json!({"end_session_endpoint": end}));
        let mut browser = Browser::default();
        assert_eq!(browser.sign_in(&world, &fake).await.status, 201);
        let out = sign_out(&mut browser, &world).await;
        assert_eq!(out.json()["data"][0]["address"], Value::Null, "{end}");
    }
    // A key is no sign-in.
    let mut browser = Browser::default();
    let answer = browser.send(&world, Method::POST, "/v1/sign-outs", Value::Null).await;
    assert_eq!(answer.status, 401);
}
