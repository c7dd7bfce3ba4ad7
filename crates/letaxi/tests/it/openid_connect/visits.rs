//! Visits at the provider: they begin in a browser, end there once, and lead back to a page of the console.

use std::time::Duration;

use axum::http::Method;
use letaxi::app::account::limits::VISITS_OF_ADDRESS_A_MINUTE;
use letaxi::app::account::provider_visit::VISIT_LASTS;
use serde_json::{Value, json};

use super::provider::{Back, Conduct, DESCRIPTION, Fake, KEYS, Script, TOKEN};
use super::{Browser, PAGE, activity, office_with, outcome, sentence, text};
use crate::sign_ins::{PASSWORD, call, office, try_to_sign_in};
use crate::world::{Call, Engine, World, email_of};

const OVER: &str = "This sign-in took too long, or began in another browser: begin again.";
/// Pieces of an endless answer that are sent before nobody listens any more: 32 MiB.
const MOST_PIECES: usize = 4_096;
const AWAY: &str =
    "The other service does not answer: sign in with your password, or try again later.";

#[tokio::test]
async fn a_linked_person_signs_in_and_goes_on_where_it_began() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (mut world, fake) = office_with(engine, |_| {}).await;
        let mut browser = Browser::default();
        let options = browser.get(&world, "/v1/sign-in-options").await;
        assert_eq!(options.json()["data"][0]["provider"], "ProConnect", "{options:?}");
        let answer = browser.sign_in(&world, &fake).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        assert_eq!(
            (text(&answer, "email"), text(&answer, "page")),
            (email_of("op"), PAGE.to_owned())
        );
        assert_eq!(browser.cookies.len(), 1, "the visit's own is forgotten: {browser:?}");
        assert_eq!(browser.me(&world).await, Some(email_of("op")));
        assert_eq!(activity(&world, "op").await, ["identity_linked", "login_provider"]);
        world.restart().await;
        assert_eq!(browser.me(&world).await, Some(email_of("op")), "a restart forgets nobody");
        world.close().await;
    }
}

#[tokio::test]
async fn a_person_may_come_back_to_another_server() {
    let (world, fake) = office_with(Engine::Postgres, |_| {}).await;
    let other = world.node_beside(None).await;
    let mut browser = Browser::default();
    let back = fake.visit(&browser.begin(&world, PAGE).await);
    assert_eq!(browser.come_back(&other, &back).await.status, 201);
    assert_eq!(browser.come_back(&world, &back).await.status, 401, "it has ended everywhere");
    other.close().await;
    world.close().await;
}

#[tokio::test]
async fn a_way_back_with_a_wrong_state_leads_nowhere() {
    let (world, fake) = office_with(Engine::Sqlite, |_| {}).await;
    let mut browser = Browser::default();
    let back = fake.visit(&browser.begin(&world, PAGE).await);
    for state in ["x", &back.state[1..], &"A".repeat(43)] {
        let wrong = Back { state: state.to_owned(), ..back.clone() };
        let refused = browser.come_back(&world, &wrong).await;
        assert_eq!((refused.status.as_u16(), &*sentence(&refused)), (401, OVER), "{state}");
    }
    assert_eq!(fake.asked(TOKEN), 0, "the provider is not even asked");
}

#[tokio::test]
async fn a_way_back_is_taken_once() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (world, fake) = office_with(engine, |_| {}).await;
        let mut browser = Browser::default();
        let back = fake.visit(&browser.begin(&world, PAGE).await);
        let before = browser.clone();
        assert_eq!(browser.come_back(&world, &back).await.status, 201);
        let again = before.clone().come_back(&world, &back).await;
        assert_eq!((again.status.as_u16(), &*sentence(&again)), (401, OVER));
        world.close().await;
    }
}

#[tokio::test]
async fn a_way_back_is_open_for_ten_minutes() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (world, fake) = office_with(engine, |_| {}).await;
        for (late, status) in [(-1, 201), (0, 401)] {
            let mut browser = Browser::default();
            let back = fake.visit(&browser.begin(&world, PAGE).await);
            let wait = VISIT_LASTS + chrono::TimeDelta::seconds(late);
            world.move_clock(wait.to_std().unwrap());
            assert_eq!(browser.come_back(&world, &back).await.status, status, "{late}");
        }
        world.close().await;
    }
}

