//! A random walk of the whole program: all kinds of calls in random order, with restarts and jumps of the
//! clock, compared with a small model.
//!
//! The model contains the last reported position of each taxi, the town of its licence, and the answered
//! hails. `STEPS=100000 cargo nextest run -p letaxi walk` walks longer, `SEED=7` another way. Reduce a
//! failure by hand and add it as a transcript.

#![expect(clippy::print_stdout, reason = "a seed and figures are told to whoever looks for them")]

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::Method;
use chrono::{DateTime, Utc};
use dispatch::hail::{RULES, Status};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use registry::Role;
use serde_json::{Value, json};

use crate::chosen::chosen;
use crate::world::{Answer, Behaviour, Call, Engine, NewTaxi, World, key_of};

/// Default number of steps.
const STEPS: u64 = 400;
/// Lifetime of a position, in seconds.
const LIVE_S: i64 = 120;
const APPS: [&str; 3] = ["app-1", "app-2", "app-3"];
/// Taxis: name, operator, town of the licence, plate. Two share a vehicle.
const TAXIS: [(&str, &str, &str, &str); 4] = [
    ("T0", "alpha", "75056", "ONE-CAR"),
    ("T1", "beta", "75056", "ONE-CAR"),
    ("T2", "alpha", "75056", "TWO-CAR"),
    ("T3", "beta", "93066", "THREE-CAR"),
];
/// Towns and a point in each; they share no zone.
const TOWNS: [(&str, [f64; 2]); 2] = [("75056", [2.3499, 48.86]), ("93066", [2.3501, 48.86])];

/// An answered hail.
struct Hail {
    id: String,
    request: Value,
    app: &'static str,
    key: String,
    answer: String,
    plate: &'static str,
    status: Status,
}

/// The program and the model.
struct Walk {
    world: World,
    ids: Vec<String>,
    seen: BTreeMap<usize, ([f64; 2], DateTime<Utc>)>,
    /// By the number of their keys, so that a seed gives the same walk whatever ids are drawn.
    hails: BTreeMap<u64, Hail>,
    keys: u64,
}

impl Walk {
    async fn new(engine: Engine) -> Self {
        let mut world = World::new(engine).await;
        for app in APPS {
            world.account(app, &[Role::Client]).await;
        }
        world.account("admin", &[Role::Admin]).await;
        for operator in ["alpha", "beta"] {
            world.account(operator, &[Role::Operator]).await;
        }
        world.land(|land| land.town("75056", "Paris", [2.2, 48.8, 2.35, 48.9])).await;
        world.land(|land| land.town("93066", "Saint-Denis", [2.35, 48.8, 2.5, 48.9])).await;
        let mut ids = Vec::new();
        for (name, operator, town, plate) in TAXIS {
            let (town, plate) = (Some(town), Some(plate));
            let taxi = NewTaxi { name, town, plate, free: true, at: None };
            ids.push(world.taxi(operator, &taxi).await);
        }
        Self { world, ids, seen: BTreeMap::new(), hails: BTreeMap::new(), keys: 0 }
    }

    async fn call(
        &self,
        who: &str,
        method: Method,
        path: &str,
        element: Value,
        key: &str,
    ) -> Answer {
        let body = match element {
            Value::Null => String::new(),
            element => json!({"data": [element]}).to_string(),
        };
        let headers = Some(key).filter(|key| !key.is_empty());
        let headers = headers.map(|key| ("idempotency-key", key.to_owned())).into_iter().collect();
        let path = path.to_owned();
        let call = Call { key: Some(key_of(who)), method, path, headers, body, ..Call::default() };
        let answer = self.world.call(&call).await;
        assert!(answer.status.as_u16() < 500, "{call:?} is answered by {answer:?}");
        answer
    }

