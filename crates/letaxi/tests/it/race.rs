//! Races for one taxi: many apps hail one vehicle simultaneously, while its drivers, its operators, the
//! customers and the clock act at random.
//!
//! The seed determines the plan of a round, and a task per call executes it, on several threads. `RACES=5000
//! cargo test -p letaxi race` runs so many rounds on each engine, from a random seed; `SEED=7` sets it.
//! Thread timing differs from run to run, so a failure may take many rounds to reappear.

#![expect(clippy::print_stdout, reason = "a seed is told to whoever looks for it")]

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::http::Method;
use chrono::TimeDelta;
use dispatch::hail::{RULES, Status};
use rand::{SeedableRng, rngs::StdRng};
use registry::{HailId, Role};
use serde_json::{Value, json};
use storage::hails::{HailRecord, Transition};
use tokio::task::JoinSet;

use crate::chosen::chosen;
use crate::world::{Answer, Call, Engine, NewTaxi, World, key_of};

mod decisions;
mod memory;
mod plan;

use plan::{Deed, Kind, plan};

/// Default number of rounds on each engine.
const ROUNDS: u64 = 50;
/// Default seed of the first round; each further round adds one.
const SEED: u64 = 1;

/// Apps that hail the taxi.
const CLIENTS: [&str; 4] = ["app-1", "app-2", "app-3", "app-4"];
/// Operators that describe the vehicle, each with a taxi of its own.
const OPERATORS: [&str; 2] = ["alpha", "beta"];
const HERE: [f64; 2] = [2.35, 48.86];

/// A registry, and two taxis with one vehicle.
struct Course {
    world: World,
    /// Another process on the same database. It shares no locks with the first, so that only the database
    /// decides between them.
    beside: Router,
    /// The taxi of each of [`OPERATORS`].
    taxis: Vec<String>,
}

/// Result of an action.
enum Came {
    /// Answer to an app's hail for a customer.
    Hailed { client: &'static str, customer: String, answer: Answer },
    /// A requested step of a hail, and its answer.
    Stepped { hail: String, to: Status, answer: Answer },
    /// No result.
    Nothing,
}

impl Course {
    async fn new(mut world: World) -> Self {
        for client in CLIENTS {
            world.account(client, &[Role::Client]).await;
        }
        world.account("admin", &[Role::Admin]).await;
        world.land(|land| land.town("75056", "Paris", [2.2, 48.8, 2.5, 48.9])).await;
        let mut taxis = Vec::new();
        for operator in OPERATORS {
            world.account(operator, &[Role::Operator]).await;
            let plate = Some("ONE-CAR");
            let taxi = NewTaxi { name: operator, town: None, plate, free: true, at: Some(HERE) };
            taxis.push(world.taxi(operator, &taxi).await);
        }
        let beside = letaxi::service::router(world.command().await);
        Self { world, beside, taxis }
    }

    /// Makes a call without the work that becomes due.
    async fn call(&self, who: &str, method: Method, path: &str, element: Value) -> Answer {
        self.world.answer(&Self::calls(who, method, path, &element)).await
    }

    /// Makes a call to the other process.
    async fn call_beside(&self, who: &str, path: &str, element: Value) -> Answer {
        World::answer_by(&self.beside, &Self::calls(who, Method::POST, path, &element)).await
    }

    fn calls(who: &str, method: Method, path: &str, element: &Value) -> Call {
        let body = match element {
            Value::Null => String::new(),
            element => json!({"data": [element]}).to_string(),
        };
        let key = Some(key_of(who));
        Call { key, method, path: path.to_owned(), body, ..Call::default() }
    }

    async fn get(&self, who: &str, path: &str) -> Value {
        let answer = self.call(who, Method::GET, path, Value::Null).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.json()
    }