/// An attacker signs in as himself, and makes the victim's browser take the way back: the victim would work, and give away
/// what she types, in his account.
#[tokio::test]
async fn a_way_back_belongs_to_the_browser_in_which_it_began() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (world, fake) = office_with(engine, |_| {}).await;
        let (mut attacker, mut victim) = (Browser::default(), Browser::default());
        let back = fake.visit(&attacker.begin(&world, PAGE).await);
        // Without a visit of her own, and with one.
        assert_eq!(victim.come_back(&world, &back).await.status, 401);
        victim.begin(&world, PAGE).await;
        assert_eq!(victim.come_back(&world, &back).await.status, 401);
        assert_eq!(victim.me(&world).await, None);
        // Nor did she use his up.
        assert_eq!(attacker.come_back(&world, &back).await.status, 201);
        world.close().await;
    }
}

#[tokio::test]
async fn a_page_of_another_site_neither_begins_a_visit_nor_ends_one() {
    let (world, _fake) = office_with(Engine::Sqlite, |_| {}).await;
    for (path, body) in [
        ("/v1/sign-ins/provider", json!({"page": PAGE})),
        ("/v1/sign-ins/provider/return", json!({"state": "x", "code": "y"})),
    ] {
        let headers = [("sec-fetch-site", "cross-site")];
        let body = body.to_string();
        let answer = world.call(&Call { body, ..call(Method::POST, path, &headers) }).await;
        assert_eq!(answer.status, 403, "{answer:?}");
    }
}

#[tokio::test]
async fn nobody_is_sent_to_another_site_after_a_sign_in() {
    let (world, fake) = office_with(Engine::Sqlite, |_| {}).await;
    for page in [
        "https://evil.example/",
        "//evil.example/console/",
        "/console//evil.example",
        "/console/\\evil.example",
        "/console/../../evil",
        "javascript:alert(1)",
        "/doc",
    ] {
        let mut browser = Browser::default();
        let back = fake.visit(&browser.begin(&world, page).await);
        let answer = browser.come_back(&world, &back).await;
        assert_eq!(text(&answer, "page"), "/console/", "{page}");
    }
}

#[tokio::test]
async fn a_disabled_account_is_refused_whoever_its_person_is() {
    let (world, fake) = office_with(Engine::Sqlite, |_| {}).await;
    let changes = letaxi::app::account::changes::AccountChanges {
        is_enabled: Some(false),
        ..Default::default()
    };
    world.app.change_account(world.account_id("op"), &changes, None).await.unwrap();
    let told = outcome(&world, &fake).await;
    assert_eq!(told.0, 403);
    assert_eq!(told.1, "This account is disabled: ask the administrator of the registry.");
}

#[tokio::test]
async fn a_person_whom_the_provider_refuses_is_told_so() {
    let (world, fake) = office_with(Engine::Sqlite, |_| {}).await;
    let mut browser = Browser::default();
    let back = fake.visit(&browser.begin(&world, PAGE).await);
    let body = json!({"state": back.state});
    let refused = browser.send(&world, Method::POST, "/v1/sign-ins/provider/return", body).await;
    let says = "The other service did not sign you in: begin again, or sign in with your password.";
    assert_eq!((refused.status.as_u16(), &*sentence(&refused)), (401, says));
    // As is one whose code is not (any more) worth a token.
    let mut browser = Browser::default();
    let back = fake.visit(&browser.begin(&world, PAGE).await);
    let refused = browser.come_back(&world, &Back { code: "stolen".to_owned(), ..back }).await;
    assert_eq!((refused.status.as_u16(), &*sentence(&refused)), (401, says));
}

/// A provider that answers so, at the beginning: it is then away, and a password still opens the account.
async fn is_away(change: impl FnOnce(&mut Script)) -> Fake {
    let (world, fake) = office_with(Engine::Sqlite, |_| {}).await;
    fake.tell(change);
    let (mut browser, body) = (Browser::default(), json!({"page": PAGE}));
    let refused = browser.send(&world, Method::POST, "/v1/sign-ins/provider", body).await;
    assert_eq!((refused.status.as_u16(), &*sentence(&refused)), (503, AWAY), "{refused:?}");
    assert_eq!(browser.cookies, [], "nothing has begun");
    assert_eq!(try_to_sign_in(&world, "op", PASSWORD).await.status, 201);
    fake
}

