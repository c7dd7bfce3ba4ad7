//! Whole lives of hails.

use std::time::Instant;

use sqlx::Executor;

use super::{now, postgres, sqlite};

const TAXIS: &str = "select t.id, d.id, d.vehicle_id, d.account_id from taxis t
    join descriptions d on d.vehicle_id = t.vehicle_id and d.account_id = t.account_id order by t.id";
const CLIENT: &str = "select id from accounts where roles like '%moteur%' order by id limit 1";

const READ_TAXI: &str =
    "select d.status, d.status_at, l.number, v.licence_plate, r.last_name, a.disabled_at
    from taxis t
    join licences l on l.id = t.licence_id
    join vehicles v on v.id = t.vehicle_id
    join drivers r on r.id = t.driver_id
    join accounts a on a.id = t.account_id
    join descriptions d on d.vehicle_id = t.vehicle_id and d.account_id = t.account_id
    where t.id = $1";
/// Hails and transitions apart: PostgreSQL keeps a plan of the one, and plans the join of both each time.
const READ_HAIL: &str = "with hail as materialized (
        select h.*, d.status as of_taxi from hails h
        join descriptions d on d.vehicle_id = h.vehicle_id and d.account_id = h.operator_id where h.id = $1)
    select h.*, t.to_status from hail h join hail_transitions t on t.hail_id = h.id";

/// Statuses of a life after the first, who else is told of it (the taxi's status), and whether an account says so.
const STEPS: [(&str, Option<&str>, bool); 6] = [
    ("received_by_operator", None, false),
    ("received_by_taxi", None, true),
    ("accepted_by_taxi", None, true),
    ("accepted_by_customer", Some("oncoming"), true),
    ("customer_on_board", Some("occupied"), true),
    ("finished", Some("free"), true),
];

/// A taxi, with the numbers of its description, vehicle and operator.
type Taxi = (String, i64, i64, i64);

/// The engine's words for the present, and for a deadline.
struct Times {
    now: &'static str,
    deadline: &'static str,
}

/// Statements of a new hail of the id `$1`: of the taxi `$2`, with the numbers of its description, vehicle, operator and app.
fn make(times: &Times) -> Vec<String> {
    let Times { now, deadline } = times;
    vec![
        format!("update descriptions set status = 'answering', status_at = {now} where id = $3"),
        "insert into customers (account_id, id, phone) values ($6, $1, '')".to_owned(),
        format!(
            "insert into hails (id, revision, status, created_at, changed_at, deadline_at, client_id, operator_id,
                taxi_id, vehicle_id, session_id, customer_id, customer_lon, customer_lat, customer_address,
                customer_phone, call_attempt, opens_session, insee, car)
            select $1, 1, 'received', {now}, {now}, {deadline}, $6, $5, $2, $4, $1, $1, 2.0, 48.0, 'Paris', '06', 1,
                true, '00001', car from vehicles where id = $4"
        ),
        format!(
            "insert into hail_transitions (hail_id, revision, to_status, at) values ($1, 1, 'received', {now})"
        ),
        format!(
            "insert into activity (at, action, resource, resource_id, extra)
            values ({now}, 'auth_apikey', 'user', '1', '{{}}'), ({now}, 'customer_hail', 'customer', $1, '{{}}')"
        ),
    ]
}

/// Statements of the step of this number.
fn step(number: usize, times: &Times) -> Vec<String> {
    let Times { now, deadline } = times;
    let (status, of_taxi, is_called) = STEPS[number];
    let revision = number + 2;
    let deadline = if number + 1 == STEPS.len() { "null" } else { deadline };
    let mut statements = vec![
        format!(
            "update hails set revision = {revision}, status = '{status}', changed_at = {now}, deadline_at = {deadline}
            where id = $1 and revision = {revision} - 1"
        ),
        format!(
            "insert into hail_transitions (hail_id, revision, from_status, to_status, at)
            values ($1, {revision}, 'received', '{status}', {now})"
        ),
    ];
    if let Some(of_taxi) = of_taxi {
        statements.push(format!(
            "update descriptions set status = '{of_taxi}', status_at = {now} where id = $3"
        ));
    }
    if is_called {
        statements.push(format!(
            "insert into activity (at, action, resource, resource_id, extra)
            values ({now}, 'auth_apikey', 'user', '1', '{{}}')"
        ));
    }
    if of_taxi.is_some() {
        statements.push(format!(
            "insert into activity (at, action, resource, resource_id, extra)
            values ({now}, 'taxi_status', 'taxi', $2, '{{}}')"
        ));
    }
    statements
}

