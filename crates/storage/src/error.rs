//! Errors of queries and changes.

use std::path::PathBuf;
use std::sync::Arc;

/// The result of a question or a change.
pub type Result<T> = std::result::Result<T, Error>;

/// Error of a query or a change. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database was last used by a later version of this program.
    #[error(
        "the database was made by a newer version of letaxi (its migration {found} is unknown here): start that version or a later one"
    )]
    Newer {
        /// The migration this version does not know.
        found: i64,
    },
    /// It is the target of a copy that was not finished.
    #[error(
        "the database is an unfinished copy: type the same `letaxi copy` again to go on, or make an empty one"
    )]
    UnfinishedCopy,
    /// The database's address is of no kind we know.
    #[error("{url:?} is no database address: use sqlite://FILE or postgres://USER@HOST/NAME")]
    UnknownEngine {
        /// The address that was given, without its password.
        url: String,
    },
    /// Another server has the lock on the database.
    #[error(
        "another letaxi serves it already, and two would answer differently: stop that one first, or give this one a database of its own (--database); on PostgreSQL several may serve one database with the setting nats, the same for all"
    )]
    Served,
    /// A server of this database uses another bus.
    #[error(
        "the server {name} serves it with another bus ({bus}), so neither would hear of the other's positions: give both the same setting nats"
    )]
    OtherBus {
        /// Name of that server.
        name: String,
        /// Servers of its bus.
        bus: String,
    },
    /// A pooler stands between, and keeps no sessions.
    #[error(
        "a connection pooler stands between that does not pass on the settings of a session (options), as PgBouncer: it would also lose the lock of a server unnoticed. Give the address of PostgreSQL itself; a server has {} connections at most",
        crate::postgres::CONNECTIONS
    )]
    Pooler,
    /// The file of the database, or that of its lock, cannot be made or opened.
    #[error("cannot open the file {}: {error}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Error of the operating system.
        error: std::io::Error,
    },
    /// The database file is not what it was.
    #[error(
        "the database file {} is damaged ({what}): restore a backup; `letaxi recover` lists the damage",
        file.display()
    )]
    Damaged {
        /// The file.
        file: PathBuf,
        /// Message of SQLite.
        what: String,
    },
    /// A stored value that this program never writes.
    #[error("the database holds {what} that this program never writes: {value:?}")]
    Unreadable {
        /// Expected kind of value.
        what: &'static str,
        /// Value found.
        value: String,
    },
    /// The engine refused or is away. It has no source: its text says the cause already.
    #[error("{0}")]
    Engine(sqlx::Error),
    /// The commit that this change shared with others failed. As with [`Error::Engine`], its text says the cause.
    #[error("{0}")]
    Group(Arc<sqlx::Error>),

    /// Too many changes wait for the database, or others kept changing what this one read. Nothing changed.
    #[error("too many changes wait for the database")]
    Busy,
    /// A migration failed. As with [`Error::Engine`], its text says the cause.
    #[error("{0}")]
    Migration(sqlx::migrate::MigrateError),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Engine(error)
    }
}

impl From<sqlx::migrate::MigrateError> for Error {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        Self::Migration(error)
    }
}

/// Trouble of a database that answers nothing, or changes nothing, for now. The same may go through later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// It is being started, or cannot be reached.
    #[error("the database cannot be reached")]
    Away,
    /// Too many changes wait for it.
    #[error("too many changes wait for the database")]
    Busy,
    /// There is no room for what is to be written.
    #[error("the disk of the database is full")]
    Full,
    /// Nothing may be changed: the disk, or the server, is set so.
    #[error("the database is read-only")]
    ReadOnly,
    /// The system cannot read or write its files.
    #[error("the files of the database cannot be read or written")]
    Files,
}

impl Error {
    /// Returns true if the database gave no answer: it is starting, cannot be reached, or is
    /// overloaded. The same may go through in a moment. If a change was being committed, it
    /// may have been made all the same.
    pub fn is_away(&self) -> bool {
        matches!(self.trouble(), Some(Trouble::Away | Trouble::Busy))
    }