#[tokio::test]
async fn while_the_provider_is_down_a_password_opens_the_account() {
    let mut world = office(Engine::Sqlite).await;
    let nowhere = Fake::open(&world.clock).await.nowhere();
    world.provide(nowhere.client(|_| {})).await;
    let (mut browser, body) = (Browser::default(), json!({"page": PAGE}));
    let refused = browser.send(&world, Method::POST, "/v1/sign-ins/provider", body).await;
    assert_eq!((refused.status.as_u16(), &*sentence(&refused)), (503, AWAY));
    assert_eq!(try_to_sign_in(&world, "op", PASSWORD).await.status, 201);
}

#[tokio::test]
async fn a_provider_that_answers_late_or_without_end_is_away() {
    for conduct in [Conduct::Never, Conduct::Endlessly, Conduct::With(500, json!({}))] {
        for path in [DESCRIPTION, KEYS] {
            let conduct = conduct.clone();
            let fake = is_away(|script| drop(script.conduct.insert(path, conduct))).await;
            // Read is a part of it: buffers of the system take some megabytes.
            assert!(fake.pieces() < MOST_PIECES, "{}", fake.pieces());
        }
    }
}

#[tokio::test]
async fn no_redirect_of_the_provider_is_followed() {
    let elsewhere =
        Fake::open(&letaxi::app::clock::HandClock::at("2024-02-29T12:00:00Z".parse().unwrap()))
            .await;
    let to = format!("http://{}{DESCRIPTION}", elsewhere.host);
    is_away(|script| drop(script.conduct.insert(DESCRIPTION, Conduct::Redirects(to)))).await;
    assert_eq!(elsewhere.asked(DESCRIPTION), 0);
}

#[tokio::test]
async fn a_provider_is_who_the_settings_say_and_is_reached_over_tls() {
    for about in [
        json!({"issuer": "https://evil.example"}),
        // A place that the settings do not list: without TLS, and private.
        json!({"authorization_endpoint": "http://93.184.216.34/authorize"}),
        json!({"authorization_endpoint": "http://127.0.0.1:1/authorize"}),
        json!({"jwks_uri": "http://127.0.0.1:1/keys"}),
    ] {
        is_away(|script| script.about = about).await;
    }
}

#[tokio::test]
async fn a_provider_is_asked_about_itself_once_an_hour() {
    let (world, fake) = office_with(Engine::Sqlite, |_| {}).await;
    for (minutes, asked) in [(0, 1), (59, 1), (1, 2)] {
        world.move_clock(Duration::from_mins(minutes));
        assert_eq!(outcome(&world, &fake).await.0, 201);
        assert_eq!(fake.asked(DESCRIPTION), asked, "{minutes}");
    }
}

#[tokio::test]
async fn visits_from_one_address_are_few() {
    let (world, fake) = office_with(Engine::Sqlite, |_| {}).await;
    let most = VISITS_OF_ADDRESS_A_MINUTE.get();
    let (mut browser, body) = (Browser::default(), json!({"page": PAGE}));
    for _ in 0..most {
        browser.begin(&world, PAGE).await;
    }
    let path = "/v1/sign-ins/provider";
    assert_eq!(browser.send(&world, Method::POST, path, body).await.status, 429);
    world.move_clock(Duration::from_mins(1));
    assert_eq!(outcome(&world, &fake).await.0, 201);
}

#[tokio::test]
async fn a_registry_without_a_provider_offers_none() {
    let world: World = office(Engine::Sqlite).await;
    let mut browser = Browser::signed_in(&world, "op").await;
    let options = browser.get(&world, "/v1/sign-in-options").await;
    assert_eq!(options.json()["data"][0]["provider"], Value::Null);
    for (path, body) in [
        ("/v1/sign-ins/provider", json!({"page": PAGE})),
        ("/v1/sign-ins/provider/return", json!({"state": "x", "code": "y"})),
        ("/v1/identities", json!({"password": PASSWORD, "page": PAGE})),
    ] {
        assert_eq!(browser.send(&world, Method::POST, path, body).await.status, 404, "{path}");
    }
}
