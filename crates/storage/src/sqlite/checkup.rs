//! Facts about a database file.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, SqliteConnection};

use super::facts;
use super::lock;
use crate::checkup::{Checkup, Serving};
use crate::{Error, Result};

/// Counts the tables that list migrations: one or none.
const TABLES: &str = "select count(*) from sqlite_master where name = '_sqlx_migrations'";

/// See [`crate::checkup::checkup`].
pub(crate) async fn of_file(file: &Path) -> Result<Checkup> {
    // Else SQLite says no more than that it cannot open it.
    let about = std::fs::metadata(file);
    let about = about.map_err(|error| Error::File { file: file.to_owned(), error })?;
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(false);
    // Not opened as read-only: that leaves the files of the write-ahead log behind.
    let mut db = SqliteConnection::connect_with(&options.pragma("query_only", "on")).await?;
    let version: String = sqlx::query_scalar("select sqlite_version()").fetch_one(&mut db).await?;
    let is_served = lock::is_taken(file.to_owned());
    let checkup = Checkup {
        engine: format!("SQLite {version}"),
        bytes: about.size().cast_signed(),
        migrations: facts::migrations(&mut db, TABLES).await?,
        is_unfinished_copy: facts::is_unfinished_copy(&mut db).await?,
        server: None,
        serving: if is_served { Serving::Alone } else { Serving::Nobody },
        registry: facts::registry(&mut db).await,
        nodes: Ok(Vec::new()),
    };
    db.close().await?;
    Ok(checkup)
}
