//! A change of the database: a transaction, or a savepoint in the transaction of a group.
//!
//! Each message to the thread of the connection costs two context switches. So the beginning of a change travels with its
//! first statement, and its end with its last. A change that compares reads beside the writer and waits for its turn only
//! before its last message.

use std::future;

use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _};
use sqlx::error::BoxDynError;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{
    SqliteArguments, SqliteQueryResult, SqliteRow, SqliteStatement, SqliteTypeInfo,
};
use sqlx::{
    AssertSqlSafe, Describe, Either, Execute, Executor, Pool, SqlSafeStr as _, SqlStr, Sqlite,
};
use tokio::sync::OwnedMutexGuard;

use super::group::{Group, Writer};
use crate::Result;

/// Begins the first change of a group. It takes the right to write at once: a transaction that reads first and asks for
/// it later may be refused with no way to wait.
const BEGIN: &str = "begin immediate; ";
/// Begins each other change of a group.
const BEGIN_SAVEPOINT: &str = "savepoint change; ";
/// Ends a change that commits.
const COMMIT: &str = "commit";
/// Ends a later change of a group.
const END_SAVEPOINT: &str = "release change";
/// SQLite's message where a change that compares changes nothing.
const NOTHING_CHANGED: &str = "integer overflow";

/// A change under way. It is undone if it is dropped before its end.
#[derive(Debug)]
pub(super) struct Change {
    writer: Writer,
    /// The connection of a change that compares, until its turn.
    reader: Option<PoolConnection<Sqlite>>,
    /// None before its turn and once it has ended.
    group: Option<OwnedMutexGuard<Group>>,
    /// True if it begins the transaction.
    is_first: bool,
    /// True once its beginning has been sent.
    has_begun: bool,
    end: End,
}

/// The end of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// It commits its transaction, which no other change shares.
    Alone,
    /// It began the transaction and leaves it open for others.
    First,
    /// It is a savepoint of a transaction that another change began.
    Later,
}

impl End {
    /// Its statement, if it needs one.
    fn statement(self) -> Option<&'static str> {
        match self {
            Self::Alone => Some(COMMIT),
            Self::First => None,
            Self::Later => Some(END_SAVEPOINT),
        }
    }
}

impl Change {
    /// Begins a change after those that came before.
    ///
    /// # Errors
    ///
    /// As [`Writer::lock`].
    pub(super) async fn begin(writer: &Writer) -> Result<Self> {
        let mut change = Self::new(writer, None);
        change.take_turn().await?;
        Ok(change)
    }

    /// Begins a change of one statement.
    ///
    /// # Errors
    ///
    /// As [`Writer::lock`].
    pub(super) async fn begin_single(writer: &Writer) -> Result<Self> {
        Self::begin(writer).await
    }

    /// Begins a change that compares what it read.
    ///
    /// # Errors
    ///
    /// If no connection is free in time.
    pub(super) async fn begin_comparing(readers: &Pool<Sqlite>, writer: &Writer) -> Result<Self> {
        Ok(Self::new(writer, Some(readers.acquire().await?)))
    }

    fn new(writer: &Writer, reader: Option<PoolConnection<Sqlite>>) -> Self {
        let writer = writer.clone();
        Self { writer, reader, group: None, is_first: false, has_begun: false, end: End::Alone }
    }

    /// Waits until those that came before have ended, before the first statement that changes something.
    ///
    /// # Errors
    ///
    /// As [`Writer::lock`].
    pub(super) async fn take_turn(&mut self) -> Result<()> {
        // Before the wait: a database in memory has one connection.
        self.reader = None;
        if self.group.is_none() {
            let group = self.writer.lock().await?;
            self.is_first = !group.is_open;
            self.group = Some(group);
        }
        Ok(())
    }

    /// Ends the change and waits until it is on the disk.
    pub(super) async fn commit(mut self) -> Result<()> {
        if !self.has_begun {
            return Ok(());
        }
        if let Some(statement) = self.end_with_last() {
            sqlx::query(statement).execute(&mut self).await?;
        }
        self.ended().await
    }

    /// Ends a change whose last statement failed; it is undone.
    pub(super) fn give_up(self) {
        drop(self);
    }

