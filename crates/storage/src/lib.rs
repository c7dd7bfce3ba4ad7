//! What must survive a restart: SQL on SQLite and PostgreSQL, and nothing but SQL.
//!
//! One file a resource says what can be asked and changed ([`accounts`], [`enrolment`], [`hails`],
//! [`territory_rows`], [`history`]); the files of the same names under `statements/` hold the SQL,
//! one text compiled once per engine. One public method is one transaction; every change of a hail
//! or of a taxi's status compares before it sets.
//!
//! **Invariants:** no rule lives here, only facts and the constraints that keep them true; no clock
//! (`now` is an argument); no other crate speaks SQL.

pub mod accounts;
pub mod enrolment;
pub mod error;
pub mod hails;
pub mod history;
pub mod territory_rows;

pub use accounts::Accounts;
pub use enrolment::Enrolment;
pub use error::{Error, Result};
pub use hails::Hails;
pub use history::{Action, Activity, History, Resource};
pub use territory_rows::TerritoryRows;

/// Everything a registry keeps, on whichever engine.
pub trait Store: Accounts + Enrolment + Hails + History + TerritoryRows + Send + Sync {}
