//! Health and metrics of the registry, and the panics it survived.

pub mod health;
pub mod metrics;
pub mod panics;
mod registry;
