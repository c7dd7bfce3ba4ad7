//! Where a test takes place: a fresh database, and a look behind the store's back.

use std::sync::Arc;

use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, Executor};
use storage::Store;
use tempfile::TempDir;

use crate::postgres;

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
    /// A file in a temporary folder.
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("letaxi.db").display());
        let store = storage::open(&url).await.unwrap();
        Self { url, store, folder: Some(folder) }
    }

    /// A database of the private cluster.
    pub(crate) async fn postgres() -> Self {
        let url = postgres::fresh_database();
        let store = storage::open(&url).await.unwrap();
        Self { url, store, folder: None }
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
