//! A node is killed, paused, or cannot write its log.

use letaxi::app::clock::StopWatch;

use super::super::program::{Program, call, listed};
use super::super::users::is_answered;
use super::super::{TAXIS, ask_again};
use super::{DEEDS, SEARCH, Three, ready, rounds, told, until_shown, users};
use crate::world::{Engine, World};

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
    let listed = || listed(&three.url).matches("\"id\"").count();
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

/// Levels of the log at which a few calls fill a pipe.
const TALKATIVE: (&str, &str) = ("RUST_LOG", "trace");

/// The number of lines of a node's log that were dropped.
async fn lines_dropped(address: &str) -> u64 {
    let (_, metrics) = call(address, "GET /metrics HTTP/1.1", "").await.unwrap();
    let mut lines = metrics.lines();
    let line = lines.find_map(|line| line.strip_prefix("letaxi_log_lines_dropped_total "));
    line.expect("it is counted").parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_nobody_reads_holds_up_nothing() {
    let (_, mut dice) = rounds();
    let mut three = Three::start(&World::fresh_url(Engine::Postgres)).await;
    let (server, bus) = (&three.load.server.address, &three.bus);
    let unread = Program::try_start_node_with(&three.url, server, bus, &[TALKATIVE]).await.unwrap();
    unread.leave_log_unread();
    ready(&unread.address).await;
    let address = unread.address.clone();
    three.nodes.push(unread);
    three.report().await;
    let mut users = three.use_them(&mut dice);
    // Each search tells its steps.
    while lines_dropped(&address).await == 0 {
        for _ in 0..20 {
            three.load.get(&address, SEARCH).await;
        }
    }
    users.skip();
    let watch = StopWatch::start();
    users.until(DEEDS, is_answered).await;
    told("log unread", "so many calls through four nodes took", watch.elapsed());
    let watch = StopWatch::start();
    three.load.get(&address, SEARCH).await;
    told("log unread", "a search through the node took", watch.elapsed());
    let deeds = users.leave().await;
    three.assert_well(&deeds).await;
    three.end(&deeds).await;
}
