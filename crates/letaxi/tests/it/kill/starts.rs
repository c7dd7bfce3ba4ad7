//! Refused and successful starts: one server per database.

use std::net::TcpListener;
use std::path::Path;

use super::cluster::Attacked;
use super::program::{Program, call, run, try_start};
use crate::world::{Engine, World};

/// An address without a server; no operator is called here.
const NO_SERVER: &str = "127.0.0.1:1";
/// The process of the database for the connection with the lock.
const HOLDER: &str = "select a.pid from pg_stat_activity a join pg_locks l using (pid)
    where a.application_name = 'letaxi lock' and l.locktype = 'advisory' and l.granted";
/// Number of connections that wait for it.
const WAITING: &str = "select count(*) from pg_stat_activity a join pg_locks l using (pid)
    where a.application_name = 'letaxi lock' and l.locktype = 'advisory' and not l.granted";

/// Error of a second server.
async fn refusal(url: &str) -> String {
    try_start(url, NO_SERVER).await.err().expect("another server serves already")
}

fn assert_says_what_to_do(said: &str) {
    assert!(said.contains("another letaxi serves it already"), "{said}");
    assert!(said.contains("stop that one first"), "{said}");
}

/// A second server is refused, commands are not, and after a kill the next server starts at once.
async fn one_server_serves(url: &str) {
    let program = Program::start(url, NO_SERVER).await;
    assert_says_what_to_do(&refusal(url).await);

    let folder = tempfile::tempdir().unwrap();
    let exclusion = "exclusions/airport_bron.geojson";
    std::fs::create_dir(folder.path().join("exclusions")).unwrap();
    let territory = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo-territory");
    std::fs::copy(territory.join(exclusion), folder.path().join(exclusion)).unwrap();
    for command in [
        &["migrate"][..],
        &["user", "create", "op@x.fr", "--role", "operateur"],
        &["import", folder.path().to_str().unwrap()],
    ] {
        let (well, said) = run(command, url);
        assert!(well, "{command:?}: {said}");
    }
    assert_eq!(call(&program.address, "GET /healthz HTTP/1.1", "").await.unwrap().0, 200);

    program.kill();
    Program::start(url, NO_SERVER).await.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_server_serves_a_database_of_sqlite_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("one.db");
    one_server_serves(&format!("sqlite://{}", file.display())).await;

    // Also through a symbolic link.
    let program = Program::start(&format!("sqlite://{}", file.display()), NO_SERVER).await;
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(&file, &link).unwrap();
    assert_says_what_to_do(&refusal(&format!("sqlite://{}", link.display())).await);
    program.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_server_serves_a_database_of_postgresql_at_a_time() {
    one_server_serves(&World::fresh_url(Engine::Postgres)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_whose_connection_is_lost_is_taken_again() {
    let database = tokio::task::spawn_blocking(Attacked::start).await.unwrap();
    let program = Program::start(&database.url, NO_SERVER).await;
    let first = database.ask(HOLDER);
    database.ask(&format!("select pg_terminate_backend({first})"));
    loop {
        let holder = database.ask(HOLDER);
        if !holder.is_empty() && holder != first {
            break;
        }
    }
    assert_says_what_to_do(&refusal(&database.url).await);
    assert_eq!(call(&program.address, "GET /healthz HTTP/1.1", "").await.unwrap().0, 200);
    program.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_ends_when_another_took_its_lost_lock() {
    let database = tokio::task::spawn_blocking(Attacked::start).await.unwrap();
    let first = Program::start(&database.url, NO_SERVER).await;
    let url = database.url.clone();
    let second = tokio::spawn(async move { try_start(&url, NO_SERVER).await });
    while database.ask(WAITING) != "1" {
        assert!(!second.is_finished(), "it waits for a moment");
    }
    database.ask(&format!("select pg_terminate_backend(({HOLDER}))"));
    let (code, said) = first.end();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("letaxi: this server stops"), "{said}");
    assert_says_what_to_do(&said);
    second.await.unwrap().unwrap().kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_that_refuses_is_quoted_once() {
    let url = World::fresh_url(Engine::Postgres);
    let no_database = url.replace("/test_", "/none_");
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = format!("postgres://letaxi@{closed}/letaxi");
    for (url, reason) in
        [(no_database, "\" does not exist"), (nobody, "Connection refused (os error 111)")]
    {
        for command in [&["serve", "--http", "127.0.0.1:0", "--udp", "none"][..], &["migrate"]] {
            let (well, said) = run(command, &url);
            assert!(!well, "{said}");
            assert_eq!(said.matches(reason).count(), 1, "{said}");
            assert_eq!(said.lines().count(), 1, "{said}");
        }
    }
}
