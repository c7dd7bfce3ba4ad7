//! PostgreSQL: the engine for production.

use std::io;
use std::str::FromStr;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Pool, SqlSafeStr as _};
use tokio::time::timeout;

use crate::error::waited_in_vain;
use crate::nodes::Process;
use crate::{Error, Result};

mod change;
pub(crate) mod checkup;
mod feed;
mod idle;
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

use change::{BEGIN, Change, Writer, begin_with};
pub(crate) use engine::Engine;
use idle::{STATEMENT_CONNECTIONS, TRUSTED, WAIT};

/// The engine that the files under `statements/` are compiled for.
type Db = sqlx::Postgres;

/// Begins a transaction whose reads all see the same moment.
const BEGIN_SNAPSHOT: &str = "begin isolation level repeatable read, read only";
/// Held until the transaction ends, however it ends. The number is only ours to use.
const LOCK_MIGRATIONS: &str = "select pg_advisory_xact_lock(7835326491)";
/// Counts the tables that mark an unfinished copy.
const UNFINISHED_COPIES: &str =
    "select count(*) from pg_class where oid = to_regclass('unfinished_copy')";
/// Keeps the rows that were read as they are until the transaction ends. Others may still refer to them:
/// keys are never changed.
const FOR_UPDATE: &str = "for no key update";
/// [`FOR_UPDATE`], for the rows of the table that the statement calls `d`.
const FOR_UPDATE_OF_D: &str = "for no key update of d";
/// Leaves out rows that somebody else is about to change.
const FOR_UPDATE_SKIP_LOCKED: &str = "for update skip locked";
/// `serialization_failure` and `deadlock_detected`.
const PASSING_CODES: &[&str] = &["40001", "40P01"];
/// Follows a text that is to be compared byte by byte.
const BYTEWISE: &str = " collate \"C\"";
/// The day, in UTC, of the time in the column `at`.
const DAY_OF_AT: &str = "(at at time zone 'UTC')::date";
/// A number that no taxi has.
const NEXT_TAXI_NUMBER: &str = "nextval('taxi_numbers')";
/// Hails that are in no sum yet; the server knows by itself that the index of these is small.
const WAITING_HAILS: &str = "hails h where h.counted_at is null";

/// See the other engine: this one finds the index by itself.
const HAILS_BY_OPEN_CAR: &str = "hails";

/// See the other engine, too.
const OPEN_HAILS: &str = "hails";

/// Takes all tables for migrations, unless all that are `known` were made. Tables that were taken one after the other, while
/// other servers work, could be waited for by those for whose tables we wait; so all are let go after a moment, and taken
/// again. If that is in vain, for about a minute, the migrations go on without.
fn lock_tables(known: usize) -> String {
    format!(
        "do $$
        declare
            names text := (select string_agg(format('%I', tablename), ', ') from pg_tables
                where schemaname = current_schema());
        begin
            if to_regclass('_sqlx_migrations') is null then return; end if;
            if (select count(*) from _sqlx_migrations) >= {known} then return; end if;
            for attempt in 1..200 loop
                begin
                    perform set_config('lock_timeout', '200ms', true);
                    execute 'lock table ' || names || ' in access exclusive mode';
                    perform set_config('lock_timeout', '0', true);
                    return;
                exception when lock_not_available or deadlock_detected then
                    perform pg_sleep(0.1);
                end;
            end loop;
        end $$"
    )
}

/// Stands before the text of a change that goes to the database with others: one statement is all that
/// can be sent with parameters.
fn before_change(number: usize) -> String {
    let before = if number == 0 { "with" } else { ")," };
    format!("{before} change_{number} as (")
}
/// Follows a change that compares.
const AFTER_COMPARING: &str = " returning 1";
/// Follows the last of them. Fails, by a division by zero, if one that compares changed nothing.
fn after_changes(comparing: &[usize]) -> String {
    let found =
        comparing.iter().map(|number| format!("1 / (select count(*) from change_{number})"));
    format!(") select {}", found.collect::<Vec<_>>().join(", "))
}

/// Connections for transactions, and for what only reads.
const SHARED_CONNECTIONS: u32 = 12;
/// Most connections of one server, with the one that holds its lock; PostgreSQL offers a hundred by default.
pub const CONNECTIONS: u32 = SHARED_CONNECTIONS + STATEMENT_CONNECTIONS + 1;

