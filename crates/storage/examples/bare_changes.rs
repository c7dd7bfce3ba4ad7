//! Floor for `PUT /taxis/:id`: changes of taxis' statuses by bare statements at the same durability: a read, the change
//! and its two lines of the activity log, of the call and of the status.
//!
//!     cargo run --release -p storage --example bare_changes -- sqlite:///tmp/big.db 32 2
//!
//! The numbers are simultaneous changes and seconds. On SQLite the changes share a transaction and one sync of the disk;
//! on PostgreSQL each has its own connection, and the server groups their syncs. Prints changes a second.

#![expect(clippy::print_stdout, reason = "this says what it measured")]

use std::time::{Duration, Instant};

use sqlx::{Connection, Executor, PgConnection, SqliteConnection};

const READ: &str = "select d.id, d.status, d.status_at, l.number, v.licence_plate, r.last_name
    from taxis t
    join licences l on l.id = t.licence_id
    join vehicles v on v.id = t.vehicle_id
    join drivers r on r.id = t.driver_id
    join descriptions d on d.vehicle_id = t.vehicle_id and d.account_id = t.account_id
    where t.id = $1";
const TAXIS: &str = "select t.id, d.id from taxis t
    join descriptions d on d.vehicle_id = t.vehicle_id and d.account_id = t.account_id order by t.id";

#[expect(clippy::disallowed_methods, reason = "a stop-watch")]
fn now() -> Instant {
    Instant::now()
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, at_once, seconds] = &arguments[..] else {
        eprintln!(
            "bare_changes: give a database, how many changes at once, and for how many seconds"
        );
        std::process::exit(2);
    };
    let at_once: usize = at_once.parse().expect("a number");
    let time = Duration::from_secs(seconds.parse().expect("a number of seconds"));
    let begin = now();
    let changes = if url.starts_with("sqlite:") {
        on_sqlite(url, at_once, begin + time).await
    } else {
        on_postgres(url, at_once, begin + time).await
    };
    println!("{}", f64::from(changes) / (now() - begin).as_secs_f64());
}

async fn on_sqlite(url: &str, at_once: usize, end: Instant) -> u32 {
    let mut connection = SqliteConnection::connect(url).await.expect("the database opens");
    let set =
        "pragma synchronous = full; pragma busy_timeout = 5000; pragma wal_autocheckpoint = 16384";
    connection.execute(set).await.expect("set");
    let taxis: Vec<(String, i64)> =
        sqlx::query_as(TAXIS).fetch_all(&mut connection).await.expect("taxis");
    let mut changes = 0;
    let mut next = taxis.iter().cycle();
    while now() < end {
        connection.execute("begin immediate").await.expect("begun");
        for (taxi, description) in next.by_ref().take(at_once) {
            changes += 1;
            sqlx::query(READ).bind(taxi).fetch_all(&mut connection).await.expect("read");
            sqlx::query(
                "update descriptions set status = case status when 'free' then 'off' else 'free' end,
                    status_at = ? where id = ?;
                insert into activity (at, action, resource, resource_id, extra)
                    values (?, 'auth_apikey', 'user', '1', '{}'), (?, 'taxi_status', 'taxi', ?, '{}')",
            )
            .bind("2024-01-01T00:00:00.000001+00:00")
            .bind(description)
            .bind("2024-01-01T00:00:00.000001+00:00")
            .bind("2024-01-01T00:00:00.000001+00:00")
            .bind(taxi)
            .execute(&mut connection)
            .await
            .expect("written");
        }
        connection.execute("commit").await.expect("committed");
    }
    changes
}

async fn on_postgres(url: &str, at_once: usize, end: Instant) -> u32 {
    let mut connection = PgConnection::connect(url).await.expect("the database opens");
    let taxis: Vec<(String, i64)> =
        sqlx::query_as(TAXIS).fetch_all(&mut connection).await.expect("taxis");
    let share = taxis.len().div_ceil(at_once);
    let mut changing = tokio::task::JoinSet::new();
    for taxis in taxis.chunks(share) {
        let (url, taxis) = (url.to_owned(), taxis.to_vec());
        changing.spawn(async move {
            let mut connection = PgConnection::connect(&url).await.expect("the database opens");
            let mut changes = 0;
            for (taxi, description) in taxis.iter().cycle() {
                if now() >= end {
                    break;
                }
                changes += 1;
                sqlx::query(READ).bind(taxi).fetch_all(&mut connection).await.expect("read");
                sqlx::query(
                    "with changed as (update descriptions
                        set status = case status when 'free' then 'off' else 'free' end, status_at = now()
                        where id = $1)
                    insert into activity (at, action, resource, resource_id, extra)
                        values (now(), 'auth_apikey', 'user', '1', '{}'),
                            (now(), 'taxi_status', 'taxi', $2, '{}')",
                )
                .bind(description)
                .bind(taxi)
                .execute(&mut connection)
                .await
                .expect("written");
            }
            changes
        });
    }
    changing.join_all().await.into_iter().sum()
}
