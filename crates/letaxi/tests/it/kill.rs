//! Crash tests: the real program is killed repeatedly under load, and restarted on its files.
//!
//! All answered changes must exist afterwards. A few kills are enough for every day; `KILLS=60 cargo nextest
//! run -p letaxi kill` runs sixty on each engine. `SEED=7` begins with another plan, but the timing differs
//! from run to run.

#![expect(clippy::print_stdout, reason = "a seed and figures are told to whoever looks for them")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use chrono::TimeDelta;
use dispatch::hail::{RULES, Status};
use letaxi::app::clock::Clock;
use letaxi::app::page::Page;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use registry::Role;
use serde_json::{Value, json};
use storage::Action;
use storage::lists::ActivityFilter;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::chosen::chosen;
use crate::world::{Engine, NewTaxi, World};

mod away;
mod backup;
mod cluster;
mod commit;
mod cut_off;
mod disk;
mod faults;
mod load;
mod nodes;
mod pooler;
mod program;
mod standby;
mod starts;
mod users;

use load::{Deed, Load, Made};
use program::{Program, Server};

/// Default number of kills on each engine.
const KILLS: u64 = 4;
/// Number of concurrent users.
const USERS: u64 = 6;
/// Maximum number of calls before a kill.
const DEEDS: usize = 90;
const TAXIS: usize = 16;
const HERE: [f64; 2] = [2.35, 48.86];

/// Fills a registry on disk with all data of a load; returns its taxis.
async fn enrol(url: &str, server: &Server) -> Vec<String> {
    let mut world = World::at(url).await;
    for (name, role) in [("app", Role::Client), ("op", Role::Operator), ("admin", Role::Admin)] {
        world.account(name, &[role]).await;
    }
    let endpoint = format!("http://{}/hails", server.address);
    world.change_account("op", |fields| fields.hail_endpoint.clone_from(&endpoint)).await;
    world.land(|land| land.town("75056", "Paris", [2.2, 48.8, 2.5, 48.9])).await;
    let mut taxis = Vec::new();
    for one in 0..TAXIS {
        let name = &format!("T{one}");
        let taxi = NewTaxi { name, town: None, plate: None, free: true, at: None };
        taxis.push(world.taxi("op", &taxi).await);
    }
    world.close().await;
    taxis
}

/// The running program with one hail, for which the operator's server has been called.
async fn hailed(url: &str, server: Server) -> (Arc<Load>, Program, Made) {
    let load = Arc::new(Load::new(enrol(url, &server).await, server));
    let program = Program::start(url, &load.server.address).await;
    load.report(&program.address).await;
    let key = load.fresh_key();
    let (status, answer) = load.hail(&program.address, &key, &load.taxis[0]).await.unwrap();
    assert_eq!(status, 201, "{answer}");
    let hail = Made::new(&key, &load.taxis[0], answer);
    assert_eq!(load.server.called(1).await, std::slice::from_ref(&hail.id));
    (load, program, hail)
}

/// Lets users call the program for a while, kills it, and returns the calls, answered and unanswered.
async fn use_and_kill(load: &Arc<Load>, dice: &mut StdRng, program: Program) -> Vec<Deed> {
    let (sender, mut deeds) = mpsc::unbounded_channel();
    let mut users = JoinSet::new();
    for _ in 0..USERS {
        let (load, sender) = (Arc::clone(load), sender.clone());
        let (seed, address) = (dice.random(), program.address.clone());
        users.spawn(async move { load.use_until_it_dies(&address, seed, &sender).await });
    }
    drop(sender);
    let enough = dice.random_range(1..=DEEDS);
    let mut done = Vec::new();
    while done.len() < enough {
        done.push(deeds.recv().await.expect("the program serves until it is killed"));
    }
    program.kill();
    users.join_all().await;
    while let Some(deed) = deeds.recv().await {
        done.push(deed);
    }
    done
}

/// Repeats the hails whose answer was lost; each is created now, was created before, or is refused.
async fn ask_again(load: &Load, address: &str, deeds: &[Deed]) -> Vec<Made> {
    let mut made = Vec::new();
    for deed in deeds {
        match deed {
            Deed::Made(hail) => {
                let again = load.hail(address, &hail.key, &hail.taxi).await.unwrap();
                assert_eq!((again.0, &again.1), (201, &hail.answer), "not the first answer");
                made.push(hail.clone());
            }
            Deed::Lost { key, taxi } => {
                let (status, answer) = load.hail(address, key, taxi).await.unwrap();
                assert!([201, 400].contains(&status), "{status}: {answer}");
                if status == 201 {
                    made.push(Made::new(key, taxi, answer));
                }
            }
            Deed::Stepped { .. } | Deed::Refused | Deed::Other => {}
        }
    }
    made
}

