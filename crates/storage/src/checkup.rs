//! Facts about a database for whoever looks after it, read on a connection of their own.
//!
//! Nothing here opens a [`crate::Store`], so nothing is made, migrated or changed, whatever state the database is in.
//! A fact that cannot be read (its table may not be there yet) leaves the others.

use registry::Time;

use crate::backup::{Place, place};
use crate::nodes::Node;
use crate::{Error, Result, postgres, sqlite};

/// Facts of a database.
#[derive(Debug)]
pub struct Checkup {
    /// The engine with its version, such as `PostgreSQL 17.2`.
    pub engine: String,
    /// Size in bytes.
    pub bytes: i64,
    /// Its tables compared with those of this version; `None`: it has none yet.
    pub migrations: Option<Migrations>,
    /// True if it is the target of a copy that was not finished.
    pub is_unfinished_copy: bool,
    /// Facts that only a server has.
    pub server: Option<ServerFacts>,
    /// Whether a letaxi serves it.
    pub serving: Serving,
    /// Facts of the tables.
    pub registry: Result<RegistryFacts>,
    /// The servers that have not left; none on SQLite.
    pub nodes: Result<Vec<Node>>,
}

/// Tables compared with those of this version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Migrations {
    /// Number of the newest that was done.
    pub newest: i64,
    /// Those that this version would do at its start.
    pub pending: Vec<i64>,
    /// Those of a newer version.
    pub unknown: Vec<i64>,
    /// Those that were done with another content than this version's.
    pub different: Vec<i64>,
}

/// Facts of a PostgreSQL server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerFacts {
    /// Its clock, at the moment of the question.
    pub now: Time,
    /// Connections of all programs to all databases.
    pub connections: i64,
    /// Connections that the server allows to ordinary users.
    pub most_connections: i64,
    /// Settings that make it faster than safe.
    pub forgetful: Vec<String>,
}

/// Whether a letaxi holds the lock on a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serving {
    /// None that can be seen from here.
    Nobody,
    /// One, alone.
    Alone,
    /// So many that share a bus.
    Together(i64),
}

/// Facts of the tables of a registry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegistryFacts {
    /// Number of accounts.
    pub accounts: i64,
    /// A sealed key, to try the secret key on.
    pub sealed_key: Option<Vec<u8>>,
    /// Operators that are enabled.
    pub operators: Vec<OperatorFacts>,
    /// Number of towns.
    pub towns: i64,
    /// Number of zones.
    pub zones: i64,
    /// True if a part of the territory has approximate borders.
    pub is_approximate: bool,
    /// Last import of towns or zones; `None`: none, or by a version that did not note it.
    pub imported_at: Option<Time>,
    /// The newest time that a hail or a line of the activity log has.
    pub newest: Option<Time>,
}

/// An operator and its server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorFacts {
    /// Id of its account.
    pub id: i64,
    /// E-mail address.
    pub email: String,
    /// Hail endpoint; empty: none.
    pub endpoint: String,
}

/// Reads all facts of a database.
///
/// # Errors
///
/// [`Error::UnknownEngine`] for an address of no kind we know, [`Error::File`] if there is no such file,
/// [`Error::Engine`] if the database cannot be reached or read.
pub async fn checkup(url: &str) -> Result<Checkup> {
    match place(url)? {
        Place::Server => postgres::checkup::of_server(url).await,
        Place::File(file) => sqlite::checkup::of_file(&file).await,
        Place::Memory => {
            let error = std::io::Error::other("it is in the memory of one process");
            Err(Error::File { file: url.into(), error })
        }
    }
}
