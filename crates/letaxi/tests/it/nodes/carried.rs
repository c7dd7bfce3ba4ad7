//! Positions and counts that the bus carries between servers, and all that goes on without it: over a real NATS, which is
//! killed and started again.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use axum::http::Method;
use futures_util::StreamExt as _;
use letaxi::app::account::limits::Limits;
use letaxi::app::monitor::health::NotReady;
use letaxi::app::nodes::bus::{BusSecrets, Known, Message, SharedFix};
use letaxi::bus::{Letter, VERSION};
use registry::{AccountId, Role};
use serde_json::{Value, json};
use storage::nodes::NodeId;
use territory::Point;
use tokio::time::timeout;

use super::{HERE, call, close, found, get, put, two_nodes};
use crate::world::{Call, Nats, NewTaxi, Running, World, shared_url};

/// Longest wait for something that must happen.
const PATIENCE: Duration = Duration::from_secs(20);

/// Waits until something holds.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !holds().await {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, wait).await.unwrap_or_else(|_late| panic!("in vain: {what}"));
}

/// A metric of a node.
fn metric(node: &World, name: &str) -> i64 {
    let shown = node.app.metrics();
    let line = shown.lines().find(|line| line.starts_with(&format!("letaxi_{name} ")));
    let value = line.unwrap_or_else(|| panic!("{name} is not in\n{shown}")).rsplit(' ').next();
    value.unwrap().parse().unwrap()
}

fn every_metric_of_the_bus_is_in_the_guide(page: &str) {
    let shown = page.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    let shown: BTreeSet<_> = shown.filter(|name| name.starts_with("letaxi_bus_")).collect();
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operate.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let listed = guide.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let listed: BTreeSet<_> = listed
        .filter(|name| name.starts_with("letaxi_bus_"))
        .map(|name| name.strip_suffix("_total").unwrap_or(name))
        .collect();
    assert_eq!(listed, shown);
}

async fn both_connected(nodes: &[World; 2]) {
    for node in nodes {
        until("it is connected", async || node.app.bus_is_connected() == Some(true)).await;
    }
}

const FREE: NewTaxi<'_> = NewTaxi { name: "one", town: None, plate: None, free: true, at: None };

