//! A schema for each test in one database of the private PostgreSQL: as isolated as a database of its own,
//! and a hundred times faster to create.

use std::process::Command;
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
