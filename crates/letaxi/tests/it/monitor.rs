//! Operation of a registry: health checks, metrics and shutdown. Tests of the real program on real sockets.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};

use axum::http::Method;

use crate::world::{Call, Engine, World};

/// A running server and its log.
struct Server {
    process: Child,
    lines: std::io::Lines<BufReader<ChildStderr>>,
    said: Vec<String>,
}

impl Server {
    /// Starts a server in a folder, on free ports. It has an account, so that it logs no warning.
    fn start(folder: &Path, settings: &[(&str, &str)]) -> Self {
        if !folder.join("letaxi.db").exists() {
            let made = Command::new(env!("CARGO_BIN_EXE_letaxi"))
                .args(["user", "create", "admin@town.fr", "--role", "admin"])
                .current_dir(folder)
                .output()
                .unwrap();
            assert!(made.status.success(), "{made:?}");
        }
        let mut process = Command::new(env!("CARGO_BIN_EXE_letaxi"))
            .args(["serve", "--http", "127.0.0.1:0", "--udp", "127.0.0.1:0"])
            .envs(settings.iter().copied())
            .current_dir(folder)
            .env_remove("RUST_LOG")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stderr.take().unwrap()).lines();
        Self { process, lines, said: Vec::new() }
    }

    /// The address in its log line of this kind.
    fn address(&mut self, of: &str) -> SocketAddr {
        let is_it = |line: &&String| line.contains(of);
        while self.said.iter().find(is_it).is_none() {
            self.said.push(self.lines.next().expect("it runs").unwrap());
        }
        let line = self.said.iter().find(is_it).unwrap();
        let address = line.split("address=").nth(1).unwrap();
        address.split_whitespace().next().unwrap().parse().unwrap()
    }

    fn tell_to_stop(&self) {
        let kill = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status();
        assert!(kill.unwrap().success());
    }

    /// Waits for its end, which must be successful and without warnings in the log.
    fn ended(mut self) {
        for line in &mut self.lines {
            self.said.push(line.unwrap());
        }
        let status = self.process.wait().unwrap();
        let said = self.said.join("\n");
        assert!(status.success(), "{status}: {said}");
        assert!(!said.contains("ERROR") && !said.contains("WARN"), "{said}");
        assert!(said.ends_with("stopped"), "{said}");
    }
}

/// Head and body of the answer to a GET.
fn get(address: SocketAddr, path: &str, headers: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

fn status(address: SocketAddr, path: &str, headers: &str) -> u16 {
    get(address, path, headers).0.split(' ').nth(1).unwrap().parse().unwrap()
}

/// Waits until its first tick.
fn wait_until_ready(address: SocketAddr) {
    while status(address, "/readyz", "") != 200 {
        std::thread::yield_now();
    }
}

#[test]
fn a_running_registry_tells_of_its_health_and_what_it_did() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(folder.path(), &[]);
    let udp = server.address("taking datagrams");
    let http = server.address("serving");
    assert_eq!(get(http, "/healthz", "").1, r#"{"status":"alive"}"#);
    wait_until_ready(http);
    assert_eq!(get(http, "/readyz", "").1, r#"{"status":"ready"}"#);
    assert_eq!(status(http, "/taxis?lon=2&lat=48", "x-api-key: very-secret\r\n"), 401);
    assert_eq!(status(http, "/nothing/is/here", ""), 404);
    UdpSocket::bind("127.0.0.1:0").unwrap().send_to(b"{}", udp).unwrap();

    let malformed = r#"letaxi_datagrams_total{outcome="malformed"} 1"#;
    let (head, page) = loop {
        let answer = get(http, "/metrics", "");
        if answer.1.contains(malformed) {
            break answer;
        }
    };
    assert!(head.contains("application/openmetrics-text"), "{head}");
    for line in [
        r#"letaxi_build_info{version="0.1.0"} 1"#,
        "letaxi_ready 1",
        r#"letaxi_http_request_seconds_count{route="/taxis",method="GET",status="4xx"} 1"#,
        r#"letaxi_http_request_seconds_count{route="none",method="GET",status="4xx"} 1"#,
        r#"letaxi_datagrams_dropped_by_account_total{account="unknown",reason="malformed"} 1"#,
        r#"letaxi_datagrams_dropped_by_source_total{source="127.0.0.1",reason="malformed"} 1"#,
        "letaxi_datagrams_kernel_dropped_total 0",
        "letaxi_live_positions 0",
        r#"letaxi_queue_length{queue="searches"} 0"#,
        "letaxi_hails_total 0",
        "# EOF",
    ] {
        assert!(page.lines().any(|found| found == line), "{line}\nis not in\n{page}");
    }
    assert!(!page.contains("letaxi_database_statement_seconds_count 0"), "{page}");
    assert!(!page.contains("secret"), "{page}");
    everything_is_in_the_guide(&page);

    // A request through a proxy or from a page in a browser counts as remote.
    assert_eq!(status(http, "/metrics", "x-forwarded-for: 192.0.2.1\r\n"), 404);
    assert_eq!(status(http, "/metrics", "origin: https://example.org\r\n"), 404);
    server.tell_to_stop();
    server.ended();
}

/// Each metric has a row in the guide, and each row a metric.
fn everything_is_in_the_guide(page: &str) {
    let shown: BTreeSet<&str> =
        page.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operate.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let listed: BTreeSet<&str> = guide
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        // A server that is alone has no bus: `nodes` compares those. `traces` looks for the last one.
        .filter(|name| name.starts_with("letaxi_") && !name.starts_with("letaxi_bus_"))
        .filter(|name| *name != "letaxi_trace_spans_total")
        .map(|name| name.strip_suffix("_total").unwrap_or(name))
        .collect();
    assert_eq!(listed, shown, "docs/operate.md lists the left, and the right are shown");
}

#[test]
fn what_was_begun_is_finished_when_a_registry_is_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(folder.path(), &[]);
    let http = server.address("serving");
    wait_until_ready(http);
    // The first half of a call.
    let body = r#"{"data": [{"email": "a@b.fr", "apikey": "x"}]}"#;
    let mut begun = TcpStream::connect(http).unwrap();
    let length = body.len();
    write!(begun, "POST /internal/auth HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n")
        .unwrap();
    write!(begun, "{}", &body[..9]).unwrap();
    begun.flush().unwrap();
    // The half has been read, because another call, sent later, is answered.
    assert_eq!(status(http, "/healthz", ""), 200);
    server.tell_to_stop();
    while TcpStream::connect(http).is_ok() {
        std::thread::yield_now();
    }
    write!(begun, "{}", &body[9..]).unwrap();
    let mut answer = String::new();
    begun.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    server.ended();
}

#[test]
fn metrics_with_an_address_of_their_own_are_shown_there_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(folder.path(), &[("LETAXI_METRICS", "127.0.0.1:0")]);
    let metrics = server.address("showing metrics");
    let http = server.address("serving");
    assert_eq!(status(http, "/metrics", ""), 404);
    assert_eq!(status(http, "/healthz", ""), 200);
    wait_until_ready(metrics);
    assert_eq!(status(metrics, "/metrics", "x-forwarded-for: 192.0.2.1\r\n"), 200);
    assert_eq!(status(metrics, "/healthz", ""), 200);
    assert_eq!(status(metrics, "/towns", ""), 404);
    server.tell_to_stop();
    server.ended();
}

