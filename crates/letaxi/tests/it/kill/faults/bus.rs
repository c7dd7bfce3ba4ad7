//! NATS is restarted, or silent for one of the nodes.

use std::sync::Arc;
use std::time::Duration;

use letaxi::app::clock::StopWatch;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;

use super::super::load::Load;
use super::super::program::call;
use super::super::users::is_answered;
use super::super::{TAXIS, ask_again};
use super::{DEEDS, PATIENCE, SEARCH, Three, rounds, told, until_shown};
use crate::world::{Engine, Nats, World};

/// Positions whose way through the bus is measured.
const POSITIONS: usize = 200;

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

/// A cable between the nodes and NATS. Cut, it carries nothing for the third connection and all later ones: they stay open and
/// silent, as with a network that loses all it is given.
struct Cable {
    is_cut: watch::Sender<bool>,
    address: String,
}

impl Cable {
    async fn to(nats: &Nats) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("nats://{}", listener.local_addr().unwrap());
        let is_cut = watch::Sender::new(false);
        tokio::spawn(carry(listener, nats.url(), is_cut.clone()));
        Self { is_cut, address }
    }
}

async fn carry(listener: TcpListener, nats: String, is_cut: watch::Sender<bool>) {
    let nats = nats.strip_prefix("nats://").unwrap().to_owned();
    for number in 1.. {
        let (client, _) = listener.accept().await.unwrap();
        let cut = (number > 2).then(|| is_cut.subscribe());
        let nats = nats.clone();
        tokio::spawn(async move {
            let server = TcpStream::connect(nats).await.unwrap();
            let (from_client, to_client) = client.into_split();
            let (from_server, to_server) = server.into_split();
            tokio::select! {
                () = pass(from_client, to_server, cut.clone()) => {}
                () = pass(from_server, to_client, cut) => {}
            }
        });
    }
}

/// Passes bytes on until one side closes, and none while the cable is cut.
async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut cut: Option<watch::Receiver<bool>>,
) {
    let mut bytes = vec![0; 1 << 16];
    loop {
        let Ok(count @ 1..) = from.read(&mut bytes).await else { return };
        if let Some(cut) = &mut cut
            && cut.wait_for(|is_cut| !is_cut).await.is_err()
        {
            return;
        }
        if to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}

/// The word of a node about its bus.
async fn bus_of(address: &str) -> Value {
    let (_, health) = call(address, "GET /readyz HTTP/1.1", "").await.unwrap();
    serde_json::from_str::<Value>(&health).unwrap()["bus"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_cut_off_from_the_bus_follows_the_database() {
    let (rounds, mut dice) = rounds();
    let nats = Nats::start();
    let cable = Cable::to(&nats).await;
    let url = World::fresh_url(Engine::Postgres);
    let three = Three::start_on(&url, nats, cable.address.clone()).await;
    let load = Arc::clone(&three.load);
    let [from, _, to] = <[String; 3]>::try_from(three.addresses()).unwrap();
    let mut all = Vec::new();
    for round in 0..rounds {
        let mut users = three.use_them(&mut dice);
        users.until(DEEDS, is_answered).await;
        cable.is_cut.send_replace(true);
        let watch = StopWatch::start();
        while bus_of(&to).await == "connected" {
            users.until(1, is_answered).await;
        }
        told("bus cut off", "the node knew it after", watch.elapsed());
        let deeds = users.leave().await;
        let made = ask_again(&load, &from, &deeds).await;
        load.line_up(&from, &made).await;
        until_shown(&load, &to, &load.taxis).await;
        let (off, on) = load.taxis.split_at(TAXIS / 2);
        for taxi in off {
            load.set(&from, taxi, "off").await;
        }
        told("bus cut off", "the last change was seen after", until_shown(&load, &to, on).await);

        cable.is_cut.send_replace(false);
        for taxi in off {
            load.set(&from, taxi, "free").await;
        }
        let shift = usize::try_from(round).unwrap() + 3;
        let took = way(&load, &from, &to, shift).await;
        told("bus mended", "the first position came after", took);
        assert_eq!(bus_of(&to).await, "connected");
        three.assert_well(&deeds).await;
        all.extend(deeds);
    }
    three.end(&all).await;
}
