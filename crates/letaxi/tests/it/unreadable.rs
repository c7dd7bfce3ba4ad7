//! A hail that this version cannot read, as after a downgrade, in a running registry: its car stays taken,
//! and other hails are not affected.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use registry::Role;
use serde_json::{Value, json};

use crate::world::{Call, Engine, NewTaxi, World, key_of, sql};

const HERE: [f64; 2] = [2.35, 48.86];

async fn get(world: &World, path: &str) -> (StatusCode, Value) {
    let key = Some(key_of("app"));
    let call = Call { key, method: Method::GET, path: path.to_owned(), ..Call::default() };
    let answer = world.call(&call).await;
    (answer.status, answer.json())
}

/// The ids of a list.
async fn ids(world: &World, path: &str) -> Vec<String> {
    let (status, listed) = get(world, path).await;
    assert_eq!(status, StatusCode::OK, "{listed}");
    let elements = listed["data"].as_array().unwrap().iter();
    elements.map(|element| element["id"].as_str().unwrap().to_owned()).collect()
}

/// Reports all taxis, and returns those that a search finds.
async fn found(world: &World, taxis: &[String]) -> Vec<String> {
    for taxi in taxis {
        world.report("op", taxi, HERE).await;
    }
    let mut found = ids(world, &format!("/taxis?lon={}&lat={}", HERE[0], HERE[1])).await;
    found.sort_by_key(|id| taxis.iter().position(|taxi| taxi == id));
    found
}

async fn status_of(world: &World, hail: &str) -> String {
    let hail = world.store.hail(hail.parse().unwrap()).await.unwrap().unwrap();
    hail.status.word().to_owned()
}

#[tokio::test]
async fn a_hail_that_cannot_be_read_stops_nothing_and_its_car_stays_taken() {
    let url = World::fresh_url(Engine::Postgres);
    let mut world = World::at(&url).await;
    world.account("app", &[Role::Client]).await;
    world.account("op", &[Role::Operator]).await;
    world.land(|land| land.town("75056", "Paris", [2.2, 48.8, 2.5, 48.9])).await;
    let mut taxis = Vec::new();
    for name in ["T1", "T2", "T3"] {
        let taxi = NewTaxi { name, town: None, plate: None, free: true, at: Some(HERE) };
        taxis.push(world.taxi("op", &taxi).await);
    }
    let lost = world.hail("app", &taxis[0], HERE).await;
    assert!(world.servers.take_sent("op").is_some());
    let kept = || sql(&url, &format!("select status, revision from hails where id = '{lost}'"));
    sql(&url, &format!("update hails set status = 'teleported' where id = '{lost}'"));
    let as_it_was = kept();
    for taxi in [1, 2] {
        // Also after its deadline, and after a restart.
        world.pass(Duration::from_secs(100)).await;
        world.restart().await;
        world.report("op", &taxis[taxi], HERE).await;
        let hail = world.hail("app", &taxis[taxi], HERE).await;
        let sent = world.servers.take_sent("op").expect("the hail is called out");
        assert!(sent.contains(&hail), "{sent}");
        assert_eq!(status_of(&world, &hail).await, "received_by_operator");
        world.pass(Duration::from_hours(1)).await;
        assert_eq!(status_of(&world, &hail).await, "failure");
        assert_eq!(ids(&world, "/hails/").await.len(), taxi, "this one, and those before");
    }
    sql(&url, "update descriptions set status = 'free'");
    world.restart().await;
    assert_eq!(found(&world, &taxis).await, taxis[1..]);
    let again = json!({"data": [{
        "taxi_id": taxis[0], "customer_id": "eve", "customer_phone_number": "0611223344",
        "customer_lon": HERE[0], "customer_lat": HERE[1], "customer_address": "1 rue de Rivoli",
    }]});
    let call = Call {
        key: Some(key_of("app")),
        method: Method::POST,
        path: "/hails".to_owned(),
        body: again.to_string(),
        ..Call::default()
    };
    let refused = world.call(&call).await;
    assert!(refused.status.is_client_error(), "{refused:?}");
    assert_eq!(get(&world, &format!("/hails/{lost}")).await.0, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(kept(), as_it_was);
    let metrics = world.app().metrics();
    assert!(metrics.contains("\nletaxi_unreadable_rows 1\n"), "{metrics}");
    world.close().await;
}
