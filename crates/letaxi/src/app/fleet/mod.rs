//! Taxis: their registration, their positions, the search for the nearest, and its explanation.

pub(in crate::app) mod disguise;
pub mod enrol;
pub mod report;
pub mod search;
pub mod signed;
pub(in crate::app) mod signers;
pub mod visibility;
