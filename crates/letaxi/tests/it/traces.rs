//! Traces, as a collector gets them from the real program.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, Span};
use prost::Message as _;
use serde_json::{Value, json};

use crate::backups::letaxi;

const DATABASE: &str = "sqlite://letaxi.db";
const TOWN: &str = r#"{"type": "FeatureCollection", "features": [{"type": "Feature",
    "properties": {"insee": "75056", "nom": "Paris"},
    "geometry": {"type": "Polygon", "coordinates": [[[2, 48], [3, 48], [3, 49], [2, 49], [2, 48]]]}}]}"#;
/// The trace of a caller, by W3C's specification.
const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// A server that answers every request with `{}`, and its requests' heads and bodies.
fn server() -> (u16, Receiver<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, told) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let tell = tell.clone();
            std::thread::spawn(move || {
                let mut stream = BufReader::new(stream);
                while let Some(request) = read_request(&mut stream) {
                    let answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\
                        content-length: 2\r\n\r\n{}";
                    if stream.get_mut().write_all(answer).is_err() || tell.send(request).is_err() {
                        break;
                    }
                }
            });
        }
    });
    (port, told)
}

fn read_request(stream: &mut BufReader<TcpStream>) -> Option<(String, Vec<u8>)> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then(|| value.parse().unwrap())
    });
    let mut body = vec![0; length.unwrap_or_default()];
    stream.read_exact(&mut body).ok()?;
    Some((head, body))
}

/// The running program, with an app, an operator and a town.
struct Program {
    child: Child,
    address: String,
    operator: Receiver<(String, Vec<u8>)>,
}

