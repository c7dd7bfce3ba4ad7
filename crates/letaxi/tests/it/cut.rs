//! Cancelled requests and cancelled rounds of the scheduler: memory still agrees with the database soon, and
//! no waiting entry is lost.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use axum::http::Method;
use letaxi::app::figures::Part;
use registry::Role;
use serde_json::{Value, json};

use crate::world::{Call, NewTaxi, World, key_of};

const HERE: [f64; 2] = [2.35, 48.86];
/// Maximum number of polls before a cancellation: more than any of these futures needs.
const POLLS: usize = 40;

/// Result of a future that is dropped after so many polls.
async fn cut<T>(future: impl Future<Output = T>, polls: usize) -> Option<T> {
    let (mut future, mut left) = (pin!(future), polls);
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

fn call(who: &str, method: Method, path: &str, element: Value) -> Call {
    let body = if element.is_null() { element } else { json!({ "data": [element] }) };
    let body = if body.is_null() { String::new() } else { body.to_string() };
    Call { key: Some(key_of(who)), method, path: path.to_owned(), body, ..Call::default() }
}

async fn made(world: &World, call: &Call) -> Value {
    let answer = world.answer(call).await;
    assert!(answer.status.is_success(), "{answer:?}");
    answer.json()
}

/// A world with an app and an operator in Paris, in a file: there a commit may still be under way while
/// others read.
async fn paris(folder: &tempfile::TempDir) -> World {
    let mut world = World::at(&format!("sqlite://{}/letaxi.db", folder.path().display())).await;
    world.account("app", &[Role::Client]).await;
    world.account("op", &[Role::Operator]).await;
    world.land(|land| land.town("75056", "Paris", [2.2, 48.8, 2.5, 48.9])).await;
    world
}

/// Waits for all commits under way by writing after them. Then synchronises memory, a second later.
async fn settle(world: &World) {
    let driver = json!({"first_name": "Bob", "last_name": "Martin", "birth_date": "1980-02-29",
        "professional_licence": "L2", "departement": {"numero": "75"}});
    made(world, &call("op", Method::POST, "/drivers", driver)).await;
    world.move_clock(Duration::from_secs(1));
    world.app().sync_memory().await.unwrap();
}

async fn found(world: &World) -> usize {
    let [lon, lat] = HERE;
    let search = call("app", Method::GET, &format!("/taxis?lon={lon}&lat={lat}"), Value::Null);
    made(world, &search).await["data"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_search_knows_what_became_of_a_change_that_nobody_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let world = paris(&folder).await;
    let taxi = NewTaxi { name: "T1", town: None, plate: None, free: true, at: Some(HERE) };
    let taxi = world.taxi("op", &taxi).await;
    let path = format!("/taxis/{taxi}");
    let wish = |status: &str| call("op", Method::PUT, &path, json!({ "status": status }));
    let app = world.app();
    let mut unmade = 0;
    for polls in 0..POLLS {
        cut(world.answer(&wish("off")), polls).await;
        cut(app.sync_memory(), polls % 7).await;
        app.sync_memory().await.unwrap();
        settle(&world).await;
        let stored = made(&world, &call("op", Method::GET, &path, Value::Null)).await;
        let is_free = stored["data"][0]["status"] == "free";
        assert_eq!(found(&world).await, usize::from(is_free), "cut after {polls} polls");
        unmade += usize::from(is_free);
        made(&world, &wish("free")).await;
    }
    assert!(unmade > 0 && unmade < POLLS, "some changes must be made and some not: {unmade}");
}

#[tokio::test]
async fn a_taxi_may_report_though_nobody_waited_for_its_enrolment() {
    let folder = tempfile::tempdir().unwrap();
    let world = paris(&folder).await;
    let app = world.app();
    let driver = json!({"first_name": "Ada", "last_name": "Martin", "birth_date": "1980-02-29",
        "professional_licence": "L1", "departement": {"numero": "75"}});
    made(&world, &call("op", Method::POST, "/drivers", driver)).await;
    let mut bound = 0;
    for polls in 0..POLLS {
        let (plate, number) = (format!("AB-{polls:03}-CD"), polls.to_string());
        // Every other time the change of the vehicle, and then that of the taxi, is cancelled.
        let [of_vehicle, of_taxi] =
            if polls % 2 == 0 { [polls, usize::MAX] } else { [usize::MAX, polls] };
        let vehicle = call("op", Method::POST, "/vehicles", json!({"licence_plate": plate}));
        cut(world.answer(&vehicle), of_vehicle).await;
        app.sync_memory().await.unwrap();
        settle(&world).await;
        let licence = json!({"insee": "75056", "numero": number, "owner_type": "individual",
            "owner_name": "Ada Martin"});
        made(&world, &call("op", Method::POST, "/ads", licence)).await;
        let taxi = json!({"ads": {"numero": number, "insee": "75056"},
            "driver": {"professional_licence": "L1", "departement": "75"},
            "vehicle": {"licence_plate": plate}});
        cut(world.answer(&call("op", Method::POST, "/taxis", taxi)), of_taxi).await;
        cut(app.sync_memory(), polls % 5).await;
        app.sync_memory().await.unwrap();
        settle(&world).await;
        let path = format!("/taxis/all?licence_plate={plate}");
        let listed = made(&world, &call("op", Method::GET, &path, Value::Null)).await;
        let Some(taxi) = listed["data"].get(0) else { continue };
        bound += 1;
        let [lon, lat] = HERE;
        let positions = json!([{"taxi_id": taxi["id"], "lon": lon, "lat": lat}]);
        let report = call("op", Method::POST, "/geotaxi", json!({"positions": positions}));
        let answer = world.answer(&report).await;
        assert_eq!(answer.status, 200, "cut after {polls} polls: {answer:?}");
    }
    assert!(bound > 0 && bound < POLLS, "some taxis must be bound and some not: {bound}");
}

#[tokio::test]
async fn no_search_is_lost_when_nobody_waits_until_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let world = paris(&folder).await;
    let app = world.app();
    let mut searches = 0;
    for polls in 0..POLLS {
        found(&world).await;
        searches += 1;
        cut(app.count(), polls).await;
        cut(app.search_figures(&Part::default()), polls % 7).await;
    }
    let figures = app.search_figures(&Part::default()).await.unwrap();
    let counted: i64 = figures.apps.iter().map(|(_, searches)| searches).sum();
    // A commit under way at the cancellation may be counted twice.
    assert!(counted >= searches, "{counted} of {searches} searches are in the sums");
    assert_eq!(app.waiting_searches(), 0);
}
