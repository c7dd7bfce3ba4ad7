//! Taxis: their registration, their positions, the search for the nearest, its explanation, and the history of a taxi.

pub mod around;
pub(in crate::app) mod details_cache;
pub(in crate::app) mod disguise;
pub mod enrol;
pub mod history;
pub mod inspection;
pub mod licence_lists;
pub mod map;
pub mod report;
pub(in crate::app) mod sample_queue;
pub mod samples;
pub mod search;
pub mod signed;
pub(in crate::app) mod signers;
pub mod visibility;
pub mod wishes;
