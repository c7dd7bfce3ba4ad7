//! The second step: the registry's own holds, unless the provider tells that it asked for one.

use letaxi::app::account::second_step_rule::SecondStepRule;
use serde_json::{Value, json};

use super::{Browser, office_with, text};
use crate::world::{Engine, World, email_of};

fn accepts_mfa(settings: &mut letaxi::operator::provider::ProviderSettings) {
    settings.second_step = vec!["mfa".to_owned(), "eidas2".to_owned()];
}

/// Takes the second step that is to be set up.
async fn set_up(browser: &mut Browser, world: &World, answer: &crate::world::Answer) -> String {
    let step = answer.json()["data"][0].clone();
    let secret = step["set_up"]["secret"].as_str().unwrap_or_else(|| panic!("{answer:?}"));
    let code = crate::world::code(secret, world.clock.now());
    let body = json!({"ticket": step["ticket"], "code": code});
    let path = "/v1/sign-ins/second-step";
    let entered = browser.send(world, axum::http::Method::POST, path, body).await;
    assert_eq!(entered.status, 201, "{entered:?}");
    secret.to_owned()
}

#[tokio::test]
async fn an_account_that_must_have_a_second_step_sets_it_up_and_takes_it() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (mut world, fake) = office_with(engine, |_| {}).await;
        world.app.link_subject(world.account_id("admin"), "grace").await.unwrap();
        world.set(|settings| settings.second_step = SecondStepRule::Privileged).await;
        fake.tell(|script| {
            // Whatever the provider tells: no setting accepts it.
            script.claims = json!({"sub": "grace", "amr": ["mfa"], "acr": "eidas2"});
            script.info = json!({"sub": "grace"});
        });
        let mut browser = Browser::default();
        let first = browser.sign_in(&world, &fake).await;
        assert_eq!((first.status.as_u16(), text(&first, "step")), (202, "set_up".to_owned()));
        assert_eq!(browser.me(&world).await, None);
        let secret = set_up(&mut browser, &world, &first).await;
        assert_eq!(browser.me(&world).await, Some(email_of("admin")));
        world.move_clock(std::time::Duration::from_secs(30));
        let mut again = Browser::default();
        let second = again.sign_in(&world, &fake).await;
        assert_eq!((second.status.as_u16(), text(&second, "step")), (202, "code".to_owned()));
        let code = crate::world::code(&secret, world.clock.now());
        let body = json!({"ticket": text(&second, "ticket"), "code": code});
        let path = "/v1/sign-ins/second-step";
        assert_eq!(again.send(&world, axum::http::Method::POST, path, body).await.status, 201);
        // The way through the provider is not forgotten on the way through the second step.
        let out = again.send(&world, axum::http::Method::POST, "/v1/sign-outs", Value::Null).await;
        assert!(text(&out, "address").contains("id_token_hint="), "{out:?}");
        world.close().await;
    }
}

#[tokio::test]
async fn a_second_step_at_the_provider_is_enough_where_the_setting_accepts_it() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (mut world, fake) = office_with(engine, accepts_mfa).await;
        world.set(|settings| settings.second_step = SecondStepRule::All).await;
        for (claims, status) in [
            (json!({"amr": ["pwd", "mfa"]}), 201),
            (json!({"acr": "eidas2"}), 201),
            (json!({"amr": ["pwd"]}), 202),
            (json!({"acr": "eidas1"}), 202),
            (json!({}), 202),
        ] {
            fake.tell(|script| script.claims = claims.clone());
            let mut browser = Browser::default();
            assert_eq!(browser.sign_in(&world, &fake).await.status, status, "{claims}");
            assert_eq!(browser.me(&world).await.is_some(), status == 201, "{claims}");
        }
        let mut browser = Browser::default();
        fake.tell(|script| script.claims = json!({"amr": ["mfa"]}));
        browser.sign_in(&world, &fake).await;
        world.restart().await;
        assert_eq!(browser.me(&world).await, Some(email_of("op")), "it holds after a restart");
        // A password is as little as before.
        let mut other = Browser::default();
        let body = json!({"email": email_of("op"), "password": crate::sign_ins::PASSWORD});
        let path = "/v1/sign-ins";
        assert_eq!(other.send(&world, axum::http::Method::POST, path, body).await.status, 202);
        world.close().await;
    }
}

#[tokio::test]
async fn the_provider_is_asked_to_tell_of_a_second_step() {
    let (world, _fake) = office_with(Engine::Sqlite, accepts_mfa).await;
    let address = Browser::default().begin(&world, super::PAGE).await;
    let url = url::Url::parse(&address).unwrap();
    let claims = url.query_pairs().find(|(name, _)| name == "claims").unwrap().1.into_owned();
    let claims: Value = serde_json::from_str(&claims).unwrap();
    assert_eq!(claims, json!({"id_token": {"amr": {"essential": true}}}));
}
