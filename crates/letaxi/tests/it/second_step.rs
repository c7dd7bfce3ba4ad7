//! The second step of sign-ins: codes are used once, guesses are few, and nobody goes round it.

use std::time::Duration;

use axum::http::Method;
use letaxi::app::account::limits::WRONG_CODES_AN_HOUR;
use letaxi::app::account::second_step_rule::SecondStepRule;
use letaxi::app::account::ticket_table::MOST_ATTEMPTS;
use registry::Role;
use serde_json::{Value, json};

use crate::sign_ins::{
    OWN_PAGE, PASSWORD, call, from_page, office, sign_in, status, try_to_sign_in,
};
use crate::world::{Answer, Call, Engine, World, code, email_of, key_of};

const STEP: Duration = Duration::from_secs(30);

async fn send(world: &World, cookie: &str, method: Method, path: &str, body: Value) -> Answer {
    let headers = [("cookie", cookie), OWN_PAGE];
    let headers = if cookie.is_empty() { &headers[1..] } else { &headers[..] };
    world.call(&Call { body: body.to_string(), ..call(method, path, headers) }).await
}

fn text(answer: &Answer, field: &str) -> String {
    answer.json()["data"][0][field].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned()
}

/// Sets up a second step in a browser; returns the secret and the recovery codes.
async fn set_up(world: &World, cookie: &str) -> (String, Vec<String>) {
    let path = "/v1/second-step";
    let begun = send(world, cookie, Method::POST, path, json!({"password": PASSWORD})).await;
    let (ticket, secret) = (text(&begun, "ticket"), text(&begun, "secret"));
    let code = code(&secret, world.clock.now());
    let body = json!({"ticket": ticket, "code": code});
    let confirmed = send(world, cookie, Method::PUT, path, body).await;
    assert_eq!(confirmed.status, 200, "{confirmed:?}");
    let codes = confirmed.json()["data"][0]["recovery_codes"].clone();
    (secret, serde_json::from_value(codes).unwrap())
}

/// Gives the password, and returns the ticket for the second step.
async fn ticket(world: &World, name: &str) -> String {
    let answer = try_to_sign_in(world, name, PASSWORD).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    assert!(!answer.headers.contains_key("set-cookie"), "{answer:?}");
    text(&answer, "ticket")
}

async fn take(world: &World, ticket: &str, code: &str) -> Answer {
    let body = json!({"ticket": ticket, "code": code});
    send(world, "", Method::POST, "/v1/sign-ins/second-step", body).await
}

#[tokio::test]
async fn a_code_opens_the_account_once_and_a_change_ends_other_sign_ins() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let mut world = office(engine).await;
        let (here, elsewhere) = (sign_in(&world, "op").await, sign_in(&world, "op").await);
        let (secret, _) = set_up(&world, &here).await;
        assert_eq!((status(&world, &here).await, status(&world, &elsewhere).await), (200, 401));
        // The code that confirmed it is used.
        let first = ticket(&world, "op").await;
        let used = code(&secret, world.clock.now());
        assert_eq!(take(&world, &first, &used).await.status, 400);
        world.move_clock(STEP);
        let next = code(&secret, world.clock.now());
        let (second, third) = (ticket(&world, "op").await, ticket(&world, "op").await);
        assert_eq!(
            take(&world, &second, &format!(" {} {} ", &next[..3], &next[3..])).await.status,
            201
        );
        for again in [&second, &third] {
            assert!(take(&world, again, &next).await.status.is_client_error());
        }
        world.restart().await;
        // Neither a ticket nor a used code is forgotten by a restart.
        assert_eq!(take(&world, &third, &next).await.status, 400);
        assert_eq!(take(&world, &ticket(&world, "op").await, &next).await.status, 400);
        world.close().await;
    }
}

