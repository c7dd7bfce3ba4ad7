//! Fills a database with a country's worth of made-up taxis and hails, for measuring.
//!
//!     cargo run --release -p storage --example fill -- sqlite:///tmp/big.db 60000 1000000
//!
//! A fourth number lets only the first so many towns license taxis, a fifth spreads the hails over so many years, and a
//! sixth adds so many searches.
//!
//! The database must hold accounts and towns already: taxis are shared out among the accounts with
//! the role `operateur`, hails among those with the role `moteur`. A hail has four transitions and
//! three lines in the activity log; they are spread over the last year, all over.

#![expect(clippy::print_stdout, reason = "this says how far it is")]

use std::time::Instant;

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};

/// SQL dialect differences of the engines.
struct Dialect {
    /// The numbers from 1 to N, as the column `n` of the table `numbers`.
    numbers: &'static str,
    /// So many seconds before now.
    ago: fn(&str) -> String,
    /// A number of six hexadecimal digits.
    hex: fn(&str) -> String,
}

const SQLITE: Dialect = Dialect {
    numbers: "with recursive numbers (n) as
        (select 1 union all select n + 1 from numbers where n < {})",
    ago: |seconds| {
        format!("strftime('%Y-%m-%dT%H:%M:%S+00:00', 'now', '-' || ({seconds}) || ' seconds')")
    },
    hex: |number| format!("lower(printf('%07x', {number}))"),
};

const POSTGRES: Dialect = Dialect {
    numbers: "with numbers (n) as (select generate_series(1::bigint, {}))",
    ago: |seconds| format!("(date_trunc('second', now()) - make_interval(secs => {seconds}))"),
    hex: |number| format!("lpad(to_hex({number}), 7, '0')"),
};

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, taxis, hails, rest @ ..] = &arguments[..] else {
        eprintln!("fill: give a database, a number of taxis and a number of hails");
        std::process::exit(2);
    };
    let number = |text: &String| text.parse::<u32>().expect("a number");
    let (taxis, hails) = (number(taxis), number(hails));
    let given = |place: usize, default| rest.get(place).map_or(default, number);
    let wanted = Wanted {
        taxis,
        hails,
        towns: given(0, u32::MAX),
        years: given(1, 1),
        searches: given(2, 0),
    };
    if url.starts_with("sqlite:") {
        let mut connection = SqliteConnection::connect(url).await.expect("the database opens");
        connection
            .execute("pragma synchronous = off; pragma cache_size = -200000")
            .await
            .expect("set");
        for (what, sql) in statements(&SQLITE, &wanted) {
            run(&mut connection, what, &sql).await;
        }
    } else {
        let mut connection = PgConnection::connect(url).await.expect("the database opens");
        for (what, sql) in statements(&POSTGRES, &wanted) {
            run(&mut connection, what, &sql).await;
        }
        let numbers = "select setval('taxi_numbers', (select max(number) from taxis))";
        run(&mut connection, "numbers of taxis", numbers).await;
        run(&mut connection, "vacuum", "vacuum analyze").await;
    }
}

async fn run<C>(connection: &mut C, what: &str, sql: &str)
where
    for<'c> &'c mut C: Executor<'c>,
{
    #[expect(clippy::disallowed_methods, reason = "a stop-watch for who waits")]
    let start = Instant::now();
    if let Err(error) = connection.execute(AssertSqlSafe(sql)).await {
        panic!("{what}: {error}\n{sql}");
    }
    #[expect(clippy::disallowed_methods, reason = "a stop-watch for who waits")]
    let seconds = start.elapsed().as_secs_f64();
    println!("{what}: {seconds:.1} s");
}

/// Numbers of rows.
struct Wanted {
    taxis: u32,
    hails: u32,
    /// Towns that license taxis.
    towns: u32,
    /// Years over which hails and searches are spread.
    years: u32,
    searches: u32,
}

