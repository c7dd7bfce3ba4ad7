//! Accounts in the hands of admins and managers.

use axum::http::Method;
use registry::Role;
use serde_json::{Value, json};

use crate::world::{Answer, Call, Engine, World, email_of, key_of};

async fn by(world: &World, name: &str, method: Method, path: &str, body: Value) -> Answer {
    let body = if method == Method::GET { String::new() } else { body.to_string() };
    let (key, path) = (Some(key_of(name)), path.to_owned());
    world.call(&Call { key, method, path, body, ..Call::default() }).await
}

async fn registry(engine: Engine) -> World {
    let mut world = World::new(engine).await;
    for (name, role) in [("admin", Role::Admin), ("boss", Role::Group), ("op", Role::Operator)] {
        world.account(name, &[role]).await;
    }
    world.manages("boss", "op").await;
    world
}

#[tokio::test]
async fn changes_take_effect_at_once_and_absent_fields_stay() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let world = registry(engine).await;
        let op = format!("/v1/accounts/{}", world.account_id("op"));
        let change = async |body: Value| by(&world, "admin", Method::PUT, &op, body).await;
        let named = change(json!({"name": "Taxis Bleus", "requests_per_s": 5})).await;
        assert_eq!(named.status, 200, "{named:?}");
        let account = &change(json!({"roles": ["moteur"]})).await.json()["data"][0];
        assert_eq!(account["name"], "Taxis Bleus");
        assert_eq!(
            (&account["requests_per_s"], &account["roles"]),
            (&json!(5), &json!(["moteur"]))
        );
        assert_eq!(account["manager"], email_of("boss"));
        let taxis = by(&world, "op", Method::GET, "/taxis/all", json!({})).await;
        assert_eq!(taxis.status, 403, "it is no operator any more");
        let account = &change(json!({"name": null, "requests_per_s": null, "manager": ""}))
            .await
            .json()["data"][0];
        assert_eq!((&account["name"], &account["requests_per_s"]), (&Value::Null, &Value::Null));
        assert_eq!(account["manager"], Value::Null);
        assert_eq!(by(&world, "boss", Method::GET, &op, json!({})).await.status, 403);
        world.close().await;
    }
}

#[tokio::test]
async fn faults_are_told_by_their_fields_and_change_nothing() {
    let world = registry(Engine::Sqlite).await;
    let op = format!("/v1/accounts/{}", world.account_id("op"));
    for (body, field) in [
        (json!({"roles": ["king"]}), "roles"),
        (json!({"roles": ["inspector", "operateur"]}), "roles"),
        (json!({"requests_per_s": -1}), "requests_per_s"),
        (json!({"manager": "nobody@example.org"}), "manager"),
        (json!({"manager": email_of("op")}), "manager"),
        (json!({"departements": ["6"]}), "departements"),
        (json!({"name": "x".repeat(256)}), "name"),
        (json!({"email": "other@example.org"}), "email"),
        (json!({"enabled": "perhaps"}), "enabled"),
    ] {
        let refused = by(&world, "admin", Method::PUT, &op, body.clone()).await;
        assert_eq!(refused.status, 400, "{body}");
        assert!(refused.body.contains(&format!("\"{field}\"")), "{body}: {}", refused.body);
    }
    for body in [
        json!({"email": "a@b c", "roles": []}),
        json!({"email": "@b", "roles": []}),
        json!({"roles": []}),
    ] {
        assert_eq!(by(&world, "admin", Method::POST, "/v1/accounts", body).await.status, 400);
    }
    let accounts = by(&world, "admin", Method::GET, "/v1/accounts", json!({})).await.json();
    assert_eq!(accounts["meta"]["total"], 3);
    assert_eq!(accounts["data"][2]["roles"], json!(["operateur"]));
}

#[tokio::test]
async fn a_search_finds_accounts_by_parts_of_what_they_are_called() {
    let world = registry(Engine::Sqlite).await;
    world.change_account("op", |it| it.commercial_name = Some("Éclair Taxis".to_owned())).await;
    let id = world.account_id("op");
    for (query, found) in [
        (String::new(), 3),
        ("?text=".to_owned(), 3),
        ("?text=%C3%A9clair".to_owned(), 1),
        ("?text=OP%40".to_owned(), 1),
        ("?text=boss".to_owned(), 2),
        (format!("?text={id}"), 1),
        ("?text=nothing".to_owned(), 0),
        ("?role=admin".to_owned(), 1),
        ("?enabled=false".to_owned(), 0),
        ("?p=2".to_owned(), 0),
    ] {
        let path = format!("/v1/accounts{query}");
        let accounts = by(&world, "admin", Method::GET, &path, json!({})).await;
        let rows = accounts.json()["data"].as_array().map(Vec::len);
        assert_eq!(rows, Some(found), "{query}: {accounts:?}");
    }
    for query in ["?role=king", "?p=0", "?p=x", "?x=1", "?enabled=perhaps"] {
        let path = format!("/v1/accounts{query}");
        assert_eq!(by(&world, "admin", Method::GET, &path, json!({})).await.status, 400, "{query}");
    }
}
