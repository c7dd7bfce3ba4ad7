//! Copies between the engines: there and back, interrupted, refused, with rows that cannot be copied.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row, SqliteConnection};
use storage::checkup::checkup;
use storage::copy::{Copied, CopyError, NOT_COPIED, Wishes, copied_tables, copy};
use storage::{Error, Sharing};
use tempfile::TempDir;

/// Rows of every table, on SQLite.
const LIFE: &str = include_str!("copy/life.sql");

/// More rows of a table than fit into some batches.
const MANY: &str = "insert into activity (at, action, resource, resource_id, extra)
    with recursive n (n) as (select 1 union all select n + 1 from n where n < 4500)
    select '2024-02-29T12:00:00+00:00', 'auth_apikey', 'user', cast(n as text), '{}' from n";

/// A registry on SQLite with rows of every table, and what else these statements do.
async fn registry(more: &'static str) -> (TempDir, String) {
    let (folder, url) = no_database();
    storage::migrate(&url).await.unwrap();
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    connection.execute(LIFE).await.unwrap();
    connection.execute(more).await.unwrap();
    connection.close().await.unwrap();
    (folder, url)
}

/// The address of a file that is not there.
fn no_database() -> (TempDir, String) {
    let memory = Path::new("/dev/shm");
    let parent = if memory.is_dir() { memory.into() } else { std::env::temp_dir() };
    let folder = tempfile::tempdir_in(parent).unwrap();
    let url = format!("sqlite://{}", folder.path().join("letaxi.db").display());
    (folder, url)
}

async fn fresh_postgres() -> String {
    tokio::task::spawn_blocking(crate::postgres::fresh_database).await.unwrap()
}

async fn copied(from: &str, to: &str) -> Result<Copied, CopyError> {
    copied_with(from, to, false, usize::MAX).await
}

/// Copies, and stops after so many batches.
async fn copied_with(
    from: &str,
    to: &str,
    may_leave_out: bool,
    batches: usize,
) -> Result<Copied, CopyError> {
    let done = AtomicUsize::new(0);
    let is_stopped = || done.fetch_add(1, Ordering::Relaxed) + 1 >= batches;
    copy(from, to, &Wishes { may_leave_out, tell: &|_| {}, is_stopped: &is_stopped }).await
}