    async fn step(&mut self, dice: &mut StdRng) {
        let taxi = dice.random_range(0..TAXIS.len());
        let (_, operator, ..) = TAXIS[taxi];
        match dice.random_range(0..20) {
            0..4 => {
                let at = TOWNS[dice.random_range(0..2)].1;
                self.world.report(operator, &self.ids[taxi], at).await;
                self.seen.insert(taxi, (at, self.world.clock.now()));
            }
            4..6 => {
                let status = ["free", "free", "occupied", "off"][dice.random_range(0..4)];
                let path = format!("/taxis/{}", self.ids[taxi]);
                let wish = json!({ "status": status });
                assert_eq!(self.call(operator, Method::PUT, &path, wish, "").await.status, 200);
            }
            6..10 => self.hail(dice, taxi).await,
            10..14 | 17 | 18 => self.move_hail(dice).await,
            14 => self.ask_again(dice).await,
            15 => {
                let behaviour = [Behaviour::default(), Behaviour::Waits, Behaviour::Down];
                self.world.server(operator, behaviour[dice.random_range(0..3)].clone()).await;
            }
            16 => self.world.restart().await,
            _ => {
                let longest: u64 = if dice.random_bool(0.1) { 3 * 3600 } else { 40 };
                self.world.pass(Duration::from_secs(dice.random_range(0..=longest))).await;
            }
        }
    }

    async fn hail(&mut self, dice: &mut StdRng, taxi: usize) {
        let (app, plate) = (APPS[dice.random_range(0..APPS.len())], TAXIS[taxi].3);
        if dice.random_bool(0.5) {
            let path = format!("/taxis/{}", self.ids[taxi]);
            self.call(TAXIS[taxi].1, Method::PUT, &path, json!({"status": "free"}), "").await;
            self.world.report(TAXIS[taxi].1, &self.ids[taxi], TOWNS[0].1).await;
            self.seen.insert(taxi, (TOWNS[0].1, self.world.clock.now()));
        }
        self.keys += 1;
        let key = format!("key-{}", self.keys);
        let request = json!({
            "taxi_id": self.ids[taxi], "customer_id": format!("customer-{}", self.keys),
            "customer_phone_number": "0611223344", "customer_lon": 2.3499, "customer_lat": 48.86,
            "customer_address": "1 rue de Rivoli",
        });
        let answer = self.call(app, Method::POST, "/hails", request.clone(), &key).await;
        if answer.status != 201 {
            assert_eq!(answer.status, 400, "{answer:?}");
            return;
        }
        let rivals = self.hails.values().filter(|hail| hail.plate == plate);
        let open = rivals.filter(|hail| hail.status.is_open()).count();
        assert_eq!(open, 0, "{plate} is promised twice");
        let id = answer.json()["data"][0]["id"].as_str().unwrap().to_owned();
        let (answer, status) = (answer.body, Status::Received);
        self.hails.insert(self.keys, Hail { id, request, app, key, answer, plate, status });
    }

    /// Either party, or an admin, requests any step of any hail, open or ended.
    async fn move_hail(&self, dice: &mut StdRng) {
        let Some(at) = self.hails.len().checked_sub(1 + dice.random_range(0..3)) else { return };
        // Open hails come last, and are chosen first.
        let mut hails: Vec<_> = self.hails.values().collect();
        hails.sort_by_key(|hail| hail.status.is_open());
        let (id, hail) = (&hails[at].id, hails[at]);
        let who = ["alpha", "beta", hail.app, "admin"][dice.random_range(0..4)];
        let mut ways: Vec<_> = RULES.iter().filter(|rule| rule.from == hail.status).collect();
        // Mostly steps that the rules allow, so that rides make progress, and sometimes any step.
        if ways.is_empty() || dice.random_bool(0.25) {
            ways = RULES.iter().collect();
        }
        let to = ways[dice.random_range(0..ways.len())].to;
        let wish = json!({"status": to.word(), "taxi_phone_number": "0611223344"});
        let answer = self.call(who, Method::PUT, &format!("/hails/{id}"), wish, "").await;
        assert!([200, 400, 403, 404].contains(&answer.status.as_u16()), "{answer:?}");
    }

