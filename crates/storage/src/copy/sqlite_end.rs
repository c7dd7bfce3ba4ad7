//! SQLite at one end of a copy. Its columns have four types; those of PostgreSQL say what they mean.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Timelike as _, Utc};
use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteRow, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, Row as _, SqliteConnection};
use sqlx::{SqlSafeStr as _, Sqlite};

use super::cell::{Cell, Kind, Value};
use super::end::{End, ReadRow, Shape};
use crate::Result;

/// `SQLITE_TOOBIG`, `SQLITE_CONSTRAINT` and `SQLITE_MISMATCH`: the values of a row.
const OF_THE_ROW: [u32; 3] = [18, 19, 20];

/// A database file.
pub(super) struct SqliteEnd(SqliteConnection);

type Query<'q> = sqlx::query::Query<'q, Sqlite, SqliteArguments>;

impl SqliteEnd {
    pub(super) async fn open(file: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(false)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5));
        Ok(Self(SqliteConnection::connect_with(&options).await?))
    }
}

/// Binds a value as this program writes it.
fn bind<'q>(query: Query<'q>, value: Option<&Value>) -> Query<'q> {
    match value {
        None => query.bind(None::<String>),
        Some(Value::Bool(value)) => query.bind(*value),
        Some(Value::Int(value)) => query.bind(*value),
        Some(Value::Real(value)) => query.bind(*value),
        Some(Value::Text(value)) => query.bind(value.clone()),
        Some(Value::Bytes(value)) => query.bind(value.clone()),
        Some(Value::Time(value)) => query.bind(*value),
        Some(Value::Date(value)) => query.bind(*value),
    }
}

/// A value of this kind; `None` if it is none.
fn cell(row: &SqliteRow, place: usize, kind: Kind) -> Option<Cell> {
    let number = || row.try_get::<Option<i64>, _>(place).ok();
    let text = || row.try_get::<Option<String>, _>(place).ok();
    Some(match kind {
        Kind::Bool => match number()? {
            None => None,
            Some(0) => Some(Value::Bool(false)),
            Some(1) => Some(Value::Bool(true)),
            Some(_) => return None,
        },
        Kind::Small => match number()? {
            Some(number) if i32::try_from(number).is_err() => return None,
            number => number.map(Value::Int),
        },
        Kind::Int => number()?.map(Value::Int),
        Kind::Real => row.try_get::<Option<f64>, _>(place).ok()?.map(Value::Real),
        Kind::Text => text()?.map(Value::Text),
        Kind::Bytes => row.try_get::<Option<Vec<u8>>, _>(place).ok()?.map(Value::Bytes),
        Kind::Time => match text()? {
            None => None,
            Some(text) => Some(Value::Time(time(&text)?)),
        },
        Kind::Date => match text()? {
            None => None,
            Some(text) => Some(Value::Date(text.parse::<NaiveDate>().ok()?)),
        },
    })
}

/// A moment of whole microseconds: the other engine keeps no more.
fn time(text: &str) -> Option<DateTime<Utc>> {
    let time = DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc);
    (time.nanosecond() % 1_000 == 0).then_some(time)
}

#[async_trait]
impl End for SqliteEnd {
    fn has_types(&self) -> bool {
        false
    }

    async fn columns(&mut self, table: &str) -> Result<Vec<(String, String)>> {
        // Without the generated ones, which follow from the others.
        let columns = sqlx::query_as("select name, type from pragma_table_info($1)").bind(table);
        Ok(columns.fetch_all(&mut self.0).await?)
    }

    async fn has_table(&mut self, table: &str) -> Result<bool> {
        let found = "select count(*) from sqlite_master where type = 'table' and name = $1";
        let found: i64 = sqlx::query_scalar(found).bind(table).fetch_one(&mut self.0).await?;
        Ok(found > 0)
    }

    async fn begin_snapshot(&mut self) -> Result<()> {
        // The first reading takes the snapshot.
        self.0.execute("begin; select count(*) from _sqlx_migrations").await?;
        Ok(())
    }

