//! Accounts: who calls, their keys and passwords, their rate limits, and the log of their actions.

pub mod accounts;
pub mod activity;
mod admission;
pub mod caller;
mod identify;
pub mod keys;
pub mod limits;
pub mod origin;
pub mod secrets;
pub mod users;
