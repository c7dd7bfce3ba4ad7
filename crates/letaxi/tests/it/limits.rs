//! Rate limits: clients above their limit are refused, and others are not affected.

use std::time::Duration;

use axum::http::header::RETRY_AFTER;
use axum::http::{Method, StatusCode};
use letaxi::app::account::limits::Limits;
use letaxi::app::account::origin::Networks;
use letaxi::server::listener::{Connections, HEAD_BYTES, HEAD_LINES};
use registry::Role;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::world::{Answer, Call, Engine, World, key_of};

async fn world() -> World {
    let mut world = World::new(Engine::Sqlite).await;
    world.set(|settings| settings.limits = letaxi::config::Settings::default().limits()).await;
    world.account("app", &[Role::Client]).await;
    world.account("other", &[Role::Client]).await;
    world
}

fn get(key: Option<&str>, path: &str) -> Call {
    Call { key: key.map(key_of), path: path.to_owned(), ..Call::default() }
}

/// Calls until it is refused; returns the number of accepted calls and the refusal.
async fn until_refused(world: &World, call: &Call) -> (usize, Answer) {
    for let_in in 0.. {
        let answer = world.answer(call).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            return (let_in, answer);
        }
        assert!(let_in < 10_000, "there is no limit");
    }
    unreachable!()
}