impl Program {
    fn start(folder: &Path, settings: &[(&str, &str)]) -> Self {
        std::fs::create_dir_all(folder.join("town")).unwrap();
        std::fs::write(folder.join("town/towns.geojson"), TOWN).unwrap();
        let (port, operator) = server();
        let endpoint = format!("http://127.0.0.1:{port}/secret?key=secret");
        let private = format!("127.0.0.1:{port}");
        let with = |mut command: Command| {
            command.env("LETAXI_PRIVATE_ENDPOINTS", &private).envs(settings.iter().copied());
            command
        };
        for arguments in [
            &["import", "town"][..],
            &["user", "create", "app@b.fr", "--role", "moteur", "--key", "key-of-app"],
            &[
                "user",
                "create",
                "op@b.fr",
                "--role",
                "operateur",
                "--key",
                "key-of-op",
                "--hail-endpoint",
                &endpoint,
            ],
        ] {
            assert!(with(letaxi(folder, DATABASE, arguments)).output().unwrap().status.success());
        }
        let serve = ["serve", "--http", "127.0.0.1:0", "--udp", "none"];
        let mut serve = with(letaxi(folder, DATABASE, &serve));
        let mut child = serve.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
        let address = lines.find_map(|line| {
            Some(line.split_once("address=")?.1.split_whitespace().next().unwrap().to_owned())
        });
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address: address.expect("it starts"), operator }
    }

    /// Makes a call and returns the element of its answer.
    fn call(&self, who: &str, method: &str, path: &str, element: &Value) -> Value {
        let body =
            if element.is_null() { String::new() } else { json!({"data": [element]}).to_string() };
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: x\r\nx-version: 3\r\nx-api-key: key-of-{who}\r\n\
             traceparent: {PARENT}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
             connection: close\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 20"), "{method} {path}: {answer}");
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        body["data"][0].clone()
    }

    /// Registers a taxi, searches it and hails it; waits for the call to its operator.
    fn ride(&self) {
        let driver = json!({"first_name": "Ada", "last_name": "Martin", "professional_licence": "L1",
            "birth_date": "1980-01-31", "departement": {"numero": "75"}});
        self.call("op", "POST", "/drivers", &driver);
        self.call("op", "POST", "/vehicles", &json!({"licence_plate": "AB-123-CD"}));
        self.call("op", "POST", "/ads", &json!({"numero": "1", "insee": "75056"}));
        let parts = json!({"driver": {"professional_licence": "L1", "departement": "75"},
            "vehicle": {"licence_plate": "AB-123-CD"}, "ads": {"numero": "1", "insee": "75056"}});
        let taxi = self.call("op", "POST", "/taxis", &parts)["id"].as_str().unwrap().to_owned();
        self.call("op", "PUT", &format!("/taxis/{taxi}"), &json!({"status": "free"}));
        let position = json!({"positions": [{"taxi_id": taxi, "lon": 2.3456, "lat": 48.8765}]});
        self.call("op", "POST", "/geotaxi", &position);
        self.call("app", "GET", "/taxis?lon=2.3456&lat=48.8765", &Value::Null);
        let hail = json!({"taxi_id": taxi, "customer_id": "jeanne", "customer_lon": 2.3456,
            "customer_lat": 48.8765, "customer_address": "rue X", "customer_phone_number": "0601"});
        self.call("app", "POST", "/hails", &hail);
        self.operator.recv().expect("the operator is called");
    }

    fn metrics(&self) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn stop(mut self) {
        let kill = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(kill.unwrap().success());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// All spans that came, with the attributes of their service.
fn spans(collector: &Receiver<(String, Vec<u8>)>) -> (Vec<Span>, BTreeMap<String, String>) {
    let mut resources: Vec<ResourceSpans> = Vec::new();
    while let Ok((head, body)) = collector.try_recv() {
        assert!(head.starts_with("POST /v1/traces HTTP/1.1"), "{head}");
        assert!(head.to_lowercase().contains("content-type: application/x-protobuf"), "{head}");
        resources.extend(ExportTraceServiceRequest::decode(&*body).unwrap().resource_spans);
    }
    let service = resources.first().and_then(|one| one.resource.clone()).unwrap_or_default();
    let spans = resources.into_iter().flat_map(|one| one.scope_spans).flat_map(|one| one.spans);
    (spans.collect(), texts(&service.attributes))
}

fn texts(
    attributes: &[opentelemetry_proto::tonic::common::v1::KeyValue],
) -> BTreeMap<String, String> {
    let text = |value: Any| match value {
        Any::StringValue(text) => text,
        Any::IntValue(number) => number.to_string(),
        other => format!("{other:?}"),
    };
    let one = |attribute: &opentelemetry_proto::tonic::common::v1::KeyValue| {
        let value = attribute.value.clone().and_then(|value| value.value);
        (attribute.key.clone(), value.map(text).unwrap_or_default())
    };
    attributes.iter().map(one).collect()
}

#[test]
fn a_collector_gets_requests_changes_and_calls_without_anything_about_persons() {
    let folder = tempfile::tempdir().unwrap();
    let (port, collector) = server();
    let address = format!("http://127.0.0.1:{port}");
    let settings = [
        ("LETAXI_TRACES", address.as_str()),
        ("LETAXI_TRACES_SAMPLING", "1"),
        ("LETAXI_TRACES_NAME", "registre"),
    ];
    let program = Program::start(folder.path(), &settings);
    program.ride();
    assert!(program.metrics().contains(r#"letaxi_trace_spans_total{outcome="failed"} 0"#));
    program.stop();
    let (spans, service) = spans(&collector);
    assert_eq!(service["service.name"], "registre");
    let named = |name: &str| {
        let found = spans.iter().find(|span| span.name == name);
        found.unwrap_or_else(|| {
            panic!("no span {name}: {:?}", spans.iter().map(|s| &s.name).collect::<Vec<_>>())
        })
    };
    let hail = named("POST /hails");
    assert_eq!(hail.kind, SpanKind::Server as i32);
    let fields = texts(&hail.attributes);
    assert_eq!((&*fields["http.route"], &*fields["http.response.status_code"]), ("/hails", "201"));
    assert_eq!(texts(&named("PUT /taxis/{id}").attributes)["http.request.method"], "PUT");
    let search = named("GET /taxis");
    assert_eq!(texts(&search.attributes)["http.response.status_code"], "200");
    let change = spans
        .iter()
        .find(|span| span.name == "database change" && span.parent_span_id == hail.span_id);
    let change = change.expect("the hail changed the database");
    assert_eq!(change.trace_id, hail.trace_id);
    assert_eq!(texts(&change.attributes)["db.system.name"], "sqlite");
    let call = texts(&named("call to an operator").attributes);
    assert_eq!((&*call["server.address"], &*call["letaxi.outcome"]), ("127.0.0.1", "delivered"));

    let known: BTreeSet<&str> = [
        "letaxi.request_id",
        "http.request.method",
        "http.route",
        "http.response.status_code",
        "db.system.name",
        "server.address",
        "letaxi.outcome",
    ]
    .into();
    for span in &spans {
        assert!(span.events.is_empty() && span.links.is_empty(), "{span:?}");
        let fields = texts(&span.attributes);
        assert!(fields.keys().all(|name| known.contains(name.as_str())), "{fields:?}");
        let all = format!("{} {fields:?}", span.name);
        for secret in ["2.3456", "48.8765", "key-of", "secret", "jeanne", "AB-123", "L1", "0601"] {
            assert!(!all.contains(secret), "{secret} in {all}");
        }
        // The caller's trace is not accepted unless a setting says so.
        assert_ne!(hex(&span.trace_id), PARENT[3..35]);
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[test]
fn the_trace_of_a_caller_is_continued_if_the_settings_accept_it() {
    let folder = tempfile::tempdir().unwrap();
    let (port, collector) = server();
    let address = format!("http://127.0.0.1:{port}/v1/traces");
    // Of the others, next to none are traced.
    let settings = [
        ("LETAXI_TRACES", address.as_str()),
        ("LETAXI_TRACES_SAMPLING", "4000000000"),
        ("LETAXI_TRACES_ACCEPT_PARENT", "true"),
    ];
    let program = Program::start(folder.path(), &settings);
    program.call("app", "GET", "/taxis?lon=2.3456&lat=48.8765", &Value::Null);
    program.stop();
    let (spans, _) = spans(&collector);
    let [span] = &spans[..] else { panic!("one span: {spans:?}") };
    assert_eq!(
        (hex(&span.trace_id), hex(&span.parent_span_id)),
        (PARENT[3..35].to_owned(), PARENT[36..52].to_owned())
    );
}

#[test]
fn a_collector_that_is_away_costs_a_counter_and_without_the_setting_there_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("http://127.0.0.1:{port}");
    let settings = [("LETAXI_TRACES", address.as_str()), ("LETAXI_TRACES_SAMPLING", "1")];
    let program = Program::start(folder.path(), &settings);
    program.ride();
    let failed = |metrics: &str| {
        let line = metrics
            .lines()
            .find_map(|line| line.strip_prefix("letaxi_trace_spans_total{outcome=\"failed\"} "));
        line.unwrap().parse::<u64>().unwrap()
    };
    while failed(&program.metrics()) == 0 {
        std::thread::yield_now();
    }
    program.stop();

    let folder = tempfile::tempdir().unwrap();
    let program = Program::start(folder.path(), &[]);
    program.ride();
    assert!(!program.metrics().contains("letaxi_trace"));
    program.stop();
}
