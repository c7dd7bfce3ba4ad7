//! SQLite: the embedded engine. One file, one writer at a time, any number of readers beside it.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, Pool, SqlStr, Transaction};

use crate::{Error, Result};

mod change;
pub(crate) mod checkup;
mod group;
pub(crate) mod lock;
mod nodes;

#[path = "statements/account_parts.rs"]
mod account_parts;
#[path = "statements/accounts.rs"]
mod accounts;
#[path = "statements/answers.rs"]
mod answers;
#[path = "statements/calls.rs"]
mod calls;
#[path = "statements/cars.rs"]
mod cars;
#[path = "statements/customers.rs"]
mod customers;
#[path = "statements/day_bars.rs"]
mod day_bars;
#[path = "statements/engine.rs"]
mod engine;
#[path = "statements/enrolment.rs"]
mod enrolment;
#[path = "statements/enrolment_parts.rs"]
mod enrolment_parts;
#[path = "statements/exports.rs"]
mod exports;
#[path = "statements/facts.rs"]
mod facts;
#[path = "statements/figures.rs"]
mod figures;
#[path = "statements/hail_making.rs"]
mod hail_making;
#[path = "statements/hail_rows.rs"]
mod hail_rows;
#[path = "statements/hails.rs"]
mod hails;
#[path = "statements/history.rs"]
mod history;
#[path = "statements/identities.rs"]
mod identities;
#[path = "statements/inspections.rs"]
mod inspections;
#[path = "statements/keys.rs"]
mod keys;
#[path = "statements/licence_lists.rs"]
mod licence_lists;
#[path = "statements/list_filters.rs"]
mod list_filters;
#[path = "statements/lists.rs"]
mod lists;
#[path = "statements/live.rs"]
mod live;
#[path = "statements/mergers.rs"]
mod mergers;
#[path = "statements/migrate.rs"]
mod migrate;
#[path = "statements/password_links.rs"]
mod password_links;
#[path = "statements/positions.rs"]
mod positions;
#[path = "statements/provider_visits.rs"]
mod provider_visits;
#[path = "statements/quality.rs"]
mod quality;
#[path = "statements/records.rs"]
mod records;
#[path = "statements/retention.rs"]
mod retention;
#[path = "statements/retention_parts.rs"]
mod retention_parts;
#[path = "statements/retention_questions.rs"]
mod retention_questions;
#[path = "statements/samples.rs"]
mod samples;
#[path = "statements/sandbox.rs"]
mod sandbox;
#[path = "statements/searches.rs"]
mod searches;
#[path = "statements/second_steps.rs"]
mod second_steps;
#[path = "statements/session_lists.rs"]
mod session_lists;
#[path = "statements/sign_ins.rs"]
mod sign_ins;
#[path = "statements/taxi_rows.rs"]
mod taxi_rows;
#[path = "statements/territory_parts.rs"]
mod territory_parts;
#[path = "statements/territory_rows.rs"]
mod territory_rows;
#[path = "statements/tickets.rs"]
mod tickets;
#[path = "statements/together.rs"]
mod together;

use change::Change;
pub(crate) use engine::Engine;
use engine::{TRIES, is_passing};
use group::Writer;

/// The engine that the files under `statements/` are compiled for.
type Db = sqlx::Sqlite;

/// Begins a migration, with the right to write.
const BEGIN: &str = "begin immediate";
/// Begins a transaction whose reads all see the same moment.
const BEGIN_SNAPSHOT: &str = "begin";
/// [`BEGIN`] alone keeps a second process from migrating meanwhile.
const LOCK_MIGRATIONS: &str = "select 1";
/// Counts the tables that mark an unfinished copy.
const UNFINISHED_COPIES: &str = "select count(*) from sqlite_master where name = 'unfinished_copy'";
/// The only writer needs no row locks.
const FOR_UPDATE: &str = "";
/// See [`FOR_UPDATE`].
const FOR_UPDATE_OF_D: &str = "";
/// See [`FOR_UPDATE`].
const FOR_UPDATE_SKIP_LOCKED: &str = "";
/// Somebody else was writing: `SQLITE_BUSY` and its kinds for recovery and snapshots.
const PASSING_CODES: &[&str] = &["5", "261", "517"];
/// Follows a text that is to be compared byte by byte: all are.
const BYTEWISE: &str = "";
/// The day, in UTC, of the time in the column `at`.
const DAY_OF_AT: &str = "substr(at, 1, 10)";
/// A number that no taxi has.
const NEXT_TAXI_NUMBER: &str = "(select coalesce(max(number), 0) + 1 from taxis)";
/// Hails that are in no sum yet. The index is named, because whoever analysed the database before
/// they were counted made it look larger than it is.
const WAITING_HAILS: &str = "hails h indexed by hails_not_counted where h.counted_at is null";

