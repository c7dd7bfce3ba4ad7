//! Reading, deciding and writing are atomic: a change that was answered 200 is not reversed by simultaneous
//! ones.

use std::sync::Arc;

use axum::http::Method;
use registry::{CustomerId, Role};
use serde_json::{Value, json};
use storage::customers::CustomerChange;
use tokio::task::JoinSet;

use super::HERE;
use crate::world::{Answer, Call, Engine, NewTaxi, World, key_of};

/// Rounds of each race.
const ROUNDS: u32 = 5;
/// Taxis of one operator.
const TAXIS: [&str; 4] = ["one", "two", "three", "four"];
/// Features of a vehicle, each sent in a call of its own.
const SAID: [&str; 6] =
    ["pet_accepted", "bike_accepted", "baby_seat", "wifi", "vasp_handicap", "amex_accepted"];

/// A registry and its taxis.
struct Fleet {
    world: World,
    taxis: Vec<String>,
}

impl Fleet {
    async fn new(mut world: World) -> Self {
        world.land(|land| land.town("75056", "Paris", [2.2, 48.8, 2.5, 48.9])).await;
        world.account("app", &[Role::Client]).await;
        world.account("alpha", &[Role::Operator]).await;
        let mut taxis = Vec::new();
        for name in TAXIS {
            let taxi = NewTaxi { name, town: None, plate: None, free: false, at: Some(HERE) };
            taxis.push(world.taxi("alpha", &taxi).await);
        }
        Self { world, taxis }
    }

    /// Makes a call, which must succeed, without the due work.
    async fn call(&self, who: &str, method: Method, path: String, element: Value) -> Answer {
        let body = json!({"data": [element]}).to_string();
        let call = Call { key: Some(key_of(who)), method, path, body, ..Call::default() };
        let answer = self.world.answer(&call).await;
        assert!(answer.status.is_success(), "{call:?}\nis answered by\n{answer:?}");
        answer
    }
}

/// Changes a vehicle in many simultaneous calls.
async fn changes_of_a_vehicle(fleet: &Arc<Fleet>) {
    let tell = async |said: bool| {
        let mut calls = JoinSet::new();
        for field in SAID {
            let fleet = Arc::clone(fleet);
            let vehicle = json!({ "licence_plate": "one-TAXI", field: said });
            calls.spawn(async move {
                fleet.call("alpha", Method::POST, "/vehicles".to_owned(), vehicle).await;
            });
        }
        calls.join_all().await;
        let path = format!("/taxis/{}", fleet.taxis[0]);
        let taxi = fleet.call("alpha", Method::PUT, path, json!({})).await.json();
        taxi["data"][0]["vehicle"]["characteristics"].as_array().unwrap().len()
    };
    assert_eq!(tell(true).await, SAID.len(), "a change that was answered is lost");
    assert_eq!(tell(false).await, 0, "a change that was answered is lost");
}

/// A customer hails all taxis simultaneously, and all of them report the customer simultaneously.
async fn hails_and_reports(fleet: &Arc<Fleet>, customer: String) {
    for taxi in &fleet.taxis {
        let path = format!("/taxis/{taxi}");
        fleet.call("alpha", Method::PUT, path, json!({"status": "free"})).await;
    }
    let mut calls = JoinSet::new();
    for taxi in fleet.taxis.clone() {
        let (fleet, customer) = (Arc::clone(fleet), customer.clone());
        calls.spawn(async move {
            let hail = json!({
                "taxi_id": taxi, "customer_id": customer, "customer_phone_number": "0611223344",
                "customer_lon": HERE[0], "customer_lat": HERE[1], "customer_address": "1 rue X",
            });
            let hail = fleet.call("app", Method::POST, "/hails".to_owned(), hail).await.json();
            let hail = &hail["data"][0];
            [&hail["id"], &hail["session_id"]].map(|text| text.as_str().unwrap().to_owned())
        });
    }
    let made = calls.join_all().await;
    assert!(made.iter().all(|[_, session]| *session == made[0][1]), "one session: {made:?}");
    let call = Call { key: Some(key_of("app")), path: "/sessions".to_owned(), ..Call::default() };
    let sessions = fleet.world.answer(&call).await.json();
    let of_customer = sessions["data"].as_array().unwrap().iter();
    let of_customer = of_customer.filter(|session| session["customer_id"] == customer.as_str());
    assert_eq!(of_customer.count(), 1, "a session is counted once, however many hails it has");

    let mut calls = JoinSet::new();
    for [hail, _] in made {
        let fleet = Arc::clone(fleet);
        calls.spawn(async move {
            let report = json!({"reporting_customer": true});
            fleet.call("alpha", Method::PUT, format!("/hails/{hail}"), report).await;
        });
    }
    calls.join_all().await;
    let (world, customer) = (&fleet.world, CustomerId(customer));
    let (client, nothing) = (world.account_id("app"), CustomerChange::default());
    let known = world.store.change_customer(client, &customer, nothing, &[], world.clock.now());
    let known = known.await.unwrap().unwrap();
    let hours = (known.ban_end.unwrap() - known.ban_begin.unwrap()).num_hours();
    assert_eq!(hours, 24 * 2 * 2 * 2, "a day, and twice as long with each report after the first");
    // Deadlines end all hails.
    world.pass(std::time::Duration::from_secs(15)).await;
}

fn decisions(engine: Engine) {
    super::in_a_world(engine, async |world| {
        let fleet = Arc::new(Fleet::new(world).await);
        for round in 0..ROUNDS {
            changes_of_a_vehicle(&fleet).await;
            for taxi in &fleet.taxis {
                fleet.world.report("alpha", taxi, HERE).await;
            }
            hails_and_reports(&fleet, format!("customer-{round}")).await;
        }
    });
}

#[test]
fn who_decides_at_once_decides_by_what_others_did_on_sqlite() {
    decisions(Engine::Sqlite);
}

#[test]
fn who_decides_at_once_decides_by_what_others_did_on_postgresql() {
    decisions(Engine::Postgres);
}
