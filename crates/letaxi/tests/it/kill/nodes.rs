//! Several real programs on one PostgreSQL and one NATS: who may start, and what becomes of the work of one that is
//! killed.

use serde_json::Value;

use super::load::{Load, Made};
use super::program::{Program, Server, call, complaint, listed};
use crate::world::{Engine, Nats, World, sql};

/// An address without a server; no operator is called here.
const NO_SERVER: &str = "127.0.0.1:1";

async fn start(url: &str, server: &str, nats: &Nats) -> Program {
    let started = Program::try_start_node(url, server, &nats.url()).await;
    started.unwrap_or_else(|said| panic!("it does not start: {said}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_of_one_bus_share_a_database_and_others_are_refused() {
    let nats = Nats::start();
    let url = World::fresh_url(Engine::Postgres);
    let first = start(&url, NO_SERVER, &nats).await;
    let second = start(&url, NO_SERVER, &nats).await;
    let names = || {
        let list: Value = serde_json::from_str(&listed(&url)).unwrap();
        list.as_array().unwrap().len()
    };
    assert_eq!(names(), 2);

    let said = complaint(&url);
    assert!(said.contains("another letaxi serves it already"), "{said}");
    assert!(said.contains("setting nats"), "{said}");
    let other = Program::try_start_node(&url, NO_SERVER, "nats://127.0.0.1:1").await;
    let said = other.err().expect("its bus is another one");
    assert!(said.contains("with another bus (127.0.0.1:"), "{said}");
    let sqlite = Program::try_start_node("sqlite://none.db", NO_SERVER, &nats.url()).await;
    let said = sqlite.err().expect("a file has one server");
    assert!(said.contains("a database of SQLite has one server"), "{said}");

    // One that is killed is taken for gone by itself; one that stops says so.
    first.kill();
    while names() > 1 {
        let health = call(&second.address, "GET /readyz HTTP/1.1", "").await.unwrap();
        assert_eq!(health.0, 200, "{health:?}");
    }
    second.kill();
    // A server that is alone again starts at once.
    Program::start(&url, NO_SERVER).await.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_of_a_killed_node_is_made_again_by_another() {
    let nats = Nats::start();
    let url = World::fresh_url(Engine::Postgres);
    let server = Server::start().await;
    server.answers(false);
    let load = Load::new(super::enrol(&url, &server).await, server);
    let first = start(&url, &load.server.address, &nats).await;
    let second = start(&url, &load.server.address, &nats).await;
    load.report(&first.address).await;
    let key = load.fresh_key();
    let (status, answer) = load.hail(&first.address, &key, &load.taxis[0]).await.unwrap();
    assert_eq!(status, 201, "{answer}");
    let hail = Made::new(&key, &load.taxis[0], answer);
    load.server.called(1).await;
    first.kill();
    load.server.answers(true);
    assert_eq!(load.server.called(2).await, [hail.id.clone(), hail.id.clone()]);
    // The answer to a repetition is the same through the other one.
    let path = format!("/hails/{}", hail.id);
    loop {
        let life = load.get(&second.address, &path).await;
        match life["data"][0]["status"].as_str().unwrap() {
            "received" => tokio::task::yield_now().await,
            status => break assert_eq!(status, "received_by_operator", "{life}"),
        }
    }
    second.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bus_may_demand_a_password_and_tls() {
    let nats = Nats::start_guarded();
    let url = World::fresh_url(Engine::Postgres);
    let authority = nats.authority().display().to_string();
    let start = async |password: &str, variables: &[(&str, &str)]| {
        let nats = nats.guarded_url(password);
        Program::try_start_node_with(&url, NO_SERVER, &nats, variables).await.unwrap()
    };
    let trusting = [("LETAXI_NATS_CA", authority.as_str())];
    let right = start("open%20sesame", &trusting).await;
    let guessing = start("swordfish", &trusting).await;
    let suspicious = start("open%20sesame", &[]).await;
    let bus = async |node: &Program| {
        let (_, health) = call(&node.address, "GET /readyz HTTP/1.1", "").await.unwrap();
        serde_json::from_str::<Value>(&health).unwrap()["bus"].clone()
    };
    while bus(&right).await != "connected" {
        tokio::task::yield_now().await;
    }
    assert_eq!([bus(&guessing).await, bus(&suspicious).await], ["away", "away"]);
    assert!(!listed(&url).contains("sesame"));
    for node in [right, guessing, suspicious] {
        node.kill();
    }
}

/// A library that gives a process another clock; Debian has it in a folder of the architecture.
fn fake_time() -> String {
    let folders = std::fs::read_dir("/usr/lib").unwrap().map(|folder| folder.unwrap().path());
    let mut libraries = folders.map(|folder| folder.join("faketime/libfaketimeMT.so.1"));
    let found = libraries.find(|library| library.exists());
    let found =
        found.expect("this test needs libfaketime, so please type: sudo apt-get install faketime");
    found.to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_whose_clock_is_ahead_by_five_seconds_ends_no_hail_early() {
    let fake_time = fake_time();
    let nats = Nats::start();
    let url = World::fresh_url(Engine::Postgres);
    let server = Server::start().await;
    server.answers(false);
    let load = Load::new(super::enrol(&url, &server).await, server);
    let first = start(&url, &load.server.address, &nats).await;
    let ahead =
        [("LD_PRELOAD", &*fake_time), ("FAKETIME", "+5s"), ("FAKETIME_DONT_FAKE_MONOTONIC", "1")];
    let ahead = Program::try_start_node_with(&url, &load.server.address, &nats.url(), &ahead).await;
    let ahead = ahead.unwrap();
    load.report(&first.address).await;
    let database_ms = || -> i64 {
        let now = "select (extract(epoch from clock_timestamp()) * 1000)::bigint";
        sql(&url, now).parse().unwrap()
    };
    let began_ms = database_ms();
    let key = load.fresh_key();
    let (status, answer) = load.hail(&first.address, &key, &load.taxis[0]).await.unwrap();
    assert_eq!(status, 201, "{answer}");
    let hail = Made::new(&key, &load.taxis[0], answer);
    // The other node finds the taxi's position as old as it is, and the hail in time.
    let search = "/taxis?lon=2.35&lat=48.86";
    while load.get(&ahead.address, search).await["data"].as_array().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    // Ten seconds of `received` pass for both.
    let path = format!("/hails/{}", hail.id);
    while load.get(&ahead.address, &path).await["data"][0]["status"] == "received" {
        tokio::task::yield_now().await;
    }
    let took_ms = database_ms() - began_ms;
    println!("a hail nobody answers ended after {took_ms} ms");
    assert!(took_ms > 9_000, "the node that is ahead ended it after {took_ms} ms");
    for node in [first, ahead] {
        node.kill();
    }
}
