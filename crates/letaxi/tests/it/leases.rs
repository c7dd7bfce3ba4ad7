//! Leases of calls to operators' servers: short enough for a repetition in time, and long enough that a brief
//! delay of one process does not let another one repeat its call.

use std::time::Duration;

use registry::Role;

use crate::world::{Behaviour, Engine, NewTaxi, World};

const HERE: [f64; 2] = [2.35, 48.86];
const SECOND: Duration = Duration::from_secs(1);

/// A registry that has just called a silent server, and the hail.
async fn calling(engine: Engine) -> (World, String) {
    let mut world = World::new(engine).await;
    world.account("app", &[Role::Client]).await;
    world.account("op", &[Role::Operator]).await;
    world.land(|land| land.town("75056", "Paris", [2.2, 48.8, 2.5, 48.9])).await;
    let taxi = NewTaxi { name: "T1", town: None, plate: None, free: true, at: Some(HERE) };
    let taxi = world.taxi("op", &taxi).await;
    world.server("op", Behaviour::Waits).await;
    let hail = world.hail("app", &taxi, HERE).await;
    assert!(world.servers.take_sent("op").is_some());
    (world, hail)
}

async fn status_of(world: &World, hail: &str) -> String {
    let hail = world.store.hail(hail.parse().unwrap()).await.unwrap().unwrap();
    hail.status.word().to_owned()
}

async fn a_cut_call_is_repeated_in_time(engine: Engine) {
    let (mut world, hail) = calling(engine).await;
    // The lease is renewed up to the fifth second, when the process dies.
    for _ in 0..5 {
        world.pass(SECOND).await;
    }
    assert_eq!(world.servers.take_sent("op"), None, "the call under way is not repeated");
    world.restart().await;
    world.server("op", Behaviour::default()).await;
    for _ in 0..4 {
        assert_eq!(status_of(&world, &hail).await, "received");
        world.pass(SECOND).await;
    }
    let sent = world.servers.take_sent("op").expect("the call is repeated before the deadline");
    assert!(sent.contains(&hail), "{sent}");
    assert_eq!(status_of(&world, &hail).await, "received_by_operator");
    world.close().await;
}

async fn a_call_under_way_is_nobody_elses(engine: Engine) {
    let (world, hail) = calling(engine).await;
    let other = world.command().await;
    world.pass(SECOND).await;
    // The first process is now delayed, and the other continues.
    for _ in 0..3 {
        world.move_clock(SECOND);
        assert_eq!(other.tick().await.unwrap().calls, []);
    }
    world.move_clock(SECOND);
    let calls = other.tick().await.unwrap().calls;
    assert_eq!(calls.iter().map(|call| call.id.to_string()).collect::<Vec<_>>(), [hail]);
    world.close().await;
}

#[tokio::test]
async fn a_call_that_is_cut_off_is_repeated_before_its_deadline_on_sqlite() {
    a_cut_call_is_repeated_in_time(Engine::Sqlite).await;
}

#[tokio::test]
async fn a_call_that_is_cut_off_is_repeated_before_its_deadline_on_postgresql() {
    a_cut_call_is_repeated_in_time(Engine::Postgres).await;
}

#[tokio::test]
async fn a_call_under_way_is_made_by_no_other_process_on_sqlite() {
    a_call_under_way_is_nobody_elses(Engine::Sqlite).await;
}

#[tokio::test]
async fn a_call_under_way_is_made_by_no_other_process_on_postgresql() {
    a_call_under_way_is_nobody_elses(Engine::Postgres).await;
}