/// Work and its parameters.
#[expect(clippy::too_many_lines, reason = "a list of statements")]
fn statements(dialect: &Dialect, wanted: &Wanted) -> Vec<(&'static str, String)> {
    let Wanted { taxis, hails, towns, years, searches } = *wanted;
    let numbers = |upto: u32| dialect.numbers.replace("{}", &upto.to_string());
    let now = (dialect.ago)("0");
    // Within 300 days, so that none is deleted for having been away for a year.
    let taxi_age = (dialect.ago)("(n * 7919) % 25920000");
    // Evenly over the years, a little over a minute ago at the latest.
    let spread = |rows: u32| format!("(n * {}.0 / {rows}) + 70", years * 365 * 86_400 - 200);
    let age = spread(hails);
    let at = |later: u32| (dialect.ago)(&format!("{age} - {later}"));
    let hex = (dialect.hex)("n * 214 % 268435399");
    let taxi_of = format!("1 + (n * 104729) % {taxis}");
    let alphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let digit = |divisor: u64| {
        format!("substr('{alphabet}', cast(1 + (n / {divisor}) % 57 as integer), 1)")
    };
    let id =
        format!("{} || {} || {} || {} || 'zzz'", digit(1), digit(57), digit(3_249), digit(185_193));
    let operator = "(select id from operators where place = n % (select count(*) from operators))";
    let town = "(select insee from places where place = n % (select count(*) from places))";
    let session = format!("'00000000-0000-4000-8000-00000' || {}", (dialect.hex)("n - n % 2"));
    vec![
        (
            "operators and towns",
            format!(
                "create table operators as
                select id, row_number() over (order by id) - 1 as place
                from accounts where roles like '%operateur%';
            create table apps as
                select id, row_number() over (order by id) - 1 as place
                from accounts where roles like '%moteur%';
            create table places as
                select insee, row_number() over (order by insee) - 1 as place from towns
                    order by insee limit {towns};
            create unique index operators_place on operators (place);
            create unique index apps_place on apps (place);
            create unique index places_place on places (place)"
            ),
        ),
        (
            "taxis",
            format!(
                "{n} insert into vehicles (licence_plate, created_at)
                    select 'PL-' || (n + 1000000), {now} from numbers;
                {n} insert into descriptions (vehicle_id, account_id, status, status_at, radius_m,
                        model, constructor, engine, color, created_at, updated_at)
                    select v.id, {operator}, 'free', {now},
                        case when n % 5 = 0 then 150 + n % 350 end, 'Model ' || n % 300,
                        'Maker ' || n % 20, '', 'blue',
                        {now}, {now}
                    from numbers join vehicles v on v.licence_plate = 'PL-' || (n + 1000000);
                {n} insert into licences (account_id, number, insee, owner_name, category,
                        created_at, updated_at)
                    select {operator}, 'ads-' || n, {town}, '', '', {now}, {now} from numbers;
                {n} insert into drivers (account_id, departement, professional_licence, first_name,
                        last_name, created_at, updated_at)
                    select {operator}, '75', 'lic-' || n, 'First', 'Last', {now}, {now} from numbers;
                {n} insert into taxis (id, account_id, licence_id, driver_id, vehicle_id, added_at,
                        last_seen_at, number, plain_plate)
                    select {id}, d.account_id, l.id, r.id, v.id, {taxi_age}, {taxi_age}, n,
                        'pl' || (n + 1000000)
                    from numbers
                    join vehicles v on v.licence_plate = 'PL-' || (n + 1000000)
                    join descriptions d on d.vehicle_id = v.id
                    join licences l on l.account_id = d.account_id and l.number = 'ads-' || n
                    join drivers r on r.account_id = d.account_id
                        and r.professional_licence = 'lic-' || n",
                n = numbers(taxis)
            ),
        ),
        (
            "customers",
            format!(
                "{} insert into customers (account_id, id, phone)
                    select a.id, 'customer-' || n, '' from numbers cross join apps a",
                numbers(hails / 50)
            ),
        ),
        (
            "hails",
            format!(
                "{n} insert into hails (id, revision, status, created_at, changed_at, client_id,
                        operator_id, taxi_id, vehicle_id, session_id, customer_id, customer_lon,
                        customer_lat, customer_address, customer_phone, initial_lon, initial_lat,
                        taxi_phone, call_attempt, opens_session, insee)
                    select {hex}, 4,
                        case n % 10 when 0 then 'timeout_taxi' when 1 then 'declined_by_taxi'
                            when 2 then 'declined_by_customer' when 3 then 'failure'
                            when 4 then 'incident_taxi' else 'finished' end,
                        {created}, {changed},
                        (select id from apps where place = n % (select count(*) from apps)),
                        t.account_id, t.id, t.vehicle_id, {session},
                        'customer-' || (1 + n % {customers}), 2.0 + (n % 1000) / 1000.0,
                        48.0 + (n % 997) / 997.0, '1 rue de la Paix', '0600000000',
                        2.001 + (n % 1000) / 1000.0, 48.001 + (n % 997) / 997.0, '0611111111', 1,
                        n % 2 = 0, {town}
                    from numbers join taxis t on t.number = {taxi_of}",
                n = numbers(hails),
                created = at(0),
                changed = at(60),
                customers = hails / 50,
            ),
        ),
        (
            "transitions",
            format!(
                "{n} insert into hail_transitions (hail_id, revision, from_status, to_status, at)
                    select {hex}, s.revision, s.was, s.becomes,
                        case s.revision when 1 then {a} when 2 then {b} when 3 then {c} else {d} end
                    from numbers cross join (
                        select 1 as revision, null as was, 'received' as becomes
                        union all select 2, 'received', 'received_by_operator'
                        union all select 3, 'received_by_operator', 'received_by_taxi'
                        union all select 4, 'received_by_taxi', 'accepted_by_taxi') s",
                n = numbers(hails),
                a = at(0),
                b = at(1),
                c = at(4),
                d = at(12),
            ),
        ),
        (
            "searches",
            format!(
                "{n} insert into searches (at, account_id, insee, lon, lat, found, seen, nearest_m)
                    select {at}, (select id from apps where place = n % (select count(*) from apps)),
                        {town}, 2.0 + (n % 1000) / 1000.0, 48.0 + (n % 997) / 997.0, 5, 3, 120.0
                    from numbers where n <= {searches}",
                n = numbers(searches.max(1)),
                at = (dialect.ago)(&spread(searches.max(1))),
            ),
        ),
        (
            "activity",
            format!(
                "{n} insert into activity (at, action, resource, resource_id, extra)
                    select {at}, s.action, s.resource, cast(n % 1000 as text), '{{}}'
                    from numbers cross join (
                        select 'auth_apikey' as action, 'user' as resource
                        union all select 'customer_hail', 'customer'
                        union all select 'taxi_status', 'taxi') s",
                n = numbers(hails),
                at = at(0),
            ),
        ),
        ("tidy up", "drop table operators; drop table apps; drop table places".to_owned()),
        ("statistics", "analyze".to_owned()),
    ]
}
