//! A change of the database: a transaction, or single statements that compare.

use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use sqlx::postgres::{PgConnection, PgQueryResult, PgRow, PgStatement, PgTypeInfo};
use sqlx::{
    Describe, Either, Execute, Executor, Pool, Postgres, SqlSafeStr as _, SqlStr, Transaction,
};

use super::idle::{Acquired, IdleConnections};
use crate::Result;
use crate::error::{is_away, waited_in_vain};

/// Row locks and compare-and-set keep writers apart; each statement sees what was committed.
pub(super) const BEGIN: &str = "begin";
/// `division_by_zero`
const NOTHING_CHANGED: &str = "22012";

/// Begins a transaction, to the end of it: sqlx takes a connection whose beginning was cut short to be in no
/// transaction, and whoever had it next would be in that one.
pub(super) async fn begin_with(
    pool: &Pool<Postgres>,
    begin: SqlStr,
) -> sqlx::Result<Transaction<'static, Postgres>> {
    let pool = pool.clone();
    let transaction = tokio::spawn(async move { pool.begin_with(begin).await });
    // It does not end otherwise, but when the whole process does.
    transaction.await.unwrap_or(Err(sqlx::Error::PoolClosed))
}

/// The connections for changes.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    /// For transactions, and for what only reads.
    pool: Pool<Postgres>,
    /// For single statements.
    of_statements: IdleConnections,
}

impl Writer {
    /// Changes by transactions on connections of this pool, and by single statements on those of another.
    pub(super) fn new(pool: Pool<Postgres>, of_statements: Pool<Postgres>) -> Self {
        Self { pool, of_statements: IdleConnections::new(of_statements) }
    }

    /// The pool of the connections for transactions.
    pub(super) fn pool(&self) -> &Pool<Postgres> {
        &self.pool
    }

    /// Closes all connections. Later changes are refused.
    pub(super) async fn close(&self) {
        self.of_statements.close().await;
        self.pool.close().await;
    }
}

/// A change under way. It is undone if it is dropped before its end.
#[derive(Debug)]
pub(super) enum Change {
    /// A transaction, which can lock what it reads.
    Transaction(Transaction<'static, Postgres>),
    /// Statements that are a transaction each.
    Statements(Acquired),
}

impl Change {
    /// Begins a change that locks what it reads.
    pub(super) async fn begin(writer: &Writer) -> Result<Self> {
        Ok(Self::begin_by(writer, BEGIN.into_sql_str()).await?)
    }

    /// As [`Self::begin`], with this text. An idle connection that has broken is skipped: no statement was sent yet.
    pub(super) async fn begin_by(writer: &Writer, text: SqlStr) -> sqlx::Result<Self> {
        let mut left = writer.pool().size();
        loop {
            match begin_with(writer.pool(), text.clone()).await {
                Err(error) if left > 0 && is_away(&error) && !waited_in_vain(&error) => left -= 1,
                outcome => return outcome.map(Self::Transaction),
            }
        }
    }

    /// Begins a change of one statement.
    pub(super) async fn begin_single(writer: &Writer) -> Result<Self> {
        Ok(Self::Statements(writer.of_statements.acquire().await?))
    }

    /// Begins a change that compares what it read: its last statement does.
    pub(super) async fn begin_comparing(
        _readers: &Pool<Postgres>,
        writer: &Writer,
    ) -> Result<Self> {
        Self::begin_single(writer).await
    }

    /// Nothing: PostgreSQL has many writers.
    #[expect(clippy::unused_async, reason = "SQLite has one writer")]
    pub(super) async fn take_turn(&mut self) -> Result<()> {
        Ok(())
    }

    /// Ends the change and waits until it is on the disk.
    pub(super) async fn commit(self) -> Result<()> {
        match self {
            Self::Transaction(transaction) => Ok(transaction.commit().await?),
            Self::Statements(connection) => {
                connection.release();
                Ok(())
            }
        }
    }

    /// Ends a change whose last statement failed, and changed nothing.
    pub(super) fn give_up(self) {
        if let Self::Statements(connection) = self {
            connection.release();
        }
    }

    /// No statement: a message with parameters has only one.
    #[expect(clippy::unused_self, reason = "SQLite ends a change by its state")]
    pub(super) fn end_with_last(&mut self) -> Option<&'static str> {
        None
    }

    /// Ends the change after its last statement.
    pub(super) async fn ended(self) -> Result<()> {
        self.commit().await
    }

    /// Its connection, for queries.
    #[expect(clippy::unused_async, reason = "SQLite may have to begin first")]
    pub(super) async fn connection(&mut self) -> Result<&mut PgConnection> {
        Ok(self.asked())
    }

    fn asked(&mut self) -> &mut PgConnection {
        match self {
            Self::Transaction(transaction) => transaction,
            Self::Statements(connection) => connection.connection(),
        }
    }
}

/// True if a change that compares found another state.
pub(super) fn is_failed_comparison(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.code().as_deref() == Some(NOTHING_CHANGED))
}

impl<'c> Executor<'c> for &'c mut Change {
    type Database = Postgres;

    fn fetch_many<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxStream<'e, sqlx::Result<Either<PgQueryResult, PgRow>>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        self.asked().fetch_many(query)
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, sqlx::Result<Option<PgRow>>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Postgres>,
    {
        self.asked().fetch_optional(query)
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [PgTypeInfo],
    ) -> BoxFuture<'e, sqlx::Result<PgStatement>>
    where
        'c: 'e,
    {
        self.asked().prepare_with(sql, parameters)
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, sqlx::Result<Describe<Postgres>>>
    where
        'c: 'e,
    {
        self.asked().describe(sql)
    }
}