    /// Ends open hails, and makes both taxis free and seen.
    async fn line_up(&self) {
        self.world.tick().await;
        for (_, hail) in self.world.store.open_hails().await.unwrap() {
            let hail = self.world.store.hail(hail).await.unwrap().unwrap();
            let over = hail.deadline_at.unwrap() - self.world.clock.now();
            self.world.pass(over.to_std().unwrap_or_default()).await;
        }
        // Every open hail ends by its deadline.
        assert_eq!(self.world.store.open_hails().await.unwrap(), []);
        for (operator, taxi) in OPERATORS.iter().zip(&self.taxis) {
            let path = format!("/taxis/{taxi}");
            let free = self.call(operator, Method::PUT, &path, json!({"status": "free"})).await;
            assert_eq!(free.status, 200, "{free:?}");
            self.world.report(operator, taxi, HERE).await;
            let here = json!({"taxi_id": taxi, "lon": HERE[0], "lat": HERE[1]});
            let here = json!({ "positions": [here] });
            let seen = self.call_beside(operator, "/geotaxi", here).await;
            assert_eq!(seen.status, 200, "{seen:?}");
        }
        self.world.clock.advance(TimeDelta::seconds(1));
    }

    /// Executes an action of a plan, after a pause.
    async fn play(&self, deed: Deed, pauses: u32) -> Came {
        for _ in 0..pauses {
            tokio::task::yield_now().await;
        }
        match deed {
            Deed::Hail { client, taxi, customer, beside } => {
                let client = CLIENTS[client];
                let hail = json!({
                    "taxi_id": self.taxis[taxi], "customer_id": customer,
                    "customer_phone_number": "0611223344", "customer_lon": HERE[0],
                    "customer_lat": HERE[1], "customer_address": "1 rue de Rivoli",
                });
                let answer = if beside {
                    self.call_beside(client, "/hails", hail).await
                } else {
                    self.call(client, Method::POST, "/hails", hail).await
                };
                Came::Hailed { client, customer, answer }
            }
            Deed::Wish { operator, status } => {
                let path = format!("/taxis/{}", self.taxis[operator]);
                let wish = json!({ "status": status });
                let answer = self.call(OPERATORS[operator], Method::PUT, &path, wish).await;
                assert_eq!(answer.status, 200, "a driver may wish anything: {answer:?}");
                Came::Nothing
            }
            Deed::Step { to } => self.step(to).await,
            Deed::Tick { later } => {
                self.world.clock.advance(later);
                self.world.app.sync_memory().await.unwrap();
                for hail in self.world.app.tick().await.unwrap().calls {
                    self.world.app.deliver(hail).await.unwrap();
                }
                Came::Nothing
            }
            Deed::Lease { patience } => {
                let calls = self.world.app.tick().await.unwrap().calls;
                // The operator's server waits while others continue.
                for _ in 0..patience {
                    tokio::task::yield_now().await;
                }
                for hail in calls {
                    self.world.app.deliver(hail).await.unwrap();
                }
                Came::Nothing
            }
        }
    }

    /// Requests a step of the open hail, as an admin may.
    async fn step(&self, to: Status) -> Came {
        let open = self.world.store.open_hails().await.unwrap();
        let Some((_, hail)) = open.first() else { return Came::Nothing };
        let hail = hail.to_string();
        let step = json!({"status": to.word(), "taxi_phone_number": "0611223344"});
        let answer = self.call("admin", Method::PUT, &format!("/hails/{hail}"), step).await;
        Came::Stepped { hail, to, answer }
    }

    /// Number of hails and of entries in the activity log.
    async fn amounts(&self) -> [i64; 2] {
        let mut amounts = [0; 2];
        for (amount, list) in amounts.iter_mut().zip(["/hails", "/activity_logs"]) {
            let page = self.get("admin", list).await;
            *amount = page["meta"]["total"].as_i64().unwrap();
        }
        amounts
    }

    async fn record(&self, id: &str) -> HailRecord {
        let id: HailId = id.parse().unwrap();
        self.world.store.hail(id).await.unwrap().unwrap()
    }

