//! Three nodes under load, and what befalls them, their bus and their database. No hail is lost or made twice, searches go on,
//! and what is shown is true again within seconds. Each test tells how long its fault was felt; `docs/promises.md` has the
//! table.
//!
//! `ROUNDS=20 cargo nextest run -p letaxi faults` does each for longer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use letaxi::app::clock::StopWatch;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::Value;
use tokio::time::timeout;

use super::load::Load;
use super::program::{Program, Server, call};
use super::users::{Users, is_answered};
use super::{Deed, USERS, ask_again, assert_ends, assert_kept, enrol};
use crate::chosen::chosen;
use crate::world::{Nats, key_of};

mod bus;
mod databases;
mod nodes;

/// Rounds of each fault.
const ROUNDS: u64 = 1;
/// Calls of users before a fault and after it.
const DEEDS: usize = 60;
/// Longest time for which anything may be felt here: this machine is busy with other tests.
const PATIENCE: Duration = Duration::from_mins(1);
/// An admin's search at the place of all taxis.
const SEARCH: &str = "/taxis?lon=2.35&lat=48.86";

/// Three servers of one registry.
struct Three {
    nodes: Vec<Program>,
    load: Arc<Load>,
    nats: Nats,
    /// Their setting `nats`.
    bus: String,
    url: String,
}

impl Three {
    async fn start(url: &str) -> Self {
        let nats = Nats::start();
        let bus = nats.url();
        Self::start_on(url, nats, bus).await
    }

    /// Starts them with this setting `nats`, which leads to that server.
    async fn start_on(url: &str, nats: Nats, bus: String) -> Self {
        let server = Server::start().await;
        let load = Arc::new(Load::new(enrol(url, &server).await, server));
        let mut three = Self { nodes: Vec::new(), load, nats, bus, url: url.to_owned() };
        for _ in 0..3 {
            three.add().await;
        }
        three.report().await;
        three
    }

    /// Starts one more; returns how long it took until it was ready.
    async fn add(&mut self) -> Duration {
        let watch = StopWatch::start();
        let server = &self.load.server.address;
        let node = Program::try_start_node(&self.url, server, &self.bus).await.unwrap();
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
