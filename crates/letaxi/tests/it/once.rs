//! Idempotency: one hail sent repeatedly with one key, simultaneously and in many forms.

use std::sync::Arc;

use axum::http::Method;
use registry::Role;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::world::{Call, Engine, NewTaxi, World, key_of};

/// Number of simultaneous calls.
const AT_ONCE: usize = 24;

async fn place(engine: Engine) -> (World, String) {
    let mut world = World::new(engine).await;
    world.account("app", &[Role::Client]).await;
    world.account("op", &[Role::Operator]).await;
    world.land(|land| land.town("75056", "Paris", [2.2, 48.8, 2.5, 48.9])).await;
    let (name, at) = ("T1", Some([2.35, 48.86]));
    let taxi = NewTaxi { name, town: None, plate: None, free: true, at };
    let taxi = world.taxi("op", &taxi).await;
    (world, taxi)
}

fn hail(taxi: &str) -> Value {
    json!({
        "taxi_id": taxi, "customer_id": "ada", "customer_phone_number": "0611223344",
        "customer_lon": 2.35, "customer_lat": 48.86, "customer_address": "1 rue de Rivoli",
    })
}

fn call(body: String, keys: &[&str]) -> Call {
    let headers = keys.iter().map(|key| ("idempotency-key", (*key).to_owned())).collect();
    let (key, path) = (Some(key_of("app")), "/hails".to_owned());
    Call { key, method: Method::POST, path, headers, body, ..Call::default() }
}

async fn one_hail_is_made_however_many_ask_at_once(engine: Engine) {
    let (world, taxi) = place(engine).await;
    let world = Arc::new(world);
    let mut tasks = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (world, body) = (Arc::clone(&world), json!({"data": [hail(&taxi)]}).to_string());
        tasks.spawn(async move { world.answer(&call(body, &["k"])).await });
    }
    let answers = tasks.join_all().await;
    for answer in &answers {
        assert_eq!((answer.status.as_u16(), &answer.body), (201, &answers[0].body), "{answer:?}");
    }
    assert_eq!(world.store.open_hails().await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_hail_is_made_however_many_ask_at_once_on_sqlite() {
    one_hail_is_made_however_many_ask_at_once(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_hail_is_made_however_many_ask_at_once_on_postgresql() {
    one_hail_is_made_however_many_ask_at_once(Engine::Postgres).await;
}

#[tokio::test]
async fn the_same_hail_written_in_another_way_is_the_same() {
    let (world, taxi) = place(Engine::Sqlite).await;
    let hail = hail(&taxi);
    let first = world.call(&call(json!({"data": [&hail]}).to_string(), &["k"])).await;
    assert_eq!(first.status, 201, "{first:?}");
    let pretty = serde_json::to_string_pretty(&json!({"data": [hail]})).unwrap();
    let again = world.call(&call(pretty, &["k"])).await;
    assert_eq!((again.status, again.body), (first.status, first.body));
    assert_eq!(again.headers, first.headers);
}

#[tokio::test]
async fn a_key_that_is_none_is_refused_and_makes_nothing() {
    let (world, taxi) = place(Engine::Sqlite).await;
    let body = json!({"data": [hail(&taxi)]}).to_string();
    let long = "k".repeat(256);
    for keys in [&[""][..], &["two words"], &["clé"], &["a", "a"], &[&long]] {
        let refused = world.call(&call(body.clone(), keys)).await;
        assert_eq!(refused.status, 400, "{keys:?}: {refused:?}");
        let says = &refused.json()["errors"][""][0];
        assert!(says.as_str().unwrap().contains("1 to 255"), "{keys:?}: {says}");
    }
    assert_eq!(world.store.open_hails().await.unwrap(), []);
    let longest = world.call(&call(body, &[&long[1..]])).await;
    assert_eq!(longest.status, 201, "{longest:?}");
}
