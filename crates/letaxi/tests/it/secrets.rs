//! Secrets that must not appear in the log at any level.

use std::io::Write;
use std::sync::{Arc, Mutex};

use axum::http::Method;
use registry::Role;
use tracing::Level;

use crate::world::{Behaviour, Call, Engine, NewTaxi, World, key_of};

/// A log in memory.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

const HERE: [f64; 2] = [2.351_234, 48.861_234];

async fn all_kinds_of_calls() {
    let mut world = World::new(Engine::Sqlite).await;
    for (name, roles) in [("op", Role::Operator), ("app", Role::Client)] {
        world.account(name, &[roles]).await;
    }
    world.password("op", "open sesame").await;
    world
        .change_account("op", |fields| {
            "X-Secret".clone_into(&mut fields.header_name);
            "header of op".clone_into(&mut fields.header_value);
        })
        .await;
    world.land(|land| land.town("75056", "Paris", [2.2, 48.8, 2.5, 48.9])).await;
    let taxi = NewTaxi { name: "T1", town: None, plate: None, free: true, at: Some(HERE) };
    let taxi = world.taxi("op", &taxi).await;
    for behaviour in [Behaviour::Down, Behaviour::Down, Behaviour::default()] {
        world.server("op", behaviour).await;
        world.hail("app", &taxi, HERE).await;
    }
    for body in [
        r#"{"data": [{"email": "op@example.org", "password": "open sesame"}]}"#,
        r#"{"data": [{"email": "op@example.org", "password": "almost open sesame"}]}"#,
        r#"{"data": [{"email": "op@example.org", "apikey": "key of op"}]}"#,
    ] {
        let path = "/internal/auth".to_owned();
        let call = Call { method: Method::POST, path, body: body.to_owned(), ..Call::default() };
        world.call(&call).await;
    }
    for key in [key_of("op"), "a guessed key".to_owned()] {
        for path in ["/taxis/all", "/users", "/no/such/path"] {
            world
                .call(&Call { key: Some(key.clone()), path: path.to_owned(), ..Call::default() })
                .await;
        }
    }
    // This request fails with an internal error, which is logged.
    let last = Call { key: Some(key_of("op")), path: "/taxis/all".to_owned(), ..Call::default() };
    world.break_database().await;
    assert_eq!(world.answer(&last).await.status.as_u16(), 500);
}

#[tokio::test]
async fn no_secret_stands_in_the_log() {
    let log = Kept::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    // For this thread, on which all tasks of the test run.
    let kept = tracing::subscriber::set_default(subscriber);
    all_kinds_of_calls().await;
    drop(kept);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("a request could not be answered"), "it is this log: {log}");
    let failed = "a call to an operator's server failed";
    let failed = log.lines().filter(|line| line.contains(failed)).collect::<Vec<_>>();
    let [failed] = failed[..] else { panic!("one line for the call that failed: {failed:?}") };
    for part in ["WARN", "host=op.example.org ", "reason=cannot connect", "left_out=0"] {
        assert!(failed.contains(part), "{failed}");
    }
    assert!(!failed.contains("/hails"), "{failed}");
    for secret in
        ["key of", "sesame", "a guessed key", "header of op", "0611223344", "2.351234", "48.861234"]
    {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
}
