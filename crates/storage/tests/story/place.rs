//! Where a test takes place: a fresh database, and a look behind the store's back.

use std::path::Path;
use std::sync::Arc;

use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, Executor};
use storage::Store;
use tempfile::TempDir;

/// Empties a database of PostgreSQL.
pub(crate) const EMPTY: &str = "drop schema public cascade; create schema public";

/// A fresh database.
pub(crate) struct Place {
    /// Its address, to open it once more.
    pub(crate) url: String,
    /// It, opened.
    pub(crate) store: Arc<dyn Store>,
    /// Where its file is, on SQLite.
    pub(crate) folder: Option<TempDir>,
}

impl Place {
    /// A file in a temporary folder; in memory if there is such a folder, because each commit
    /// waits for the disk and nothing here must survive a power cut.
    pub(crate) async fn sqlite() -> Self {
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory.into() } else { std::env::temp_dir() };
        let folder = tempfile::tempdir_in(parent).unwrap();
        let url = format!("sqlite://{}", folder.path().join("letaxi.db").display());
        let store = storage::open(&url).await.unwrap();
        Self { url, store, folder: Some(folder) }
    }

    /// The database at this address, emptied: much faster than making another.
    pub(crate) async fn postgres(url: &str) -> Self {
        let mut connection = PgConnection::connect(url).await.unwrap();
        connection.execute(EMPTY).await.unwrap();
        let store = storage::open(url).await.unwrap();
        Self { url: url.to_owned(), store, folder: None }
    }

    /// Runs statements that the store has no method for.
    pub(crate) async fn execute(&self, sql: &'static str) {
        self.try_execute(sql).await.unwrap();
    }

    /// [`Place::execute`], where the database may refuse.
    pub(crate) async fn try_execute(&self, sql: &'static str) -> sqlx::Result<()> {
        if self.folder.is_some() {
            SqliteConnection::connect(&self.url).await?.execute(sql).await.map(drop)
        } else {
            PgConnection::connect(&self.url).await?.execute(sql).await.map(drop)
        }
    }

    /// The number that a question asks for.
    pub(crate) async fn number(&self, sql: &'static str) -> i64 {
        if self.folder.is_some() {
            let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
            sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
        } else {
            let mut connection = PgConnection::connect(&self.url).await.unwrap();
            sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
        }
    }

    /// How many lines the activity log has.
    pub(crate) async fn activity_lines(&self) -> i64 {
        self.number("select count(*) from activity").await
    }
}
