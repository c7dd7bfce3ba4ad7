//! Accounts: identification of callers, keys and passwords, rate limits, and the activity log.

pub mod accounts;
pub mod activity;
mod admission;
pub mod caller;
pub(in crate::app) mod identify;
pub mod keys;
pub mod limits;
pub mod origin;
pub mod secrets;
pub(in crate::app) mod sign_in_table;
pub mod sign_ins;
pub mod users;