/// The id of a hail, of numbers below seven millions; another process has others.
fn id(number: u32) -> String {
    format!("{:07x}", u64::from(std::process::id()) * 7_000_000 % 0x0800_0000 + u64::from(number))
}

/// Makes the change of this number in the life of a hail, after the read that belongs to it. A macro, since the connections
/// of both engines share no type.
macro_rules! change {
    ($connection:expr, $number:expr, $sql:expr, $id:expr, $taxi:expr, $client:expr) => {{
        let (taxi, description, vehicle, operator) = $taxi;
        let (read, of) = if $number == 0 { (READ_TAXI, taxi) } else { (READ_HAIL, $id) };
        sqlx::query(read).bind(of).fetch_all($connection).await.expect("the database answers");
        let change = sqlx::query(sqlx::AssertSqlSafe($sql.clone()));
        let change = change.bind($id).bind(taxi).bind(description).bind(vehicle);
        let change = change.bind(operator).bind($client);
        change.execute($connection).await.expect("the database takes changes");
    }};
}

pub(super) async fn on_sqlite(url: &str, at_once: usize, end: Instant) -> u32 {
    let times = Times {
        now: "'2024-01-01T00:00:00.000001+00:00'",
        deadline: "'2024-01-01T02:00:00.000001+00:00'",
    };
    let mut connection = sqlite(url).await;
    let taxis: Vec<Taxi> = sqlx::query_as(TAXIS).fetch_all(&mut connection).await.expect("taxis");
    let client: i64 = sqlx::query_scalar(CLIENT).fetch_one(&mut connection).await.expect("an app");
    let make = make(&times).join("; ");
    let steps: Vec<_> = (0..STEPS.len()).map(|number| step(number, &times).join("; ")).collect();
    let mut lives = 0;
    let mut next = taxis.iter().cycle();
    while now() < end {
        let hails: Vec<_> = next.by_ref().take(at_once).zip(lives..).collect();
        for (number, sql) in std::iter::once(&make).chain(&steps).enumerate() {
            connection.execute("begin immediate").await.expect("begun");
            for (taxi, hail) in &hails {
                let id = id(*hail);
                change!(&mut connection, number, sql, &id, taxi, client);
            }
            connection.execute("commit").await.expect("committed");
        }
        lives += u32::try_from(hails.len()).expect("few");
    }
    lives
}

/// One statement of several.
fn together(statements: &[String]) -> String {
    let statements = statements.iter().enumerate();
    let changes = statements.map(|(number, statement)| format!("change_{number} as ({statement})"));
    let changes = changes.collect::<Vec<_>>().join(", ");
    // All parameters are named, so that each statement takes the same ones.
    format!("with {changes} select where $1 = '' and $2 = '' and $3 + $4 + $5 + $6 = 0")
}

pub(super) async fn on_postgres(url: &str, at_once: usize, end: Instant) -> u32 {
    let times = Times { now: "now()", deadline: "now() + interval '2 hours'" };
    let mut connection = postgres(url).await;
    let taxis: Vec<Taxi> = sqlx::query_as(TAXIS).fetch_all(&mut connection).await.expect("taxis");
    let client: i64 = sqlx::query_scalar(CLIENT).fetch_one(&mut connection).await.expect("an app");
    let mut texts = vec![together(&make(&times))];
    texts.extend((0..STEPS.len()).map(|number| together(&step(number, &times))));
    let share = taxis.len().div_ceil(at_once);
    let mut living = tokio::task::JoinSet::new();
    for (worker, taxis) in (0..).zip(taxis.chunks(share)) {
        let (url, taxis, texts) = (url.to_owned(), taxis.to_vec(), texts.clone());
        living.spawn(async move {
            let mut connection = postgres(&url).await;
            let mut lives = 0;
            for taxi in taxis.iter().cycle() {
                if now() >= end {
                    break;
                }
                let id = id(worker * 100_000 + lives);
                for (number, sql) in texts.iter().enumerate() {
                    change!(&mut connection, number, sql, &id, taxi, client);
                }
                lives += 1;
            }
            lives
        });
    }
    living.join_all().await.into_iter().sum()
}
