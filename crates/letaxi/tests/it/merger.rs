//! Mergers of towns: taxis, licences, figures and old codes.

use axum::http::Method;
use letaxi::app::territory::import::Rules;
use registry::Role;
use serde_json::{Value, json};

use crate::world::{Call, Engine, NewTaxi, World, key_of};

const VILLE: [f64; 4] = [3.0, 49.0, 3.1, 49.1];
const VILLAGE: [f64; 4] = [3.1, 49.0, 3.2, 49.1];
const BOTH: [f64; 4] = [3.0, 49.0, 3.2, 49.1];
const IN_THE_VILLAGE: [f64; 2] = [3.15, 49.05];
const SEARCH: &str = "/taxis?lon=3.15&lat=49.05";

async fn call(world: &World, who: &str, method: Method, path: &str, body: Value) -> (u16, Value) {
    let body = if body.is_null() { String::new() } else { json!({"data": [body]}).to_string() };
    let (key, path) = (Some(key_of(who)), path.to_owned());
    let answer = world.call(&Call { key, method, path, body, ..Call::default() }).await;
    (answer.status.as_u16(), answer.json())
}

async fn found(world: &World) -> usize {
    let (status, found) = call(world, "app", Method::GET, SEARCH, Value::Null).await;
    if status == 404 { 0 } else { found["data"].as_array().unwrap().len() }
}

/// Two towns, and a taxi of the village, whose code is the lower one on request.
async fn world(engine: Engine, ville: &str, village: &str) -> (World, String) {
    let mut world = World::new(engine).await;
    for (name, role) in [("op", Role::Operator), ("app", Role::Client), ("admin", Role::Admin)] {
        world.account(name, &[role]).await;
    }
    world
        .land(|land| {
            land.town(ville, "Ville", VILLE);
            land.town(village, "Village", VILLAGE);
        })
        .await;
    let at = Some(IN_THE_VILLAGE);
    let taxi = NewTaxi { name: "T1", town: Some(village), plate: None, free: true, at };
    let id = world.taxi("op", &taxi).await;
    (world, id)
}

#[tokio::test]
async fn a_taxi_is_shown_and_hailed_after_its_town_became_part_of_another() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        for (ville, village) in [("02054", "02695"), ("02695", "02054")] {
            let (mut world, id) = world(engine, ville, village).await;
            assert_eq!(found(&world).await, 1);
            let command = world.command().await;
            let import = world.import(|land| land.merge(village, ville, BOTH));
            let rules = Rules::default();
            let report = command.import_territory_by(rules, import, &|_| {}).await.unwrap();
            assert!(report.stored, "a merger takes nothing away");
            assert_eq!((report.moved.count, report.licensed.len()), (1, 0));
            world.tick().await;
            assert_eq!(found(&world).await, 1, "{village} became part of {ville}");
            let (_, taxi) =
                call(&world, "op", Method::GET, &format!("/taxis/{id}"), Value::Null).await;
            assert_eq!(taxi["data"][0]["ads"]["insee"], ville);
            world.hail("app", &id, IN_THE_VILLAGE).await;
        }
    }
}

#[tokio::test]
async fn an_old_code_means_the_new_town_wherever_it_is_sent() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (mut world, id) = world(engine, "02054", "02695").await;
        world.land(|land| land.merge("02695", "02054", BOTH)).await;
        // The same licence and the same taxi, sent again.
        let again = NewTaxi { name: "T1", town: Some("02695"), plate: None, free: true, at: None };
        assert_eq!(world.taxi("op", &again).await, id);
        let new = json!({"numero": "ads-T1", "insee": "02054"});
        let (status, answer) = call(&world, "op", Method::POST, "/ads", new).await;
        assert_eq!((status, &answer["data"][0]["insee"]), (200, &json!("02054")), "{answer}");
        for code in ["02695", "02054"] {
            let path = format!("/stats/taxis?insee={code}");
            let (_, figures) = call(&world, "admin", Method::GET, &path, Value::Null).await;
            assert_eq!(figures["data"][0]["registered_taxis"]["today"], 1, "{figures}");
        }
    }
}

#[tokio::test]
async fn a_licence_whose_number_was_taken_is_still_found_by_what_its_operator_sends() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (mut world, id) = world(engine, "02054", "02695").await;
        let of = |insee: &str, owner: &str| json!({"numero": "ads-T1", "insee": insee, "owner_name": owner});
        let (status, _) = call(&world, "op", Method::POST, "/ads", of("02054", "Ville")).await;
        assert_eq!(status, 201);
        world.land(|land| land.merge("02695", "02054", BOTH)).await;
        let (status, licence) =
            call(&world, "op", Method::POST, "/ads", of("02695", "Village")).await;
        assert_eq!((status, &licence["data"][0]["numero"]), (200, &json!("ads-T1 (02695)")));
        let (status, licence) =
            call(&world, "op", Method::POST, "/ads", of("02054", "Ville")).await;
        assert_eq!((status, &licence["data"][0]["numero"]), (200, &json!("ads-T1")));
        let again = NewTaxi { name: "T1", town: Some("02695"), plate: None, free: true, at: None };
        assert_eq!(world.taxi("op", &again).await, id);
    }
}

#[tokio::test]
async fn a_licence_of_a_town_that_was_merged_unnoticed_is_taken() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (mut world, _) = world(engine, "02054", "02695").await;
        let command = world.command().await;
        let import = world.import(|land| land.merge("02695", "02054", BOTH));
        command.import_territory(import, &|_| {}).await.unwrap();
        // Without a tick: memory still has both towns.
        let new = json!({"numero": "9", "insee": "02695"});
        let (status, answer) = call(&world, "op", Method::POST, "/ads", new).await;
        assert_eq!((status, &answer["data"][0]["insee"]), (201, &json!("02054")), "{answer}");
    }
}

#[tokio::test]
async fn the_code_of_an_arrondissement_is_refused_with_its_town() {
    let (mut world, _) = world(Engine::Sqlite, "75056", "02695").await;
    let ask = |insee: &str| json!({"numero": "1", "insee": insee});
    let (status, answer) = call(&world, "op", Method::POST, "/ads", ask("75101")).await;
    assert_eq!(status, 404);
    let text = "Unable to find town for INSEE code 75101. It is an arrondissement; licences are of the town: 75056 Ville.";
    assert!(answer.to_string().contains(text), "{answer}");
    let (_, answer) = call(&world, "op", Method::POST, "/ads", ask("69381")).await;
    assert!(answer.to_string().contains("INSEE code 69381.\""), "{answer}");
    // After the merger into its town, it is accepted.
    world
        .land(|land| {
            land.town("75101", "Paris 1er", VILLAGE);
            land.merge("75101", "75056", VILLE);
        })
        .await;
    assert_eq!(call(&world, "op", Method::POST, "/ads", ask("75101")).await.0, 201);
}

#[tokio::test]
async fn positions_far_from_every_town_are_taken_and_counted_by_account() {
    let (world, id) = world(Engine::Sqlite, "02054", "02695").await;
    let [lon, lat] = IN_THE_VILLAGE;
    for at in [[lat, lon], [lon, lat], [lat, lon]] {
        world.report("op", &id, at).await;
    }
    let row = format!("letaxi_positions_far_total{{account=\"{}\"}} 2", world.account_id("op").0);
    let page = world.app().metrics();
    assert!(page.contains(&row), "{page}");
}
