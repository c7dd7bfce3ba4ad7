//! Health and metrics of the registry, and caught panics.

pub mod health;
pub mod metrics;
pub mod panics;
mod registry;
