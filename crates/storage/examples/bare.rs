//! Duration of the minimal transaction of a hail: three statements, as they come off the
//! page, on the engine alone. A floor to measure hails against.
//!
//!     cargo run --release -p storage --example bare -- sqlite:///tmp/big.db TAXI…
//!
//! One hail for each of these taxis, over at once; one line each, its time in milliseconds.

#![expect(clippy::print_stdout, reason = "this says what it measured")]

use std::time::Instant;

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((url, taxis)) = arguments.split_first() else {
        eprintln!("bare: give a database and ids of taxis");
        std::process::exit(2);
    };
    if url.starts_with("sqlite:") {
        let mut connection = SqliteConnection::connect(url).await.expect("the database opens");
        let set = "pragma synchronous = full; pragma busy_timeout = 5000";
        connection.execute(set).await.expect("set");
        for taxi in taxis {
            transaction(&mut connection, "begin immediate", "printf('f%06x', t.number)", taxi)
                .await;
        }
    } else {
        let mut connection = PgConnection::connect(url).await.expect("the database opens");
        for taxi in taxis {
            transaction(&mut connection, "begin", "'f' || lpad(to_hex(t.number), 6, '0')", taxi)
                .await;
        }
    }
}

async fn transaction<C>(connection: &mut C, begin: &str, id: &str, taxi: &str)
where
    for<'c> &'c mut C: Executor<'c>,
{
    let statements = [
        begin.to_owned(),
        format!(
            "update descriptions set status = 'answering' where status = 'free' and vehicle_id =
                (select vehicle_id from taxis where id = '{taxi}')"
        ),
        format!(
            "insert into hails (id, revision, status, created_at, changed_at, client_id,
                operator_id, taxi_id, vehicle_id, session_id, customer_id, customer_lon,
                customer_lat, customer_address, customer_phone, call_attempt, opens_session)
            select {id}, 1, 'failure', t.added_at, t.added_at, (select min(client_id) from hails),
                t.account_id, t.id, t.vehicle_id, '00000000-0000-4000-8000-000000000000',
                'customer-1', 0, 0, '', '', 0, false
            from taxis t where t.id = '{taxi}'"
        ),
        format!(
            "insert into hail_transitions (hail_id, revision, to_status, at)
            select {id}, 1, 'failure', t.added_at from taxis t where t.id = '{taxi}'"
        ),
        "commit".to_owned(),
    ];
    #[expect(clippy::disallowed_methods, reason = "a stop-watch")]
    let start = Instant::now();
    for statement in statements {
        connection.execute(AssertSqlSafe(statement)).await.expect("it is stored");
    }
    #[expect(clippy::disallowed_methods, reason = "a stop-watch")]
    let time = start.elapsed();
    println!("{}", time.as_secs_f64() * 1e3);
}
