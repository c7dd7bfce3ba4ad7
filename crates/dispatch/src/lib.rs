//! Dispatch rules: taxis that a customer may see and hail, and the course of a hail.
//!
//! - [`eligibility`]: taxis that may be shown and hailed;
//! - [`ranking`]: their order, and the description through which each is shown;
//! - [`hail`]: the life of a hail, as one table of rules;
//! - [`session`]: hails that belong to one customer's search for one ride;
//! - [`refusal`]: legal grounds on which a driver may refuse a hail;
//! - [`ban`]: bans of customers;
//! - [`sandbox`]: test taxis that answer by themselves.
//!
//! All functions map facts to decisions. The wording for partners belongs to `letaxi::http`, and persistence
//! to `storage`.
//!
//! **Invariant:** no I/O, no clock, nothing async. Time comes in as a value.

pub mod ban;
pub mod eligibility;
pub mod hail;
pub mod ranking;
pub mod refusal;
pub mod sandbox;
pub mod session;
