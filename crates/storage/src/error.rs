//! What can go wrong when asking or changing what is kept.

use std::path::PathBuf;

/// The result of a question or a change.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a question or a change did not go through. Nothing was changed.
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
    /// The database's address is of no kind we know.
    #[error("{url:?} is no database address: use sqlite://FILE or postgres://USER@HOST/NAME")]
    UnknownEngine {
        /// The address that was given, without its password.
        url: String,
    },
    /// The file of the database cannot be made or opened.
    #[error("cannot open the database file {}: {error}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// What the store holds is not what this program writes.
    #[error("the database holds {what} that this program never writes: {value:?}")]
    Unreadable {
        /// What it should be.
        what: &'static str,
        /// What it is.
        value: String,
    },
    /// The engine refused or is away.
    #[error(transparent)]
    Engine(#[from] sqlx::Error),
    /// A migration failed.
    #[error(transparent)]
    Migration(#[from] sqlx::migrate::MigrateError),
}

/// The address as it may be shown: without what stands between a user's name and the host.
pub(crate) fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let Some((login, place)) = rest.rsplit_once('@') else { return url.to_owned() };
    let user = login.split(':').next().unwrap_or_default();
    format!("{scheme}://{user}@{place}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        assert_eq!(without_password("mysql://me:s@cr:t@host/db"), "mysql://me@host/db");
        assert_eq!(without_password("mysql://me@host/db"), "mysql://me@host/db");
        assert_eq!(without_password("letaxi.db"), "letaxi.db");
    }
}
