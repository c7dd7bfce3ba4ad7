//! Synchronisation of memory with the database: locks by car, the dirty set, and reloading.

mod accounts;
pub(in crate::app) mod dirty;
pub(in crate::app) mod locks;
pub(in crate::app) mod reload;
