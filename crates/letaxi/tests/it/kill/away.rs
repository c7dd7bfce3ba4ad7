//! Outages of PostgreSQL under a running program: connections break, the server crashes and comes back.
//! Requests are refused meanwhile, no answered change is lost, and the program recovers by itself.
//!
//! `ATTACKS=30 cargo nextest run -p letaxi away` attacks more often, `SEED=7` in another way.

use std::sync::Arc;
use std::time::Duration;

use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::Value;
use tokio::time::timeout;

use super::cluster::Attacked;
use super::load::{Load, Made};
use super::program::{Program, Server, call};
use super::users::{Users, is_answered};
use super::{Deed, TAXIS, USERS, ask_again, assert_ends, assert_kept, enrol};
use crate::chosen::chosen;

/// Default number of attacks; every other one is a crash.
const ATTACKS: u64 = 4;
/// An admin's search at the place of all taxis.
const SEARCH: &str = "/taxis?lon=2.35&lat=48.86";
/// Time within which memory must agree with the database again: some ticks.
const IN_STEP_WITHIN: Duration = Duration::from_secs(10);
/// Maximum number of calls before an attack, and after it.
const DEEDS: usize = 60;

fn users(load: &Arc<Load>, address: &str, dice: &mut StdRng) -> Users {
    let mut users = Users::none();
    for _ in 0..USERS {
        let (load, seed, address) = (Arc::clone(load), dice.random(), address.to_owned());
        users.add(|deeds, stop| async move {
            load.use_until_told(&address, seed, &deeds, &stop).await;
        });
    }
    users
}

/// Waits until the program is ready.
async fn wait_until_ready(address: &str) {
    while call(address, "GET /readyz HTTP/1.1", "").await.unwrap().0 != 200 {
        tokio::task::yield_now().await;
    }
}

/// Checks that a hail is delivered and completed without intervention.
async fn assert_delivers(load: &Load, address: &str, made: &[Made]) {
    load.line_up(address, made).await;
    // Memory agrees with the database, also after changes of unknown outcome.
    let all_shown = async {
        while load.get(address, SEARCH).await["data"].as_array().unwrap().len() < TAXIS {
            tokio::task::yield_now().await;
        }
    };
    timeout(IN_STEP_WITHIN, all_shown).await.expect("a search shows all taxis, for all are free");
    let (status, answer) = load.hail(address, &load.fresh_key(), &load.taxis[0]).await.unwrap();
    assert_eq!(status, 201, "{answer}");
    let hail = Made::new("", &load.taxis[0], answer);
    loop {
        let life: Value = load.get(address, &format!("/hails/{}", hail.id)).await;
        match life["data"][0]["status"].as_str().unwrap() {
            "received" => tokio::task::yield_now().await,
            status => break assert_eq!(status, "received_by_operator", "{life}"),
        }
    }
    load.end(address, &hail).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_goes_away_takes_nothing_along_and_is_waited_for() {
    let (attacks, seed) = (chosen("ATTACKS").unwrap_or(ATTACKS), chosen("SEED").unwrap_or(1));
    let mut dice = StdRng::seed_from_u64(seed);
    let database = Arc::new(tokio::task::spawn_blocking(Attacked::start).await.unwrap());
    let server = Server::start().await;
    let load = Arc::new(Load::new(enrol(&database.url, &server).await, server));
    let program = Program::start(&database.url, &load.server.address).await;
    let address = program.address.clone();
    let (mut all, mut steps, mut lost) = (Vec::new(), 0, 0);
    for attack in 0..attacks {
        load.report(&address).await;
        let mut users = users(&load, &address, &mut dice);
        users.until(dice.random_range(1..=DEEDS), |_| true).await;
        if attack % 2 == 0 {
            database.cut();
        } else {
            database.crash();
            // All clients get a refusal, and none a wrong answer.
            users.until(1, |deed| !is_answered(deed)).await;
            // Calls that need memory only continue.
            load.report(&address).await;
            load.get(&address, SEARCH).await;
            database.recover();
        }
        users.until(dice.random_range(1..=DEEDS), is_answered).await;
        let deeds = users.leave().await;
        wait_until_ready(&address).await;
        load.report(&address).await;
        let made = ask_again(&load, &address, &deeds).await;
        assert_kept(&load, &address, &made, &deeds).await;
        assert_delivers(&load, &address, &made).await;
        steps += deeds.iter().filter(|deed| matches!(deed, Deed::Stepped { .. })).count();
        lost += deeds.iter().filter(|deed| !is_answered(deed)).count();
        println!("SEED={seed}: attack {attack} of {attacks}, {} hails kept", made.len());
        all.extend(made);
    }
    assert_kept(&load, &address, &all, &[]).await;
    program.kill();
    assert_ends(&database.url, &load, &all).await;
    println!("{attacks} attacks: {} hails, {steps} steps, {lost} calls refused", all.len());
}
