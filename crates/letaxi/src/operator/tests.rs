//! Tests of calls to correct servers and to all kinds of faulty ones. The servers run in this process.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{interval, timeout};

use super::*;
use crate::app::hail::operator_call::{CallOutcome, OperatorCall, OperatorRequest};

mod answers;
mod kept;
mod names;

/// Answer of a fake server after it has read the whole request.
#[derive(Clone)]
enum Answer {
    /// These bytes, then the connection is closed.
    Bytes(Vec<u8>),
    /// An empty object to so many requests of a connection; to the next one these bytes, and the connection is closed.
    Kept(usize, Vec<u8>),
    /// Nothing, and the connection stays open.
    Nothing,
    /// A correct start, then one byte at a time.
    Drip,
    /// A correct start, then bytes as fast as they are accepted.
    Endless,
    /// Header lines without end.
    EndlessHeaders,
}

/// An operator's server.
struct Server {
    port: u16,
    /// The first request, unparsed.
    request: Arc<Mutex<String>>,
    connections: Arc<AtomicUsize>,
    /// Number of requests.
    requests: Arc<AtomicUsize>,
    /// Number of bytes written for an endless answer.
    written: Arc<AtomicUsize>,
}

const START: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
const EMPTY_OBJECT: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

impl Server {
    async fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = Self {
            port,
            request: Arc::default(),
            connections: Arc::default(),
            requests: Arc::default(),
            written: Arc::default(),
        };
        let (request, connections) = (server.request.clone(), server.connections.clone());
        let (requests, written) = (server.requests.clone(), server.written.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                let (answer, request) = (answer.clone(), request.clone());
                let (requests, written) = (requests.clone(), written.clone());
                tokio::spawn(async move {
                    serve(stream, answer, (request, requests, written)).await;
                });
            }
        });
        server
    }

    fn client(&self) -> OperatorClient {
        let listed = format!("127.0.0.1:{}", self.port).parse().unwrap();
        OperatorClient::new(vec![listed]).unwrap()
    }

    fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}/hail?x=1", self.port)
    }
}

/// The next request of a connection; none if it is closed.
async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut received = Vec::new();
    // All test bodies end with these bytes.
    while !received.ends_with(b"]}") {
        let mut buffer = [0; 4096];
        match stream.read(&mut buffer).await {
            Ok(length) if length > 0 => received.extend_from_slice(&buffer[..length]),
            _ => return None,
        }
    }
    Some(String::from_utf8(received).unwrap())
}

async fn serve(
    mut stream: TcpStream,
    answer: Answer,
    (request, requests, written): (Arc<Mutex<String>>, Arc<AtomicUsize>, Arc<AtomicUsize>),
) {
    for number in 0.. {
        let Some(received) = read_request(&mut stream).await else { return };
        *request.lock().unwrap() = received;
        requests.fetch_add(1, Ordering::SeqCst);
        if !matches!(answer, Answer::Kept(most, _) if number < most) {
            break;
        }
        drop(stream.write_all(EMPTY_OBJECT.as_bytes()).await);
    }
    // The caller may close the connection at any time, so write errors do not matter.
    match answer {
        Answer::Bytes(bytes) | Answer::Kept(_, bytes) => drop(stream.write_all(&bytes).await),
        Answer::Nothing => drop(stream.read_u8().await),
        Answer::Drip => {
            let start = format!("{START}Content-Length: 1000\r\n\r\n");
            drop(stream.write_all(start.as_bytes()).await);
            let mut ticks = interval(Duration::from_millis(10));
            while stream.write_all(b" ").await.is_ok() {
                ticks.tick().await;
            }
        }
        Answer::Endless => {
            drop(stream.write_all(format!("{START}\r\n").as_bytes()).await);
            while stream.write_all(&[b' '; 4096]).await.is_ok() {
                written.fetch_add(4096, Ordering::SeqCst);
            }
        }
        Answer::EndlessHeaders => {
            drop(stream.write_all(START.as_bytes()).await);
            while stream.write_all(b"X-More: and more and more and more\r\n").await.is_ok() {
                written.fetch_add(36, Ordering::SeqCst);
            }
        }
    }
}

fn answer(status: &str, body: &str) -> Answer {
    let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    Answer::Bytes(answer.into_bytes())
}

fn call(endpoint: &str) -> OperatorRequest {
    OperatorRequest {
        account: registry::AccountId(1),
        signature: "t=0,v1=0a".to_owned(),
        hail: "0123abc".parse().unwrap(),
        endpoint: endpoint.to_owned(),
        header_name: "X-Test-Auth".to_owned(),
        header_value: "key-op".to_owned(),
        body: r#"{"data": [{"id": "0123abc"}]}"#.to_owned(),
        time_left: Duration::from_mins(1),
    }
}