/// Hails, to look up the open one of a car. The index is named, because SQLite would rather look
/// through all hails that have a deadline.
const HAILS_BY_OPEN_CAR: &str = "hails indexed by one_open_hail_per_car";

/// Open hails, which are few, by an index of theirs.
const OPEN_HAILS: &str = "hails indexed by hails_open";

/// Nothing: a change has the whole file.
fn lock_tables(_known: usize) -> String {
    "select 1".to_owned()
}

/// Stands before the text of a change that goes to the database with others.
fn before_change(number: usize) -> &'static str {
    if number == 0 { "" } else { "; " }
}
/// Follows a change that compares. Fails, by an integer overflow, if that changed nothing.
const AFTER_COMPARING: &str = "; select abs(-9223372036854775807 - (changes() = 0))";
/// Follows the last of them.
fn after_changes(_comparing: &[usize]) -> &'static str {
    ""
}

/// Most readers at once; each is a thread.
const READERS: u32 = 8;
/// Page cache of the writer: a hail touches some dozens of pages all over the file.
const WRITER_CACHE_KIB: u32 = 32 * 1024;
/// Number of statements that the writer keeps prepared; each may have several beginnings and ends.
const WRITER_STATEMENTS: usize = 512;
/// Pages of 4 KiB in the write-ahead file at which the writer itself checkpoints, which takes some milliseconds
/// while everyone waits. Normally a checkpoint beside the writer comes sooner: see [`tend`].
const MOST_WAL_PAGES: u32 = 16 * 1024;
/// Up to which size, in bytes, a file is looked through when it is opened: a quarter of a second.
const LOOKED_OVER: i64 = 256 << 20;
/// Looks through the whole file, and names so many faults at most.
const LOOK_OVER: &str = "pragma integrity_check(10)";
/// Longest wait of a change for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Begins a change: the only writer is alone.
async fn begin_alone(engine: &Engine, _number: i64) -> Result<Change> {
    engine.begin().await
}

fn migrator() -> Migrator {
    sqlx::migrate!("migrations/sqlite")
}

/// Opens the file, making it if there is none, and brings its tables to what this version knows.
pub(crate) async fn open(url: &str) -> Result<Engine> {
    let opened = async {
        let engine = connect(url).await?;
        look_over(&engine.readers).await?;
        engine.migrate().await?;
        Ok(engine)
    };
    opened.await.map_err(|error| named(url, error))
}

/// Begins a transaction. If it is cut short, the connection's own thread undoes it.
async fn begin_with(pool: &Pool<Db>, begin: SqlStr) -> sqlx::Result<Transaction<'static, Db>> {
    pool.begin_with(begin).await
}

/// True if a connection that is given back is in no transaction. When the disk fails, SQLite may undo a transaction by
/// itself, and sqlx, whose own undoing is refused then, takes it to be still open, for ever.
async fn is_at_rest(connection: &mut sqlx::SqliteConnection) -> sqlx::Result<bool> {
    if connection.is_in_transaction() {
        // What was asked of it when the transaction was dropped is done after this.
        connection.ping().await?;
    }
    Ok(!connection.is_in_transaction())
}

async fn connect(url: &str) -> Result<Engine> {
    let options = SqliteConnectOptions::from_str(url)?
        // A hail that was answered with 201 survives a power cut.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT);
    let pool = || {
        SqlitePoolOptions::new()
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .after_release(|connection, _| Box::pin(is_at_rest(connection)))
    };
    if is_in_memory(url) {
        // A database in memory is its one connection's.
        let only: Pool<Db> = pool().max_connections(1).connect_with(options).await?;
        return Ok(Engine::new(only.clone(), Writer::new(only, false), None));
    }
    create_private(options.get_filename())?;
    let writer = options
        .clone()
        .statement_cache_capacity(WRITER_STATEMENTS)
        .pragma("cache_size", format!("-{WRITER_CACHE_KIB}"))
        // Pages to which a change is undone go to a file of their own otherwise, three times as much as the log gets.
        .pragma("temp_store", "memory")
        .pragma("wal_autocheckpoint", MOST_WAL_PAGES.to_string());
    let writers = pool().max_connections(1).connect_with(writer).await?;
    turn_to_wal(&writers).await?;
    try_to_write(&writers).await?;
    let readers = options.pragma("query_only", "on");
    let readers = pool().max_connections(READERS).connect_with(readers).await?;
    Ok(Engine::new(readers, Writer::new(writers, true), None))
}

