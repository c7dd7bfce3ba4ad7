//! Storage: everything that survives a restart, in SQL on SQLite and PostgreSQL, and nothing but SQL.
//!
//! One file a resource says what can be asked and changed ([`accounts`], [`enrolment`], [`hails`],
//! [`customers`], [`territory_rows`], [`history`]), four say what is asked about many of them
//! ([`lists`], [`figures`], [`live`], [`daily`]); the files of the same names under `statements/` hold the SQL,
//! one text compiled once per engine. One public method is one transaction; every change of a hail
//! or of a taxi's status compares before it sets.
//!
//! A row that this version cannot read (a newer one may have written it) fails a question about that row. Where many
//! rows are read, it is passed over, named in the log and counted ([`passed_over`]); it stays as it is.
//!
//! **Invariants:** no rule lives here, only facts and the constraints that keep them true; no clock
//! (`now` is an argument); no other crate speaks SQL.

#![expect(
    clippy::duplicate_mod,
    reason = "one SQL text for both engines: the files under statements/ are compiled once for each"
)]

pub mod accounts;
pub mod answers;
pub mod backup;
pub mod calls;
pub mod checkup;
pub mod copy;
pub mod customers;
pub mod daily;
pub mod enrolment;
pub mod error;
pub mod exports;
pub mod feed;
pub mod figures;
pub mod hails;
pub mod history;
pub mod identities;
pub mod inspections;
pub mod keys;
pub mod licence_lists;
pub mod lists;
pub mod live;
pub mod nodes;
pub mod password_links;
pub mod positions;
pub mod provider_visits;
pub mod quality;
pub mod retention;
pub mod samples;
pub mod sandbox;
pub mod second_steps;
pub mod sign_ins;
pub mod territory_rows;
pub mod tickets;

mod lock;
mod postgres;
mod sqlite;
mod unreadable;
mod words;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;

pub use accounts::Accounts;
pub use answers::GivenAnswers;
pub use calls::Calls;
pub use customers::Customers;
pub use daily::DailySums;
pub use enrolment::Enrolment;
pub use error::{Error, Result, Trouble, without_password};
pub use exports::Exports;
pub use feed::Feeds;
pub use figures::{HailFigures, SearchFigures};
pub use hails::Hails;
pub use history::{Action, Activity, History, Resource};
pub use identities::Identities;
pub use inspections::Inspections;
pub use keys::Keys;
pub use licence_lists::LicenceLists;
pub use lists::Lists;
pub use live::LiveCounts;
pub use lock::{ServingLock, Sharing, lock};
pub use nodes::{Nodes, Process};
pub use password_links::PasswordLinks;
pub use positions::LastPositions;
pub use postgres::CONNECTIONS as POSTGRES_CONNECTIONS;
pub use provider_visits::ProviderVisits;
pub use quality::QualityFacts;
pub use retention::Retention;
pub use samples::SampledSearches;
pub use sandbox::SandboxTaxis;
pub use second_steps::SecondSteps;
pub use sign_ins::SignIns;
pub use territory_rows::TerritoryRows;
pub use tickets::Tickets;
pub use unreadable::passed_over;

/// Everything a registry keeps, on whichever engine.
#[async_trait]
pub trait Store:
    Accounts
    + Calls
    + Customers
    + DailySums
    + Enrolment
    + Exports
    + Feeds
    + GivenAnswers
    + HailFigures
    + Hails
    + History
    + Identities
    + Inspections
    + Keys
    + LastPositions
    + LicenceLists
    + Lists
    + LiveCounts
    + Nodes
    + PasswordLinks
    + ProviderVisits
    + QualityFacts
    + Retention
    + SampledSearches
    + SandboxTaxis
    + SearchFigures
    + SecondSteps
    + SignIns
    + TerritoryRows
    + Tickets
    + Send
    + Sync
{
    /// Does what keeps the database quick, if it does not see to that itself; a second apart is right.
    async fn tend(&self) -> Result<()>;

    /// Trouble of the last change, until one is known to have gone through: see [`Store::look_again`].
    fn trouble(&self) -> Option<Trouble>;

    /// Makes a small change, if changes failed just now, to see whether they go through again.
    async fn look_again(&self) -> Result<()>;

    /// Lets go of the database once the work under way is done. Nothing may be asked afterwards.
    async fn close(&self);
}

/// Opens a database, bringing its tables to what this version knows.
///
/// The address is `sqlite://FILE` (made if there is none, readable to its owner only),
/// `sqlite::memory:` (gone when closed) or `postgres://USER@HOST/NAME` (must exist).
///
/// # Errors
///
/// [`Error::UnknownEngine`] for another kind of address, [`Error::File`] for a file that cannot be
/// opened, [`Error::Damaged`] for one with a broken page, [`Error::Newer`] for a database that a later
/// version has used, [`Error::Migration`] or [`Error::Engine`] when the engine says no.
pub async fn open(url: &str) -> Result<Arc<dyn Store>> {
    open_as(url, Process::Command).await
}

/// As [`open`], for this kind of process.
///
/// # Errors
///
/// As [`open`].
pub async fn open_as(url: &str, process: Process) -> Result<Arc<dyn Store>> {
    if url.starts_with("sqlite:") {
        Ok(Arc::new(sqlite::open(url).await?))
    } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
        let engine = postgres::open(url, process).await?;
        engine.migrate().await?;
        Ok(Arc::new(engine))
    } else {
        Err(Error::UnknownEngine { url: without_password(url) })
    }
}

/// The file of a SQLite database, with what the address escapes (`%20`) as it is on the disk; `None` for another
/// engine and for a database in memory.
pub fn sqlite_file(url: &str) -> Option<PathBuf> {
    sqlite::file(url)
}

/// The address of a SQLite database in this file.
pub fn sqlite_url(file: &Path) -> String {
    let file = file.display().to_string();
    // These mean something else in an address.
    format!("sqlite://{}", file.replace('%', "%25").replace('?', "%3F").replace('#', "%23"))
}

/// Brings a database's tables to what this version knows, and lets go of it.
///
/// # Errors
///
/// As [`open`].
pub async fn migrate(url: &str) -> Result<()> {
    open(url).await?.close().await;
    Ok(())
}

/// Takes into the file of a SQLite database what its write-ahead log holds, and looks through all of it,
/// however large it is. The faults found, in SQLite's words; none if it is intact.
///
/// # Errors
///
/// [`Error::UnknownEngine`] for any other database, [`Error::Damaged`] for a file of which nothing can
/// be read.
pub async fn recover(url: &str) -> Result<Vec<String>> {
    if url.starts_with("sqlite:") {
        sqlite::recover(url).await
    } else {
        Err(Error::UnknownEngine { url: without_password(url) })
    }
}
