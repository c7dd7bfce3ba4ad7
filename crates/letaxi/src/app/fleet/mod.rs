//! Taxis: their registration, their positions, and the search for the nearest.

pub(in crate::app) mod disguise;
pub mod enrol;
pub mod report;
pub mod search;
pub mod signed;
pub(in crate::app) mod signers;