    /// Returns true if the database answered with a value that this program never writes.
    pub fn is_unreadable(&self) -> bool {
        use sqlx::Error::{ColumnDecode, Decode};
        matches!(self, Self::Unreadable { .. } | Self::Engine(ColumnDecode { .. } | Decode(_)))
    }

    /// The trouble that the database is in, if that is why this failed.
    pub fn trouble(&self) -> Option<Trouble> {
        let error = match self {
            Self::Engine(error) => error,
            Self::Group(error) => error,
            Self::Busy => return Some(Trouble::Busy),
            _ => return None,
        };
        if is_away(error) {
            return Some(Trouble::Away);
        }
        let error = error.as_database_error()?;
        let code = error.code()?;
        if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_none() {
            return POSTGRES_TROUBLES.iter().find(|(known, _)| *known == code).map(|(_, it)| *it);
        }
        // The low byte of a code is its kind.
        let kind = code.parse::<u32>().ok()? & 0xff;
        SQLITE_TROUBLES.iter().find(|(known, _)| *known == kind).map(|(_, it)| *it)
    }
}

/// `SQLITE_READONLY`, `SQLITE_IOERR`, `SQLITE_FULL`, `SQLITE_CANTOPEN`.
const SQLITE_TROUBLES: [(u32, Trouble); 4] =
    [(8, Trouble::ReadOnly), (10, Trouble::Files), (13, Trouble::Full), (14, Trouble::Files)];

/// `read_only_sql_transaction`, `disk_full`, `io_error`.
const POSTGRES_TROUBLES: [(&str, Trouble); 3] =
    [("25006", Trouble::ReadOnly), ("53100", Trouble::Full), ("58030", Trouble::Files)];

/// PostgreSQL's `admin_shutdown`, `crash_shutdown`, `cannot_connect_now`, `too_many_connections`.
const AWAY_CODES: [&str; 4] = ["57P01", "57P02", "57P03", "53300"];

/// See [`Error::is_away`].
pub(crate) fn is_away(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    matches!(error, sqlx::Error::Io(_))
        || is_cut_off(error)
        || waited_in_vain(error)
        || code.is_some_and(|code| AWAY_CODES.contains(&&*code))
}

/// Returns true if a connection ended with its first message: a proxy that reaches no server behind it closes at once.
fn is_cut_off(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Protocol(said) if said.contains("unexpected response from SSLRequest: 0x00"))
}

/// Returns true if no connection became free in time.
pub(crate) fn waited_in_vain(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::PoolTimedOut)
}

/// An address of a database as it may be shown, however it is mistyped: without its password.
#[must_use]
pub fn without_password(url: &str) -> String {
    if url.starts_with("sqlite:") {
        return url.to_owned();
    }
    let (url, parameters) = url.split_once('?').unwrap_or((url, ""));
    let kept = parameters.split('&').filter(|pair| !pair.is_empty() && !pair.contains("password"));
    let kept: Vec<&str> = kept.collect();
    let parameters = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
    let Some((login, place)) = url.rsplit_once('@') else {
        // A password may stand where the host's port would.
        let is_port =
            |text: &str| text.split('/').next().unwrap_or_default().parse::<u16>().is_ok();
        let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
        return match rest.split_once(':') {
            Some((host, port)) if !is_port(port) => format!("{scheme}://{host}:…"),
            _ => format!("{url}{parameters}"),
        };
    };
    match login.split_once("://") {
        Some((scheme, login)) => {
            let user = login.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}@{place}{parameters}")
        }
        None => format!("…@{place}{parameters}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        assert_eq!(without_password("mysql://me:s@cr:t@host/db"), "mysql://me@host/db");
        assert_eq!(without_password("mysql://me@host/db"), "mysql://me@host/db");
        for (url, shown) in [
            ("letaxi.db", "letaxi.db"),
            ("sqlite://a@b:c.db", "sqlite://a@b:c.db"),
            ("postgres://db:5432/x", "postgres://db:5432/x"),
            ("postgres:/me:s@cr:t@db/x", "…@db/x"),
            ("me:secret@db/x", "…@db/x"),
            ("postgres://me:secret/x", "postgres://me:…"),
            ("postgres://db/x?password=secret&sslmode=disable", "postgres://db/x?sslmode=disable"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }
}
