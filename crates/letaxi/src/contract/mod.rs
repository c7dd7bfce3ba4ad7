//! The le.taxi contract over HTTP: its words, statuses and JSON, and nothing else.
//!
//! Each handler identifies the caller, parses the input into domain types, makes one call to `app` and
//! serialises the result. The contract's French words and its sentences stay in this folder.
//!
//! **Invariants:** only this folder knows status codes and the JSON of the public contract; it has no rules
//! and reads no clock.

mod activity;
mod customers;
mod decimal;
mod drivers;
mod hail_lists;
mod hails;
mod header;
mod internal;
mod licences;
pub(crate) mod positions;
mod records;
mod routes;
mod search;
mod stations;
mod stats;
mod taxis;
mod users;
mod vehicles;
mod words;
mod zones;

pub(crate) use routes::chapters;

use crate::app::Wording;

/// Serialisation for the use cases.
pub const WORDING: Wording =
    Wording { card: vehicles::card, call: hails::view::call, extra: words::extra };
