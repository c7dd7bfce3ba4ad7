//! Background jobs: deadlines, owed calls, counting, and data that is written behind.

pub mod clockwork;
pub mod last_positions;
pub(in crate::app) mod write_behind;
