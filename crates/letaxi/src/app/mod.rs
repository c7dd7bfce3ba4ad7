//! The use cases: what can be done with a registry, whoever asks and however.
//!
//! Interfaces (`http`, `udp`, `cli`) turn what they hear into domain types, call one function here
//! and turn its answer into their words. Rules live in the crates below; this folder joins them
//! with the store, the live index and the clock.
//!
//! **Invariants:** nothing here knows a status code or a word of JSON; nothing but [`clock`] reads
//! the time; memory changes only after the database has committed.

pub mod account;
pub mod clock;
pub mod figures;
pub mod fleet;
pub mod hail;
pub mod jobs;
pub mod monitor;
pub mod page;
mod state;
mod sync;
pub mod territory;

pub use state::{App, Parts, Settings, Wording};
