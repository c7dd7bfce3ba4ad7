//! An open database: who reads, who writes, and what a transaction is.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use registry::Time;
use sqlx::error::ErrorKind;
use sqlx::{AssertSqlSafe, Database, Encode, Pool, Row as _, SqlSafeStr as _, Transaction, Type};
use tokio::time::sleep;
use tracing::Instrument;

use super::change::Change;
use super::{BEGIN_SNAPSHOT, Db, FOR_UPDATE_SKIP_LOCKED, PASSING_CODES, Writer, begin_with, tend};
use crate::error::Trouble;
use crate::nodes::NodeId;
use crate::retention::ROWS_A_CHANGE;
use crate::unreadable::readable;
use crate::{Error, Result, Store};

/// A connection, in a transaction or not.
pub(super) type Connection = <Db as Database>::Connection;
/// A row of an answer.
pub(super) type Row = <Db as Database>::Row;

/// Attempts at a transaction that conflicts with others.
pub(super) const TRIES: usize = 5;

/// Attempts at a change that compares.
pub(super) const COMPARISONS: usize = 100;

/// Pause after a change that deletes old rows, for the others: a purge takes a small part of the disk and of a processor.
const REST: Duration = Duration::from_millis(25);

/// An open database.
#[derive(Debug)]
pub(crate) struct Engine {
    /// Connections for questions.
    pub(super) readers: Pool<Db>,
    /// Connections for changes.
    pub(super) writers: Writer,
    /// This process, if it is one of several servers.
    pub(super) node: Option<NodeId>,
    /// Trouble of the last change, until one goes through.
    trouble: Mutex<Option<Trouble>>,
}

impl Engine {
    /// A database that is reached by these connections, for one of several servers or another process.
    pub(super) fn new(readers: Pool<Db>, writers: Writer, node: Option<NodeId>) -> Self {
        Self { readers, writers, node, trouble: Mutex::default() }
    }

    fn note(&self, trouble: Option<Trouble>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    /// Begins a change that can lock what it reads. It is undone if it is dropped before its end.
    pub(super) async fn begin(&self) -> Result<Change> {
        Change::begin(&self.writers).await
    }

    /// Begins a change of one statement. On PostgreSQL it takes two messages fewer than [`Self::begin`].
    pub(super) async fn begin_single(&self) -> Result<Change> {
        Change::begin_single(&self.writers).await
    }

    /// Begins a change without locks: it reads, and then makes all its changes by one [`Change::finish`], which compares
    /// what was read. On SQLite it reads beside the writer.
    pub(super) async fn begin_comparing(&self) -> Result<Change> {
        Change::begin_comparing(&self.readers, &self.writers).await
    }

    /// Does `work`, one whole transaction, and again from its beginning if others got in its way.
    /// A unique key that was taken counts as that: somebody else wrote the same since `work`
    /// looked, and it will see it when it looks again. So does a row that is referred to and gone: retention deleted it
    /// meanwhile.
    pub(super) async fn write<T, F>(&self, work: impl Fn() -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        // Whoever runs the registry may want to know how long changes take, all tries together.
        let span = tracing::debug_span!(target: "storage::change", "change");
        let mut tries = 1;
        loop {
            match work().instrument(span.clone()).await {
                Err(Error::Engine(error)) if tries < TRIES && is_passing(&error) => {
                    tracing::debug!(%error, tries, "a transaction is tried again");
                    tries += 1;
                }
                outcome => {
                    let trouble = outcome.as_ref().err().and_then(Error::trouble);
                    // A full queue empties by itself.
                    if let Some(trouble) = trouble.filter(|trouble| *trouble != Trouble::Busy) {
                        self.note(Some(trouble));
                    }
                    return outcome;
                }
            }
        }
    }

    /// Deletes old rows as [`Self::delete_some`] until none is left, each time as a change of its own, so that others come
    /// in between. Returns the number of rows.
    pub(super) async fn delete_old(
        &self,
        of: (&str, &str),
        old: &'static str,
        before: Time,
    ) -> Result<u64> {
        let mut gone = 0;
        loop {
            let deleted = self.delete_some(of, old, before).await?;
            gone += deleted;
            if deleted < ROWS_A_CHANGE {
                return Ok(gone);
            }
            #[expect(clippy::disallowed_methods, reason = "a pause, whatever the time is")]
            sleep(REST).await;
        }
    }

    /// Deletes at most [`ROWS_A_CHANGE`] rows of a table with this key for which `old` holds, a condition with a time as
    /// its parameter and perhaps an order. Rows that another server is about to delete are left to it: who waited for
    /// them would find none, and take all for done. Returns the number of rows.
    pub(super) async fn delete_some<T>(
        &self,
        (table, key): (&str, &str),
        old: &'static str,
        before: T,
    ) -> Result<u64>
    where
        T: for<'q> Encode<'q, Db> + Type<Db> + Copy + Send + Sync + 'static,
    {
        let delete = format!(
            "delete from {table} where ({key}) in
                (select {key} from {table} where {old} limit $2 {FOR_UPDATE_SKIP_LOCKED})"
        );
        self.write(|| async {
            let mut change = self.begin_single().await?;
            let delete = sqlx::query(AssertSqlSafe(delete.as_str()));
            let delete = delete.bind(before).bind(ROWS_A_CHANGE.cast_signed());
            let deleted = delete.execute(&mut change).await?.rows_affected();
            change.commit().await?;
            Ok(deleted)
        })
        .await
    }

    /// A transaction for several questions about one moment; it changes nothing.
    pub(super) async fn snapshot(&self) -> Result<Transaction<'static, Db>> {
        Ok(begin_with(&self.readers, BEGIN_SNAPSHOT.into_sql_str()).await?)
    }
}

