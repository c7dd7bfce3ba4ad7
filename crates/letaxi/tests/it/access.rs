//! Who may call what: every route, every kind of caller.
//!
//! The paths come from the router, so a route that has no row here fails the test.

use std::collections::BTreeSet;

use axum::http::Method;
use letaxi::http;
use registry::Role;

use crate::world::{Call, Engine, NewTaxi, World, key_of};

/// Callers, in the order of the table's columns: without a key, with a key that is no account's, the
/// client and the operator of the hail and another of each, an admin, and an account without roles.
const CALLERS: [&str; 8] =
    ["nobody", "stranger", "app", "other-app", "op", "other-op", "admin", "visitor"];

/// One call, and its status for each of [`CALLERS`].
struct Row(Method, &'static str, &'static str, [u16; CALLERS.len()]);

/// All routes. `op` has the taxis `{taxi}`, which `app` has hailed with `{hail}`, and `{free}`.
#[rustfmt::skip]
const TABLE: &[Row] = &[
    //                                                                       key:   no   no | app other |  op other | admin visitor
    Row(Method::POST, "/drivers",                        DRIVER,                  [401, 401,  403, 403,    201, 201,     201, 403]),
    Row(Method::POST, "/vehicles",                       VEHICLE,                 [401, 401,  403, 403,    201, 201,     201, 403]),
    Row(Method::POST, "/ads",                            LICENCE,                 [401, 401,  403, 403,    201, 201,     201, 403]),
    Row(Method::POST, "/taxis",                          TAXI,                    [401, 401,  403, 403,    200, 404,     404, 403]),
    Row(Method::GET,  "/taxis?lon=2.35&lat=48.86",       "",                      [401, 401,  200, 200,    200, 200,     200, 403]),
    Row(Method::GET,  "/taxis/{taxi}",                   "",                      [401, 401,  403, 403,    200, 404,     404, 403]),
    Row(Method::PUT,  "/taxis/{taxi}",                   r#"{"status": "off"}"#,  [401, 401,  403, 403,    200, 404,     404, 403]),
    Row(Method::POST, "/geotaxi",                        POSITION,                [401, 401,  403, 403,    200, 400,     400, 403]),
    Row(Method::POST, "/hails",                          HAIL,                    [401, 401,  201, 201,    403, 403,     201, 403]),
    Row(Method::GET,  "/hails/{hail}",                   "",                      [401, 401,  200, 403,    200, 403,     200, 403]),
    Row(Method::PUT,  "/hails/{hail}",                   OPERATORS_STEP,          [401, 401,  400, 403,    200, 403,     200, 403]),
    Row(Method::PUT,  "/hails/{hail}",                   CLIENTS_STEP,            [401, 401,  200, 403,    400, 403,     200, 403]),
    Row(Method::GET,  "/hails/{old hail}",               "",                      [401, 401,  404, 404,    404, 404,     200, 403]),
];

const DRIVER: &str = r#"{"first_name": "Ada", "last_name": "Martin", "professional_licence": "1",
    "departement": {"numero": "75"}}"#;
const VEHICLE: &str = r#"{"licence_plate": "AB-123-CD"}"#;
const LICENCE: &str = r#"{"numero": "1", "insee": "75056"}"#;
const TAXI: &str = r#"{"driver": {"professional_licence": "driver-T1", "departement": "75"},
    "vehicle": {"licence_plate": "T1-TAXI"}, "ads": {"numero": "ads-T1", "insee": "75056"}}"#;
const POSITION: &str = r#"{"positions": [{"taxi_id": "{taxi}", "lon": 2.35, "lat": 48.86}]}"#;
const HAIL: &str = r#"{"taxi_id": "{free}", "customer_id": "ada", "customer_lon": 2.35,
    "customer_lat": 48.86, "customer_address": "Paris", "customer_phone_number": "0611223344"}"#;
const OPERATORS_STEP: &str = r#"{"status": "received_by_taxi"}"#;
const CLIENTS_STEP: &str = r#"{"status": "declined_by_customer"}"#;

/// What stands for a variable part of a path, in the table and in the router.
fn with_stars(path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    let part = |part: &str| if part.starts_with('{') { "*".to_owned() } else { part.to_owned() };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// A registry with all callers, and what the variable parts of calls stand for.
struct Place {
    world: World,
    names: [(&'static str, String); 4],
}

impl Place {
    async fn new() -> Self {
        let mut world = World::new(Engine::Sqlite).await;
        for (name, roles) in [
            ("app", &[Role::Client][..]),
            ("other-app", &[Role::Client]),
            ("op", &[Role::Operator]),
            ("other-op", &[Role::Operator]),
            ("admin", &[Role::Admin]),
            ("visitor", &[]),
        ] {
            world.account(name, roles).await;
        }
        world.town("75056", "Paris", [2.2, 48.8, 2.5, 48.9]).await;
        let at = [2.35, 48.86];
        let new = |name| NewTaxi { name, town: None, plate: None, free: true, at: Some(at) };
        let taxi = world.taxi("op", &new("T1")).await;
        let free = world.taxi("op", &new("T2")).await;
        let old_hail = world.hail("app", &taxi).await;
        world.pass(std::time::Duration::from_hours(61 * 24)).await;
        for taxi in [&taxi, &free] {
            world.report("op", taxi, at).await;
        }
        let hail = world.hail("app", &taxi).await;
        let names = [("taxi", taxi), ("free", free), ("hail", hail), ("old hail", old_hail)];
        Self { world, names }
    }

    fn named(&self, text: &str) -> String {
        let named = |text: String, (name, value): &(&str, String)| {
            text.replace(&format!("{{{name}}}"), value)
        };
        self.names.iter().fold(text.to_owned(), named)
    }

    async fn status(&self, caller: &str, method: &Method, path: &str, element: &str) -> u16 {
        let body = match element {
            "" => String::new(),
            element => format!(r#"{{"data": [{}]}}"#, self.named(element)),
        };
        let key = Some(key_of(caller)).filter(|_| caller != "nobody");
        let path = self.named(path);
        let call = Call { key, method: method.clone(), path, body, ..Call::default() };
        self.world.call(&call).await.status.as_u16()
    }
}

#[tokio::test]
async fn everyone_may_do_what_the_table_says_and_no_more() {
    let mut faults = Vec::new();
    for Row(method, path, element, expected) in TABLE {
        for (caller, expected) in CALLERS.iter().zip(expected) {
            let place = Place::new().await;
            let status = place.status(caller, method, path, element).await;
            if status != *expected {
                faults.push(format!("{caller} {method} {path}: {status}, not {expected}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn every_route_has_a_row_in_the_table() {
    let place = Place::new().await;
    let mut found = BTreeSet::new();
    for path in http::paths() {
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            for path in [path.to_owned(), format!("{path}/")] {
                let path = path.replace("{id}", "zzzzzzz");
                let status = place.status("nobody", &method, &path, "{}").await;
                if ![404, 405].contains(&status) {
                    let path = path.trim_end_matches('/').replace("zzzzzzz", "*");
                    found.insert((method.to_string(), path));
                }
            }
        }
    }
    let in_table = TABLE.iter().map(|Row(method, path, ..)| (method.to_string(), with_stars(path)));
    assert_eq!(found, in_table.collect());
}