/// Our questions take some milliseconds at the most: as long as it takes to start a helping process, or to
/// compile a plan.
const SMALL_QUESTIONS: [(&str, &str); 2] =
    [("max_parallel_workers_per_gather", "0"), ("jit", "off")];

/// Begins a change once others that began one with this number have ended. The lock travels with the beginning in one
/// message. Plans are for any parameters: PostgreSQL would plan the join of a new hail's facts each time, which takes
/// 1.2 ms, five times as long as its execution. And each way to a row is an index: a plan from when a table was small would
/// read all of it, until the table is analysed.
async fn begin_alone(engine: &Engine, number: i64) -> Result<Change> {
    let text = format!(
        "{BEGIN}; set local plan_cache_mode = force_generic_plan; set local enable_seqscan = off;
        select pg_advisory_xact_lock({number})"
    );
    Ok(Change::begin_by(&engine.writers, AssertSqlSafe(text).into_sql_str()).await?)
}

fn migrator() -> Migrator {
    sqlx::migrate!("migrations/postgres")
}

/// Nothing: `PostgreSQL` sees to itself.
async fn tend(_engine: &Engine) -> Result<()> {
    Ok(())
}

/// Connects to the database, which must exist.
pub(crate) async fn open(url: &str, process: Process) -> Result<Engine> {
    let mut options = options(url)?.application_name("letaxi").options(SMALL_QUESTIONS);
    // Triggers read it: see the migration `nodes`.
    let (name, node) = match process {
        Process::Command => (None, None),
        Process::Alone => (Some("alone".to_owned()), None),
        Process::Node(node) => (Some(node.to_string()), Some(node)),
    };
    if let Some(name) = name {
        options = options.options([("letaxi.node", name)]);
    }
    let pool = connect(connections(SHARED_CONNECTIONS), &options).await?;
    warn_of_forgetful(&pool).await?;
    let of_statements = connections(STATEMENT_CONNECTIONS).connect_lazy_with(options);
    Ok(Engine::new(pool.clone(), Writer::new(pool, of_statements), node))
}

/// At most so many connections.
fn connections(most: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(most)
        .acquire_timeout(WAIT)
        // Trying each connection out before each use would cost a round trip a request.
        .test_before_acquire(false)
        .before_acquire(|connection, rest| {
            Box::pin(async move { Ok(rest.idle_for < TRUSTED || connection.ping().await.is_ok()) })
        })
}

pub(crate) fn options(url: &str) -> Result<PgConnectOptions> {
    Ok(PgConnectOptions::from_str(url)?)
}

/// Makes a pool and its first connection, and waits for a server that is being started. If that is in vain, the
/// error is the server's own: a pool only says that it waited.
async fn connect(pool: PgPoolOptions, options: &PgConnectOptions) -> Result<Pool<Db>> {
    connect_or_wait(pool, options).await.map_err(|error| match &error {
        Error::Engine(refused) if is_of_a_pooler(refused) => Error::Pooler,
        _ => error,
    })
}

/// True if a pooler refuses the settings of a session.
fn is_of_a_pooler(error: &sqlx::Error) -> bool {
    let refused = error.as_database_error();
    refused.is_some_and(|refused| refused.message().contains("unsupported startup parameter"))
}

async fn connect_or_wait(pool: PgPoolOptions, options: &PgConnectOptions) -> Result<Pool<Db>> {
    match pool.clone().connect_with(options.clone()).await {
        Err(error) if waited_in_vain(&error) => {}
        outcome => return Ok(outcome?),
    }
    let alone = timeout(WAIT, PgConnection::connect_with(options)).await;
    let silence = || io::Error::new(io::ErrorKind::TimedOut, "it does not answer within 5 s");
    alone.map_err(|_elapsed| sqlx::Error::Io(silence()))??.close().await?;
    // It came up just now.
    Ok(pool.connect_with(options.clone()).await?)
}

/// Settings by which a crash may lose the last seconds.
const FORGETFUL: &str = "select name from pg_settings where setting = 'off'
    and name in ('synchronous_commit', 'fsync', 'full_page_writes') order by name";

/// Warns if PostgreSQL is configured so that a crash may lose the last seconds.
async fn warn_of_forgetful(pool: &Pool<Db>) -> Result<()> {
    let off: Vec<String> = sqlx::query_scalar(FORGETFUL).fetch_all(pool).await?;
    for setting in off {
        tracing::warn!(
            %setting,
            "PostgreSQL is set to be faster than safe: hails that were answered may be lost when it crashes"
        );
    }
    Ok(())
}
