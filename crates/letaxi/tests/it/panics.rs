//! Panics of the program: each ends only the work in which it occurs, and is reported.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use letaxi::app::account::caller::Extra;
use letaxi::app::account::limits::Limits;
use letaxi::app::account::secrets::Secrets;
use letaxi::app::clock::{Clock, HandClock};
use letaxi::app::hail::operator_call::{
    CallOutcome, EndpointFault, OperatorCall, OperatorRequest, TestedCall,
};
use letaxi::app::monitor::metrics::{Exposition, Measured};
use letaxi::app::{App, Parts, Settings, Wording};
use letaxi::contract;
use letaxi::server::monitor;
use letaxi::service;
use registry::{AccountId, Role};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::watch;

use crate::world::{Engine, NewTaxi, World, key_of, secret_file};

const HERE: [f64; 2] = [2.35, 48.86];

/// Switch: writing an entry of the activity log panics, as at a deadline that frees a taxi.
static WORDS_PANIC: AtomicBool = AtomicBool::new(false);

/// A fake of operators' servers that panics at the check of an endpoint or at its metrics.
struct Faulty;

impl Measured for Faulty {
    fn show(&self, _: &mut Exposition<'_>) -> std::fmt::Result {
        panic!("this has no numbers")
    }
}

#[async_trait]
impl OperatorCall for Faulty {
    async fn call(&self, _: OperatorRequest) -> CallOutcome {
        panic!("this calls nobody")
    }

    async fn test(&self, _: OperatorRequest) -> TestedCall {
        panic!("this tries nobody out")
    }

    async fn check(&self, _: AccountId, _: &str) -> Result<(), EndpointFault> {
        panic!("this looks at no endpoint")
    }
}

fn extra(extra: &Extra<'_>) -> String {
    assert!(!WORDS_PANIC.load(Ordering::SeqCst), "no words for it");
    (contract::WORDING.extra)(extra)
}

/// A registry with these operators' servers, on the database of a world.
async fn faulty(world: &World, clock: Clock, wording: Wording) -> Arc<App> {
    let parts = Parts {
        store: Arc::clone(&world.store),
        clock,
        secrets: Secrets::open(&secret_file(), true).unwrap(),
        // A clock that stands still earns nobody another call.
        settings: Settings { limits: Limits::default(), ..Settings::default() },
        wording,
        operators: Arc::new(Faulty),
        geocoder: None,
        post: None,
        provider: None,
        membership: None,
    };
    App::start(parts).await.unwrap()
}

/// Answers on one connection.
struct Connection(BufReader<TcpStream>);

impl Connection {
    async fn to(address: SocketAddr) -> Self {
        Self(BufReader::new(TcpStream::connect(address).await.unwrap()))
    }

    /// Sends a request and reads the answer: status and body.
    async fn ask(&mut self, line: &str, key: &str, body: &str) -> (u16, String) {
        let request = format!(
            "{line} HTTP/1.1\r\nhost: letaxi\r\nx-api-key: {key}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.0.write_all(request.as_bytes()).await.unwrap();
        let (mut status, mut length) = (0, 0);
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).await.unwrap();
            assert!(!line.is_empty(), "the connection is closed");
            if let Some(rest) = line.strip_prefix("HTTP/1.1 ") {
                status = rest[..3].parse().unwrap();
            }
            if let Some(rest) = line.strip_prefix("content-length: ") {
                length = rest.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).await.unwrap();
        (status, String::from_utf8(body).unwrap())
    }
}

#[tokio::test]
async fn a_handler_that_panics_answers_500_with_a_reference_and_its_connection_lives_on() {
    let mut world = World::new(Engine::Sqlite).await;
    world.account("op", &[Role::Operator]).await;
    let app = faulty(&world, Clock::System, contract::WORDING).await;
    for router in [service::router(Arc::clone(&app)), monitor::router(Arc::clone(&app))] {
        let address =
            World::serve_by(router, letaxi::config::Settings::default().connection_limits()).await;
        let mut connection = Connection::to(address).await;
        for _ in 0..2 {
            let (status, body) = connection.ask("GET /metrics", "", "").await;
            assert_eq!(status, 500, "{body}");
            assert!(body.starts_with(r#"{"errors":{"":["Internal error, reference "#), "{body}");
            assert_eq!(connection.ask("GET /healthz", "", "").await.0, 200);
        }
    }
    let mut connection = Connection::to(
        World::serve_by(
            service::router(app),
            letaxi::config::Settings::default().connection_limits(),
        )
        .await,
    )
    .await;
    let path = format!("PUT /users/{}", world.account_id("op"));
    let endpoint = r#"{"data": [{"hail_endpoint_production": "https://op.example.org/"}]}"#;
    let (status, body) = connection.ask(&path, &key_of("op"), endpoint).await;
    assert_eq!(status, 500, "{body}");
    assert!(body.contains("Internal error, reference "), "{body}");
    assert!(!body.contains("endpoint"), "it tells no inside: {body}");
    assert_eq!(connection.ask("GET /users/0", &key_of("op"), "").await.0, 404);
}

#[tokio::test]
async fn a_round_that_panics_is_told_and_the_next_one_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("panic.db").display());
    let mut world = World::at(&url).await;
    world.account("app", &[Role::Client]).await;
    world.account("op", &[Role::Operator]).await;
    world.land(|land| land.town("75056", "Paris", [2.2, 48.8, 2.5, 48.9])).await;
    let taxi = NewTaxi { name: "T1", town: None, plate: None, free: true, at: Some(HERE) };
    let taxi = world.taxi("op", &taxi).await;
    let hail = world.hail("app", &taxi, HERE).await;
    // The next process comes after the deadline, and panics at it.
    let late = HandClock::at(world.app.now() + chrono::TimeDelta::minutes(1));
    let wording = Wording { extra, ..contract::WORDING };
    let app = faulty(&world, Clock::Hand(late), wording).await;
    let address = World::serve_by(
        service::router(Arc::clone(&app)),
        letaxi::config::Settings::default().connection_limits(),
    )
    .await;
    let mut connection = Connection::to(address).await;
    WORDS_PANIC.store(true, Ordering::SeqCst);
    let (stopper, stop) = watch::channel(false);
    let running = tokio::spawn(Arc::clone(&app).run(stop));
    let broken = "the last tick of the scheduler met a fault of this program: see the log";
    loop {
        let (status, body) = connection.ask("GET /readyz", "", "").await;
        assert_eq!(status, 503, "{body}");
        if body.contains(broken) {
            break;
        }
    }
    assert_eq!(connection.ask("GET /healthz", "", "").await.0, 200);
    WORDS_PANIC.store(false, Ordering::SeqCst);
    loop {
        let (status, body) = connection.ask("GET /readyz", "", "").await;
        if status == 200 {
            break;
        }
        assert!(body.contains(broken), "{body}");
    }
    let status = world.store.hail(hail.parse().unwrap()).await.unwrap().unwrap().status;
    assert!(status.is_over(), "{status}");
    stopper.send(true).unwrap();
    running.await.unwrap().unwrap();
}
