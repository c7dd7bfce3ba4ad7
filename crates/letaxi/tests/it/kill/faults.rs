//! Three nodes under load, and what befalls them: one is killed, one is paused, NATS is restarted, the database is killed, its
//! primary is lost and the standby promoted. No hail is lost or made twice, searches go on, and what is shown is true again
//! within seconds. Each test tells how long its fault was felt; `docs/promises.md` has the table.
//!
//! `ROUNDS=20 cargo nextest run -p letaxi faults` does each for longer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use letaxi::app::clock::StopWatch;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::cluster::Attacked;
use super::load::Load;
use super::program::{Program, Server, call};
use super::standby::{Pair, kill_at_once};
use super::users::{Users, is_answered};
use super::{Deed, TAXIS, USERS, ask_again, assert_ends, assert_kept, enrol};
use crate::chosen::chosen;
use crate::world::{Engine, Nats, World, key_of};

/// Rounds of each fault.
const ROUNDS: u64 = 1;
/// Calls of users before a fault and after it.
const DEEDS: usize = 60;
/// Longest time for which anything may be felt here: this machine is busy with other tests.
const PATIENCE: Duration = Duration::from_mins(1);
/// Positions whose way through the bus is measured.
const POSITIONS: usize = 200;
/// An admin's search at the place of all taxis.
const SEARCH: &str = "/taxis?lon=2.35&lat=48.86";

/// Three servers of one registry.
struct Three {
    nodes: Vec<Program>,
    load: Arc<Load>,
    nats: Nats,
    url: String,
}

impl Three {
    async fn start(url: &str) -> Self {
        let (nats, server) = (Nats::start(), Server::start().await);
        let load = Arc::new(Load::new(enrol(url, &server).await, server));
        let mut three = Self { nodes: Vec::new(), load, nats, url: url.to_owned() };
        for _ in 0..3 {
            three.add().await;
        }
        three.report().await;
        three
    }

    /// Starts one more; returns how long it took until it was ready.
    async fn add(&mut self) -> Duration {
        let watch = StopWatch::start();
        let (server, nats) = (&self.load.server.address, self.nats.url());
        let node = Program::try_start_node(&self.url, server, &nats).await.unwrap();
        ready(&node.address).await;
        self.nodes.push(node);
        watch.elapsed()
    }

    fn addresses(&self) -> Vec<String> {
        self.nodes.iter().map(|node| node.address.clone()).collect()
    }

    /// Reports all taxis to one of the nodes, and waits until all know.
    async fn report(&self) {
        self.load.report(&self.nodes[0].address).await;
        for node in &self.nodes {
            until_shown(&self.load, &node.address, &self.load.taxis).await;
        }
    }

    /// Lets users and searches loose at all nodes.
    fn use_them(&self, dice: &mut StdRng) -> Users {
        users(&self.load, &self.addresses(), dice)
    }

    /// Takes the database away under load and brings it, or another, back; returns what users did.
    async fn lose_database(
        &self,
        fault: &str,
        dice: &mut StdRng,
        replace: impl FnOnce(),
    ) -> Vec<Deed> {
        let mut users = self.use_them(dice);
        users.until(DEEDS, is_answered).await;
        let watch = StopWatch::start();
        replace();
        told(fault, "a database is back after", watch.elapsed());
        users.skip();
        users.until(1, is_answered).await;
        told(fault, "a change is answered again after", watch.elapsed());
        for node in &self.nodes {
            ready(&node.address).await;
        }
        told(fault, "all nodes are ready after", watch.elapsed());
        users.until(DEEDS, is_answered).await;
        let deeds = users.leave().await;
        self.assert_well(&deeds).await;
        deeds
    }

    /// All that must hold after a fault: nothing is lost, nothing doubled, all nodes show the same.
    async fn assert_well(&self, deeds: &[Deed]) {
        let address = &self.nodes[0].address;
        let made = ask_again(&self.load, address, deeds).await;
        for node in &self.nodes {
            assert_kept(&self.load, &node.address, &made, deeds).await;
        }
        self.load.line_up(address, &made).await;
        self.report().await;
        for node in self.nodes.iter().map(|node| &node.address) {
            let hail = self.load.hail(node, &self.load.fresh_key(), &self.load.taxis[0]).await;
            let (status, answer) = hail.unwrap();
            assert_eq!(status, 201, "{answer}");
            self.load.end(address, &super::Made::new("", &self.load.taxis[0], answer)).await;
            self.load.free(address, &self.load.taxis[0]).await;
        }
    }