/// Calls a server that gives this answer; `Ok` contains the phone number.
async fn ask(answer: Answer) -> Result<Option<String>, Reason> {
    let server = Server::start(answer).await;
    server.client().hand_over(call(&server.endpoint())).await
}

#[tokio::test]
async fn a_hail_is_posted_as_json_with_the_operators_header() {
    let server = Server::start(answer("200 OK", r#"{"data": [{"note": "ok"}]}"#)).await;
    assert_eq!(server.client().hand_over(call(&server.endpoint())).await, Ok(None));
    let request = server.request.lock().unwrap().clone();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    assert_eq!(lines.next(), Some("POST /hail?x=1 HTTP/1.1"));
    let mut headers = lines.map(str::to_owned).collect::<Vec<_>>();
    headers.sort();
    assert_eq!(
        headers,
        [
            "accept: */*".to_owned(),
            "content-length: 29".to_owned(),
            "content-type: application/json".to_owned(),
            format!("host: 127.0.0.1:{}", server.port),
            concat!("user-agent: letaxi/", env!("CARGO_PKG_VERSION")).to_owned(),
            "x-letaxi-call-id: 0123abc".to_owned(),
            "x-letaxi-signature: t=0,v1=0a".to_owned(),
            "x-test-auth: key-op".to_owned(),
        ]
    );
    assert_eq!(body, r#"{"data": [{"id": "0123abc"}]}"#);
}

#[tokio::test]
async fn a_test_call_shows_what_was_sent_and_what_came_back() {
    let server = Server::start(answer("404 Not Found", "no such page")).await;
    let tested = server.client().test(call(&server.endpoint())).await;
    let request = server.request.lock().unwrap().clone();
    assert!(request.contains("\r\nx-letaxi-test: 1\r\n"), "{request}");
    assert!(request.contains("\r\nx-test-auth: key-op\r\n"), "{request}");
    let sent: Vec<_> = tested.sent.iter().map(|it| format!("{}: {}", it.name, it.value)).collect();
    let mut expected = [
        "content-type: application/json",
        "x-letaxi-call-id: 0123abc",
        "x-letaxi-signature: t=0,v1=0a",
        "x-letaxi-test: 1",
        // The operator's secret is shown to nobody.
        "x-test-auth: …",
    ];
    expected.sort_unstable();
    assert_eq!(sorted(sent), expected);
    let raw = tested.answer.unwrap();
    assert_eq!((raw.status, raw.body.as_str()), (404, "no such page"));
    assert_eq!(tested.outcome, CallOutcome::Failed(Reason::Status(404).to_string()));
    let good = Server::start(answer("200 OK", "{}")).await;
    let tested = good.client().test(call(&good.endpoint())).await;
    assert_eq!(tested.outcome, CallOutcome::Delivered { taxi_phone: None });
}

#[tokio::test]
async fn a_test_call_that_cannot_be_made_says_why() {
    let server = Server::start(answer("200 OK", "{}")).await;
    for (endpoint, reason) in [
        ("", Reason::NoEndpoint),
        ("http://127.0.0.1:1/hails", Reason::Address(Refused::NotPublic)),
    ] {
        let tested = server.client().test(call(endpoint)).await;
        assert_eq!(tested.answer, None);
        assert_eq!(tested.outcome, CallOutcome::Failed(reason.to_string()));
    }
    assert_eq!(server.requests.load(Ordering::SeqCst), 0);
}

fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort();
    texts
}

#[tokio::test]
async fn a_user_in_the_url_is_sent_unless_the_custom_header_says_otherwise() {
    let server = Server::start(answer("200 OK", "{}")).await;
    let endpoint = format!("http://u:p@127.0.0.1:{}/", server.port);
    let sent = |name: &str| {
        let call = OperatorRequest { header_name: name.to_owned(), ..call(&endpoint) };
        let client = server.client();
        let request = server.request.clone();
        async move {
            assert_eq!(client.hand_over(call).await, Ok(None));
            let request = request.lock().unwrap().clone();
            let lines = request.lines().filter_map(|line| line.strip_prefix("authorization: "));
            lines.map(str::to_owned).collect::<Vec<_>>()
        }
    };
    assert_eq!(sent("X-Test-Auth").await, ["Basic dTpw"]);
    assert_eq!(sent("Authorization").await, ["key-op"]);
}

#[tokio::test]
async fn any_json_with_a_good_status_delivers_the_hail() {
    for (status, body, phone) in [
        ("200 OK", r#"{"data": [{"taxi_phone_number": "0611223344"}]}"#, Some("0611223344")),
        ("201 Created", "\u{feff}{\"data\": [{\"taxi_phone_number\": \"06\"}]}", Some("06")),
        ("202 Accepted", r#"{"data": [{"taxi_phone_number": 6}]}"#, Some("6")),
        ("200 OK", r#"{"data": [null]}"#, None),
        ("200 OK", "null", None),
        ("299 Odd", "[]", None),
    ] {
        assert_eq!(
            ask(answer(status, body)).await,
            Ok(phone.map(str::to_owned)),
            "{status} {body}"
        );
    }
}

#[tokio::test]
async fn an_answer_that_takes_no_hail_says_what_was_wrong_with_it() {
    for (status, body, says) in [
        ("500 Oops", "{}", "the operator's server answered with status 500"),
        ("404 Not Found", "{}", "the operator's server answered with status 404"),
        ("200 OK", "certainly not json", "the answer of the operator's server is not json"),
        ("204 No Content", "", "the answer of the operator's server is not json"),
    ] {
        assert_eq!(ask(answer(status, body)).await.unwrap_err().to_string(), says, "{status}");
    }
    let deep = answer("200 OK", &"[".repeat(60_000));
    assert_eq!(ask(deep).await, Err(Reason::NotJson));
}

#[tokio::test]
async fn a_server_that_speaks_garbage_fails_the_call() {
    let long = format!("{START}Content-Length: 50\r\n\r\n{{}}");
    for garbage in
        ["", "\0\u{1}\u{2}garbage\r\n\r\n", "220 mail.example.org ESMTP\r\n", long.as_str()]
    {
        let reason = ask(Answer::Bytes(garbage.as_bytes().to_vec())).await.unwrap_err();
        assert!(matches!(reason, Reason::Broken(_)), "{garbage:?}: {reason:?}");
        assert!(!reason.to_string().contains("127.0.0.1"), "{reason}");
    }
}

#[tokio::test]
async fn a_server_that_hangs_or_drips_is_left_when_the_time_is_up() {
    for bad in [Answer::Nothing, Answer::Drip] {
        let server = Server::start(bad).await;
        let limit = Duration::from_millis(150);
        let call = OperatorRequest { time_left: limit, ..call(&server.endpoint()) };
        let client = server.client();
        let ended = timeout(limit * 3, client.hand_over(call)).await.unwrap();
        assert_eq!(ended, Err(Reason::TimedOut(limit)));
        assert_eq!(server.connections.load(Ordering::SeqCst), 1);
    }
    let says = Reason::TimedOut(Duration::from_millis(9_800)).to_string();
    assert_eq!(says, "the operator's server did not answer within 9.8 s");
}

#[tokio::test]
async fn an_endless_answer_is_stopped() {
    let server = Server::start(Answer::Endless).await;
    assert_eq!(server.client().hand_over(call(&server.endpoint())).await, Err(Reason::TooLarge));
    // The socket buffers of both sides may be full as well.
    assert!(server.written.load(Ordering::SeqCst) < 16 << 20);

    let server = Server::start(Answer::EndlessHeaders).await;
    let reason = server.client().hand_over(call(&server.endpoint())).await.unwrap_err();
    assert!(matches!(reason, Reason::Broken(_)), "{reason:?}");

    let body = format!("\"{}\"", "x".repeat(ANSWER_LIMIT - 2));
    assert_eq!(
        ask(answer("200 OK", &body)).await,
        Ok(None),
        "an answer of exactly the limit is read"
    );
    assert_eq!(ask(answer("200 OK", &format!("{body} "))).await, Err(Reason::TooLarge));
}

#[tokio::test]
async fn a_closed_port_fails_the_call_at_once() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let client = OperatorClient::new(vec![format!("127.0.0.1:{port}").parse().unwrap()]).unwrap();
    let reason = client.hand_over(call(&format!("http://127.0.0.1:{port}/"))).await.unwrap_err();
    let says = reason.to_string();
    assert!(
        says.starts_with("cannot connect to the operator's server: Connection refused"),
        "{says}"
    );
}

#[tokio::test]
async fn a_server_without_tls_behind_an_https_endpoint_fails_the_call() {
    let server = Server::start(answer("200 OK", "{}")).await;
    let call = OperatorRequest {
        time_left: Duration::from_millis(150),
        ..call(&format!("https://127.0.0.1:{}/", server.port))
    };
    assert!(server.client().hand_over(call).await.is_err());
    assert_eq!(*server.request.lock().unwrap(), "", "no hail in the clear");
}

#[tokio::test]
async fn private_addresses_are_never_connected_to() {
    let server = Server::start(answer("200 OK", "{}")).await;
    let strict = OperatorClient::new(Vec::new()).unwrap();
    for (host, refused) in [
        ("127.0.0.1", Refused::NotPublic),
        ("[::ffff:127.0.0.1]", Refused::NotPublic),
        ("2130706433", Refused::NotPublic),
        // These two are valid as text and are refused at the connection.
        ("localhost", Refused::NotPublic),
        ("no-such-name.invalid", Refused::Unresolved),
    ] {
        let endpoint = format!("http://{host}:{}/hail", server.port);
        let outcome = strict.hand_over(call(&endpoint)).await;
        assert_eq!(outcome, Err(Reason::Address(refused)), "{host}");
        assert!(strict.guard().check(None, &endpoint).await.is_err(), "{host}");
    }
    // Listing an address does not list the names that resolve to it.
    let localhost = format!("http://localhost:{}/hail", server.port);
    let outcome_of_name = server.client().hand_over(call(&localhost)).await;
    assert_eq!(outcome_of_name, Err(Reason::Address(Refused::NotPublic)));
    assert_eq!(server.connections.load(Ordering::SeqCst), 0);

    let listed = format!("localhost:{}", server.port).parse::<PrivateEndpoint>().unwrap();
    let client = OperatorClient::new(vec![listed]).unwrap();
    assert_eq!(client.guard().check(None, &localhost).await, Ok(()));
    assert_eq!(client.hand_over(call(&localhost)).await, Ok(None));
}

#[tokio::test]
async fn what_cannot_be_sent_fails_without_a_connection() {
    let server = Server::start(answer("200 OK", "{}")).await;
    let good = server.endpoint();
    for (endpoint, name, value, says) in [
        ("", "", "", "the operator has no hail endpoint"),
        (" ", "", "", "the operator has no hail endpoint"),
        ("taxi.example.org", "", "", "the hail endpoint is not a valid url"),
        ("ftp://example.org/", "", "", "the hail endpoint is not an http or https url"),
        (&good, "X Auth", "", "the name of the operator's custom header is not valid"),
        (&good, "X-Auth", "a\nb", "the value of the operator's custom header is not valid"),
    ] {
        let (header_name, header_value) = (name.to_owned(), value.to_owned());
        let call = OperatorRequest { header_name, header_value, ..call(endpoint) };
        let reason = server.client().hand_over(call).await.unwrap_err();
        assert_eq!(reason.to_string(), says);
    }
    assert_eq!(server.connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_slow_operator_has_bounded_connections_and_delays_nobody_else() {
    let slow = Server::start(Answer::Nothing).await;
    let quick = Server::start(answer("200 OK", "{}")).await;
    let listed = [slow.port, quick.port].map(|port| format!("127.0.0.1:{port}").parse().unwrap());
    let client = Arc::new(OperatorClient::new(listed.to_vec()).unwrap());
    let limit = Duration::from_millis(400);
    let mut calls = JoinSet::new();
    for _ in 0..CALLS_PER_ENDPOINT + 10 {
        let (client, call) =
            (client.clone(), OperatorRequest { time_left: limit, ..call(&slow.endpoint()) });
        calls.spawn(async move { client.hand_over(call).await });
    }
    while slow.connections.load(Ordering::SeqCst) < CALLS_PER_ENDPOINT {
        tokio::task::yield_now().await;
    }
    assert_eq!(client.hand_over(call(&quick.endpoint())).await, Ok(None));
    let short = Duration::from_millis(50);
    let one_more = OperatorRequest { time_left: short, ..call(&slow.endpoint()) };
    assert_eq!(client.hand_over(one_more).await, Err(Reason::Busy(short)));
    assert_eq!(slow.connections.load(Ordering::SeqCst), CALLS_PER_ENDPOINT);
    assert_eq!(calls.try_join_next().map(drop), None, "all slow calls are still waiting");
    let shown = crate::app::monitor::metrics::written(vec![client.clone()]);
    for line in [
        r#"letaxi_operator_calls{state="waiting"} 10"#,
        &format!(r#"letaxi_operator_calls{{state="under_way"}} {CALLS_PER_ENDPOINT}"#),
    ] {
        assert!(shown.contains(line), "{line}\nis not in\n{shown}");
    }
    let reasons = calls.join_all().await;
    let timed_out = reasons.iter().filter(|reason| **reason == Err(Reason::TimedOut(limit)));
    assert!(timed_out.count() >= CALLS_PER_ENDPOINT);
    assert_eq!(reasons.iter().filter(|reason| reason.is_ok()).count(), 0);
}
