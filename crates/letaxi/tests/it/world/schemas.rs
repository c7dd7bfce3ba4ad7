//! A schema for each test in one database of the private PostgreSQL: as isolated as a database of its own,
//! and a hundred times faster to create.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

#[path = "../../../../storage/tests/postgres/mod.rs"]
pub(crate) mod postgres;

/// Number of schemas of a process; all are created at once.
const SCHEMAS: u32 = 500;

static DATABASE: LazyLock<String> = LazyLock::new(|| {
    let database = postgres::fresh_database();
    let make = format!(
        "do $$ begin for i in 0..{} loop execute 'create schema test_' || i; end loop; end $$",
        SCHEMAS - 1
    );
    let psql = Command::new("psql").args(["-qX", "-c", &make, &database]).output().unwrap();
    assert!(psql.status.success(), "{}", String::from_utf8_lossy(&psql.stderr));
    database
});

static TAKEN: AtomicU32 = AtomicU32::new(0);

/// Address of a database in which only one empty schema is visible.
pub(super) fn fresh_schema() -> String {
    let schema = TAKEN.fetch_add(1, Ordering::Relaxed);
    assert!(schema < SCHEMAS, "all {SCHEMAS} schemas are taken: make more");
    format!("{}&options[search_path]=test_{schema}", *DATABASE)
}

/// Runs a statement of SQL in the schema at an address of [`fresh_schema`], and returns its answer.
pub(crate) fn sql(url: &str, statement: &str) -> String {
    let (database, schema) = url.split_once("&options[search_path]=").unwrap();
    let statement = format!("set search_path to {schema}; {statement}");
    let psql = Command::new("psql").args(["-qXAt", "-c", &statement, database]).output().unwrap();
    assert!(psql.status.success(), "{}", String::from_utf8_lossy(&psql.stderr));
    String::from_utf8(psql.stdout).unwrap().trim().to_owned()
}

/// A lock on a table that somebody else holds.
pub(crate) struct Holding(Child);

impl Drop for Holding {
    fn drop(&mut self) {
        // At the end of its input it ends, and its transaction with it.
        drop(self.0.stdin.take());
        self.0.wait().unwrap();
    }
}

/// Locks a table for everyone else.
pub(super) fn hold(url: &str, table: &str) -> Holding {
    let (database, schema) = url.split_once("&options[search_path]=").unwrap();
    let mut psql = Command::new("psql");
    psql.args(["-qXAt", database]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut psql = psql.spawn().unwrap();
    let input = psql.stdin.as_mut().unwrap();
    let lock =
        format!("set search_path to {schema};\nbegin;\nlock table {table};\nselect 'held';\n");
    input.write_all(lock.as_bytes()).unwrap();
    let mut line = String::new();
    BufReader::new(psql.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line.trim(), "held");
    Holding(psql)
}
