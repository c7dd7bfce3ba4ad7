//! The database is killed, its primary is lost, or its disk is slow.

use std::sync::Arc;
use std::time::Duration;

use letaxi::app::clock::StopWatch;
use serde_json::Value;

use super::super::cluster::Attacked;
use super::super::load::{Load, Made};
use super::super::program::call;
use super::super::standby::{Pair, kill_at_once};
use super::super::users::is_answered;
use super::{DEEDS, SEARCH, Three, ready, rounds, told, until_shown};
use crate::world::key_of;

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
    pair.wait_for_standby();
    let three = Three::start(&pair.url).await;
    let replace = || {
        pair.lose_primary();
        pair.promote();
    };
    let deeds = three.lose_database("primary lost", &mut dice, replace).await;
    assert_eq!(pair.ask_standby("select pg_is_in_recovery()"), "f");
    three.end(&deeds).await;
}

/// True if a node knows the hail.
async fn is_known(address: &str, hail: &Made) -> bool {
    let head = format!("GET /hails/{} HTTP/1.1\r\nx-api-key: {}", hail.id, key_of("admin"));
    let (status, answer) = call(address, &head, "").await.unwrap();
    assert!([200, 404].contains(&status), "{status}: {answer}");
    status == 200
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_follow_a_standby_that_lacks_the_last_changes() {
    let (_, mut dice) = rounds();
    let pair = Pair::start().await;
    let three = Three::start(&pair.url).await;
    let (load, address) = (&three.load, &three.nodes[0].address);
    let mut users = three.use_them(&mut dice);
    users.until(DEEDS, is_answered).await;
    let deeds = users.leave().await;
    three.assert_well(&deeds).await;
    pair.catch_up();
    pair.stop_copying();
    let key = load.fresh_key();
    let (status, answer) = load.hail(address, &key, &load.taxis[0]).await.unwrap();
    assert_eq!(status, 201, "{answer}");
    let late = Made::new(&key, &load.taxis[0], answer);
    until_shown(load, &three.nodes[2].address, &load.taxis[1..]).await;
    pair.lose_primary();
    pair.promote();
    for node in &three.nodes {
        ready(&node.address).await;
        // Its taxi is free again, as the new primary says.
        let took = until_shown(load, &node.address, &load.taxis).await;
        told("primary lost, standby behind", "a node showed what is left after", took);
        assert!(!is_known(&node.address, &late).await, "no standby had it");
    }
    let (status, answer) = load.hail(address, &key, &load.taxis[0]).await.unwrap();
    assert_eq!(status, 201, "{answer}");
    let again = Made::new(&key, &load.taxis[0], answer);
    assert_ne!(again.id, late.id);
    load.end(address, &again).await;
    load.free(address, &load.taxis[0]).await;
    three.assert_well(&deeds).await;
    three.end(&deeds).await;
}

/// Each sync of the disk takes a tenth of a second. What is to be synced meanwhile waits, and goes with the next.
const SLOW: [&str; 3] = [
    "alter system set commit_delay = 100000",
    "alter system set commit_siblings = 0",
    "select pg_reload_conf()",
];

/// The median time of searches through a node.
async fn search_time(load: &Load, address: &str) -> Duration {
    let mut times = Vec::new();
    for _ in 0..21 {
        let watch = StopWatch::start();
        load.get(address, SEARCH).await;
        times.push(watch.elapsed());
    }
    times.sort_unstable();
    times[times.len() / 2]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_disk_of_the_database_slows_changes_and_nothing_else() {
    let (_, mut dice) = rounds();
    let database = Arc::new(tokio::task::spawn_blocking(Attacked::start_synced).await.unwrap());
    let three = Three::start(&database.url).await;
    let (load, address) = (&three.load, &three.nodes[0].address);
    told("disk well", "half of the searches took at most", search_time(load, address).await);
    for statement in SLOW {
        database.ask(statement);
    }
    let mut users = three.use_them(&mut dice);
    let watch = StopWatch::start();
    users.until(DEEDS, is_answered).await;
    told("disk slow", "so many calls took", watch.elapsed());
    told("disk slow", "half of the searches took at most", search_time(load, address).await);
    for node in &three.nodes {
        let (status, health) = call(&node.address, "GET /readyz HTTP/1.1", "").await.unwrap();
        assert_eq!(status, 200, "{health}");
    }
    let deeds = users.leave().await;
    // No call to an operator's server came too late for its answer.
    let made = super::ask_again(load, address, &deeds).await;
    for hail in &made {
        let life = load.get(address, &format!("/hails/{}", hail.id)).await;
        assert!(!is_timed_out(&life), "{life}");
    }
    three.assert_well(&deeds).await;
    three.end(&deeds).await;
}

/// True if a hail failed before its operator had it.
fn is_timed_out(life: &Value) -> bool {
    let steps = life["data"][0]["transitions"].as_array().unwrap();
    steps.iter().any(|step| step["reason"] == "timeout")
}
