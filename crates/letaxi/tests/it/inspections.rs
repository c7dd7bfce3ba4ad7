//! Look-ups by inspectors: spellings, the limit, and what an inspector may not do.

use std::time::Duration;

use axum::http::Method;
use letaxi::app::account::limits::INSPECTIONS_A_MINUTE;
use registry::Role;
use serde_json::{Value, json};

use crate::world::{Answer, Call, Engine, NewTaxi, World, email_of, key_of};

const HERE: [f64; 2] = [2.35, 48.86];

async fn place() -> World {
    let mut world = World::new(Engine::Sqlite).await;
    for (name, role) in [("op", Role::Operator), ("admin", Role::Admin), ("eve", Role::Inspector)] {
        world.account(name, &[role]).await;
    }
    world.change_account("eve", |it| "75".clone_into(&mut it.departements)).await;
    world.land(|land| land.town("75056", "Paris", [2.2, 48.8, 2.5, 48.9])).await;
    let (plate, at) = (Some("AB-123-CD"), Some(HERE));
    world.taxi("op", &NewTaxi { name: "T1", town: None, plate, free: true, at }).await;
    world
}

async fn look_up(world: &World, act_as: Option<&str>, body: &Value) -> Answer {
    let act_as = act_as.map(email_of);
    let (method, path) = (Method::POST, "/v1/inspections".to_owned());
    let key = Some(key_of(if act_as.is_some() { "admin" } else { "eve" }));
    world
        .answer(&Call { key, act_as, method, path, body: body.to_string(), ..Call::default() })
        .await
}

async fn log(world: &World) -> Vec<Value> {
    let (key, path) = (Some(key_of("admin")), "/v1/inspections".to_owned());
    let log = world.answer(&Call { key, path, ..Call::default() }).await;
    log.json()["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_car_is_found_however_its_plate_is_written() {
    let world = place().await;
    for plate in ["AB-123-CD", "ab123cd", "AB 123 CD", " a b - 1 2 3 - c d "] {
        let found = look_up(&world, None, &json!({"purpose": "control", "plate": plate})).await;
        assert_eq!(found.status, 201, "{plate}: {found:?}");
        let taxis = &found.json()["data"][0]["taxis"];
        assert_eq!(taxis[0]["plate"], "AB-123-CD", "{plate}");
        assert_eq!(taxis[0]["driver"]["connected"], true, "{plate}");
        assert!(!found.body.contains("2.35") && !found.body.contains("48.86"), "{found:?}");
    }
    assert_eq!(log(&world).await.len(), 4);
}

#[tokio::test]
async fn ten_thousand_look_ups_a_minute_are_refused_with_the_time_to_wait() {
    const CALLS: u32 = 10_000;

    let world = place().await;
    let mut made = 0;
    for _ in 0..CALLS {
        let found =
            look_up(&world, None, &json!({"purpose": "control", "plate": "AB-123-CD"})).await;
        if found.status == 201 {
            made += 1;
        } else {
            assert_eq!(found.status, 429, "{found:?}");
            let wait_s: i64 = found.headers["retry-after"].to_str().unwrap().parse().unwrap();
            assert!((1..=2).contains(&wait_s), "{found:?}");
            assert!(found.body.contains("try again in"), "{found:?}");
        }
        world.move_clock(Duration::from_mins(1) / CALLS);
    }
    // A burst, and as many as a minute earns.
    let limit = usize::try_from(INSPECTIONS_A_MINUTE.get()).unwrap();
    assert!((limit..=2 * limit).contains(&made), "{made} look-ups were made");
    assert_eq!(log(&world).await.len(), made, "each is in the log");
}

#[tokio::test]
async fn an_inspector_looks_up_in_person_and_acts_for_nobody() {
    let mut world = place().await;
    world.account("integration", &[Role::Operator]).await;
    let by_admin =
        look_up(&world, Some("eve"), &json!({"purpose": "x", "plate": "AB-123-CD"})).await;
    assert_eq!(by_admin.status, 403, "{by_admin:?}");
    let (key, act_as) = (Some(key_of("eve")), Some(email_of("integration")));
    let call = Call { key, act_as, path: "/taxis/all".to_owned(), ..Call::default() };
    assert_eq!(world.answer(&call).await.status, 401);
    world.change_account("eve", |it| it.departements.clear()).await;
    let nowhere = look_up(&world, None, &json!({"purpose": "x", "plate": "AB-123-CD"})).await;
    assert_eq!(nowhere.status, 403, "{nowhere:?}");
    assert!(log(&world).await.is_empty(), "nothing was read");
}
