//! A fresh database for a test, with direct access to its tables beside the store.

use std::path::Path;
use std::sync::Arc;

use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, Executor};
use storage::Store;
use tempfile::TempDir;

/// Empties a PostgreSQL database.
pub(crate) const EMPTY: &str = "drop schema public cascade; create schema public";

/// A fresh database.
pub(crate) struct Place {
    /// Its address, to open it once more.
    pub(crate) url: String,
    /// The store, opened.
    pub(crate) store: Arc<dyn Store>,
    /// The folder of its file, on SQLite.
    pub(crate) folder: Option<TempDir>,
}

impl Place {
    /// A file in a temporary folder, in memory if the system has such a folder: each commit waits for the disk,
    /// and no test data need survive a power cut.
    pub(crate) async fn sqlite() -> Self {
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory.into() } else { std::env::temp_dir() };
        let folder = tempfile::tempdir_in(parent).unwrap();
        let url = format!("sqlite://{}", folder.path().join("letaxi.db").display());
        let store = storage::open(&url).await.unwrap();
        Self { url, store, folder: Some(folder) }
    }

    /// A database of the private PostgreSQL.
    pub(crate) async fn postgres() -> Self {
        let url = tokio::task::spawn_blocking(crate::postgres::fresh_database).await.unwrap();
        let store = storage::open(&url).await.unwrap();
        Self { url, store, folder: None }
    }

    /// Runs statements that the store has no method for.
    pub(crate) async fn execute(&self, sql: &'static str) {
        self.try_execute(sql).await.unwrap();
    }

    /// Like [`Place::execute`], but returns the error of a database that refuses.
    pub(crate) async fn try_execute(&self, sql: &'static str) -> sqlx::Result<()> {
        if self.folder.is_some() {
            SqliteConnection::connect(&self.url).await?.execute(sql).await.map(drop)
        } else {
            PgConnection::connect(&self.url).await?.execute(sql).await.map(drop)
        }
    }

    /// The number that a query returns.
    pub(crate) async fn number(&self, sql: &'static str) -> i64 {
        if self.folder.is_some() {
            let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
            sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
        } else {
            let mut connection = PgConnection::connect(&self.url).await.unwrap();
            sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap()
        }
    }

    /// The number of lines in the activity log.
    pub(crate) async fn activity_lines(&self) -> i64 {
        self.number("select count(*) from activity").await
    }
}

/// Runs a test in a place, then closes the store.
pub(crate) async fn visit<T: Future<Output = ()>>(place: Place, test: impl FnOnce(Place) -> T) {
    let store = Arc::clone(&place.store);
    test(place).await;
    store.close().await;
}
