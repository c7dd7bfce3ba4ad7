//! Bodies of every route that writes, and queries of every route that reads, on both engines.

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, Uri};
use letaxi::http;
use rand::RngExt;
use rand::seq::IndexedRandom;
use registry::Role;
use tower::ServiceExt;

use super::dice;
use super::mutate::mutated;
use crate::world::{Engine, NewTaxi, World, key_of};

/// A good body for each route that takes one; `@TAXI`, `@HAIL` and `@USER` stand for ids.
const BODIES: [(&str, &str, &str); 11] = [
    (
        "POST",
        "/drivers",
        r#"{"data":[{"first_name":"Ada","last_name":"L","birth_date":"1980-02-29","professional_licence":"p1","departement":{"nom":"Paris","numero":"75"}}]}"#,
    ),
    (
        "POST",
        "/vehicles",
        r#"{"data":[{"licence_plate":"AB-123-CD","constructor":"Renault","model":"Zoe","color":"blue","nb_seats":4,"model_year":2020,"engine":"","horse_power":1.5,"relais":true,"date_dernier_ct":"2024-01-01","cpam_conventionne":true}]}"#,
    ),
    (
        "POST",
        "/ads",
        r#"{"data":[{"numero":"1","insee":"75056","doublage":true,"category":"","owner_type":"individual","owner_name":"x","vehicle_id":1}]}"#,
    ),
    (
        "POST",
        "/taxis",
        r#"{"data":[{"ads":{"numero":"ads-T1","insee":"75056"},"driver":{"professional_licence":"driver-T1","departement":"75"},"vehicle":{"licence_plate":"T1-TAXI"},"status":"free","radius":200}]}"#,
    ),
    ("PUT", "/taxis/@TAXI", r#"{"data":[{"status":"free","radius":200,"rating":1.0,"id":"x"}]}"#),
    (
        "POST",
        "/geotaxi",
        r#"{"data":[{"positions":[{"taxi_id":"@TAXI","lon":2.35,"lat":48.86},{"taxi_id":"@TAXI","lon":2.36,"lat":48.87}]}]}"#,
    ),
    (
        "POST",
        "/hails",
        r#"{"data":[{"taxi_id":"@TAXI","customer_id":"ada","customer_phone_number":"06","customer_lon":2.35,"customer_lat":48.86,"customer_address":"x","operateur":"op","session_id":null}]}"#,
    ),
    (
        "PUT",
        "/hails/@HAIL",
        r#"{"data":[{"status":"received_by_taxi","taxi_phone_number":"06","incident_taxi_reason":"traffic","reporting_customer":false,"reporting_customer_reason":"late","customer_lon":2.35,"customer_lat":48.86,"customer_address":"y","rating_ride":4,"rating_ride_reason":"late","incident_customer_reason":"no_show"}]}"#,
    ),
    (
        "PUT",
        "/customers/ada",
        r#"{"data":[{"reprieve_begin":"2024-02-29T12:00:00Z","reprieve_end":"2024-03-01T12:00:00","ban_begin":"2024-02-29T12:00:00+01:00","ban_end":null}]}"#,
    ),
    (
        "PUT",
        "/users/@USER",
        r#"{"data":[{"name":"x","email_customer":"a@x.fr","email_technical":"","phone_number_customer":"06","phone_number_technical":"","operator_header_name":"X","operator_api_key":"v"}]}"#,
    ),
    ("POST", "/internal/auth", r#"{"data":[{"email":"nobody@example.org","password":"x"}]}"#),
];

/// Parts of queries; each route takes some of them and refuses or passes over the others.
const QUERIES: [&str; 20] = [
    "lon=2.35&lat=48.86",
    "p=1",
    "id=a",
    "licence_plate=AB-123-CD",
    "status=received",
    "operateur=op%40example.org",
    "moteur=app",
    "taxi_id=a",
    "customer_id=ada",
    "date=2024%2F02%2F29",
    "insee=75056",
    "departements=75",
    "groups=1",
    "manager=1",
    "email=op%40example.org",
    "search=pa",
    "resource=taxi",
    "resource_id=1",
    "action=login_password",
    "name=op",
];

async fn place(engine: Engine) -> (World, [(&'static str, String); 3]) {
    let mut world = World::new(engine).await;
    world.account("all", &[Role::Admin, Role::Operator, Role::Client]).await;
    world.account("else", &[Role::Operator]).await;
    world.land(|land| land.town("75056", "Paris", [2.2, 48.8, 2.5, 48.9])).await;
    let new = |name| NewTaxi { name, town: None, plate: None, free: true, at: Some([2.35, 48.86]) };
    let taxi = world.taxi("all", &new("T1")).await;
    let hailed = world.taxi("all", &new("T2")).await;
    let hail = world.hail("all", &hailed, [2.35, 48.86]).await;
    let user = world.account_id("else").0.to_string();
    (world, [("@TAXI", taxi), ("@HAIL", hail), ("@USER", user)])
}

/// Makes a call; gives whether it was taken.
async fn try_call(router: &Router, method: Method, path: &str, body: &[u8]) -> bool {
    // A client cannot send what is no address at all.
    let Ok(uri) = path.parse::<Uri>() else { return false };
    let request = Request::builder().method(&method).uri(uri).header("x-api-key", key_of("all"));
    let request = request.body(Body::from(body.to_vec())).unwrap();
    let answer = router.clone().oneshot(request).await.unwrap();
    let text = String::from_utf8_lossy(body);
    assert!(!answer.status().is_server_error(), "{method} {path} {text}\n{answer:?}");
    answer.status().is_success()
}

async fn bodies(engine: Engine, usually: u32) {
    let (mut dice, inputs) = dice(usually);
    let (world, ids) = place(engine).await;
    let router = http::router(world.app());
    let named =
        |text: &str| ids.iter().fold(text.to_owned(), |text, (name, id)| text.replace(name, id));
    for (method, path, body) in BODIES {
        let (method, body) = (method.parse().unwrap(), named(body));
        let taken = try_call(&router, method, &named(path), body.as_bytes()).await;
        assert!(taken || path == "/internal/auth", "the good body of {path} is not");
    }
    let mut taken = 0;
    for turn in 0..inputs {
        let (method, path, body) = BODIES[turn as usize % BODIES.len()];
        let body = mutated(&mut dice, &[named(body).as_bytes()]);
        let method = method.parse().unwrap();
        taken += u32::from(try_call(&router, method, &named(path), &body).await);
        if turn % 64 == 0 {
            world.tick().await;
        }
    }
    eprintln!("{taken} of {inputs} were taken");
    assert!(taken > 0, "all were broken beyond recognition");
    world.close().await;
}

async fn queries(engine: Engine, usually: u32) {
    let (mut dice, inputs) = dice(usually);
    let (world, ids) = place(engine).await;
    let router = http::router(world.app());
    let paths: Vec<&str> = http::paths().collect();
    let good = QUERIES.map(str::as_bytes);
    let mut taken = 0;
    for _ in 0..inputs {
        let path = paths.choose(&mut dice).unwrap();
        let id = &ids.choose(&mut dice).unwrap().1;
        let mut query = String::new();
        for _ in 0..dice.random_range(1..4) {
            let part = if dice.random() {
                mutated(&mut dice, &good)
            } else {
                good.choose(&mut dice).unwrap().to_vec()
            };
            query += &String::from_utf8_lossy(&part);
            query.push('&');
        }
        let path = format!("{}?{query}", path.replace("{id}", id));
        taken += u32::from(try_call(&router, Method::GET, &path, b"").await);
    }
    eprintln!("{taken} of {inputs} were taken");
    world.close().await;
}

#[tokio::test]
async fn no_body_is_answered_with_a_500_on_sqlite() {
    bodies(Engine::Sqlite, 800).await;
}

#[tokio::test]
async fn no_body_is_answered_with_a_500_on_postgresql() {
    bodies(Engine::Postgres, 500).await;
}

#[tokio::test]
async fn no_query_is_answered_with_a_500_on_sqlite() {
    queries(Engine::Sqlite, 800).await;
}

#[tokio::test]
async fn no_query_is_answered_with_a_500_on_postgresql() {
    queries(Engine::Postgres, 500).await;
}