    async fn end(self, deeds: &[Deed]) {
        let made = deeds.iter().filter_map(|deed| match deed {
            Deed::Made(hail) => Some(hail.clone()),
            _ => None,
        });
        let made: Vec<_> = made.collect();
        for node in self.nodes {
            node.kill();
        }
        assert_ends(&self.url, &self.load, &made).await;
    }
}

/// Waits until a node is ready.
async fn ready(address: &str) {
    let ready = async {
        while !matches!(call(address, "GET /readyz HTTP/1.1", "").await, Ok((200, _))) {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, ready).await.expect("it becomes ready");
}

/// Waits until a search through a node shows these taxis and no others; returns for how long it did not.
async fn until_shown(load: &Load, address: &str, taxis: &[String]) -> Duration {
    let watch = StopWatch::start();
    let mut expected = taxis.to_vec();
    expected.sort();
    let mut last = Vec::new();
    let shown = async {
        loop {
            let found = load.get(address, SEARCH).await;
            let found = found["data"].as_array().unwrap().clone();
            last = found.iter().map(|taxi| taxi["id"].as_str().unwrap().to_owned()).collect();
            last.sort();
            if last == expected {
                return;
            }
        }
    };
    let came = timeout(PATIENCE, shown).await;
    assert!(came.is_ok(), "it shows {last:?} and not {expected:?}");
    watch.elapsed()
}

/// Users of all nodes, and searches that must never fail.
fn users(load: &Arc<Load>, addresses: &[String], dice: &mut StdRng) -> Users {
    let mut users = Users::none();
    for user in 0..usize::try_from(USERS).unwrap() {
        let address = addresses[user % addresses.len()].clone();
        let (load, seed) = (Arc::clone(load), dice.random());
        users.add(|deeds, stop| async move {
            load.use_while_it_lives(&address, seed, &deeds, &stop).await;
        });
    }
    for address in addresses {
        let (load, address) = (Arc::clone(load), address.clone());
        users.add(|_, stop| async move { search_on(&load, &address, &stop).await });
    }
    users
}

/// Searches until it is told to stop or the node is gone; each is answered well.
async fn search_on(load: &Load, address: &str, stop: &AtomicBool) {
    let head = format!("GET {SEARCH} HTTP/1.1\r\nx-api-key: {}", key_of("admin"));
    while !stop.load(Ordering::SeqCst) {
        let Ok((status, body)) = call(address, &head, "").await else { return };
        assert_eq!(status, 200, "{body}");
        let found: Value = serde_json::from_str(&body).unwrap();
        assert!(found["data"].as_array().unwrap().len() <= load.taxis.len(), "{body}");
    }
}

fn rounds() -> (u64, StdRng) {
    let seed = chosen("SEED").unwrap_or(1);
    println!("SEED={seed}");
    (chosen("ROUNDS").unwrap_or(ROUNDS), StdRng::seed_from_u64(seed))
}

fn told(fault: &str, what: &str, time: Duration) {
    println!("{fault}: {what} {} ms", time.as_millis());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_node_takes_nothing_along_and_its_successor_joins_within_seconds() {
    let (rounds, mut dice) = rounds();
    let mut three = Three::start(&World::fresh_url(Engine::Postgres)).await;
    let mut all = Vec::new();
    for _ in 0..rounds {
        let mut users = three.use_them(&mut dice);
        users.until(DEEDS, is_answered).await;
        three.nodes.remove(2).kill();
        let watch = StopWatch::start();
        users.skip();
        users.until(1, is_answered).await;
        told("node killed", "the next answer of others after", watch.elapsed());
        users.until(DEEDS, is_answered).await;
        told("node killed", "a new node is ready after", three.add().await);
        let deeds = users.leave().await;
        three.assert_well(&deeds).await;
        all.extend(deeds);
    }
    three.end(&all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_was_paused_is_true_again_within_seconds() {
    let (_, mut dice) = rounds();
    let three = Three::start(&World::fresh_url(Engine::Postgres)).await;
    let (load, address) = (&three.load, three.nodes[0].address.clone());
    let paused = &three.nodes[2];
    paused.signal("STOP");
    // Others go on; after ten seconds they take it for gone.
    let pair = three.addresses();
    let mut users = users(load, &pair[..2], &mut dice);
    let listed = || super::program::listed(&three.url).matches("\"id\"").count();
    while listed() > 2 {
        users.until(1, is_answered).await;
    }
    let deeds = users.leave().await;
    let made = ask_again(load, &address, &deeds).await;
    load.line_up(&address, &made).await;
    load.report(&address).await;
    // Half of the taxis are off when it wakes.
    let (off, on) = load.taxis.split_at(TAXIS / 2);
    for taxi in off {
        load.set(&address, taxi, "off").await;
    }
    paused.signal("CONT");
    told("node paused", "it shows the truth after", until_shown(load, &paused.address, on).await);
    let watch = StopWatch::start();
    while listed() < 3 {
        tokio::task::yield_now().await;
    }
    told("node paused", "it is listed again after", watch.elapsed());
    for taxi in off {
        load.set(&address, taxi, "free").await;
    }
    three.assert_well(&deeds).await;
    three.end(&deeds).await;
}

/// The way of a position from one node to another: reported there, searched here.
async fn way(load: &Load, from: &str, to: &str, shift: usize) -> Duration {
    let lat = 48.8600 + 0.000_01 * (1 + shift % 50) as f64;
    let taxi = &load.taxis[0];
    let positions = json!([{"taxi_id": taxi, "lon": 2.35, "lat": lat}]);
    load.report_at(from, &positions).await;
    let watch = StopWatch::start();
    let there = async {
        loop {
            let found = load.get(to, SEARCH).await;
            let found = found["data"].as_array().unwrap();
            let at = found
                .iter()
                .find(|one| one["id"] == json!(taxi))
                .map(|one| &one["position"]["lat"]);
            if at.and_then(Value::as_f64).is_some_and(|at| (at - lat).abs() < 1e-6) {
                return;
            }
        }
    };
    timeout(PATIENCE, there).await.expect("it comes");
    watch.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_of_nats_fails_no_search_and_positions_flow_again_at_once() {
    let (rounds, mut dice) = rounds();
    let mut three = Three::start(&World::fresh_url(Engine::Postgres)).await;
    let load = Arc::clone(&three.load);
    let [from, _, to] = <[String; 3]>::try_from(three.addresses()).unwrap();
    let mut ways = Vec::new();
    for shift in 0..POSITIONS {
        ways.push(way(&load, &from, &to, shift).await);
    }
    ways.sort_unstable();
    told("bus well", "half of the positions came within", ways[POSITIONS / 2]);
    told("bus well", "99 of 100 positions came within", ways[POSITIONS * 99 / 100]);
    assert!(ways[POSITIONS / 2] < Duration::from_millis(100), "{ways:?}");
    let mut all = Vec::new();
    for round in 0..rounds {
        let mut users = three.use_them(&mut dice);
        users.until(DEEDS, is_answered).await;
        three.nats.kill();
        users.until(DEEDS, is_answered).await;
        three.nats.start_again();
        let shift = usize::try_from(round).unwrap() + POSITIONS + 7;
        let took = way(&load, &from, &to, shift).await;
        told("NATS restarted", "the first position came after", took);
        users.until(DEEDS, is_answered).await;
        let deeds = users.leave().await;
        three.assert_well(&deeds).await;
        all.extend(deeds);
    }
    three.end(&all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_killed_loses_no_hail_of_three_nodes() {
    let (rounds, mut dice) = rounds();
    let database = Arc::new(tokio::task::spawn_blocking(Attacked::start).await.unwrap());
    let three = Three::start(&database.url).await;
    let mut all = Vec::new();
    for _ in 0..rounds {
        let replace = || {
            kill_at_once(database.folder());
            database.recover_from_a_kill();
        };
        all.extend(three.lose_database("database killed", &mut dice, replace).await);
    }
    three.end(&all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_that_is_promoted_has_every_answered_hail() {
    let (_, mut dice) = rounds();
    let pair = Pair::start().await;
    let three = Three::start(&pair.url).await;
    let replace = || {
        pair.lose_primary();
        pair.promote();
    };
    let deeds = three.lose_database("primary lost", &mut dice, replace).await;
    assert_eq!(pair.ask_standby("select pg_is_in_recovery()"), "f");
    three.end(&deeds).await;
}
