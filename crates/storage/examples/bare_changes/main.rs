//! Floors of changes: the statements of the work alone, on the same engine at the same durability. On SQLite the changes
//! that are under way share a transaction and one sync of the disk; on PostgreSQL each has a connection of its own, and the
//! server groups their syncs. Prints changes, or lives, a second.
//!
//!     cargo run --release --example bare_changes -- statuses sqlite:///tmp/big.db 32 2
//!     cargo run --release --example bare_changes -- lives postgres:///big 64 5
//!
//! The numbers are simultaneous changes and seconds. `statuses` is the floor of `PUT /taxis/:id`: a read, the change and
//! its two lines of the activity log, of the call and of the status. `lives` is the floor of whole lives of hails: one is
//! made, called and driven, with its steps, its lines of the log and a read before each step.

#![expect(clippy::print_stdout, reason = "this says what it measured")]

use std::str::FromStr;
use std::time::{Duration, Instant};

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, Executor, PgConnection, SqliteConnection};

mod lives;
mod statuses;

#[expect(clippy::disallowed_methods, reason = "a stop-watch")]
fn now() -> Instant {
    Instant::now()
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [work, url, at_once, seconds] = &arguments[..] else { refuse("give four arguments") };
    let (Ok(at_once), Ok(seconds)) = (at_once.parse(), seconds.parse()) else {
        refuse("give changes at once and seconds as numbers")
    };
    let begin = now();
    let end = begin + Duration::from_secs(seconds);
    let done = match (&work[..], url.starts_with("sqlite:")) {
        ("statuses", true) => statuses::on_sqlite(url, at_once, end).await,
        ("statuses", false) => statuses::on_postgres(url, at_once, end).await,
        ("lives", true) => lives::on_sqlite(url, at_once, end).await,
        ("lives", false) => lives::on_postgres(url, at_once, end).await,
        _ => refuse("the work is `statuses` or `lives`"),
    };
    println!("{}", f64::from(done) / (now() - begin).as_secs_f64());
}

/// Says what is wrong with the arguments, and ends.
fn refuse(why: &str) -> ! {
    eprintln!("bare_changes: {why}: statuses|lives DATABASE CHANGES_AT_ONCE SECONDS");
    std::process::exit(2);
}

/// The connection of a writer, as durable as that of the program.
async fn sqlite(url: &str) -> SqliteConnection {
    let mut connection = SqliteConnection::connect(url).await.expect("the database opens");
    let set =
        "pragma synchronous = full; pragma busy_timeout = 5000; pragma wal_autocheckpoint = 16384";
    connection.execute(set).await.expect("set");
    connection
}

/// A connection as that of a server that is alone, which tells no others of its changes.
async fn postgres(url: &str) -> PgConnection {
    let options = PgConnectOptions::from_str(url).expect("an address");
    let options = options.options([("letaxi.node", "alone")]);
    PgConnection::connect_with(&options).await.expect("the database opens")
}
