//! Bodies of every route that writes, and queries of every route that reads, on both engines.

use std::string::FromUtf8Error;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, Uri};
use registry::Role;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

use super::input::Input;
use super::{Target, fuzz};
use crate::world::{Engine, NewTaxi, World, key_of};
use letaxi::service;

/// A valid body for each route with one; `@TAXI`, `@HAIL` and `@USER` stand for ids.
const BODIES: [(&str, &str, &str); 12] = [
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
    ("POST", "/v1/keys", r#"{"name":"night shift"}"#),
    ("POST", "/internal/auth", r#"{"data":[{"email":"nobody@example.org","password":"x"}]}"#),
];

/// Parts of queries; each route accepts some of them and refuses or ignores the others.
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

/// Makes a call; returns true if it was accepted.
async fn try_call(router: &Router, method: &Method, path: &str, body: &[u8]) -> bool {
    // Clients cannot send an invalid address.
    let Ok(uri) = path.parse::<Uri>() else { return false };
    let request = Request::builder().method(method).uri(uri).header("x-api-key", key_of("all"));
    let request = request.body(Body::from(body.to_vec())).unwrap();
    let answer = router.clone().oneshot(request).await.unwrap();
    let text = String::from_utf8_lossy(body);
    assert!(!answer.status().is_server_error(), "{method} {path} {text}\n{answer:?}");
    answer.status().is_success()
}

/// A registry under test, with a record of its calls.
struct Registry {
    runtime: Runtime,
    world: World,
    router: Router,
    /// Placeholders and their ids.
    ids: [(&'static str, String); 3],
    tried: u32,
    taken: u32,
}

impl Registry {
    fn new(engine: Engine) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let (world, ids) = runtime.block_on(place(engine));
        let router = runtime.block_on(async { service::router(world.app()) });
        Self { runtime, world, router, ids, tried: 0, taken: 0 }
    }

    fn named(&self, text: &str) -> String {
        self.ids.iter().fold(text.to_owned(), |text, (name, id)| text.replace(name, id))
    }

    /// Makes a call; returns true if it was accepted.
    fn try_call(&mut self, method: &Method, path: &str, body: &[u8]) -> bool {
        let taken = self.runtime.block_on(try_call(&self.router, method, path, body));
        if self.tried.is_multiple_of(64) {
            self.runtime.block_on(self.world.tick());
        }
        self.tried += 1;
        self.taken += u32::from(taken);
        taken
    }

    fn end(self) {
        eprintln!("{} of {} were taken", self.taken, self.tried);
        assert!(self.taken > 0, "all were broken beyond recognition");
        self.runtime.block_on(self.world.close());
    }
}

/// Bodies of each route that takes one.
struct Bodies(Registry);

impl Bodies {
    fn new(engine: Engine) -> Self {
        let mut registry = Registry::new(engine);
        for (method, path, body) in BODIES {
            let (method, path, body) = (method.parse().unwrap(), path, registry.named(body));
            let taken = registry.try_call(&method, &registry.named(path), body.as_bytes());
            assert!(taken || path == "/internal/auth", "the good body of {path} is not");
        }
        registry.taken = 0;
        Self(registry)
    }
}

impl Target for Bodies {
    fn seeds(&self) -> Vec<Vec<u8>> {
        let bodies = BODIES.iter().enumerate();
        // Without the ids, which differ each time.
        bodies.map(|(number, (_, _, body))| Input::seed(Some(number), body.as_bytes())).collect()
    }

    fn try_one(&mut self, chosen: &[u8]) {
        let mut input = Input::new(chosen);
        let (method, path, body) = *input.one_of(&BODIES);
        let body = input.document(&[body.as_bytes()]);
        // Bytes that are not text have no placeholders.
        let body = String::from_utf8(body)
            .map_or_else(FromUtf8Error::into_bytes, |text| self.0.named(&text).into_bytes());
        self.0.try_call(&method.parse().unwrap(), &self.0.named(path), &body);
    }

    fn end(self) {
        self.0.end();
    }
}

/// Queries of each route that reads.
struct Queries(Registry);

/// Number of parts of a query for a document.
const PARTS: usize = 3;

impl Target for Queries {
    fn seeds(&self) -> Vec<Vec<u8>> {
        let paths = 0..service::paths().len();
        let query = |path: usize| QUERIES[path % QUERIES.len()].as_bytes();
        paths.map(|path| Input::seed(Some(path), query(path))).collect()
    }

    fn try_one(&mut self, chosen: &[u8]) {
        let good = QUERIES.map(str::as_bytes);
        let paths = service::paths();
        let mut input = Input::new(chosen);
        let path = input.one_of(&paths);
        let mut query = String::from_utf8_lossy(&input.document(&good)).into_owned();
        for _ in 1..PARTS {
            query.push('&');
            query += &String::from_utf8_lossy(&input.part(&good));
        }
        let id = &input.one_of(&self.0.ids).1;
        let parts = path.split('/').map(|part| if part.starts_with('{') { id } else { part });
        let path = format!("{}?{query}", parts.collect::<Vec<_>>().join("/"));
        self.0.try_call(&Method::GET, &path, b"");
    }

    fn end(self) {
        self.0.end();
    }
}

#[test]
fn no_body_is_answered_with_a_500_on_sqlite() {
    fuzz!(800, Bodies::new(Engine::Sqlite));
}

#[test]
fn no_body_is_answered_with_a_500_on_postgresql() {
    fuzz!(500, Bodies::new(Engine::Postgres));
}

#[test]
fn no_query_is_answered_with_a_500_on_sqlite() {
    fuzz!(800, Queries(Registry::new(Engine::Sqlite)));
}

#[test]
fn no_query_is_answered_with_a_500_on_postgresql() {
    fuzz!(500, Queries(Registry::new(Engine::Postgres)));
}