    /// Decides how the change ends. The statement that it needs for that, after its last one.
    pub(super) fn end_with_last(&mut self) -> Option<&'static str> {
        let end = match self.is_first {
            true if self.writer.is_awaited() => End::First,
            true => End::Alone,
            false => End::Later,
        };
        self.end = end;
        end.statement()
    }

    /// Waits until the change is on the disk, after its last statement.
    pub(super) async fn ended(mut self) -> Result<()> {
        let Some(group) = self.group.take().filter(|_| self.has_begun) else { return Ok(()) };
        match self.end {
            End::Alone => {
                self.writer.close_group(group, &Ok(()));
                Ok(())
            }
            End::First | End::Later => self.writer.join(group, self.is_first).await,
        }
    }

    /// Its connection, for queries; sends the beginning of the change first.
    pub(super) async fn connection(&mut self) -> Result<&mut sqlx::SqliteConnection> {
        if !self.has_begun {
            sqlx::query("select 1").execute(&mut *self).await?;
        }
        Ok(self.group().connection())
    }

    fn group(&mut self) -> &mut Group {
        self.group.as_mut().expect("no statement follows the end of a change")
    }

    /// The message for a query, true if the beginning of the change is part of it, and the connection.
    fn message<'q>(
        &mut self,
        mut query: impl Execute<'q, Sqlite>,
    ) -> sqlx::Result<(Message, bool, &mut sqlx::SqliteConnection)> {
        let arguments = query.take_arguments().map_err(sqlx::Error::Encode)?;
        let persistent = query.persistent();
        if self.reader.is_some() {
            let reader = self.reader.as_deref_mut().expect("it is there");
            return Ok((Message { sql: query.sql(), arguments, persistent }, false, reader));
        }
        let begins = !std::mem::replace(&mut self.has_begun, true);
        let sql = match (begins, self.is_first) {
            (true, true) => {
                AssertSqlSafe(format!("{BEGIN}{}", query.sql().as_str())).into_sql_str()
            }
            (true, false) => {
                AssertSqlSafe(format!("{BEGIN_SAVEPOINT}{}", query.sql().as_str())).into_sql_str()
            }
            (false, _) => query.sql(),
        };
        let group = self.group();
        group.is_open = true;
        Ok((Message { sql, arguments, persistent }, begins, group.connection()))
    }
}

impl Drop for Change {
    fn drop(&mut self) {
        if let Some(group) = self.group.take().filter(|_| self.has_begun) {
            tokio::spawn(self.writer.clone().undo(group, self.is_first));
        }
    }
}

/// True if a change that compares found another state.
pub(super) fn is_failed_comparison(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.message() == NOTHING_CHANGED)
}

/// A query with the text that is sent.
struct Message {
    sql: SqlStr,
    arguments: Option<SqliteArguments>,
    persistent: bool,
}

impl Execute<'_, Sqlite> for Message {
    fn sql(self) -> SqlStr {
        self.sql
    }

    fn statement(&self) -> Option<&SqliteStatement> {
        None
    }

    fn take_arguments(&mut self) -> std::result::Result<Option<SqliteArguments>, BoxDynError> {
        Ok(self.arguments.take())
    }

    fn persistent(&self) -> bool {
        self.persistent
    }
}

impl<'c> Executor<'c> for &'c mut Change {
    type Database = Sqlite;

    fn fetch_many<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxStream<'e, sqlx::Result<Either<SqliteQueryResult, SqliteRow>>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Sqlite>,
    {
        let (message, mut begins, connection) = match self.message(query) {
            Ok(message) => message,
            Err(error) => return stream::once(future::ready(Err(error))).boxed(),
        };
        // The result of the beginning only repeats the number of rows that the statement before it affected.
        let items = connection
            .fetch_many(message)
            .try_filter(move |_item| future::ready(!std::mem::take(&mut begins)));
        items.boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxFuture<'e, sqlx::Result<Option<SqliteRow>>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Sqlite>,
    {
        match self.message(query) {
            Ok((message, _begins, connection)) => connection.fetch_optional(message),
            Err(error) => future::ready(Err(error)).boxed(),
        }
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [SqliteTypeInfo],
    ) -> BoxFuture<'e, sqlx::Result<SqliteStatement>>
    where
        'c: 'e,
    {
        self.group().connection().prepare_with(sql, parameters)
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, sqlx::Result<Describe<Sqlite>>>
    where
        'c: 'e,
    {
        self.group().connection().describe(sql)
    }
}
