//! Newer calls refuse in French if the client prefers it; calls of the contract do not change.

use axum::http::{Method, StatusCode};
use letaxi::app::account::changes::AccountChanges;
use letaxi::app::account::second_step_rule::SecondStepRule;
use letaxi::app::sandbox::SANDBOX_EMAIL;
use letaxi::app::sandbox::taxis::MOST_OF_AN_ACCOUNT;
use registry::Role;
use serde_json::Value;

use crate::world::{Answer, Call, Engine, NewTaxi, World, email_of, key_of};

async fn in_language(world: &World, call: &Call, language: &str) -> Answer {
    let headers = vec![("accept-language", language.to_owned())];
    world.call(&Call { headers, ..call.clone() }).await
}

/// All sentences of a refusal.
fn sentences(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(values) => values.iter().flat_map(sentences).collect(),
        Value::Object(parts) => parts.values().flat_map(sentences).collect(),
        _ => Vec::new(),
    }
}

/// Paths of the refusals of a hail that is open, and of one that was declined with a ground.
async fn refusals(world: &mut World) -> [String; 2] {
    world.land(|land| land.town("75056", "Paris", [2.2, 48.8, 2.5, 48.9])).await;
    let at = [2.35, 48.86];
    let new = |name| NewTaxi { name, town: None, plate: None, free: true, at: Some(at) };
    let (first, second) = (world.taxi("op", &new("T1")).await, world.taxi("op", &new("T2")).await);
    let open = world.hail("app", &first, at).await;
    let declined = world.declined_hail("app", ("op", &second), at).await;
    let [open, declined] = [open, declined].map(|hail| format!("/v1/hails/{hail}/refusal"));
    let ground = r#"{"ground": "safety"}"#.to_owned();
    let (key, path) = (Some(key_of("op")), declined.clone());
    world.call(&Call { key, method: Method::PUT, path, body: ground, ..Call::default() }).await;
    [open, declined]
}

/// Readings that are refused: the key that is sent, if any, and the path.
const REFUSED: &[(Option<&str>, &str)] = &[
    (Some("app"), "/v1/operator-calls"),
    (Some("op"), "/v1/operator-calls?before=x"),
    (Some("op"), "/v1/operator-calls?before=99999999999"),
    (Some("op"), "/v1/operator-calls?x=1"),
    (Some("op"), "/v1/taxis/nothing/visibility"),
    (Some("op"), "/v1/taxis/nothing/visibility?lon=2.35"),
    (Some("op"), "/v1/taxis/nothing/visibility?lon=x&lat=91"),
    (Some("op"), "/v1/taxis/nothing/history"),
    (Some("op"), "/v1/taxis/nothing/history?before=yesterday"),
    (Some("op"), "/v1/map/taxis?bbox=2&within=0&since=x"),
    (Some("op"), "/v1/map/taxis?operator=99"),
    (Some("op"), "/v1/map/around?lon=2.35"),
    (Some("op"), "/v1/map/layers/nothing"),
    (None, "/v1/open-data/nothing.csv"),
    (None, "/v1/registry/logo"),
    (None, "/v1/heatmap?of=x&resolution=1&bbox=2"),
    (None, "/v1/heatmap?of=hails&resolution=8&since=2024-01-02"),
    (Some("admin"), "/v1/exports/hails?month=2024-13"),
    (Some("admin"), "/v1/exports/hails?month=2024-01&purpose=x"),
    (Some("admin"), "/v1/exports/nothing?month=2024-01&purpose=x"),
    (Some("op"), "/v1/nothing"),
    (Some("admin"), "/v1/licence-lists?insee=Paris"),
    (Some("admin"), "/v1/live?town=75056&zone=x"),
    (Some("admin"), "/v1/live?town=99999"),
    (Some("op"), "/v1/figures?since=2024-02-30"),
    (Some("op"), "/v1/figures?since=2024-03-02&until=2024-03-01"),
    (Some("op"), "/v1/figures?since=2000-01-01"),
    (None, "/v1/heatmap?of=hails&resolution=8&since=2024-01-01&until=2024-05-01"),
];

