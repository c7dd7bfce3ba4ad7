//! One story for both engines: everything the store promises, told against SQLite and against
//! PostgreSQL.
//!
//! Each chapter is a list of tests, each an async function over a fresh [`Place`]. There is one
//! `#[test]` for each engine, because the private PostgreSQL is started once a process; it runs all
//! tests and names those that failed.

#![expect(clippy::unwrap_used, reason = "all of this is tests")]

use std::pin::Pin;

mod accounts;
mod answers;
mod calls;
mod counting;
mod customers;
mod cuts;
mod decisions;
mod enrolment;
mod figures;
mod hail_changes;
mod hail_lists;
mod hails;
mod keys;
mod lists;
mod migrations;
mod place;
mod positions;
#[path = "../postgres/mod.rs"]
mod postgres;
mod search_figures;
mod taxi_lists;
mod territory;
mod unreadable;
mod world;

use place::Place;

/// A test's name, and the test.
type Test = (&'static str, fn(Place) -> Pin<Box<dyn Future<Output = ()> + Send>>);

/// Names tests by their functions.
macro_rules! tests {
    ($($test:ident),* $(,)?) => {
        pub(crate) const TESTS: &[crate::Test] =
            &[$((stringify!($test), |place| Box::pin($test(place)))),*];
    };
}
pub(crate) use tests;

const CHAPTERS: [&[Test]; 20] = [
    migrations::TESTS,
    accounts::TESTS,
    enrolment::TESTS,
    hails::TESTS,
    hail_changes::TESTS,
    answers::TESTS,
    territory::TESTS,
    customers::TESTS,
    decisions::TESTS,
    hail_lists::TESTS,
    keys::TESTS,
    calls::TESTS,
    lists::TESTS,
    taxi_lists::TESTS,
    counting::TESTS,
    figures::TESTS,
    search_figures::TESTS,
    positions::TESTS,
    cuts::TESTS,
    unreadable::TESTS,
];

/// Runs each test in a place of its own.
fn tell(place: impl AsyncFn() -> Place) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let failed = runtime.block_on(async {
        let mut failed = Vec::new();
        for (name, test) in CHAPTERS.concat() {
            let place = place().await;
            let store = place.store.clone();
            if tokio::spawn(test(place)).await.is_err() {
                failed.push(name);
            }
            store.close().await;
        }
        failed
    });
    assert!(failed.is_empty(), "failed: {failed:#?}");
}

#[test]
fn the_story_on_sqlite() {
    tell(Place::sqlite);
}

#[test]
fn the_story_on_postgresql() {
    let url = postgres::fresh_database();
    tell(async || Place::postgres(&url).await);
}