    /// A client that lost the answer within the last day gets it again.
    async fn ask_again(&self, dice: &mut StdRng) {
        if self.hails.is_empty() {
            return;
        }
        let hail = self.hails.values().nth(dice.random_range(0..self.hails.len())).unwrap();
        let created = hail.answer.parse::<Value>().unwrap()["data"][0]["creation_datetime"].clone();
        let created: DateTime<Utc> = format!("{}Z", created.as_str().unwrap()).parse().unwrap();
        if self.world.clock.now() - created < chrono::TimeDelta::days(1) {
            let again =
                self.call(hail.app, Method::POST, "/hails", hail.request.clone(), &hail.key);
            let again = again.await;
            assert_eq!((again.status.as_u16(), &again.body), (201, &hail.answer));
        }
    }

    /// Checks the invariants.
    async fn check(&mut self) {
        let now = self.world.clock.now();
        let open = self.world.store.open_hails().await.unwrap();
        for hail in self.hails.values_mut() {
            // Ended hails do not change: checking them each time would take half of the walk.
            if hail.status.is_over() && !self.keys.is_multiple_of(16) {
                continue;
            }
            let record = self.world.store.hail(hail.id.parse().unwrap()).await.unwrap().unwrap();
            let steps = record.transitions.windows(2).map(|pair| (pair[0].to, pair[1].to));
            for step in steps {
                assert!(RULES.iter().any(|rule| (rule.from, rule.to) == step), "{record:?}");
            }
            assert!(record.status >= hail.status, "it went back: {record:?}");
            assert_eq!(open.iter().any(|(_, one)| *one == record.id), record.status.is_open());
            hail.status = record.status;
        }
        let known = self.hails.values().filter(|hail| hail.status.is_open()).count();
        assert_eq!(open.len(), known, "a hail is open that nobody was told of: {open:?}");
        for (town, [lon, lat]) in TOWNS {
            let path = format!("/taxis?lon={lon}&lat={lat}");
            let found = self.call(APPS[0], Method::GET, &path, Value::Null, "").await.json();
            for shown in found["data"].as_array().unwrap() {
                let taxi = self.ids.iter().position(|id| shown["id"] == **id).unwrap();
                let (name, _, of, plate) = TAXIS[taxi];
                assert_eq!(of, town, "{name} is shown outside its town");
                let busy = |hail: &&Hail| hail.plate == plate && hail.status.is_open();
                assert!(self.hails.values().find(busy).is_none(), "{name} is promised and shown");
                let (_, at) = self.seen[&taxi];
                assert!((now - at).num_seconds() <= LIVE_S, "{name} was seen {at}, it is {now}");
            }
        }
    }
}

async fn walk(engine: Engine) {
    let (seed, steps) = (chosen("SEED").unwrap_or(1), chosen("STEPS").unwrap_or(STEPS));
    let mut dice = StdRng::seed_from_u64(seed);
    let mut walk = Walk::new(engine).await;
    for step in 0..steps {
        println!("SEED={seed}: step {step}");
        walk.step(&mut dice).await;
        walk.check().await;
    }
    walk.world.pass(Duration::from_hours(3)).await;
    walk.check().await;
    assert_eq!(walk.world.store.open_hails().await.unwrap(), [], "after three silent hours");
    let ended: Vec<_> = walk.hails.values().map(|hail| hail.status.word()).collect();
    let kinds: std::collections::BTreeSet<_> = ended.iter().collect();
    println!("{steps} steps, {} hails, ended as {kinds:?}", ended.len());
}

#[tokio::test]
async fn whatever_happens_the_promises_hold_on_sqlite() {
    walk(Engine::Sqlite).await;
}

#[tokio::test]
async fn whatever_happens_the_promises_hold_on_postgresql() {
    walk(Engine::Postgres).await;
}
