//! Comparison of towns' lists of licences with the registered ones.

use axum::http::Method;
use registry::Role;
use serde_json::{Value, json};

use crate::world::{Call, Engine, NewTaxi, World, key_of};

#[tokio::test]
async fn a_towns_list_is_compared_with_what_operators_registered() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let mut world = World::new(engine).await;
        for (name, role) in
            [("admin", Role::Admin), ("op", Role::Operator), ("other", Role::Operator)]
        {
            world.account(name, &[role]).await;
        }
        world.land(|land| land.town("75056", "Paris", [2.2, 48.8, 2.5, 48.9])).await;
        let at = Some([2.35, 48.86]);
        // Their licences are `ads-T1` and `ads-T2`; the second is registered by both.
        for (operator, name) in [("op", "T1"), ("op", "T2"), ("other", "T2")] {
            let plate = format!("{}-{name}-75", &operator[..2]);
            let plate = Some(plate.as_str());
            world.taxi(operator, &NewTaxi { name, town: None, plate, free: true, at }).await;
        }
        let lists = [("75056".parse().unwrap(), vec!["ADS T2".to_owned(), "0042".to_owned()])];
        world.command().await.import_licence_lists(&lists, true).await.unwrap();

        let get = async |path: &str| -> Value {
            let key = Some(key_of("admin"));
            let call = Call { key, method: Method::GET, path: path.to_owned(), ..Call::default() };
            let answer = world.call(&call).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            answer.json()["data"].clone()
        };
        let mut expected = json!([{
            "insee": "75056", "listed_at": "2024-02-29T12:00:00", "listed": 2, "registered": 2, "connected": 1,
            "connected_percent": 50.0, "not_registered_count": 1, "not_listed_count": 1,
            "not_registered": [], "not_listed": [],
        }]);
        assert_eq!(get("/v1/licence-lists").await, expected);
        expected[0]["not_registered"] = json!(["0042"]);
        expected[0]["not_listed"] = json!(["ads-T1"]);
        assert_eq!(get("/v1/licence-lists?insee=75056").await, expected);
        world.move_clock(std::time::Duration::from_hours(25));
        assert_eq!(get("/v1/licence-lists").await[0]["connected"], 0);
        assert_eq!(get("/v1/licence-lists?insee=06088").await, json!([]));
        world.close().await;
    }
}