    fn rows<'a>(
        &'a mut self,
        shape: &'a Shape,
        after: Option<&'a [Value]>,
    ) -> BoxStream<'a, Result<ReadRow>> {
        let select = AssertSqlSafe(shape.select(after.is_some())).into_sql_str();
        let query = after.into_iter().flatten();
        let query = query.fold(sqlx::query(select), |query, value| bind(query, Some(value)));
        let rows = query.fetch(&mut self.0).err_into();
        rows.map_ok(|row| shape.row(|place, kind| cell(&row, place, kind))).boxed()
    }

    async fn run(&mut self, sql: &str, values: &[Value]) -> sqlx::Result<()> {
        let query = sqlx::query(AssertSqlSafe(sql.to_owned()).into_sql_str());
        let query = values.iter().fold(query, |query, value| bind(query, Some(value)));
        query.execute(&mut self.0).await.map(drop)
    }

    async fn texts(&mut self, sql: &str, columns: usize) -> Result<Vec<Vec<String>>> {
        let query = sqlx::query(AssertSqlSafe(sql.to_owned()).into_sql_str());
        let rows = query.fetch_all(&mut self.0).await?;
        let texts = |row: &SqliteRow| {
            let text =
                |place| row.try_get::<Option<String>, _>(place).map(Option::unwrap_or_default);
            (0..columns).map(text).collect::<sqlx::Result<Vec<_>>>()
        };
        Ok(rows.iter().map(texts).collect::<sqlx::Result<_>>()?)
    }

    async fn insert(&mut self, shape: &Shape, rows: &[Vec<Cell>]) -> sqlx::Result<()> {
        let parameters = (1..=shape.columns.len()).map(|number| format!("${number}"));
        let values = format!("values ({})", parameters.collect::<Vec<_>>().join(", "));
        let insert = AssertSqlSafe(shape.insert("", &values)).into_sql_str();
        for row in rows {
            let query = (0..row.len()).fold(sqlx::query(insert.clone()), |query, place| {
                bind(query, shape.first(row, place))
            });
            query.execute(&mut self.0).await?;
        }
        Ok(())
    }

    fn is_of_the_row(&self, error: &sqlx::Error) -> bool {
        let code = error.as_database_error().and_then(|error| error.code()?.parse::<u32>().ok());
        code.is_some_and(|code| OF_THE_ROW.contains(&(code & 0xff)))
    }

    async fn highest(&mut self, table: &str) -> Result<i64> {
        let highest = format!(
            "select max(coalesce((select max(id) from {table}), 0),
                coalesce((select seq from sqlite_sequence where name = $1), 0))"
        );
        let highest = sqlx::query_scalar(AssertSqlSafe(highest)).bind(table);
        Ok(highest.fetch_one(&mut self.0).await?)
    }

    async fn set_highest(&mut self, table: &str, highest: i64) -> Result<()> {
        // Only tables that never give a number twice are there; others take the highest and one.
        for sql in [
            "insert into sqlite_sequence (name, seq) select name, 0 from sqlite_master
            where type = 'table' and name = $1 and sql like '%autoincrement%' and $2 > 0
                and name not in (select name from sqlite_sequence)",
            "update sqlite_sequence set seq = max(seq, $2) where name = $1",
        ] {
            sqlx::query(sql).bind(table).bind(highest).execute(&mut self.0).await?;
        }
        Ok(())
    }

    async fn begin_first(&mut self) -> Result<()> {
        self.0.execute("begin").await?;
        Ok(())
    }

    async fn begin_last(&mut self) -> Result<()> {
        self.0.execute("begin").await?;
        Ok(())
    }

    async fn tidy(&mut self) -> Result<()> {
        self.0.execute("pragma wal_checkpoint(truncate)").await?;
        Ok(())
    }

    async fn close(self: Box<Self>) -> Result<()> {
        Ok(self.0.close().await?)
    }
}
