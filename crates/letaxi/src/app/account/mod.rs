//! Accounts: identification of callers, sign-ins with their second step, keys and passwords, rate limits, and the
//! activity log.

pub mod access;
pub mod accounts;
pub mod activity;
mod admission;
mod arrival;
pub mod caller;
pub mod changes;
pub mod entry;
pub(in crate::app) mod identify;
pub mod keys;
pub mod limits;
pub mod links;
pub mod origin;
pub mod post;
pub mod provider;
pub mod provider_sign_ins;
pub mod provider_visit;
pub mod second_step;
pub mod second_step_rule;
pub mod secrets;
mod shared_use;
pub(in crate::app) mod sign_in_table;
pub mod sign_ins;
pub mod ticket_table;
mod tickets;
mod totp;
pub mod users;