/// All rows of a table on SQLite, each as a text that tells all values apart.
async fn rows(url: &str, table: &str) -> BTreeSet<String> {
    let mut connection = SqliteConnection::connect(url).await.unwrap();
    let columns = format!("select name from pragma_table_info('{table}')");
    let columns: Vec<String> =
        sqlx::query_scalar(AssertSqlSafe(columns)).fetch_all(&mut connection).await.unwrap();
    let quoted: Vec<_> = columns.iter().map(|name| format!("quote(\"{name}\")")).collect();
    let select = format!("select {} from {table}", quoted.join(" || '|' || "));
    let rows = connection.fetch_all(AssertSqlSafe(select)).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

async fn on_postgres(url: &str, sql: &'static str) -> i64 {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let number = sqlx::query_scalar(sql).fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    number
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_is_copied_there_and_back_is_the_same_in_every_table() {
    let (_here, from) = registry(MANY).await;
    let there = fresh_postgres().await;
    let copy_there = copied(&from, &there).await.unwrap();
    let (_back, back) = no_database();
    let copy_back = copied(&there, &back).await.unwrap();
    assert_eq!(copy_there.tables, copy_back.tables);
    assert_eq!(copy_there.left_out, []);
    for (table, name) in copy_there.tables.iter().zip(copied_tables()) {
        let ours = rows(&from, name).await;
        assert!(!ours.is_empty(), "life.sql has no row of {name}: add one");
        assert_eq!((table.name, table.rows), (name, ours.len() as u64));
        // A negative zero is none there.
        let ours: BTreeSet<_> = ours.iter().map(|row| row.replace("-0.0", "0.0")).collect();
        assert_eq!(rows(&back, name).await, ours, "{name}");
    }
    assert_eq!(rows(&back, "sqlite_sequence").await, rows(&from, "sqlite_sequence").await);
    for url in [&there, &back] {
        let store = storage::open(url).await.unwrap();
        assert_eq!(store.accounts().await.unwrap().0.len(), 3);
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_rows_of_a_copy_get_new_numbers_and_its_feed_is_empty() {
    let (_here, from) = registry("").await;
    let there = fresh_postgres().await;
    copied(&from, &there).await.unwrap();
    let next = "insert into accounts (email, roles, hail_endpoint, header_name, header_value, email_customer,
            email_technical, phone_customer, phone_technical, created_at, updated_at)
        values ('new', '', '', '', '', '', '', '', '', now(), now()) returning id";
    assert_eq!(on_postgres(&there, next).await, 41, "40 was given and deleted");
    assert_eq!(on_postgres(&there, "select nextval('taxi_numbers')").await, 18);
    let untouched = "select nextval(pg_get_serial_sequence('activity', 'id'))";
    assert_eq!(on_postgres(&there, untouched).await, 4);
    assert_eq!(on_postgres(&there, "select count(*) from changes").await, 0);
    assert_eq!(on_postgres(&there, "select count(*) from changes_state").await, 0);
    let left = "select count(*) from pg_class where relname like 'unfinished_copy%'";
    assert_eq!(on_postgres(&there, left).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_of_the_schema_is_copied_or_left_out_for_a_reason() {
    let there = fresh_postgres().await;
    storage::migrate(&there).await.unwrap();
    let (_here, here) = registry("").await;
    let mut server = PgConnection::connect(&there).await.unwrap();
    let tables =
        "select table_name::text from information_schema.tables where table_schema = 'public'";
    let mut tables: BTreeSet<String> =
        sqlx::query_scalar(tables).fetch_all(&mut server).await.unwrap().into_iter().collect();
    let mut file = SqliteConnection::connect(&here).await.unwrap();
    let names = "select name from sqlite_master where type = 'table'";
    let names: Vec<String> = sqlx::query_scalar(names).fetch_all(&mut file).await.unwrap();
    tables.extend(names);
    let left_out: BTreeSet<_> = NOT_COPIED.iter().map(|(name, _)| (*name).to_owned()).collect();
    let copied: BTreeSet<_> = copied_tables().map(str::to_owned).collect();
    let missing: Vec<_> = tables
        .iter()
        .filter(|table| !copied.contains(*table) && !left_out.contains(*table))
        .collect();
    assert!(missing.is_empty(), "add them to storage/src/copy/tables.rs: {missing:?}");
    let gone: Vec<_> = copied.iter().filter(|table| !tables.contains(*table)).collect();
    assert!(gone.is_empty(), "no such tables: {gone:?}");
    // The list knows which tables number their rows by the type of their key.
    let numbered = "select count(*) from information_schema.columns
        where table_schema = 'public' and is_identity = 'YES' and column_name <> 'id'";
    assert_eq!(on_postgres(&there, numbered).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_is_stopped_anywhere_goes_on_and_is_not_opened_before_its_end() {
    let (_here, from) = registry(MANY).await;
    let whole = fresh_postgres().await;
    let whole = copied(&from, &whole).await.unwrap();
    let there = fresh_postgres().await;
    // In the first tables, in the rows of one table, in the last tables, and while both sides are compared.
    for batches in [2, 24, 2, 22, 30] {
        let stopped = copied_with(&from, &there, false, batches).await;
        assert!(matches!(stopped, Err(CopyError::Stopped)), "{stopped:?}");
        let refused = storage::open(&there).await.err();
        assert!(matches!(refused, Some(Error::UnfinishedCopy)), "{refused:?}");
    }
    let resumed = copied(&from, &there).await.unwrap();
    assert_eq!(resumed.tables, whole.tables);
    storage::open(&there).await.unwrap().close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_goes_on_from_its_own_source_only() {
    let (_here, from) = registry(MANY).await;
    let there = fresh_postgres().await;
    assert!(matches!(copied_with(&from, &there, false, 3).await, Err(CopyError::Stopped)));
    let (_other, other) = registry("update accounts set email = 'other' where id = 1").await;
    let refused = copied(&other, &there).await.unwrap_err();
    assert!(matches!(refused, CopyError::OtherSource), "{refused}");
    copied(&from, &there).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_changed_between_two_calls_is_found_by_the_comparison() {
    let (_here, from) = registry(MANY).await;
    let there = fresh_postgres().await;
    assert!(matches!(copied_with(&from, &there, false, 6).await, Err(CopyError::Stopped)));
    let mut connection = SqliteConnection::connect(&from).await.unwrap();
    connection.execute("update towns set name = 'Ailleurs' where insee = '75056'").await.unwrap();
    connection.close().await.unwrap();
    let refused = copied(&from, &there).await.unwrap_err();
    assert!(matches!(refused, CopyError::Different { table: "towns", .. }), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_a_command_changes_during_the_copy_is_found_too() {
    let (_here, from) = registry(MANY).await;
    let there = fresh_postgres().await;
    let path = from.clone();
    // Into a table that was copied already.
    let change = move |progress: storage::copy::Progress| {
        if progress.table == "towns" && !progress.is_comparing {
            let path = path.clone();
            let change = async move {
                let mut connection = SqliteConnection::connect(&path).await.unwrap();
                connection.execute("update accounts set email = 'x' where id = 9").await.unwrap();
                connection.close().await.unwrap();
            };
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(change));
        }
    };
    let wishes = Wishes { may_leave_out: false, tell: &change, is_stopped: &|| false };
    let refused = copy(&from, &there, &wishes).await.unwrap_err();
    assert!(matches!(refused, CopyError::Different { table: "accounts", .. }), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_must_not_be_copied_is_refused() {
    let (_here, from) = registry("").await;
    let there = fresh_postgres().await;
    let (_no, no_file) = no_database();
    let says = async |from: &str, to: &str| copied(from, to).await.unwrap_err().to_string();
    assert!(says(&from, &no_file).await.contains("same engine"));
    assert!(says(&no_file, &there).await.contains("no registry in the source"));
    // Nothing was made.
    assert!(!storage::backup::exists(&there).await.unwrap());
    assert!(!storage::backup::exists(&no_file).await.unwrap());

    let served = storage::lock(&from, Sharing::Alone).await.unwrap();
    assert!(
        says(&from, &there).await.contains("the source cannot be used: another letaxi serves it")
    );
    drop(served);
    let served = storage::lock(&there, Sharing::Alone).await.unwrap();
    assert!(
        says(&from, &there).await.contains("the target cannot be used: another letaxi serves it")
    );
    drop(served);

    let older = "delete from _sqlx_migrations where version = 36";
    SqliteConnection::connect(&from).await.unwrap().execute(older).await.unwrap();
    assert!(says(&from, &there).await.contains("an older one: make a backup"));
    let newer = "update _sqlx_migrations set version = 9999 where version = 35";
    SqliteConnection::connect(&from).await.unwrap().execute(newer).await.unwrap();
    assert!(says(&from, &there).await.contains("a newer one"));

    let (_here, from) = registry("").await;
    storage::migrate(&there).await.unwrap();
    let town = "insert into towns (insee, name, border) values ('1', '', '')";
    PgConnection::connect(&there).await.unwrap().execute(town).await.unwrap();
    let refused = copied(&from, &there).await.unwrap_err();
    assert!(matches!(refused, CopyError::NotEmpty("towns")), "{refused}");
    let empty = "delete from towns";
    PgConnection::connect(&there).await.unwrap().execute(empty).await.unwrap();
    copied(&from, &there).await.unwrap();
    let refused = copied(&from, &there).await.unwrap_err();
    assert!(matches!(refused, CopyError::NotEmpty("accounts")), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_cannot_be_copied_are_named_and_do_not_stop_the_others() {
    let bad = "
        update activity set at = 'yesterday' where id = 3;
        update searches set found = 2147483648 where id = 2;
        update descriptions set wifi = 7 where id = 1;
        update live_minutes set scope = 'a' || char(0) || 'b';
        update activity_days set day = '2024-02-30'";
    let (_here, from) = registry(bad).await;
    let there = fresh_postgres().await;
    let CopyError::LeftOut(rows) = copied(&from, &there).await.unwrap_err() else {
        panic!("rows are left out")
    };
    let named: Vec<_> = rows.iter().map(|row| (row.table.as_str(), row.key.as_str())).collect();
    // A taxi needs the description of its vehicle, and others need the taxi.
    let expected = [
        ("activity", "3"),
        ("activity_days", "null auth_apikey user"),
        ("descriptions", "1"),
        ("hail_transitions", "b000001 1"),
        ("hail_transitions", "b000001 3"),
        ("hails", "a000002"),
        ("hails", "b000001"),
        ("last_positions", "zZ9 1"),
        ("live_minutes", "2024-02-29T12:00:00+00:00 a\\u{0}b hails"),
        ("sandbox_taxis", "1"),
        ("searches", "2"),
        ("taxis", "AbC"),
        ("taxis", "zZ9"),
    ];
    assert_eq!(named, expected);
    assert!(rows[0].reason.contains("the column at cannot be read"), "{}", rows[0].reason);
    let refused = storage::open(&there).await.err();
    assert!(matches!(refused, Some(Error::UnfinishedCopy)), "{refused:?}");

    let copied = copied_with(&from, &there, true, usize::MAX).await.unwrap();
    assert_eq!(copied.left_out, rows);
    assert_eq!(on_postgres(&there, "select count(*) from accounts").await, 3);
    assert_eq!(on_postgres(&there, "select count(*) from activity").await, 1);
    let left = "select count(*) from pg_constraint where conname like 'copied%'";
    assert_eq!(on_postgres(&there, left).await, 0, "references are checked in a copy alone");
    let checked = checkup(&there).await.unwrap();
    assert_eq!(checked.registry.unwrap().accounts, 3);
}
