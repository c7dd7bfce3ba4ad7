//! One side of a copy.

use async_trait::async_trait;
use futures_util::stream::BoxStream;

use super::cell::{Cell, Kind, Value};
use super::tables::Table;
use crate::Result;

/// A table with its columns.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) table: &'static Table,
    /// Names and kinds, in the order of PostgreSQL.
    pub(super) columns: Vec<(String, Kind)>,
    /// Places of the columns of the key.
    pub(super) key: Vec<usize>,
}

/// A row that cannot be read.
#[derive(Clone, Debug)]
pub(super) struct Unread {
    /// Its key, as far as that can be read.
    pub(super) key: Vec<Cell>,
    /// The column that is at fault.
    pub(super) column: String,
}

/// A row, or the one that cannot be read in its place.
pub(super) type ReadRow = std::result::Result<Vec<Cell>, Unread>;

impl Shape {
    /// The shape of a table with these columns and types of PostgreSQL; nothing if one is of no kind we know, or the key
    /// lacks a column.
    pub(super) fn of(table: &'static Table, columns: &[(String, String)]) -> Option<Self> {
        let kind = |(name, data_type): &(String, String)| {
            Some((name.clone(), Kind::of_postgres(data_type)?))
        };
        let columns: Vec<_> = columns.iter().map(kind).collect::<Option<_>>()?;
        let place = |key: &&str| columns.iter().position(|(name, _)| name == key);
        let key = table.key.iter().map(place).collect::<Option<_>>()?;
        Some(Self { table, columns, key })
    }

    /// A row of values that `cell` reads; the first column that cannot be read is at fault.
    pub(super) fn row(&self, cell: impl Fn(usize, Kind) -> Option<Cell>) -> ReadRow {
        let cells = self.columns.iter().enumerate().map(|(place, (_, kind))| cell(place, *kind));
        let cells: Vec<Option<Cell>> = cells.collect();
        match cells.iter().position(Option::is_none) {
            None => Ok(cells.into_iter().map(Option::unwrap_or_default).collect()),
            Some(column) => Err(Unread {
                key: self.key.iter().map(|place| cells[*place].clone().flatten()).collect(),
                column: self.columns[column].0.clone(),
            }),
        }
    }

    pub(super) fn key_of(&self, row: &[Cell]) -> Vec<Cell> {
        self.key.iter().map(|place| row[*place].clone()).collect()
    }

    /// True if the engine numbers the rows.
    pub(super) fn has_numbers(&self) -> bool {
        matches!(self.key[..], [place] if self.columns[place] == ("id".to_owned(), Kind::Int))
    }

    fn names(&self) -> String {
        self.columns.iter().map(|(name, _)| quoted(name)).collect::<Vec<_>>().join(", ")
    }

    /// Reads all rows by their key, or those after one key: then it has a parameter for each column of the key.
    pub(super) fn select(&self, is_after: bool) -> String {
        let key = self.table.key.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
        let parameters = (1..=self.key.len()).map(|number| format!("${number}"));
        let parameters = parameters.collect::<Vec<_>>().join(", ");
        let after = format!("where ({key}) > ({parameters}) ");
        let after = if is_after { after.as_str() } else { "" };
        format!("select {} from {} {after}order by {key}", self.names(), self.table.name)
    }

    /// Puts rows there; `values` names the values in the order of the columns.
    pub(super) fn insert(&self, overriding: &str, values: &str) -> String {
        format!("insert into {} ({}) {overriding} {values}", self.table.name, self.names())
    }

    /// A row as it is put first: without a reference to another row of the table.
    pub(super) fn first<'r>(&self, row: &'r [Cell], place: usize) -> Option<&'r Value> {
        let is_own = self.table.own_reference == Some(self.columns[place].0.as_str());
        row[place].as_ref().filter(|_| !is_own)
    }
}

/// A name in SQL: some columns are called as words of the language.
fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

/// A database at one end of a copy.
#[async_trait]
pub(super) trait End: Send {
    /// True if [`End::columns`] knows types of PostgreSQL.
    fn has_types(&self) -> bool;

    /// Names and types of the columns of a table.
    async fn columns(&mut self, table: &str) -> Result<Vec<(String, String)>>;

    async fn has_table(&mut self, table: &str) -> Result<bool>;

    /// Begins a transaction in which everything is read as it is at one moment.
    async fn begin_snapshot(&mut self) -> Result<()>;

    /// Rows of a table by their key, after that one.
    fn rows<'a>(
        &'a mut self,
        shape: &'a Shape,
        after: Option<&'a [Value]>,
    ) -> BoxStream<'a, Result<ReadRow>>;

    /// Runs a statement.
    async fn run(&mut self, sql: &str, values: &[Value]) -> sqlx::Result<()>;

    /// Texts of the rows of a question, empty for null.
    async fn texts(&mut self, sql: &str, columns: usize) -> Result<Vec<Vec<String>>>;

    /// Puts rows into a table.
    async fn insert(&mut self, shape: &Shape, rows: &[Vec<Cell>]) -> sqlx::Result<()>;

    /// True if the engine refuses the values, and another row may go through.
    fn is_of_the_row(&self, error: &sqlx::Error) -> bool;

    /// The highest number that a row of the table was ever given; 0: none was.
    async fn highest(&mut self, table: &str) -> Result<i64>;

    /// Sees to it that the next row of the table gets a higher number.
    async fn set_highest(&mut self, table: &str, highest: i64) -> Result<()>;

    /// Begins the first transaction of a copy, to tables that are empty.
    async fn begin_first(&mut self) -> Result<()>;

    /// Begins the last transaction, which is on the disk when it is committed, with all before it.
    async fn begin_last(&mut self) -> Result<()>;

    /// Does what makes the new tables quick.
    async fn tidy(&mut self) -> Result<()>;

    async fn close(self: Box<Self>) -> Result<()>;

    /// Number of rows of a table.
    async fn count(&mut self, table: &str) -> Result<u64> {
        let count = format!("select cast(count(*) as text) from {table}");
        let found = self.texts(&count, 1).await?;
        Ok(found.first().and_then(|row| row[0].parse().ok()).unwrap_or_default())
    }
}
