//! A new key is valid at once, and a closed one is invalid: here at once, and in every other process within a
//! second.

use std::net::Ipv4Addr;

use axum::http::Method;
use letaxi::app::account::limits::{Presented, RequestKind};
use letaxi::app::account::origin::Origin;
use registry::Role;

use crate::world::{Call, Engine, World, key_of};

#[tokio::test]
async fn a_closed_key_opens_nothing_here_at_once_and_elsewhere_within_a_second() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let mut world = World::new(engine).await;
        world.account("op", &[Role::Operator]).await;
        let call = |key: &str, method, path: &str, body: &str| Call {
            key: Some(key.to_owned()),
            method,
            path: path.to_owned(),
            body: body.to_owned(),
            ..Call::default()
        };
        let made = call(&key_of("op"), Method::POST, "/v1/keys", r#"{"name": "office"}"#);
        let made: serde_json::Value = serde_json::from_str(&world.call(&made).await.body).unwrap();
        let key = made["data"][0]["apikey"].as_str().unwrap().to_owned();
        let list = call(&key, Method::GET, "/taxis/all", "");
        assert_eq!(world.answer(&list).await.status.as_u16(), 200);
        let other = world.command().await;
        let opens = || {
            other
                .admit(
                    RequestKind::Other,
                    Some(Presented::Key(&key)),
                    Origin::of(Ipv4Addr::LOCALHOST.into()),
                )
                .unwrap()
                .owner
                .is_some()
        };
        assert!(opens());

        let path = format!("/v1/keys/{}", made["data"][0]["id"]);
        let closed = world.answer(&call(&key_of("op"), Method::DELETE, &path, "")).await;
        assert_eq!(closed.status.as_u16(), 204);
        assert_eq!(world.answer(&list).await.status.as_u16(), 401);
        other.sync_memory().await.unwrap();
        assert!(!opens());
    }
}
