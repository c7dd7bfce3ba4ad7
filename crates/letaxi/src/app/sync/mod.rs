//! Memory follows the database: locks by car, the dirty set, and reading again.

mod accounts;
pub(in crate::app) mod dirty;
pub(in crate::app) mod locks;
pub(in crate::app) mod reload;