#[tokio::test]
async fn a_clock_that_differs_by_a_step_is_good_enough_and_by_two_is_not() {
    let world = office(Engine::Sqlite).await;
    let (secret, _) = set_up(&world, &sign_in(&world, "op").await).await;
    world.move_clock(10 * STEP);
    let now = world.clock.now();
    for (steps, status) in [(-2, 400), (2, 400), (-1, 201), (0, 201), (1, 201)] {
        let at = now + chrono::TimeDelta::seconds(30 * steps);
        let answer = take(&world, &ticket(&world, "op").await, &code(&secret, at)).await;
        assert_eq!(answer.status.as_u16(), status, "{steps}");
    }
}

#[tokio::test]
async fn a_second_step_may_be_taken_through_another_server() {
    let world = office(Engine::Postgres).await;
    let (secret, _) = set_up(&world, &sign_in(&world, "op").await).await;
    world.move_clock(STEP);
    let other = world.node_beside(None).await;
    let of_first = ticket(&world, "op").await;
    let next = code(&secret, world.clock.now());
    assert_eq!(take(&other, &of_first, "000000").await.status, 400);
    assert_eq!(take(&other, &of_first, &next).await.status, 201);
    assert_eq!(take(&world, &of_first, &next).await.status, 401, "it is used up everywhere");
    other.close().await;
    world.close().await;
}

#[tokio::test]
async fn a_recovery_code_opens_the_account_once_in_any_spelling() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let world = office(engine).await;
        let cookie = sign_in(&world, "op").await;
        let (_, codes) = set_up(&world, &cookie).await;
        assert_eq!(codes.len(), 10);
        let spelt = codes[0].to_uppercase().replace('-', " ");
        let opened = take(&world, &ticket(&world, "op").await, &spelt).await;
        assert_eq!(opened.json()["data"][0]["recovery_codes_left"], 9, "{opened:?}");
        assert_eq!(take(&world, &ticket(&world, "op").await, &codes[0]).await.status, 400);
        // New ones void the old ones.
        let path = "/v1/second-step/recovery-codes";
        let fresh = send(&world, &cookie, Method::POST, path, json!({"password": PASSWORD})).await;
        let fresh = fresh.json()["data"][0]["recovery_codes"][0].as_str().unwrap().to_owned();
        assert_eq!(take(&world, &ticket(&world, "op").await, &codes[1]).await.status, 400);
        assert_eq!(take(&world, &ticket(&world, "op").await, &fresh).await.status, 201);
        world.close().await;
    }
}

#[tokio::test]
async fn guesses_are_few_for_a_ticket_and_for_an_account() {
    let world = office(Engine::Sqlite).await;
    let (secret, _) = set_up(&world, &sign_in(&world, "op").await).await;
    world.move_clock(STEP);
    let right = code(&secret, world.clock.now());
    let mut guesses = 0..;
    let mut guess = || {
        let next = guesses.find(|guess| format!("{guess:06}") != right).unwrap();
        format!("{next:06}")
    };
    for _ in 0..2 {
        let ticket = ticket(&world, "op").await;
        for _ in 0..MOST_ATTEMPTS {
            assert_eq!(take(&world, &ticket, &guess()).await.status, 400);
        }
        assert_eq!(take(&world, &ticket, &right).await.status, 401, "the ticket is used up");
    }
    assert_eq!(2 * MOST_ATTEMPTS, WRONG_CODES_AN_HOUR.get());
    let refused = take(&world, &ticket(&world, "op").await, &right).await;
    assert_eq!(refused.status, 429, "{refused:?}");
    let wait: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    world.move_clock(Duration::from_secs(wait));
    let right = code(&secret, world.clock.now());
    assert_eq!(take(&world, &ticket(&world, "op").await, &right).await.status, 201);
    // Right codes cost nothing.
    for _ in 0..12 {
        world.move_clock(STEP);
        let right = code(&secret, world.clock.now());
        assert_eq!(take(&world, &ticket(&world, "op").await, &right).await.status, 201);
    }
}