fn retry_after(answer: &Answer) -> u64 {
    answer.headers[RETRY_AFTER].to_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_key_that_asks_too_fast_is_told_when_to_come_back_and_others_are_served() {
    let world = world().await;
    let (let_in, refusal) = until_refused(&world, &get(Some("app"), "/towns")).await;
    assert_eq!(let_in, 2_000);
    assert_eq!(refusal.body, r#"{"errors":{"":["Too many requests: try again in 1 s."]}}"#);
    assert_eq!(world.answer(&get(Some("other"), "/towns")).await.status, StatusCode::OK);
    world.move_clock(Duration::from_secs(retry_after(&refusal)));
    assert_eq!(until_refused(&world, &get(Some("app"), "/towns")).await.0, 500);
}

#[tokio::test]
async fn a_batch_holds_fifty_positions_and_no_more() {
    let mut world = world().await;
    world.account("op", &[Role::Operator]).await;
    let batch = |positions: usize| {
        let position = r#"{"taxi_id": "zzzzzzz", "lon": 2.35, "lat": 48.86}"#;
        let positions = vec![position; positions].join(", ");
        let body = format!(r#"{{"data": [{{"positions": [{positions}]}}]}}"#);
        Call { method: Method::POST, body, ..get(Some("op"), "/geotaxi") }
    };
    let answer = world.call(&batch(50)).await;
    assert!(answer.body.contains("Identifiant de taxi inconnu"), "{answer:?}");
    let answer = world.call(&batch(51)).await;
    assert_eq!(answer.status, 400);
    let errors = r#"{"errors":{"data":{"0":{"positions":["Up to 50 positions are accepted"]}}}}"#;
    assert_eq!(answer.body.trim_end(), errors);
}

#[tokio::test]
async fn an_account_may_have_a_limit_of_its_own() {
    let world = world().await;
    world.change_account("app", |fields| fields.requests_per_s = Some(2)).await;
    let (let_in, refusal) = until_refused(&world, &get(Some("app"), "/towns")).await;
    assert_eq!((let_in, retry_after(&refusal)), (8, 1));
    world.change_account("app", |fields| fields.requests_per_s = Some(0)).await;
    for _ in 0..3_000 {
        assert_eq!(world.answer(&get(Some("app"), "/towns")).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn positions_count_apart_from_other_calls() {
    let mut world = world().await;
    world.account("op", &[Role::Operator]).await;
    let limits = Limits {
        requests_per_s: 2,
        requests_burst: 8,
        positions_per_s: 3,
        ..letaxi::config::Settings::default().limits()
    };
    world.set(|settings| settings.limits = limits).await;
    let report =
        |path| Call { method: Method::POST, body: "{}".to_owned(), ..get(Some("op"), path) };
    assert_eq!(until_refused(&world, &report("/geotaxi")).await.0, 12);
    assert_eq!(until_refused(&world, &report("/geotaxi/")).await.0, 0);
    // A call that only resembles a report has the general limit.
    assert_eq!(until_refused(&world, &get(Some("op"), "/geotaxi")).await.0, 8);
    world.move_clock(Duration::from_mins(1));
    // An account's own limit can only raise this one.
    for (own, let_in) in [(1, 12), (5, 20)] {
        world.change_account("op", |fields| fields.requests_per_s = Some(own)).await;
        assert_eq!(until_refused(&world, &report("/geotaxi")).await.0, let_in);
        world.move_clock(Duration::from_mins(1));
    }
    world.change_account("op", |fields| fields.requests_per_s = Some(0)).await;
    for _ in 0..100 {
        assert_eq!(world.answer(&report("/geotaxi")).await.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn who_comes_through_a_proxy_is_limited_alone_whatever_it_writes() {
    let mut world = world().await;
    // Requests without a socket come from this address.
    let proxies = Networks::read(["0.0.0.0/8"]).unwrap();
    world.set(|settings| settings.trusted_proxies = proxies).await;
    let through = |told: &str| {
        let headers = vec![("x-forwarded-for", told.to_owned())];
        Call { headers, ..get(None, "/stations/all") }
    };
    for told in ["198.51.100.7:61234", "[2001:db8::7]:61234", "unknown", "_hidden"] {
        assert_eq!(until_refused(&world, &through(told)).await.0, 1_000, "{told}");
    }
    for same in ["198.51.100.7", "::ffff:198.51.100.7", "[2001:db8:0:0:1::7]", "1.1.1.1, unknown"] {
        assert_eq!(until_refused(&world, &through(same)).await.0, 0, "{same}");
    }
    assert_eq!(world.answer(&get(None, "/stations/all")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn those_without_a_key_share_the_limit_of_their_address() {
    let world = world().await;
    let guess = Call { key: Some("guess".to_owned()), ..get(None, "/towns") };
    assert_eq!(world.answer(&guess).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(until_refused(&world, &get(None, "/stations/all")).await.0, 999);
    assert_eq!(world.answer(&guess).await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(world.answer(&get(Some("app"), "/towns")).await.status, StatusCode::OK);
}

fn log_in(name: &str, password: &str) -> Call {
    let body =
        format!(r#"{{"data": [{{"email": "{name}@example.org", "password": "{password}"}}]}}"#);
    Call { method: Method::POST, path: "/internal/auth".to_owned(), body, ..Call::default() }
}

#[tokio::test]
async fn passwords_cannot_be_guessed_without_end() {
    let world = world().await;
    world.password("app", "open sesame").await;
    world.password("other", "open sesame").await;
    for _ in 0..3 {
        // A log-in with the right password does not count.
        assert_eq!(world.answer(&log_in("app", "open sesame")).await.status, StatusCode::OK);
    }
    let (failed, refusal) = until_refused(&world, &log_in("app", "a guess")).await;
    assert_eq!((failed, retry_after(&refusal)), (10, 6));
    // Even the right password is refused now, because the answer would reveal it.
    let right = world.answer(&log_in("app", "open sesame")).await;
    assert_eq!(right.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(world.answer(&log_in("other", "open sesame")).await.status, StatusCode::OK);
    world.move_clock(Duration::from_secs(6));
    assert_eq!(world.answer(&log_in("app", "open sesame")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn one_address_cannot_try_one_password_on_every_account() {
    let world = world().await;
    for number in 0..100 {
        let name = format!("nobody-{number}");
        // By key, which is equivalent here and needs no slow password hash.
        let call = log_in(&name, "a guess").body.replace("password", "apikey");
        let call = Call { body: call, ..log_in(&name, "") };
        assert_eq!(world.answer(&call).await.status, StatusCode::UNAUTHORIZED);
    }
    let last = world.answer(&log_in("app", "a guess")).await;
    assert_eq!(last.status, StatusCode::TOO_MANY_REQUESTS);
}

const GET: &str = "GET /stats/letaxi HTTP/1.1\r\nhost: letaxi\r\n";

/// Sends this and returns the start of the answer; empty if the connection is closed.
async fn ask(stream: &mut TcpStream, text: &str) -> String {
    // A refused client may find the connection closed before it has sent everything.
    let _ = stream.write_all(text.as_bytes()).await;
    let mut answer = [0; 12];
    let length = stream.read(&mut answer).await.unwrap_or_default();
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

#[tokio::test]
async fn one_address_cannot_have_all_connections() {
    let world = world().await;
    let connections = Connections {
        most_of_address: 2,
        ..letaxi::config::Settings::default().connection_limits()
    };
    let address = world.serve(connections).await;
    let request = format!("{GET}\r\n");
    let mut kept = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        assert_eq!(ask(&mut stream, &request).await, "HTTP/1.1 200");
        kept.push(stream);
    }
    let mut third = TcpStream::connect(address).await.unwrap();
    assert_eq!(ask(&mut third, &request).await, "");
    kept.pop();
    loop {
        let mut next = TcpStream::connect(address).await.unwrap();
        if ask(&mut next, &request).await == "HTTP/1.1 200" {
            break;
        }
    }
}

#[tokio::test]
async fn a_connection_too_many_waits_until_another_is_closed() {
    let world = world().await;
    let address = world
        .serve(Connections { most: 1, ..letaxi::config::Settings::default().connection_limits() })
        .await;
    let request = format!("{GET}\r\n");
    let mut first = TcpStream::connect(address).await.unwrap();
    assert_eq!(ask(&mut first, &request).await, "HTTP/1.1 200");
    let mut second = TcpStream::connect(address).await.unwrap();
    let waiting = tokio::spawn(async move { ask(&mut second, &request).await });
    assert_eq!(ask(&mut first, "").await.len(), 12, "the rest of the first answer");
    assert!(!waiting.is_finished());
    drop(first);
    assert_eq!(waiting.await.unwrap(), "HTTP/1.1 200");
}

#[tokio::test]
async fn who_sends_slowly_or_nothing_is_not_waited_for() {
    let world = world().await;
    let patience = Duration::from_millis(100);
    let address = world
        .serve(Connections { patience, ..letaxi::config::Settings::default().connection_limits() })
        .await;
    for begun in ["", "G", "PRI * HTTP/2.0\r\n", GET] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        assert_eq!(ask(&mut stream, begun).await, "", "{begun:?}");
    }
    let mut dripping = TcpStream::connect(address).await.unwrap();
    dripping.write_all(GET.as_bytes()).await.unwrap();
    // Each line is progress, but the head does not end.
    let mut ticks = tokio::time::interval(patience / 10);
    while dripping.write_all(b"x-more: x\r\n").await.is_ok() {
        ticks.tick().await;
    }
}

#[tokio::test]
async fn heads_without_end_are_refused() {
    let world = world().await;
    let address = world.serve(letaxi::config::Settings::default().connection_limits()).await;
    let long = format!("{GET}x-long: {}\r\n\r\n", "x".repeat(HEAD_BYTES));
    let many = format!("{GET}{}\r\n", "x-more: x\r\n".repeat(HEAD_LINES));
    for head in [long, many] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        assert_eq!(ask(&mut stream, &head).await, "HTTP/1.1 431");
    }
}

#[tokio::test]
async fn who_is_refused_in_the_middle_of_a_large_body_gets_the_answer() {
    let world = world().await;
    let address = world.serve(letaxi::config::Settings::default().connection_limits()).await;
    let body = vec![b' '; 8 * 1024 * 1024];
    for (path, key) in [("/geotaxi", key_of("app")), ("/v1/territory/import", "none".to_owned())] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: letaxi\r\nx-api-key: {key}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        // As a proxy, which reads no answer before it has sent everything.
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&body).await.unwrap();
        assert!(ask(&mut stream, "").await.starts_with("HTTP/1.1 4"), "{path}");
    }
}