#[tokio::test]
async fn a_registry_that_has_not_ticked_is_not_ready() {
    let world = World::new(Engine::Sqlite).await;
    let get = |path: &str| Call { method: Method::GET, path: path.to_owned(), ..Call::default() };
    let answer = world.answer(&get("/readyz")).await;
    assert_eq!(answer.status, 503);
    let why = r#"{"status":"not ready","reason":"the scheduler has not ticked yet"}"#;
    assert_eq!(answer.body, why);
    world.tick().await;
    assert_eq!(world.answer(&get("/readyz")).await.status, 200);
    // The next tick notices that the database is gone; health checks do not query it.
    world.store().close().await;
    assert!(world.app().tick().await.is_err());
    let answer = world.answer(&get("/readyz")).await;
    assert_eq!(answer.status, 503);
    assert!(answer.body.contains("the database did not answer"), "{}", answer.body);
    assert_eq!(world.answer(&get("/healthz")).await.status, 200);
    // Without a socket the source of a request is unknown.
    assert_eq!(world.answer(&get("/metrics")).await.status, 404);
}

#[tokio::test]
async fn a_hail_that_nobody_answers_shows_in_the_metrics() {
    use std::time::Duration;

    use registry::Role;

    use crate::world::{Behaviour, NewTaxi};

    let mut world = World::new(Engine::Sqlite).await;
    world.account("app", &[Role::Client]).await;
    world.account("op", &[Role::Operator]).await;
    world.land(|land| land.town("75056", "Paris", [2.2, 48.8, 2.5, 48.9])).await;
    let at = [2.35, 48.86];
    let new = |name| NewTaxi { name, town: None, plate: None, free: true, at: Some(at) };
    let (first, second) = (world.taxi("op", &new("T1")).await, world.taxi("op", &new("T2")).await);
    world.hail("app", &first, at).await;
    world.pass(Duration::from_secs(11)).await;
    world.server("op", Behaviour::Answers(500, String::new())).await;
    world.hail("app", &second, at).await;
    let page = world.app().metrics();
    for line in [
        "letaxi_hails_total 2",
        r#"letaxi_hail_steps_total{from="received",to="received_by_operator"} 1"#,
        r#"letaxi_hail_steps_total{from="received_by_operator",to="failure"} 1"#,
        r#"letaxi_hail_steps_total{from="received",to="failure"} 1"#,
        "letaxi_deadline_lateness_seconds_count 1",
        r#"letaxi_operator_call_seconds_count{outcome="delivered"} 1"#,
        r#"letaxi_operator_call_seconds_count{outcome="failed"} 1"#,
        "letaxi_taxis 2",
        "letaxi_live_positions 2",
    ] {
        assert!(page.lines().any(|found| found == line), "{line}\nis not in\n{page}");
    }
}