#[tokio::test]
async fn a_ticket_ends_after_ten_minutes_and_with_the_password_and_the_account() {
    let world = office(Engine::Sqlite).await;
    let (secret, _) = set_up(&world, &sign_in(&world, "op").await).await;
    let old = ticket(&world, "op").await;
    world.move_clock(Duration::from_mins(10));
    let right = || code(&secret, world.clock.now());
    assert_eq!(take(&world, &old, &right()).await.status, 401);
    let before = ticket(&world, "op").await;
    // Another process sets it, and the server does not know yet.
    let op = world.account_id("op");
    let password = registry::Password::new("a new password").unwrap();
    world.command().await.set_password(op, Some(&password)).await.unwrap();
    let body = json!({"ticket": before, "code": right()}).to_string();
    let path = "/v1/sign-ins/second-step";
    let answer = world.answer(&Call { body, ..call(Method::POST, path, &[OWN_PAGE]) }).await;
    assert_eq!(answer.status, 401, "{answer:?}");
    world.password("op", PASSWORD).await;
    let before = ticket(&world, "op").await;
    let now = world.clock.now();
    world.change_account("op", |account| account.disabled_at = Some(now)).await;
    assert_eq!(take(&world, &before, &right()).await.status, 401);
    for nonsense in ["", "x", &"x".repeat(300)] {
        assert!(take(&world, nonsense, &right()).await.status.is_client_error(), "{nonsense}");
    }
}

#[tokio::test]
async fn who_must_have_a_second_step_is_nobody_without_one() {
    let mut world = office(Engine::Sqlite).await;
    world.account("eve", &[Role::Inspector]).await;
    world.password("eve", PASSWORD).await;
    let (admin, op) = (sign_in(&world, "admin").await, sign_in(&world, "op").await);
    world.set(|it| it.second_step = SecondStepRule::Privileged).await;
    assert_eq!((status(&world, &admin).await, status(&world, &op).await), (401, 200));
    for name in ["admin", "eve"] {
        let asked = try_to_sign_in(&world, name, PASSWORD).await;
        assert_eq!((asked.status.as_u16(), text(&asked, "step")), (202, "set_up".to_owned()));
        let secret = asked.json()["data"][0]["set_up"]["secret"].as_str().unwrap().to_owned();
        let ticket = text(&asked, "ticket");
        assert_eq!(take(&world, &ticket, "12345").await.status, 400);
        let entered = take(&world, &ticket, &code(&secret, world.clock.now())).await;
        assert_eq!(entered.status, 201, "{entered:?}");
        let cookie = entered.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap();
        assert_eq!(status(&world, cookie).await, 200);
    }
    // An account that becomes an admin must have one at once; a key needs none.
    world.change_account("op", |it| it.roles = [Role::Admin].into_iter().collect()).await;
    assert_eq!(status(&world, &op).await, 401);
    let by_key = Call { key: Some(key_of("op")), ..call(Method::GET, "/v1/me", &[]) };
    assert_eq!(world.call(&by_key).await.status, 200);
    world.set(|it| it.second_step = SecondStepRule::All).await;
    world.account("app", &[Role::Client]).await;
    world.password("app", PASSWORD).await;
    assert_eq!(try_to_sign_in(&world, "app", PASSWORD).await.status, 202);
}

#[tokio::test]
async fn a_password_alone_replaces_nobodys_second_step() {
    let mut world = office(Engine::Sqlite).await;
    world.set(|it| it.second_step = SecondStepRule::All).await;
    let asked = [
        try_to_sign_in(&world, "op", PASSWORD).await,
        try_to_sign_in(&world, "op", PASSWORD).await,
    ];
    let [owner, thief] = asked.map(|asked| {
        (
            text(&asked, "ticket"),
            asked.json()["data"][0]["set_up"]["secret"].as_str().unwrap().to_owned(),
        )
    });
    let now = world.clock.now();
    assert_eq!(take(&world, &owner.0, &code(&owner.1, now)).await.status, 201);
    assert_eq!(take(&world, &thief.0, &code(&thief.1, now)).await.status, 401);
    world.move_clock(STEP);
    let right = code(&owner.1, world.clock.now());
    assert_eq!(take(&world, &ticket(&world, "op").await, &right).await.status, 201);
}

