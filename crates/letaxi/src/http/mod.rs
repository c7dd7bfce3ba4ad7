//! The le.taxi contract over HTTP: its words, its statuses, its JSON, and nothing else.
//!
//! Each handler extracts who calls, parses the input into domain types, makes one call to `app`
//! and shows what comes back. The contract's French words and its sentences stay in this folder.
//!
//! **Invariants:** only this folder knows status codes and the JSON of the public contract; it
//! holds no rule and reads no clock.

mod activity;
mod admit;
pub mod body;
mod calls;
mod cors;
mod customers;
mod decimal;
mod drivers;
pub mod error;
mod french;
mod hail_lists;
mod hails;
mod header;
mod identity;
pub mod input;
mod internal;
mod json;
mod keys;
mod licences;
mod metered;
pub mod monitor;
mod moving;
pub mod openapi;
mod pages;
mod positions;
mod query;
mod reference;
mod routes;
mod search;
pub mod serve;
mod stations;
mod stats;
mod taxis;
mod users;
mod vehicles;
mod words;
mod zones;

pub use routes::{paths, router};

use crate::app::Wording;

/// The words of the contract that the use cases need.
pub const WORDING: Wording =
    Wording { card: vehicles::card, call: hails::call, extra: words::extra };