    /// Status of each taxi with its operator, in the database.
    async fn statuses(&self) -> Vec<String> {
        let mut statuses = Vec::new();
        for (operator, taxi) in OPERATORS.iter().zip(&self.taxis) {
            let page = self.get(operator, &format!("/taxis/{taxi}")).await;
            statuses.push(page["data"][0]["status"].as_str().unwrap().to_owned());
        }
        statuses
    }

    /// True if a search shows the taxi: memory must agree with the database once no change is under way.
    async fn is_shown(&self) -> bool {
        let path = format!("/taxis?lon={}&lat={}", HERE[0], HERE[1]);
        !self.get(CLIENTS[0], &path).await["data"].as_array().unwrap().is_empty()
    }
}

/// Executes a plan, and checks meanwhile that never two hails are open.
async fn race(course: &Arc<Course>, deeds: Vec<(Deed, u32)>) -> Vec<Came> {
    let mut tasks = JoinSet::new();
    for (deed, pauses) in deeds {
        let course = Arc::clone(course);
        tasks.spawn(async move { course.play(deed, pauses).await });
    }
    let mut came = Vec::new();
    while let Some(done) = tasks.join_next().await {
        came.push(done.unwrap());
        let open = course.world.store.open_hails().await.unwrap();
        assert!(open.len() <= 1, "one vehicle is in {open:?}");
    }
    came
}

/// Hails that were created; all other answers must be that the taxi is not free.
fn made(came: &[Came]) -> Vec<String> {
    let mut made = Vec::new();
    for came in came {
        let Came::Hailed { answer, .. } = came else { continue };
        let json = answer.json();
        if answer.status == 201 {
            made.push(json["data"][0]["id"].as_str().unwrap().to_owned());
        } else {
            let sentence = json!({"data": {"0": {"taxi_id": ["Taxi is not free."]}}});
            assert_eq!((answer.status.as_u16(), &json["errors"]), (400, &sentence), "{answer:?}");
        }
    }
    made
}

/// Checks that a hail's transitions follow the rules: each step begins at the end of the last one, and none
/// follows the end.
fn assert_lawful(hail: &HailRecord) {
    let Transition { from, to, .. } = hail.transitions[0];
    assert_eq!((from, to), (None, Status::Received), "{hail:?}");
    for pair in hail.transitions.windows(2) {
        let (from, to) = (pair[0].to, pair[1].to);
        assert_eq!(pair[1].from, Some(from), "{hail:?}");
        assert!(RULES.iter().any(|rule| (rule.from, rule.to) == (from, to)), "{hail:?}");
        assert!(pair[0].at <= pair[1].at, "{hail:?}");
    }
    let last = hail.transitions.last().unwrap();
    assert_eq!((last.to, last.at), (hail.status, hail.changed_at), "{hail:?}");
    assert_eq!(hail.deadline_at.is_some(), hail.status.is_open(), "{hail:?}");
}

/// For rounds with hails only: one is created, and the others leave no trace.
async fn assert_one_winner(course: &Course, before: [i64; 2], came: &[Came], made: &[String]) {
    assert_eq!(made.len(), 1, "a free taxi goes to one of those who want it");
    let after = course.amounts().await;
    assert_eq!(after, [before[0] + 1, before[1] + 2], "losers left hails or lines of the log");
    for came in came {
        let Came::Hailed { client, customer, answer } = came else { continue };
        let path = format!("/customers/{customer}");
        let no_ban = json!({"ban_begin": null, "ban_end": null});
        let known = course.call(client, Method::PUT, &path, no_ban).await.status;
        let expected = if answer.status == 201 { 200 } else { 404 };
        assert_eq!(known, expected, "{client} of {customer}");
    }
    let winner = course.record(&made[0]).await;
    let own = course.taxis.iter().position(|taxi| *taxi == winner.taxi.to_string()).unwrap();
    let mut statuses = vec!["free"; 2];
    statuses[own] = "answering";
    assert_eq!(course.statuses().await, statuses, "a loser changed the status of its taxi");
}

/// For rounds with everything: all answers hold, and the final state is consistent.
async fn assert_whole(course: &Course, came: &[Came], made: &[String]) {
    let mut lives = BTreeMap::new();
    for id in made {
        let hail = course.record(id).await;
        assert_lawful(&hail);
        lives.insert(id.clone(), hail);
    }
    for came in came {
        let Came::Stepped { hail, to, answer } = came else { continue };
        assert!([200, 400].contains(&answer.status.as_u16()), "{answer:?}");
        let taken = lives.get(hail).is_none_or(|h| h.transitions.iter().any(|t| t.to == *to));
        assert!(answer.status != 200 || taken, "{to} was answered 200 and undone: {lives:?}");
    }
}

/// Without changes under way, memory agrees with the database, and no taxi waits for an ended hail.
async fn assert_quiet(course: &Course) {
    course.world.tick().await;
    let open = course.world.store.open_hails().await.unwrap();
    let statuses = course.statuses().await;
    if open.is_empty() {
        assert!(!statuses.contains(&"answering".to_owned()), "answers to nobody: {statuses:?}");
    }
    let free = open.is_empty() && statuses.contains(&"free".to_owned());
    assert_eq!(course.is_shown().await, free, "memory is not the database: {open:?} {statuses:?}");
}

async fn round(course: &Arc<Course>, seed: u64) {
    let mut dice = StdRng::seed_from_u64(seed);
    course.line_up().await;
    let kind = if seed.is_multiple_of(3) { Kind::HailsOnly } else { Kind::Everything };
    let before = course.amounts().await;
    let came = race(course, plan(&mut dice, kind, seed)).await;
    let made = made(&came);
    match kind {
        // Hails of the other process are not in this one's memory.
        Kind::HailsOnly => assert_one_winner(course, before, &came, &made).await,
        Kind::Everything => {
            assert_whole(course, &came, &made).await;
            assert_quiet(course).await;
        }
    }
    // Remaining calls are made now: their outcome must change nothing.
    let mut late = Vec::new();
    for id in &made {
        let hail = course.record(id).await;
        if hail.status.is_over() {
            late.push(hail);
        }
    }
    let statuses = course.statuses().await;
    for hail in late {
        course.world.app.deliver(hail.clone()).await.unwrap();
        assert_eq!(course.record(hail.id.as_str()).await, hail, "a late answer undid the end");
    }
    assert_eq!(course.statuses().await, statuses, "a late answer changed a taxi");
}

/// Runs work in a world of its own, with several threads.
fn in_a_world(engine: Engine, work: impl AsyncFnOnce(World)) {
    let folder = tempfile::tempdir().unwrap();
    // In a file, so that there are readers beside the writer.
    let file = format!("sqlite://{}", folder.path().join("race.db").display());
    let url = if engine == Engine::Sqlite { file } else { World::fresh_url(engine) };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
    runtime.block_on(async { work(World::at(&url).await).await });
}

/// Runs work on a course of its own.
fn on_a_course(engine: Engine, work: impl AsyncFnOnce(Arc<Course>)) {
    in_a_world(engine, async |world| {
        let course = Arc::new(Course::new(world).await);
        work(Arc::clone(&course)).await;
        let Ok(course) = Arc::try_unwrap(course) else { panic!("a task outlived its round") };
        course.world.close().await;
    });
}

fn races(engine: Engine) {
    let rounds = chosen("RACES").unwrap_or(ROUNDS);
    let first = chosen("SEED").unwrap_or(SEED);
    on_a_course(engine, async move |course| {
        for seed in first..first + rounds {
            println!("round with SEED={seed}");
            round(&course, seed).await;
        }
    });
}

#[test]
fn one_vehicle_is_promised_once_however_many_race_for_it_on_sqlite() {
    races(Engine::Sqlite);
}

#[test]
fn one_vehicle_is_promised_once_however_many_race_for_it_on_postgresql() {
    races(Engine::Postgres);
}
