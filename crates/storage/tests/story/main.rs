//! The test suite of the store: everything that it promises, on SQLite and on PostgreSQL.
//!
//! Each chapter is a file of tests, each an async function over a fresh [`Place`](place::Place). The macro
//! [`tests`] makes two tests of each, such as `hails::sqlite::NAME` and `hails::postgresql::NAME`;
//! `cargo nextest run -p storage hails` runs one chapter.

#![expect(clippy::unwrap_used, reason = "all of this is tests")]

mod accounts;
mod activity;
mod answers;
mod calls;
mod copy;
mod counting;
mod customers;
mod cuts;
mod decisions;
mod enrolment;
mod exports;
mod figures;
mod groups;
mod hail_changes;
mod hail_lists;
mod hails;
mod history;
mod inspections;
mod keys;
mod licence_lists;
mod live;
mod migrations;
mod nodes;
mod place;
mod positions;
#[path = "../postgres/mod.rs"]
mod postgres;
mod provider;
mod quality;
mod retention;
mod samples;
mod sandbox;
mod search_figures;
mod second_steps;
mod session_lists;
mod sign_ins;
mod taxi_lists;
mod territory;
mod unreadable;
mod world;

/// Makes a test for each engine of each function that takes a [`Place`](place::Place).
macro_rules! tests {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                crate::place::visit(crate::place::Place::sqlite().await, super::$test).await;
            })*
        }
        mod postgresql {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                crate::place::visit(crate::place::Place::postgres().await, super::$test).await;
            })*
        }
    };
}
pub(crate) use tests;
