//! Synchronisation of memory with the database: locks by car, the dirty set, reloading, and the changes of other servers.

mod accounts;
mod compare;
pub(in crate::app) mod dirty;
mod follow;
pub(in crate::app) mod followed;
pub(in crate::app) mod locks;
pub(in crate::app) mod reload;
