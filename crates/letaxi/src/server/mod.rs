//! The HTTP server that every interface needs: listening, limits, connections, panics, health, metrics.
//!
//! **Invariant:** it knows no route and no word of an interface.

pub mod admission;
pub mod body;
pub mod cors;
pub mod faults;
mod idle;
pub mod listener;
pub mod monitor;
pub mod refusal;
pub mod requests;
