//! The le.taxi contract over HTTP: its words, its statuses, its JSON, and nothing else.
//!
//! Each handler extracts who calls, parses the input into domain types, makes one call to `app`
//! and shows what comes back. The contract's French words and its sentences stay in this folder.
//!
//! **Invariants:** only this folder knows status codes and the JSON of the public contract; it
//! holds no rule and reads no clock.

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

/// The words of the contract that the use cases need.
pub const WORDING: Wording =
    Wording { card: vehicles::card, call: hails::view::call, extra: words::extra };
