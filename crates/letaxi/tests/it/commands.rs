//! Changes by a command apply to a running server within a second, without a restart.

use letaxi::app::account::changes::AccountChanges;
use registry::AccountFields;
use registry::Role;

use crate::world::{Call, Engine, NewRank, NewTaxi, Stand, World, email_of, key_of};

const PARIS: [f64; 4] = [2.2, 48.8, 2.5, 48.9];
const HERE: [f64; 2] = [2.35, 48.86];
const SEARCH: &str = "/taxis?lon=2.35&lat=48.86";

async fn get(world: &World, key: &str, path: &str) -> (u16, String) {
    let call = Call { key: Some(key.to_owned()), path: path.to_owned(), ..Call::default() };
    let answer = world.call(&call).await;
    (answer.status.as_u16(), answer.body)
}

#[tokio::test]
async fn an_account_that_is_made_may_call_and_a_key_that_is_replaced_may_not() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let mut world = World::new(engine).await;
        world.account("op", &[Role::Operator]).await;
        let command = world.command().await;
        let fields = AccountFields {
            email: email_of("admin"),
            roles: [Role::Admin].into_iter().collect(),
            ..AccountFields::default()
        };
        command.create_account(fields, None, Some(key_of("admin"))).await.unwrap();
        command.set_key(world.account_id("op"), Some("a new key".to_owned())).await.unwrap();
        world.tick().await;
        assert_eq!(get(&world, &key_of("admin"), "/stats/managers").await.0, 200);
        assert_eq!(get(&world, "a new key", "/taxis/all").await.0, 200);
        assert_eq!(get(&world, &key_of("op"), "/taxis/all").await.0, 401, "the old key");
    }
}

#[tokio::test]
async fn an_import_of_towns_zones_exclusions_and_ranks_holds() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let mut world = World::new(engine).await;
        for (name, roles) in [("op", Role::Operator), ("app", Role::Client)] {
            world.account(name, &[roles]).await;
        }
        world.land(|land| land.town("92044", "Levallois", [2.2, 48.9, 2.5, 48.95])).await;
        let (name, at) = ("T1", Some(HERE));
        world.taxi("op", &NewTaxi { name, town: None, plate: None, free: true, at }).await;
        let command = world.command().await;

        // A town, and a zone that lets the neighbour's taxis work there.
        let import = world.import(|land| {
            land.town("75056", "Paris", PARIS);
            land.zone("Paris", &["75056", "92044"]);
        });
        command.import_territory(import, &|_| {}).await.unwrap();
        world.tick().await;
        let (status, found) = get(&world, &key_of("app"), SEARCH).await;
        assert_eq!(status, 200);
        assert!(found.contains("op@example.org"), "{found}");
        let (_, zones) = get(&world, &key_of("app"), "/zupc?lon=2.35&lat=48.86").await;
        assert!(zones.contains(r#""name":"Paris","type":"ZUPC""#), "{zones}");

        // An exclusion around the customer, and a rank.
        let import = world.import(|land| {
            land.exclusion("a station", [2.34, 48.85, 2.36, 48.87]);
            land.rank(&NewRank {
                id: "75056-T-001".to_owned(),
                name: "Opéra".to_owned(),
                stand: Stand::At(HERE),
                spaces: None,
                phone: None,
            });
        });
        command.import_territory(import, &|_| {}).await.unwrap();
        world.tick().await;
        assert_eq!(get(&world, &key_of("app"), SEARCH).await.0, 404);
        let (_, ranks) = get(&world, &key_of("app"), "/stations/all").await;
        assert!(ranks.contains("75056-T-001"), "{ranks}");
    }
}

#[tokio::test]
async fn an_account_that_is_disabled_may_do_nothing_until_it_is_enabled_again() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let mut world = World::new(engine).await;
        for (name, roles) in [("op", Role::Operator), ("app", Role::Client)] {
            world.account(name, &[roles]).await;
        }
        world.land(|land| land.town("75056", "Paris", PARIS)).await;
        let at = Some(HERE);
        let taxi = NewTaxi { name: "T1", town: None, plate: None, free: true, at };
        let taxi = world.taxi("op", &taxi).await;
        let command = world.command().await;
        let op = command.account_of_email(&email_of("op")).await.unwrap();
        let refused = command.delete_account(&op).await.unwrap_err().to_string();
        assert!(refused.contains("(taxis: 1, vehicles: 1, licences: 1, drivers: 1)"), "{refused}");
        let found = async || get(&world, &key_of("app"), SEARCH).await.1.contains("op@example.org");
        assert!(found().await);

        let set = |is| AccountChanges { is_enabled: Some(is), ..AccountChanges::default() };
        command.change_account(op.id, &set(false), None).await.unwrap();
        // Before the server notices, decisions in the database already apply the change.
        assert_eq!(hail(&world, &taxi).await, 400);
        world.tick().await;
        assert!(!found().await);
        assert_eq!(get(&world, &key_of("op"), "/taxis/all").await.0, 401);

        command.change_account(op.id, &set(true), None).await.unwrap();
        world.tick().await;
        assert!(found().await);
        assert_eq!(get(&world, &key_of("op"), "/taxis/all").await.0, 200);
        assert_eq!(hail(&world, &taxi).await, 201);
    }
}

async fn hail(world: &World, taxi: &str) -> u16 {
    let body = serde_json::json!({"data": [{
        "taxi_id": taxi, "customer_id": "c", "customer_lon": HERE[0], "customer_lat": HERE[1],
        "customer_address": "1 rue X", "customer_phone_number": "01",
    }]});
    let call = Call {
        key: Some(key_of("app")),
        method: axum::http::Method::POST,
        path: "/hails".to_owned(),
        body: body.to_string(),
        ..Call::default()
    };
    world.answer(&call).await.status.as_u16()
}