/// Returns true if the same transaction may succeed when it is tried again.
pub(super) fn is_passing(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| {
        let code = error.code();
        matches!(error.kind(), ErrorKind::UniqueViolation | ErrorKind::ForeignKeyViolation)
            || code.is_some_and(|code| PASSING_CODES.contains(&&*code))
    })
}

/// The key of a row, as the log names it.
pub(super) fn key_of(row: &Row, column: &str) -> String {
    let number = || row.try_get::<i64, _>(column).map(|number| number.to_string());
    row.try_get(column).or_else(|_no_text| number()).unwrap_or_default()
}

/// Reads many rows of a table, without those that cannot be read. `key` is the column of their key.
pub(super) fn readable_rows<T>(
    rows: &[Row],
    table: &'static str,
    key: &str,
    read: impl Fn(&Row) -> Result<T>,
) -> Result<Vec<T>> {
    let read = rows.iter().map(|row| readable(read(row), table, || key_of(row, key)));
    read.filter_map(Result::transpose).collect()
}

/// A fault of a row, on its way through the engine's own reading of rows, which are then made into
/// something else one by one: all rows of a large table at once take many times the memory.
pub(super) fn in_passing(error: Error) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(error))
}

/// Error that [`in_passing`] carried.
pub(super) fn arrived(error: sqlx::Error) -> Error {
    match error {
        sqlx::Error::Decode(inner) => match inner.downcast::<Error>() {
            Ok(error) => *error,
            Err(inner) => Error::Engine(sqlx::Error::Decode(inner)),
        },
        error => error.into(),
    }
}

#[async_trait]
impl Store for Engine {
    async fn tend(&self) -> Result<()> {
        tend(self).await
    }

    fn trouble(&self) -> Option<Trouble> {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn look_again(&self) -> Result<()> {
        if self.trouble().is_some() {
            self.write(|| async {
                // A row that is always there; it is written though it stays as it was.
                let change = sqlx::query("update activity_counted set until_at = until_at");
                let mut tx = self.begin().await?;
                change.execute(&mut tx).await?;
                tx.commit().await
            })
            .await?;
            self.note(None);
        }
        Ok(())
    }

    async fn close(&self) {
        self.readers.close().await;
        self.writers.close().await;
    }
}
