//! Whole copies of a database: where one lies, whether one is there, and a copy while it is served.
//!
//! Nothing here opens a [`crate::Store`], so nothing is made or migrated. Dumps of PostgreSQL are its own
//! programs' work, which whoever wants one calls.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, PgConnection, SqliteConnection};

use crate::error::without_password;
use crate::{Error, Result};

/// Place of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In this file, an SQLite database.
    File(PathBuf),
    /// On a PostgreSQL server.
    Server,
    /// In the memory of one process.
    Memory,
}

/// Endings of the files that SQLite keeps beside a database file.
const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// A key that opens an account, sealed: the oldest one.
pub(crate) const SEALED_KEY: &str =
    "select sealed from account_keys where revoked_at is null order by id limit 1";

/// Place of the database that an address names.
///
/// # Errors
///
/// [`Error::UnknownEngine`] for an address of no kind we know.
pub fn place(url: &str) -> Result<Place> {
    if url.starts_with("sqlite:") {
        Ok(crate::sqlite_file(url).map_or(Place::Memory, Place::File))
    } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
        Ok(Place::Server)
    } else {
        Err(Error::UnknownEngine { url: without_password(url) })
    }
}

/// Looks for a registry's database: for SQLite any file of its name, or one that SQLite keeps beside it; for
/// PostgreSQL our tables.
///
/// # Errors
///
/// As [`place`]; [`Error::Engine`] if the server cannot be asked.
pub async fn exists(url: &str) -> Result<bool> {
    match place(url)? {
        Place::Memory => Ok(false),
        Place::File(file) => {
            Ok(file.exists() || companions(&file).iter().any(|file| file.exists()))
        }
        Place::Server => {
            let mut server = connect(url).await?;
            let found = sqlx::query_scalar("select to_regclass('accounts') is not null");
            let found = found.fetch_one(&mut server).await?;
            server.close().await?;
            Ok(found)
        }
    }
}

/// The files that SQLite keeps beside a database while it is in use.
pub fn companions(file: &Path) -> Vec<PathBuf> {
    let beside = |end: &&str| {
        let mut name = file.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    };
    COMPANIONS.iter().map(beside).collect()
}

/// Copies an SQLite database into a file that is empty, as it is at one moment; whoever serves it goes on.
///
/// # Errors
///
/// If the database is not there or cannot be read, or the copy cannot be written.
pub async fn copy(database: &Path, into: &Path) -> Result<()> {
    let mut connection = open_file(database).await?;
    sqlx::query("vacuum into $1")
        .bind(into.to_string_lossy().into_owned())
        .execute(&mut connection)
        .await?;
    Ok(connection.close().await?)
}

/// One of the sealed keys that a database holds, to try a secret key on; none if it holds none.
///
/// # Errors
///
/// If there is no database of a registry.
pub async fn sealed_key(url: &str) -> Result<Option<Vec<u8>>> {
    match place(url)? {
        Place::Memory => Ok(None),
        Place::File(file) => {
            let mut connection = open_file(&file).await?;
            let sealed = sqlx::query_scalar(SEALED_KEY).fetch_optional(&mut connection).await?;
            connection.close().await?;
            Ok(sealed)
        }
        Place::Server => {
            let mut server = connect(url).await?;
            let sealed = sqlx::query_scalar(SEALED_KEY).fetch_optional(&mut server).await?;
            server.close().await?;
            Ok(sealed)
        }
    }
}

async fn open_file(file: &Path) -> Result<SqliteConnection> {
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(false);
    Ok(SqliteConnection::connect_with(&options).await?)
}

async fn connect(url: &str) -> Result<PgConnection> {
    Ok(PgConnection::connect_with(&PgConnectOptions::from_str(url)?).await?)
}