#[tokio::test]
async fn the_older_log_in_gives_no_key_for_half_a_sign_in() {
    let mut world = office(Engine::Sqlite).await;
    let log_in = async |world: &World| {
        let body = json!({"data": [{"email": email_of("op"), "password": PASSWORD}]}).to_string();
        world.call(&Call { body, ..call(Method::POST, "/internal/auth", &[]) }).await.status
    };
    assert_eq!(log_in(&world).await, 200);
    let cookie = sign_in(&world, "op").await;
    set_up(&world, &cookie).await;
    assert_eq!(log_in(&world).await, 401);
    let path = "/v1/second-step/removal";
    let removed = send(&world, &cookie, Method::POST, path, json!({"password": PASSWORD})).await;
    assert_eq!(removed.status, 204, "{removed:?}");
    assert_eq!(log_in(&world).await, 200);
    world.set(|it| it.second_step = SecondStepRule::All).await;
    assert_eq!(log_in(&world).await, 401);
}

#[tokio::test]
async fn only_the_person_with_the_password_changes_a_second_step() {
    let world = office(Engine::Sqlite).await;
    let (op, admin) = (sign_in(&world, "op").await, sign_in(&world, "admin").await);
    let body = json!({"password": "guess"});
    for path in ["/v1/second-step", "/v1/second-step/removal", "/v1/second-step/recovery-codes"] {
        let refused = send(&world, &op, Method::POST, path, body.clone()).await;
        assert_eq!(refused.status, 400, "{refused:?}");
        // From a page of another site, and for another account.
        let headers = [("cookie", &*op), ("sec-fetch-site", "cross-site")];
        let right = json!({"password": PASSWORD}).to_string();
        let elsewhere = Call { body: right.clone(), ..call(Method::POST, path, &headers) };
        assert_eq!(world.call(&elsewhere).await.status, 403);
        let headers = [("cookie", &*admin), OWN_PAGE, ("x-logas", "op@example.org")];
        let acting = Call { body: right, ..call(Method::POST, path, &headers) };
        assert_eq!(world.call(&acting).await.status, 403);
    }
    // Guesses of the password count as failed sign-ins.
    let path = "/v1/second-step/removal";
    let mut last = 0;
    for _ in 0..11 {
        last = send(&world, &op, Method::POST, path, body.clone()).await.status.as_u16();
    }
    assert_eq!(last, 429);
    // A ticket is its account's own.
    let begun =
        send(&world, &admin, Method::POST, "/v1/second-step", json!({"password": PASSWORD}));
    let begun = begun.await;
    let code = code(&text(&begun, "secret"), world.clock.now());
    let body = json!({"ticket": text(&begun, "ticket"), "code": code});
    assert_eq!(send(&world, &op, Method::PUT, "/v1/second-step", body).await.status, 401);
}

#[tokio::test]
async fn the_log_tells_of_every_change_of_a_second_step() {
    let world = office(Engine::Sqlite).await;
    let (cookie, admin) = (sign_in(&world, "op").await, sign_in(&world, "admin").await);
    let (_, codes) = set_up(&world, &cookie).await;
    take(&world, &ticket(&world, "op").await, &codes[0]).await;
    let path = format!("/v1/accounts/{}/second-step", world.account_id("op"));
    assert_eq!(from_page(&world, &admin, Method::DELETE, &path).await.status, 204);
    assert_eq!(status(&world, &cookie).await, 401);
    let log = from_page(&world, &admin, Method::GET, "/activity_logs").await.json();
    let entries = log["data"].as_array().unwrap().iter();
    let actions: Vec<_> = entries.map(|it| it["action"].as_str().unwrap().to_owned()).collect();
    for action in ["second_step_set", "recovery_code", "second_step_removed"] {
        assert_eq!(actions.iter().filter(|it| *it == action).count(), 1, "{actions:?}");
    }
    let own = format!("/v1/accounts/{}/second-step", world.account_id("admin"));
    assert_eq!(from_page(&world, &admin, Method::DELETE, &own).await.status, 403);
}
