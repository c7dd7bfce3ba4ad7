//! Memory follows the database: after any race it has the last write of the database.

use std::sync::Arc;

use axum::http::Method;
use serde_json::json;
use tokio::task::JoinSet;

use super::{CLIENTS, Came, Course, Deed, HERE, OPERATORS, assert_quiet};
use crate::world::Engine;

/// Default number of rounds on each engine.
const ROUNDS: u64 = 60;
/// Number of simultaneous changes.
const WISHES: usize = 12;

/// Simultaneous changes of one taxi's status: a search agrees with the last one.
async fn wishes(course: &Arc<Course>) {
    course.line_up().await;
    let mut tasks = JoinSet::new();
    for wish in 0..WISHES {
        let course = Arc::clone(course);
        tasks.spawn(async move {
            let status = ["free", "off"][wish % 2];
            course.play(Deed::Wish { operator: 0, status }, 0).await;
        });
    }
    tasks.join_all().await;
    // The other taxi of the vehicle must not be shown in its place.
    let path = format!("/taxis/{}", course.taxis[1]);
    course.call(OPERATORS[1], Method::PUT, &path, json!({"status": "off"})).await;
    assert_quiet(course).await;
}

/// A customer cancels as soon as the hail exists: the vehicle is in no hail, and is shown.
async fn second_thoughts(course: &Arc<Course>, customer: String) {
    course.line_up().await;
    let hailing = {
        let course = Arc::clone(course);
        tokio::spawn(async move {
            course.play(Deed::Hail { client: 0, taxi: 0, customer, beside: false }, 0).await
        })
    };
    let hail = loop {
        if let Some((_, hail)) = course.world.store.open_hails().await.unwrap().first() {
            break *hail;
        }
        tokio::task::yield_now().await;
    };
    let no = json!({"status": "declined_by_customer"});
    let answer = course.call(CLIENTS[0], Method::PUT, &format!("/hails/{hail}"), no).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let Came::Hailed { answer, .. } = hailing.await.unwrap() else { unreachable!() };
    assert_eq!(answer.status, 201, "{answer:?} at {HERE:?}");
    assert_quiet(course).await;
}

fn memory_follows(engine: Engine) {
    let rounds = crate::chosen::chosen("RACES").unwrap_or(ROUNDS);
    super::on_a_course(engine, async move |course| {
        for round in 0..rounds {
            println!("round {round}");
            wishes(&course).await;
            second_thoughts(&course, format!("customer-{round}")).await;
        }
    });
}

#[test]
fn memory_follows_the_database_however_close_the_race_on_sqlite() {
    memory_follows(Engine::Sqlite);
}

#[test]
fn memory_follows_the_database_however_close_the_race_on_postgresql() {
    memory_follows(Engine::Postgres);
}