/// Checks that every answered hail exists, with its answered steps, according to the rules, and with its
/// entry in the activity log.
async fn assert_kept(load: &Load, address: &str, made: &[Made], deeds: &[Deed]) {
    for hail in made {
        let life = load.get(address, &format!("/hails/{}", hail.id)).await;
        let steps = life["data"][0]["transitions"].as_array().unwrap().clone();
        let words: Vec<_> = steps.iter().map(|step| step["to_status"].as_str().unwrap()).collect();
        assert_eq!(words[0], Status::Received.word(), "{life}");
        for pair in words.windows(2) {
            let (from, to) = (pair[0].parse::<Status>(), pair[1].parse::<Status>());
            let (from, to) = (from.unwrap(), to.unwrap());
            assert!(RULES.iter().any(|rule| (rule.from, rule.to) == (from, to)), "{life}");
        }
        assert_eq!(life["data"][0]["status"], *words.last().unwrap(), "{life}");
        for deed in deeds {
            if let Deed::Stepped { hail: id, to } = deed
                && *id == hail.id
            {
                assert!(words.contains(&to.word()), "{to} was answered and is lost: {life}");
            }
        }
        let log = format!("/activity_logs?action=customer_hail&resource_id={}", hail.key);
        let lines = load.get(address, &log).await;
        assert_eq!(lines["meta"]["total"], 1, "{lines}");
    }
}

/// Checks that every answered write has its entry in the activity log, and none more than once per call.
async fn assert_logged(world: &World, load: &Load) {
    let actions = Some(vec![Action::AuthApikey.word()]);
    let filter = ActivityFilter { actions, ..ActivityFilter::default() };
    let lines = world.app.activity_log(&filter, Page::of(i64::MAX, None)).await.unwrap();
    let mut logged = BTreeMap::<String, u64>::new();
    for line in lines.elements {
        let extra: Value = serde_json::from_str(&line.extra).unwrap();
        if extra["method"] == "PUT" {
            *logged.entry(extra["location"].as_str().unwrap().to_owned()).or_default() += 1;
        }
    }
    let writes = load.writes.lock().unwrap();
    assert!(!writes.is_empty());
    for (location, writes) in &*writes {
        let logged = logged.get(location).copied().unwrap_or_default();
        let right = writes.answered <= logged && logged <= writes.sent;
        assert!(right, "PUT {location}: {logged} lines for {writes:?}");
    }
}

/// After three hours of downtime, the next start ends open hails, and frees their taxis.
async fn assert_ends(url: &str, load: &Load, made: &[Made]) {
    let world = World::at(url).await;
    assert_logged(&world, load).await;
    let away = Clock::System.now() - world.clock.now() + TimeDelta::hours(3);
    world.clock.advance(away);
    world.tick().await;
    assert_eq!(world.store.open_hails().await.unwrap(), []);
    for hail in made {
        let record = world.store.hail(hail.id.parse().unwrap()).await.unwrap().unwrap();
        assert!(record.status.is_over(), "{record:?}");
        // A hail is delivered to its operator unless it ended before.
        let passed = |status| record.transitions.iter().any(|step| step.to == status);
        let called = load.server.was_called_for(&hail.id);
        assert!(called || !passed(Status::ReceivedByOperator), "{record:?}");
        assert!(
            called || passed(Status::Failure) || passed(Status::DeclinedByCustomer),
            "{record:?}"
        );
    }
    for taxi in &load.taxis {
        let call = crate::world::Call {
            key: Some(crate::world::key_of("op")),
            path: format!("/taxis/{taxi}"),
            ..crate::world::Call::default()
        };
        let shown: Value = world.answer(&call).await.json();
        assert_ne!(shown["data"][0]["status"], json!("answering"), "{shown}");
    }
    world.close().await;
}

async fn nothing_is_lost(url: &str) {
    let (kills, seed) = (chosen("KILLS").unwrap_or(KILLS), chosen("SEED").unwrap_or(1));
    let mut dice = StdRng::seed_from_u64(seed);
    let server = Server::start().await;
    let taxis = enrol(url, &server).await;
    let load = Arc::new(Load::new(taxis, server));
    let (mut all, mut steps, mut lost) = (Vec::new(), 0, 0);
    let mut program = Program::start(url, &load.server.address).await;
    for kill in 1..=kills {
        load.report(&program.address).await;
        let deeds = use_and_kill(&load, &mut dice, program).await;
        program = Program::start(url, &load.server.address).await;
        load.report(&program.address).await;
        let made = ask_again(&load, &program.address, &deeds).await;
        assert_kept(&load, &program.address, &made, &deeds).await;
        steps += deeds.iter().filter(|deed| matches!(deed, Deed::Stepped { .. })).count();
        lost += deeds.iter().filter(|deed| matches!(deed, Deed::Lost { .. })).count();
        println!("SEED={seed}: kill {kill} of {kills}, {} hails kept", made.len());
        load.line_up(&program.address, &made).await;
        all.extend(made);
    }
    assert_kept(&load, &program.address, &all, &[]).await;
    program.kill();
    assert_ends(url, &load, &all).await;
    let (hails, keys) = (all.len(), load.keys.load(Ordering::Relaxed));
    println!(
        "{kills} kills: {hails} hails of {keys} asked for, {steps} steps, {lost} answers lost"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_survives_a_kill_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    nothing_is_lost(&format!("sqlite://{}", folder.path().join("kill.db").display())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_survives_a_kill_on_postgresql() {
    nothing_is_lost(&World::fresh_url(Engine::Postgres)).await;
}