/// Refuses a file of which a page is broken: a call that needs that page would fail, one day.
async fn look_over(readers: &Pool<Db>) -> Result<()> {
    let pages = "select page_count * page_size from pragma_page_count, pragma_page_size";
    let bytes: i64 = sqlx::query_scalar(pages).fetch_one(readers).await?;
    if bytes > LOOKED_OVER {
        return Ok(());
    }
    let said: String = sqlx::query_scalar("pragma quick_check(1)").fetch_one(readers).await?;
    let file = readers.connect_options().get_filename().to_owned();
    if said == "ok" { Ok(()) } else { Err(Error::Damaged { file, what: said }) }
}

/// Takes into the file what SQLite reads in its write-ahead log, and looks through all of it. The faults
/// found, in SQLite's words.
pub(crate) async fn recover(url: &str) -> Result<Vec<String>> {
    let looked_over = async {
        let options = SqliteConnectOptions::from_str(url)?;
        let mut connection = sqlx::SqliteConnection::connect_with(&options).await?;
        sqlx::query("pragma wal_checkpoint(truncate)").execute(&mut connection).await?;
        let said = sqlx::query_scalar(LOOK_OVER).fetch_all(&mut connection).await?;
        connection.close().await?;
        Ok(said)
    };
    let said: Vec<String> = looked_over.await.map_err(|error| named(url, error))?;
    Ok(said.into_iter().filter(|line| line != "ok").collect())
}

/// An error with the name of the file that it is about, if that is damaged.
fn named(url: &str, error: Error) -> Error {
    let (Error::Engine(engine) | Error::Migration(MigrateError::Execute(engine))) = &error else {
        return error;
    };
    let code = engine.as_database_error().and_then(|error| error.code()?.parse::<u32>().ok());
    // The low byte of a code is its kind: `SQLITE_CORRUPT` and `SQLITE_NOTADB`.
    if !code.is_some_and(|code| matches!(code & 0xff, 11 | 26)) {
        return error;
    }
    let what = engine.to_string();
    let file = SqliteConnectOptions::from_str(url).map(|options| options.get_filename().to_owned());
    file.map_or(error, |file| Error::Damaged { file, what })
}

/// The file that an address names; none if it names no file.
pub(crate) fn file(url: &str) -> Option<PathBuf> {
    if !url.starts_with("sqlite:") || is_in_memory(url) {
        return None;
    }
    SqliteConnectOptions::from_str(url).ok().map(|options| options.get_filename().to_owned())
}

fn is_in_memory(url: &str) -> bool {
    url.contains(":memory:") || url.contains("mode=memory")
}

/// Makes the file if there is none, so that nobody but its owner reads it; SQLite's companion
/// files take over its mode.
///
/// A file that is there is not even opened: closing it again would lift the locks that SQLite holds
/// on it for other connections of this process.
fn create_private(file: &Path) -> Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            Err(Error::File { file: file.to_owned(), error })
        }
        _ => Ok(()),
    }
}

/// Writes something and takes it back: whoever cannot write must not start to serve. The right to
/// write alone is given on a read-only disk too.
async fn try_to_write(writers: &Pool<Db>) -> Result<()> {
    let mut transaction = writers.begin_with(BEGIN).await?;
    sqlx::query("pragma user_version = 1").execute(&mut *transaction).await?;
    Ok(transaction.rollback().await?)
}

/// Brings what the write-ahead file holds into the main file, as far as nobody reads what was before it;
/// the writer goes on meanwhile.
async fn tend(engine: &Engine) -> Result<()> {
    // Not a change in the eyes of `query_only`.
    sqlx::query("pragma wal_checkpoint(passive)").execute(&engine.readers).await?;
    Ok(())
}

/// Lets readers read while the writer writes; the file stays so.
async fn turn_to_wal(writers: &Pool<Db>) -> Result<()> {
    let turn = || sqlx::query("pragma journal_mode = wal").execute(writers);
    let mut outcome = turn().await;
    for _ in 0..TRIES {
        if outcome.as_ref().err().is_none_or(|error| !is_passing(error)) {
            break;
        }
        // Another process is turning it. SQLite does not wait here, but it does for a transaction.
        drop(writers.begin_with(BEGIN).await?);
        outcome = turn().await;
    }
    Ok(outcome.map(drop)?)
}
