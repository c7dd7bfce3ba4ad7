//! Together: may this customer and this taxi be put together, and how does it go on?
//!
//! - [`eligibility`]: which taxis may be shown to a customer, and which may be hailed;
//! - [`ranking`]: in what order, and through whose description, they are shown;
//! - [`hail`]: the life of a hail, as one table of rules;
//! - [`session`]: which hails belong to one customer's search for one ride;
//! - [`ban`]: when a customer's hails are refused.
//!
//! Facts come in, verdicts go out. What a verdict sounds like to a partner is said in `letaxi::http`;
//! what is kept of it is the business of `storage`.
//!
//! **Invariant:** no I/O, no clock, nothing async. Time comes in as a value.

pub mod ban;
pub mod eligibility;
pub mod hail;
pub mod ranking;
pub mod session;
