//! Background jobs: deadlines, owed calls, counting, and data that is written behind.

pub mod last_positions;
pub mod scheduler;
pub(in crate::app) mod write_behind;