#[tokio::test]
async fn every_sentence_of_a_newer_call_is_said_in_french_to_whoever_prefers_it() {
    let mut world = World::new(Engine::Sqlite).await;
    world.account("op", &[Role::Operator]).await;
    world.account("app", &[Role::Client]).await;
    world.account("admin", &[Role::Admin]).await;
    let [open, declined] = refusals(&mut world).await;
    let long = format!(r#"{{"name": "{}"}}"#, "x".repeat(300));
    let as_op = Some(email_of("op"));
    let keys = "/v1/keys";
    for (key, act_as, method, path, body) in [
        (None, None, Method::GET, keys, ""),
        (Some("wrong"), None, Method::GET, keys, ""),
        (Some("app"), as_op, Method::GET, keys, ""),
        (Some("op"), None, Method::PUT, keys, "{}"),
        (Some("op"), None, Method::POST, keys, ""),
        (Some("op"), None, Method::POST, keys, "[]"),
        (Some("op"), None, Method::POST, keys, "{}"),
        (Some("op"), None, Method::POST, keys, r#"{"name": null, "x": 1}"#),
        (Some("op"), None, Method::POST, keys, r#"{"name": 1}"#),
        (Some("op"), None, Method::POST, keys, r#"{"name": ""}"#),
        (Some("op"), None, Method::POST, keys, r#"{"name": "\u0000"}"#),
        (Some("op"), None, Method::POST, keys, &long),
        (Some("op"), None, Method::PUT, "/v1/hails/unknown/refusal", "{}"),
        (Some("op"), None, Method::PUT, "/v1/hails/unknown/refusal", r#"{"ground": "x"}"#),
        (Some("op"), None, Method::PUT, &open, "{}"),
        (Some("op"), None, Method::PUT, &declined, r#"{"ground": "damage"}"#),
        (Some("op"), None, Method::DELETE, "/v1/keys/1", ""),
        (Some("op"), None, Method::DELETE, "/v1/keys/99", ""),
    ] {
        let (key, path, body) = (key.map(key_of), path.to_owned(), body.to_owned());
        check(&world, &Call { key, act_as, method, path, body, ..Call::default() }).await;
    }
    for (key, path) in REFUSED {
        let (key, path) = (key.map(key_of), (*path).to_owned());
        check(&world, &Call { key, path, ..Call::default() }).await;
    }
}

/// Checks that a refusal is in French for those who prefer it, and in English for others.
async fn check(world: &World, call: &Call) {
    let english = in_language(world, call, "en, fr;q=0.9").await;
    let french = in_language(world, call, "de, fr-FR;q=0.9, en;q=0.8").await;
    assert!(english.status.is_client_error(), "{call:?}: {english:?}");
    assert_eq!(english.status, french.status, "{call:?}");
    assert_eq!(french.headers["content-language"], "fr", "{call:?}");
    if let Some(length) = french.headers.get("content-length") {
        assert_eq!(*length, *french.body.len().to_string(), "{call:?}");
    }
    let said = sentences(&french.json());
    for sentence in sentences(&english.json()) {
        assert!(!said.contains(&sentence), "{call:?} says in French: {said:?}");
    }
    // A client without a preference gets English.
    assert_eq!(world.call(call).await.body, english.body, "{call:?}");
}

#[tokio::test]
async fn every_refusal_of_accounts_and_their_sign_ins_is_said_in_french() {
    let mut world = World::new(Engine::Sqlite).await;
    for (name, role) in [("op", Role::Operator), ("admin", Role::Admin)] {
        world.account(name, &[role]).await;
    }
    world.password("admin", "a long password").await;
    let off = |account: &mut registry::AccountFields| {
        account.disabled_at = Some(chrono::DateTime::default());
    };
    world.account("off", &[Role::Client]).await;
    world.change_account("off", off).await;
    world.manages("op", "off").await;
    world.set(|it| it.second_step = SecondStepRule::All).await;
    let (put, post, delete) = (Method::PUT, Method::POST, Method::DELETE);
    for (key, method, path, body) in [
        ("op", &post, "/v1/accounts/2/link", "{}"),
        ("admin", &post, "/v1/accounts/3/link", "{}"),
        ("admin", &post, "/v1/accounts/9/link", "{}"),
        ("admin", &post, "/v1/accounts", r#"{"email": "x", "roles": []}"#),
        ("admin", &post, "/v1/accounts", r#"{"email": "op@example.org", "roles": []}"#),
        ("admin", &post, "/v1/accounts", r#"{"roles": ["king"], "departements": ["00"]}"#),
        ("admin", &put, "/v1/accounts/1", r#"{"roles": ["inspector", "moteur"]}"#),
        ("admin", &put, "/v1/accounts/1", r#"{"manager": "op@example.org"}"#),
        ("admin", &put, "/v1/accounts/1", r#"{"manager": "x"}"#),
        ("admin", &put, "/v1/accounts/1", r#"{"enabled": "x", "requests_per_s": -1}"#),
        ("admin", &put, "/v1/accounts/2", r#"{"enabled": false}"#),
        ("admin", &delete, "/v1/accounts/1", ""),
        ("admin", &delete, "/v1/accounts/1/second-step", ""),
        ("op", &post, "/v1/second-step", r#"{"password": "x"}"#),
        ("admin", &post, "/v1/second-step/removal", r#"{"password": "a long password"}"#),
        ("admin", &post, "/v1/second-step/recovery-codes", r#"{"password": "a long password"}"#),
        ("admin", &put, "/v1/second-step", r#"{"ticket": "x", "code": "x"}"#),
        ("op", &post, "/v1/password-links", r#"{"email": "x"}"#),
        ("op", &post, "/v1/password-links/view", r#"{"token": "x"}"#),
        ("op", &post, "/v1/password-links/use", r#"{"token": "", "password": "x"}"#),
        ("op", &post, "/v1/sign-ins/second-step", r#"{"ticket": "x", "code": "x"}"#),
    ] {
        let (key, method, path) = (Some(key_of(key)), method.clone(), path.to_owned());
        check(&world, &Call { key, method, path, body: body.to_owned(), ..Call::default() }).await;
    }
    let begin = Call {
        key: Some(key_of("admin")),
        method: Method::POST,
        path: "/v1/second-step".to_owned(),
        body: r#"{"password": "a long password"}"#.to_owned(),
        ..Call::default()
    };
    let answer = world.call(&begin).await.json();
    let ticket = &answer["data"][0]["ticket"];
    let body = format!(r#"{{"ticket": {ticket}, "code": "000000"}}"#);
    check(&world, &Call { method: Method::PUT, body, ..begin }).await;
}

#[tokio::test]
async fn every_refusal_of_monthly_figures_is_said_in_french() {
    let mut world = World::new(Engine::Sqlite).await;
    for (name, role) in [("op", Role::Operator), ("app", Role::Client), ("admin", Role::Admin)] {
        world.account(name, &[role]).await;
    }
    refusals(&mut world).await;
    let calls = [
        (None, "/v1/heatmap?of=hails&resolution=7"),
        (Some("op"), "/v1/driver-activity?month=x"),
        (Some("op"), "/v1/driver-activity?month=2024-03"),
        (Some("op"), "/v1/driver-activity?month=2024-02&operator=3"),
        (Some("admin"), "/v1/driver-activity?month=2024-02"),
    ];
    for (key, path) in calls {
        let (key, path) = (key.map(key_of), path.to_owned());
        check(&world, &Call { key, path, ..Call::default() }).await;
    }
    // Hails of this month are about to be deleted.
    world.move_clock(std::time::Duration::from_hours(24 * 340));
    let path = "/v1/driver-activity?month=2024-02".to_owned();
    check(&world, &Call { key: Some(key_of("op")), path, ..Call::default() }).await;
}

/// A look-up whose keys are not valid.
const NO_KEY: &str = r#"{"purpose": "x", "card": {"number": "", "departement": "99"},
    "ads": {"number": "1", "insee": "?????"}}"#;

#[tokio::test]
async fn every_refusal_of_a_look_up_is_said_in_french() {
    let mut world = World::new(Engine::Sqlite).await;
    world.account("eve", &[Role::Inspector]).await;
    world.account("admin", &[Role::Admin]).await;
    let plate = r#"{"purpose": "x", "plate": "AB-123-CD"}"#;
    for (key, body) in [
        ("eve", "{}"),
        ("eve", r#"{"purpose": " ", "plate": "-"}"#),
        ("eve", r#"{"purpose": "x"}"#),
        ("eve", NO_KEY),
        ("eve", plate),
        ("admin", plate),
    ] {
        let act_as = Some(email_of("eve")).filter(|_| key == "admin");
        let (method, path) = (Method::POST, "/v1/inspections".to_owned());
        let (key, body) = (Some(key_of(key)), body.to_owned());
        check(&world, &Call { key, act_as, method, path, body, ..Call::default() }).await;
    }
}

#[tokio::test]
async fn every_refusal_of_the_sandbox_is_said_in_french() {
    let mut world = World::new(Engine::Sqlite).await;
    world.account("app", &[Role::Client]).await;
    world.land(|land| land.town("75056", "Paris", [2.2, 48.8, 2.5, 48.9])).await;
    let taxi = |lon: f64| {
        let body = format!(r#"{{"behaviour": "accept", "lon": {lon}, "lat": 48.86}}"#);
        let (method, path) = (Method::POST, "/v1/sandbox/taxis".to_owned());
        Call { key: Some(key_of("app")), method, path, body, ..Call::default() }
    };
    check(&world, &taxi(2.35)).await;
    world.set(|settings| settings.sandbox = true).await;
    check(&world, &taxi(9.35)).await;
    check(&world, &Call { body: "{}".to_owned(), ..taxi(2.35) }).await;
    for _ in 0..MOST_OF_AN_ACCOUNT {
        assert_eq!(world.call(&taxi(2.35)).await.status, StatusCode::CREATED);
    }
    check(&world, &taxi(2.35)).await;
    let path = "/v1/sandbox/taxis/no-taxi".to_owned();
    check(&world, &Call { method: Method::DELETE, path, ..taxi(2.35) }).await;
    // The account of all test taxis belongs to somebody else.
    let account = world.app.account_of_email(SANDBOX_EMAIL).await.unwrap();
    let disabled = AccountChanges { is_enabled: Some(false), ..AccountChanges::default() };
    world.app.change_account(account.id, &disabled, None).await.unwrap();
    world.account("other", &[Role::Client]).await;
    check(&world, &Call { key: Some(key_of("other")), ..taxi(2.35) }).await;
}

#[tokio::test]
async fn the_sentences_of_the_contract_are_in_no_language_but_their_own() {
    let world = World::new(Engine::Sqlite).await;
    let call = Call { path: "/taxis/all".to_owned(), ..Call::default() };
    let said = in_language(&world, &call, "fr").await;
    assert_eq!(said.body, world.call(&call).await.body);
    assert!(!said.headers.contains_key("content-language"));
}
