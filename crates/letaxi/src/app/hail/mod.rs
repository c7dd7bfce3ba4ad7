//! Hails: from the request to the end of the ride, and the calls to operators' servers.

pub mod call_log;
pub(in crate::app) mod call_queue;
pub mod create;
pub mod customers;
pub mod delivery;
pub(in crate::app) mod failed_calls;
pub mod geocoder;
mod geocoding;
pub mod idempotency;
pub(in crate::app) mod leases;
pub mod list;
pub mod operator_call;
pub(in crate::app) mod recent;
pub mod refuse;
pub mod test_call;
pub mod update;
pub mod view;
