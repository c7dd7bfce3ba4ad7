//! The use cases: all operations of a registry, independent of the interface.
//!
//! Interfaces (`contract`, `v1`, `udp`, `cli`) convert requests to domain types, call one function here and
//! convert its result. Rules are in the crates below; this folder joins them with the store, the live index
//! and the clock.
//!
//! **Invariants:** no status code and no JSON is known here; only [`clock`] reads the time; memory changes
//! only after the database has committed.

pub mod account;
pub mod clock;
pub mod documents;
pub(crate) mod events;
pub mod exports;
pub mod figures;
pub mod fleet;
pub mod hail;
pub mod identity;
pub mod jobs;
pub mod monitor;
pub mod nodes;
pub mod page;
pub mod retention;
pub mod sandbox;
mod state;
mod sync;
pub mod territory;

pub use state::{App, Parts, Settings, Wording};
