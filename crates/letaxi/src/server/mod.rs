//! The HTTP server below all interfaces: listening, limits, connections, panics, health checks, metrics.
//!
//! **Invariant:** it knows no route and no wording of an interface.

pub mod admission;
pub mod body;
pub mod cookie;
pub mod cors;
pub mod faults;
mod idle;
mod lingering;
pub mod listener;
pub mod monitor;
pub mod refusal;
pub mod requests;
