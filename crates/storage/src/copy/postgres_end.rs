//! PostgreSQL at one end of a copy.

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, Postgres, Row as _};
use sqlx::{Decode, SqlSafeStr as _, Type};

use super::cell::{Cell, Kind, Value};
use super::end::{End, ReadRow, Shape};
use crate::Result;
use crate::postgres::options;

/// Classes of errors that are about the values of a row: data exceptions and constraints.
const OF_THE_ROW: [&str; 2] = ["22", "23"];

/// Settings of the connection. Triggers note changes for other servers, and there are none (see the migration `nodes`).
/// The commits of batches need not be on the disk before the last one is.
const SETTINGS: [(&str, &str); 3] =
    [("letaxi.node", "alone"), ("synchronous_commit", "off"), ("statement_timeout", "0")];

/// References that are checked in a copy alone, where a row may lack the one that it refers to: servers write both
/// together, and a check would lock a row that many of their changes share (see the migration `fewer_writes`).
const REFERENCES: [(&str, &str, &str); 2] = [
    ("hails", "copied_operator", "foreign key (operator_id) references accounts (id)"),
    ("hail_transitions", "copied_hail", "foreign key (hail_id) references hails (id)"),
];

/// A database of a server.
pub(super) struct PostgresEnd(PgConnection);

type Query<'q> = sqlx::query::Query<'q, Postgres, PgArguments>;

impl PostgresEnd {
    pub(super) async fn open(url: &str) -> Result<Self> {
        let options = options(url)?.application_name("letaxi copy").options(SETTINGS);
        Ok(Self(PgConnection::connect_with(&options).await?))
    }
}

fn bind<'q>(query: Query<'q>, value: &Value) -> Query<'q> {
    match value {
        Value::Bool(value) => query.bind(*value),
        Value::Int(value) => query.bind(*value),
        Value::Real(value) => query.bind(*value),
        Value::Text(value) => query.bind(value.clone()),
        Value::Bytes(value) => query.bind(value.clone()),
        Value::Time(value) => query.bind(*value),
        Value::Date(value) => query.bind(*value),
    }
}

/// A value of this kind; `None` if it is none.
fn cell(row: &PgRow, place: usize, kind: Kind) -> Option<Cell> {
    fn get<'r, T: Decode<'r, Postgres> + Type<Postgres>>(
        row: &'r PgRow,
        place: usize,
        value: impl FnOnce(T) -> Value,
    ) -> Option<Cell> {
        Some(row.try_get::<Option<T>, _>(place).ok()?.map(value))
    }
    match kind {
        Kind::Bool => get(row, place, Value::Bool),
        Kind::Small => get(row, place, |number: i32| Value::Int(number.into())),
        Kind::Int => get(row, place, Value::Int),
        Kind::Real => get(row, place, Value::Real),
        Kind::Text => get(row, place, Value::Text),
        Kind::Bytes => get(row, place, Value::Bytes),
        Kind::Time => get(row, place, Value::Time),
        Kind::Date => get(row, place, Value::Date),
    }
}

/// Binds a column of all rows as an array.
fn bind_column<'q>(query: Query<'q>, shape: &Shape, place: usize, rows: &[Vec<Cell>]) -> Query<'q> {
    macro_rules! array {
        ($kind:ident, $value:ident => $what:expr) => {{
            let value = |row: &Vec<Cell>| match shape.first(row, place) {
                Some(Value::$kind($value)) => Some($what),
                _ => None,
            };
            query.bind(rows.iter().map(value).collect::<Vec<_>>())
        }};
    }
    match shape.columns[place].1 {
        Kind::Bool => array!(Bool, value => *value),
        Kind::Small => array!(Int, value => i32::try_from(*value).unwrap_or_default()),
        Kind::Int => array!(Int, value => *value),
        Kind::Real => array!(Real, value => *value),
        Kind::Text => array!(Text, value => value.clone()),
        Kind::Bytes => array!(Bytes, value => value.clone()),
        Kind::Time => array!(Time, value => *value),
        Kind::Date => array!(Date, value => *value),
    }
}

#[async_trait]
impl End for PostgresEnd {
    fn has_types(&self) -> bool {
        true
    }

    async fn columns(&mut self, table: &str) -> Result<Vec<(String, String)>> {
        // Generated ones follow from the others.
        let columns = "select column_name::text, data_type::text from information_schema.columns
            where table_schema = current_schema() and table_name = $1 and is_generated = 'NEVER'
            order by ordinal_position";
        Ok(sqlx::query_as(columns).bind(table).fetch_all(&mut self.0).await?)
    }