#[tokio::test(flavor = "multi_thread")]
async fn a_position_told_to_one_node_is_found_through_the_other() {
    let nats = Nats::start();
    let nodes = two_nodes(Some(&nats.url())).await;
    let _running = nodes.each_ref().map(World::run);
    both_connected(&nodes).await;
    let [first, second] = &nodes;
    let taxi = first.taxi("op", &FREE).await;
    first.report("op", &taxi, HERE).await;
    // Told before or after the second node has heard of the taxi: in the end it knows both.
    until("it is found", async || {
        first.report("op", &taxi, HERE).await;
        found(second).await == [taxi.clone()]
    })
    .await;
    put(first, "op", &format!("/taxis/{taxi}"), &json!({"status": "off"})).await;
    until("it is off", async || found(second).await.is_empty()).await;
    every_metric_of_the_bus_is_in_the_guide(&second.app.metrics());
    assert_eq!(metric(second, "bus_gaps_total"), 0);
    assert_eq!(metric(second, "bus_connected"), 1);
    close(nodes).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_joins_has_the_positions_of_the_others_before_it_is_ready() {
    let nats = Nats::start();
    let url = shared_url();
    let mut first = World::first_node(&url, Some(&nats.url())).await;
    let _first = first.run();
    until("the first one is ready", async || first.app.not_ready().is_none()).await;
    first.account("op", &[Role::Operator]).await;
    first.account("app", &[Role::Client]).await;
    first.land(|land| land.town("75056", "Paris", [2.2, 48.8, 2.5, 48.9])).await;
    let taxi = first.taxi("op", &NewTaxi { at: Some(HERE), ..FREE }).await;
    let second = first.node_beside(Some(&nats.url())).await;
    second.tick().await;
    assert_eq!(second.app.not_ready(), Some(NotReady::Joining));
    let _second = second.run();
    until("the second one is ready", async || second.app.not_ready().is_none()).await;
    assert_eq!(found(&second).await, [taxi]);
    close([first, second]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_nobody_answers_waits_for_five_seconds_at_most() {
    // Nobody listens there.
    let nodes = two_nodes(Some("nats://127.0.0.1:1")).await;
    let [_, second] = &nodes;
    second.tick().await;
    second.move_clock(Duration::from_millis(4_900));
    second.tick().await;
    assert_eq!(second.app.not_ready(), Some(NotReady::Joining));
    second.move_clock(Duration::from_millis(100));
    second.tick().await;
    assert_eq!(second.app.not_ready(), None);
    let ready = get(second, "op", "/readyz").await;
    assert_eq!(ready.json(), json!({"status": "ready", "bus": "away"}));
    close(nodes).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_bus_all_but_positions_goes_on_and_with_it_they_return() {
    let mut nats = Nats::start();
    let nodes = two_nodes(Some(&nats.url())).await;
    let _running = nodes.each_ref().map(World::run);
    both_connected(&nodes).await;
    let [first, second] = &nodes;
    nats.kill();
    for node in &nodes {
        until("it notices", async || node.app.bus_is_connected() == Some(false)).await;
    }
    assert_eq!(metric(second, "bus_connected"), 0);
    let known = first.taxi("op", &FREE).await;
    first.report("op", &known, HERE).await;
    // The taxi itself is known by the database's feed, and its state follows.
    until("the second node has heard of it", async || metric(second, "taxis") == 1).await;
    assert!(found(second).await.is_empty(), "its position is told to the first node only");
    assert_eq!(found(first).await, std::slice::from_ref(&known));
    until("what was not told is counted", async || {
        metric(first, "bus_dropped_positions_total") > 0
    })
    .await;
    second.report("op", &known, HERE).await;
    put(first, "op", &format!("/taxis/{known}"), &json!({"status": "off"})).await;
    until("it is off", async || found(second).await.is_empty()).await;
    put(first, "op", &format!("/taxis/{known}"), &json!({"status": "free"})).await;
    let other = NewTaxi { name: "other", ..FREE };
    first.taxi("op", &NewTaxi { at: Some(HERE), ..other }).await;
    until("the second node has heard of it", async || metric(second, "taxis") == 2).await;

    nats.start_again();
    both_connected(&nodes).await;
    until("positions return by themselves", async || found(second).await.len() == 2).await;
    close(nodes).await;
}

/// Two running servers with these limits. Their clock stands still, so nothing is earned.
async fn two_limited(nats: &Nats, limits: Limits) -> ([World; 2], [Running; 2]) {
    let mut nodes = two_nodes(Some(&nats.url())).await;
    for node in &mut nodes {
        node.limit(limits, &nats.url()).await;
    }
    let running = nodes.each_ref().map(World::run);
    both_connected(&nodes).await;
    (nodes, running)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_held_to_its_limit_over_all_nodes() {
    let nats = Nats::start();
    let limits = Limits { requests_per_s: 1, requests_burst: 500, ..Limits::default() };
    let (nodes, _running) = two_limited(&nats, limits).await;
    let [first, second] = &nodes;
    let ask = call("app", Method::GET, "/taxis?lon=2.35&lat=48.86", &Value::Null);
    let mut passed = 0;
    while first.answer(&ask).await.status == 200 {
        passed += 1;
    }
    assert_eq!(passed, 500);
    until("the second node counts the requests of the first", async || {
        metric(second, "bus_counted_requests_total") == 500
    })
    .await;
    assert_eq!(second.answer(&ask).await.status, 429);
    close(nodes).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_held_to_its_limit_over_all_nodes() {
    let nats = Nats::start();
    let limits = Limits { stranger_requests_per_s: 5, ..Limits::default() };
    let (nodes, _running) = two_limited(&nats, limits).await;
    let [first, second] = &nodes;
    let ask = Call { path: "/taxis?lon=2.35&lat=48.86".to_owned(), ..Call::default() };
    let mut passed = 0;
    while first.answer(&ask).await.status != 429 {
        passed += 1;
    }
    assert_eq!(passed, 50, "ten seconds' worth");
    until("the second node counts the requests of the first", async || {
        metric(second, "bus_counted_requests_total") == 50
    })
    .await;
    assert_eq!(second.answer(&ask).await.status, 429);
    close(nodes).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_from_while_the_bus_was_away_are_not_held_against_a_key_later() {
    let mut nats = Nats::start();
    let limits = Limits { requests_per_s: 1, requests_burst: 100, ..Limits::default() };
    let (nodes, _running) = two_limited(&nats, limits).await;
    let [first, second] = &nodes;
    nats.kill();
    for node in &nodes {
        until("it notices", async || node.app.bus_is_connected() == Some(false)).await;
    }
    let ask = call("app", Method::GET, "/taxis?lon=2.35&lat=48.86", &Value::Null);
    for _ in 0..90 {
        assert_eq!(first.answer(&ask).await.status, 200);
    }
    until("they are not told", async || metric(first, "bus_dropped_requests_total") == 90).await;
    nats.start_again();
    both_connected(&nodes).await;
    assert_eq!(first.answer(&ask).await.status, 200);
    until("one is told", async || metric(second, "bus_counted_requests_total") > 0).await;
    assert_eq!(metric(second, "bus_counted_requests_total"), 1);
    close(nodes).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_that_comes_before_its_taxi_is_kept_for_it() {
    let nats = Nats::start();
    let nodes = two_nodes(Some(&nats.url())).await;
    let [first, second] = &nodes;
    let taxi = first.taxi("op", &FREE).await;
    first.sql("create table kept as select * from taxis");
    first.sql("delete from taxis");
    let account = AccountId(first.sql("select account_id from kept").parse().unwrap());
    let _running = nodes.each_ref().map(World::run);
    both_connected(&nodes).await;
    until("it is gone", async || metric(second, "taxis") == 0).await;
    // Nobody can read the feed meanwhile.
    let held = first.hold("changes_state");
    let now = first.clock.now();
    let point = Point::new(HERE[0], HERE[1]).unwrap();
    let at_s = u32::try_from(now.timestamp()).unwrap();
    let fix = SharedFix { taxi: taxi.parse().unwrap(), account, point, at_s };
    let message = Message::Positions(vec![fix]);
    let (sent_ms, secrets) = (now.timestamp_millis(), first.bus_secrets());
    let letter = Letter { sender: STRANGER, number: 1, sent_ms, area: 7, message };
    let bus = async_nats::connect(nats.url()).await.unwrap();
    let subject = format!("letaxi.{}.all.positions.7", secrets.name);
    bus.publish(subject, letter.bytes(&secrets.key).into()).await.unwrap();
    until("it waits", async || metric(second, "bus_early_positions") == 1).await;
    first.sql("insert into taxis select * from kept");
    drop(held);
    until("it is found", async || found(second).await == [taxi.clone()]).await;
    close(nodes).await;
}

/// Place of the only taxi that a search through this node shows.
async fn place(node: &World) -> Value {
    let answer = get(node, "app", &format!("/taxis?lon={}&lat={}", HERE[0], HERE[1])).await;
    let position = &answer.json()["data"][0]["position"];
    json!([position["lon"], position["lat"]])
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_positions_of_one_second_the_later_comes_when_the_bus_returns() {
    let mut nats = Nats::start();
    let nodes = two_nodes(Some(&nats.url())).await;
    let _running = nodes.each_ref().map(World::run);
    both_connected(&nodes).await;
    let [first, second] = &nodes;
    let taxi = first.taxi("op", &FREE).await;
    // The clock of this test stands still: all this is in one second.
    until("it is found", async || {
        first.report("op", &taxi, HERE).await;
        place(second).await == json!(HERE)
    })
    .await;
    nats.kill();
    for node in &nodes {
        until("it notices", async || node.app.bus_is_connected() == Some(false)).await;
    }
    let near = [HERE[0], HERE[1] + 0.0001];
    first.report("op", &taxi, near).await;
    until("it is not told", async || metric(first, "bus_dropped_positions_total") > 0).await;
    nats.start_again();
    both_connected(&nodes).await;
    until("it comes", async || place(second).await == json!(near)).await;
    assert_eq!(place(first).await, json!(near));
    close(nodes).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_node_knows_from_others_replaces_no_position_of_the_same_second() {
    let nats = Nats::start();
    let nodes = two_nodes(Some(&nats.url())).await;
    let _running = nodes.each_ref().map(World::run);
    both_connected(&nodes).await;
    let [first, _] = &nodes;
    let taxi = first.taxi("op", &FREE).await;
    let account = AccountId(first.sql("select account_id from descriptions").parse().unwrap());
    first.report("op", &taxi, HERE).await;
    let now = first.clock.now();
    let at_s = u32::try_from(now.timestamp()).unwrap();
    let (secrets, sent_ms) = (first.bus_secrets(), now.timestamp_millis());
    let bus = async_nats::connect(nats.url()).await.unwrap();
    let tell = async |lat: f64, of: fn(SharedFix) -> Message| {
        let point = Point::new(HERE[0], lat).unwrap();
        let fix = SharedFix { taxi: taxi.parse().unwrap(), account, point, at_s };
        let letter = Letter { sender: STRANGER, number: 0, sent_ms, area: 0, message: of(fix) };
        let subject = format!("letaxi.{}.all.4", secrets.name);
        bus.publish(subject, letter.bytes(&secrets.key).into()).await.unwrap();
    };
    let known =
        |fix: SharedFix| Message::Known(Known { fixes: vec![fix], total: 1, is_complete: true });
    let reported = |fix: SharedFix| Message::Positions(vec![fix]);
    let late = |fix: SharedFix| Message::Positions(vec![SharedFix { at_s: fix.at_s - 1, ..fix }]);
    let is_late = async |positions| {
        let ignored = labelled(first, "bus_ignored_positions", "why", "late");
        ignored == positions
    };
    tell(48.8611, known).await;
    tell(48.8622, late).await;
    until("both are heard", async || is_late(1).await).await;
    assert_eq!(place(first).await, json!(HERE));
    // One that was reported to the node that tells it does.
    tell(48.8633, reported).await;
    tell(48.8644, known).await;
    tell(48.8655, late).await;
    until("all are heard", async || is_late(2).await).await;
    assert_eq!(place(first).await, json!([HERE[0], 48.8633]));
    close(nodes).await;
}

/// A server that does not exist.
const STRANGER: NodeId = NodeId(0xABCD);

#[tokio::test(flavor = "multi_thread")]
async fn positions_that_were_missed_are_asked_for_and_what_nobody_understands_is_left_alone() {
    let nats = Nats::start();
    let nodes = two_nodes(Some(&nats.url())).await;
    let _running = nodes.each_ref().map(World::run);
    both_connected(&nodes).await;
    let bus = async_nats::connect(nats.url()).await.unwrap();
    let secrets = nodes[0].bus_secrets();
    let root = format!("letaxi.{}", secrets.name);
    let mut asked = bus.subscribe(format!("{root}.to.{STRANGER}")).await.unwrap();
    let letter = |number: u64, key: &BusSecrets| {
        let message = Message::Positions(Vec::new());
        Letter { sender: STRANGER, number, sent_ms: 0, area: 7, message }.bytes(&key.key)
    };
    let mut newer = letter(1, &secrets);
    newer[0] = VERSION + 1;
    let forged = letter(900, &BusSecrets::new(String::new(), b"a guess"));
    for bytes in [newer, forged, letter(1, &secrets), letter(5, &secrets)] {
        bus.publish(format!("{root}.all.positions.7"), bytes.into()).await.unwrap();
    }
    let question = timeout(PATIENCE, asked.next()).await.unwrap().unwrap();
    assert_eq!(Letter::read(&question.payload, &secrets.key).unwrap().message, Message::Ask);
    for node in &nodes {
        until("all are heard", async || metric(node, "bus_gaps_total") == 3).await;
        assert_eq!(labelled(node, "bus_messages", "outcome", "other_version"), 1);
        assert_eq!(labelled(node, "bus_messages", "outcome", "forged"), 1);
        assert_eq!(labelled(node, "bus_messages", "outcome", "malformed"), 0);
    }
    close(nodes).await;
}

/// The count of a label's value.
fn labelled(node: &World, name: &str, label: &str, value: &str) -> i64 {
    let start = format!("letaxi_{name}_total{{{label}=\"{value}\"}} ");
    let shown = node.app.metrics();
    let line = shown.lines().find_map(|line| line.strip_prefix(&start));
    line.unwrap_or_else(|| panic!("{start} is not in\n{shown}")).parse().unwrap()
}
