//! The lock on a database that a server holds while it serves: one server a database, or, on `PostgreSQL`, several that
//! share a bus. The lock of those is shared, so that it keeps away whoever wants to be alone, and a server that is alone
//! keeps away all others; `PostgreSQL` decides between two that start at once.
//!
//! Commands beside a server (imports, accounts, migrations) need no lock, so [`crate::open`] takes none.
//! A process that ends, however it ends, leaves no lock behind.

use std::fs::File;

use crate::backup::{Place, place};
use crate::{Error, Result, postgres, sqlite};

/// The others that may serve a database at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// Nobody else.
    Alone,
    /// Other servers that share, on `PostgreSQL`; on SQLite nobody.
    WithOthers,
}

/// The right to serve a database, for as long as this lives.
#[derive(Debug)]
pub struct ServingLock(Held);

#[derive(Debug)]
enum Held {
    /// A database in memory is this process's alone.
    Nothing,
    /// Never read: closing the file gives up the lock.
    File(#[expect(dead_code, reason = "it is held, not read")] File),
    Session(Box<postgres::lock::Session>),
}

/// Takes the lock on a database. On `PostgreSQL` this waits up to five seconds for the server, and as long
/// for the lock: that of a server that was killed needs a moment to go.
///
/// # Errors
///
/// [`Error::Served`] if another server has it, [`Error::File`] if the file of the lock cannot be made or locked,
/// [`Error::UnknownEngine`] and [`Error::Engine`] as [`crate::open`].
pub async fn lock(url: &str, sharing: Sharing) -> Result<ServingLock> {
    let held = match place(url)? {
        Place::Memory => Held::Nothing,
        Place::File(database) => Held::File(sqlite::lock::take(database)?),
        Place::Server => Held::Session(Box::new(postgres::lock::take(url, sharing).await?)),
    };
    Ok(ServingLock(held))
}

impl ServingLock {
    /// Keeps the lock: on `PostgreSQL` it goes with its connection, and is then taken again on a new one.
    /// Returns only when another server has taken it meanwhile, with [`Error::Served`]; whoever serves must
    /// stop then. It may be dropped at any moment.
    pub async fn taken_over(&mut self) -> Error {
        match &mut self.0 {
            Held::Nothing | Held::File(_) => std::future::pending().await,
            Held::Session(session) => session.taken_over().await,
        }
    }
}