    async fn has_table(&mut self, table: &str) -> Result<bool> {
        let found = sqlx::query_scalar("select to_regclass($1) is not null").bind(table);
        Ok(found.fetch_one(&mut self.0).await?)
    }

    async fn begin_snapshot(&mut self) -> Result<()> {
        self.0.execute("begin isolation level repeatable read, read only").await?;
        Ok(())
    }

    fn rows<'a>(
        &'a mut self,
        shape: &'a Shape,
        after: Option<&'a [Value]>,
    ) -> BoxStream<'a, Result<ReadRow>> {
        let select = AssertSqlSafe(shape.select(after.is_some())).into_sql_str();
        let query = after.into_iter().flatten().fold(sqlx::query(select), bind);
        let rows = query.persistent(false).fetch(&mut self.0).err_into();
        rows.map_ok(|row| shape.row(|place, kind| cell(&row, place, kind))).boxed()
    }

    async fn run(&mut self, sql: &str, values: &[Value]) -> sqlx::Result<()> {
        let query = sqlx::query(AssertSqlSafe(sql.to_owned()).into_sql_str());
        values.iter().fold(query, bind).execute(&mut self.0).await.map(drop)
    }

    async fn texts(&mut self, sql: &str, columns: usize) -> Result<Vec<Vec<String>>> {
        let query = sqlx::query(AssertSqlSafe(sql.to_owned()).into_sql_str());
        let rows = query.fetch_all(&mut self.0).await?;
        let texts = |row: &PgRow| {
            let text =
                |place| row.try_get::<Option<String>, _>(place).map(Option::unwrap_or_default);
            (0..columns).map(text).collect::<sqlx::Result<Vec<_>>>()
        };
        Ok(rows.iter().map(texts).collect::<sqlx::Result<_>>()?)
    }

    async fn insert(&mut self, shape: &Shape, rows: &[Vec<Cell>]) -> sqlx::Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let arrays = shape.columns.iter().enumerate();
        let arrays =
            arrays.map(|(place, (_, kind))| format!("${}::{}[]", place + 1, kind.postgres()));
        let values = format!("select * from unnest({})", arrays.collect::<Vec<_>>().join(", "));
        let insert = AssertSqlSafe(shape.insert("overriding system value", &values));
        let query = (0..shape.columns.len())
            .fold(sqlx::query(insert.into_sql_str()), |query, place| {
                bind_column(query, shape, place, rows)
            });
        query.execute(&mut self.0).await.map(drop)
    }

    fn is_of_the_row(&self, error: &sqlx::Error) -> bool {
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
        code.is_some_and(|code| OF_THE_ROW.iter().any(|class| code.starts_with(class)))
    }

    async fn highest(&mut self, table: &str) -> Result<i64> {
        let highest = "select coalesce(
            pg_sequence_last_value(pg_get_serial_sequence($1, 'id')::regclass), 0)";
        Ok(sqlx::query_scalar(highest).bind(table).fetch_one(&mut self.0).await?)
    }

    async fn set_highest(&mut self, table: &str, highest: i64) -> Result<()> {
        let set = "select setval(pg_get_serial_sequence($1, 'id')::regclass, $2)
            where $2 > 0";
        sqlx::query(set).bind(table).bind(highest).execute(&mut self.0).await?;
        Ok(())
    }

    async fn begin_first(&mut self) -> Result<()> {
        self.0.execute("begin").await?;
        for (table, name, reference) in REFERENCES {
            let add = format!("alter table {table} add constraint {name} {reference}");
            self.0.execute(AssertSqlSafe(add).into_sql_str()).await?;
        }
        Ok(())
    }

    async fn begin_last(&mut self) -> Result<()> {
        // The commit that is waited for has all others before it in the log.
        self.0.execute("begin; set local synchronous_commit = on").await?;
        // Numbers of taxis come from a sequence of their own, and on SQLite from the taxis.
        let taxis = "select setval('taxi_numbers', max(number)) from taxis having max(number) > 0";
        self.0.execute(taxis).await?;
        for (table, name, _) in REFERENCES {
            // There is none if the copy was begun by an older version.
            let drop = format!("alter table {table} drop constraint if exists {name}");
            self.0.execute(AssertSqlSafe(drop).into_sql_str()).await?;
        }
        Ok(())
    }

    async fn tidy(&mut self) -> Result<()> {
        self.0.execute("analyze").await?;
        Ok(())
    }

    async fn close(self: Box<Self>) -> Result<()> {
        Ok(self.0.close().await?)
    }
}
