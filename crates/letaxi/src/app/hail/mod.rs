//! Hails: from the request to the end of the ride, and the calls to operators' servers.

pub mod call_log;
pub mod create;
pub mod customers;
pub mod delivery;
pub(in crate::app) mod failed_calls;
pub mod geocoding;
mod idempotency;
pub(in crate::app) mod leases;
pub mod list;
mod update;
