//! Several servers on one PostgreSQL and one NATS, beside one alone, and beside NATS alone.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use futures_util::StreamExt as _;
use http_body_util::BodyExt;
use letaxi::app::App;
use letaxi::app::clock::Clock;
use letaxi::app::nodes::Membership;
use letaxi::app::nodes::bus::{Bus, BusSecrets, Message, SharedFix, To};
use letaxi::bus::{Letter, NatsBus};
use letaxi::service;
use registry::AccountId;
use reqwest::Client;
use serde_json::json;
use storage::Process;
use storage::nodes::{NodeCard, NodeId};
use territory::Point;
use tokio::sync::watch;
use tower::ServiceExt as _;

use super::{number, rounds};
use crate::country::{self, now, since};
use crate::fleet::Fleet;
use crate::nats::Nats;
use crate::report::{Better, Report, median};
use crate::server::Server;
use crate::wire::{self, Load};

/// Taxis of a country, and of the rows with searches and hails.
const MANY_TAXIS: usize = 60_000;
const TAXIS: usize = 10_000;
/// Times that the whole fleet is told: no more messages than may wait in a process.
const TIMES: usize = 10;
/// Positions in a message.
const A_MESSAGE: usize = 1_000;
/// Number of the server that tells.
const TELLER: NodeId = NodeId(1);
/// Connections, and hails at once.
const CONNECTIONS: u32 = 64;
/// Place without taxis, where the last position is told.
const APART: (f64, f64) = (-2.9, 43.1);
/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_mins(1);
const MEGABYTE: f64 = 1e6;

/// Measures all rows of several servers.
pub(crate) async fn of_three(report: &mut Report) {
    carried(report).await;
    memory(report).await;
    searches(report).await;
    hails(report).await;
}

/// Positions from one server's bus into the memory of another.
async fn carried(report: &mut Report) {
    let nats = Nats::start();
    let fleet = Fleet::new("postgres", MANY_TAXIS).await;
    let clock = Clock::System;
    let teller = NatsBus::open(&nats.url(), None, &secrets(), TELLER, clock).await.unwrap();
    let (app, _stopper) = follower(&fleet, &nats).await;
    let first = app.account_of_email("op0@example.org").await.unwrap().id.0;
    let router = service::router(Arc::clone(&app));
    let (mut bare, mut ours) = (Vec::new(), Vec::new());
    for round in 0..rounds() {
        let fixes = fixes(&fleet, first);
        bare.push(by_nats_alone(&nats, &fixes).await);
        let begin = now();
        for _ in 0..TIMES {
            assert!(teller.tell(To::All, Message::Positions(fixes.clone())).await);
        }
        let place = Point::new(APART.0 + 0.05 * f64::from(round), APART.1).unwrap();
        let last = SharedFix { point: place, ..fixes[0] };
        assert!(teller.tell(To::All, Message::Positions(vec![last])).await);
        // What comes later is taken later: once this one is found, all others are known.
        while !is_found(&router, place).await {
            assert!(since(begin) < PATIENCE, "the last position does not come");
        }
        ours.push((TIMES * fixes.len()) as f64 / since(begin).as_secs_f64());
    }
    let row = "positions carried to another node, beside NATS alone with the same batches";
    report.row(row, "/s", (median(bare), median(ours)), Better::Higher, (0.1, 0.8));
    for line in app.metrics().lines().filter(|line| line.contains("bus_gaps_total")) {
        report.remark(format!("{row}: {line}"));
    }
}

fn secrets() -> BusSecrets {
    BusSecrets::new("bench".to_owned(), b"bench")
}

/// A server within this process that follows others.
async fn follower(fleet: &Fleet, nats: &Nats) -> (Arc<App>, watch::Sender<bool>) {
    let id = NodeId(2);
    let bus = NatsBus::open(&nats.url(), None, &secrets(), id, Clock::System).await.unwrap();
    let card = NodeCard {
        id,
        name: "bench".to_owned(),
        version: String::new(),
        bus: "bench".to_owned(),
        areas: String::new(),
    };
    let membership = Membership { card, bus: Some(Arc::new(bus)) };
    let app =
        country::start_as(&fleet.url, &fleet.key_file, false, Process::Node(id), Some(membership));
    let (app, _store) = app.await;
    let (stopper, stop) = watch::channel(false);
    tokio::spawn(Arc::clone(&app).run(stop));
    while app.bus_is_connected() != Some(true) || app.not_ready().is_some() {
        tokio::task::yield_now().await;
    }
    (app, stopper)
}

/// A position of each taxi, of now.
fn fixes(fleet: &Fleet, first: i64) -> Vec<SharedFix> {
    let at_s = u32::try_from(Clock::System.now().timestamp()).unwrap();
    let fix = |(index, (taxi, operator)): (usize, &(String, usize))| SharedFix {
        taxi: taxi.parse().unwrap(),
        account: AccountId(first + i64::try_from(*operator).unwrap()),
        point: Point::new(-1.25 + 1e-6 * (index % 50_000) as f64, 44.5).unwrap(),
        at_s,
    };
    fleet.taxis.iter().enumerate().map(fix).collect()
}

/// The same bytes through NATS, from one client to another; positions a second.
async fn by_nats_alone(nats: &Nats, fixes: &[SharedFix]) -> f64 {
    let (from, to) = (
        async_nats::connect(nats.url()).await.unwrap(),
        async_nats::connect(nats.url()).await.unwrap(),
    );
    let mut heard = to.subscribe("bare").await.unwrap();
    to.flush().await.unwrap();
    let letters = fixes.chunks(A_MESSAGE).map(|part| {
        let message = Message::Positions(part.to_vec());
        Letter { sender: TELLER, number: 1, sent_ms: 0, area: 0, message }.bytes(&secrets().key)
    });
    let letters: Vec<axum::body::Bytes> = letters.map(Into::into).collect();
    let begin = now();
    let telling = async {
        for _ in 0..TIMES {
            for letter in &letters {
                from.publish("bare", letter.clone()).await.unwrap();
            }
        }
        from.flush().await.unwrap();
    };
    let hearing = async {
        for _ in 0..TIMES * letters.len() {
            heard.next().await.unwrap();
        }
    };
    tokio::join!(telling, hearing);
    (TIMES * fixes.len()) as f64 / since(begin).as_secs_f64()
}

async fn is_found(router: &axum::Router, place: Point) -> bool {
    let path = format!("/taxis?lon={}&lat={}", place.lon(), place.lat());
    let request = Request::get(path).header("x-api-key", "key of app0").body(Body::empty());
    let response = router.clone().oneshot(request.unwrap()).await.unwrap();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8_lossy(&body).contains("crowfly")
}

/// Three servers of a fleet's database.
async fn three(fleet: &Fleet, nats: &Nats) -> Vec<Server> {
    let mut nodes = Vec::new();
    for _ in 0..3 {
        nodes.push(Server::node(&fleet.url, &fleet.key_file, &nats.url()).await);
    }
    nodes
}

/// Waits until a server shows a taxi of each search.
async fn until_known(fleet: &Fleet, server: &Server) {
    let begin = now();
    while fleet.answers(server).await.iter().any(|answer| !answer.contains("crowfly")) {
        assert!(since(begin) < PATIENCE, "positions do not come");
    }
}

/// Memory of a server that is told the positions by another one.
async fn memory(report: &mut Report) {
    let nats = Nats::start();
    let mut fleet = Fleet::new("postgres", MANY_TAXIS).await;
    let (mut alone, mut following) = (Vec::new(), Vec::new());
    for _ in 0..rounds() {
        let server = fleet.serve().await;
        fleet.report(&server).await;
        alone.push(server.resident_bytes() / MEGABYTE);
        drop(server);
        let nodes = three(&fleet, &nats).await;
        fleet.report(&nodes[0]).await;
        until_known(&fleet, &nodes[2]).await;
        following.push(nodes[2].resident_bytes() / MEGABYTE);
    }
    let row = format!("memory of a node that follows {MANY_TAXIS} taxis, beside a server alone");
    let figures = (median(alone), median(following));
    report.row(row, "MB", figures, Better::Lower, (1.3, 1.1));
}

/// Searches on one of three nodes, beside a server alone.
async fn searches(report: &mut Report) {
    let nats = Nats::start();
    let mut fleets = [Fleet::new("postgres", TAXIS).await, Fleet::new("postgres", TAXIS).await];
    let alone = fleets[0].serve().await;
    let nodes = three(&fleets[1], &nats).await;
    let (mut floor, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..rounds() {
        fleets[0].report(&alone).await;
        fleets[1].report(&nodes[0]).await;
        until_known(&fleets[1], &nodes[2]).await;
        for (fleet, server, rates) in
            [(&fleets[0], &alone, &mut floor), (&fleets[1], &nodes[2], &mut ours)]
        {
            let load = Load {
                method: "GET",
                requests: &fleet.searches,
                path: "",
                key: "key of app0",
                connections: CONNECTIONS,
                seconds: number("SECONDS", 4),
            };
            rates.push(wire::load(server, fleet.folder.path(), &load).per_s);
        }
    }
    let row = format!("GET /taxis on a node of three, beside a server alone, {TAXIS} taxis");
    report.row(row, "/s", (median(floor), median(ours)), Better::Higher, (0.95, 1.0));
}

/// Hails through three nodes, beside hails through one of them alone.
async fn hails(report: &mut Report) {
    let nats = Nats::start();
    let mut fleet = Fleet::new("postgres", TAXIS).await;
    let nodes = three(&fleet, &nats).await;
    let each = number("HAILS", 640) as usize;
    let taxis: Vec<_> = fleet.taxis.iter().map(|(id, _)| id.clone()).collect();
    let mut taxis = taxis.chunks(each);
    let (mut one, mut all) = (Vec::new(), Vec::new());
    for _ in 0..rounds() {
        fleet.report(&nodes[0]).await;
        until_known(&fleet, &nodes[2]).await;
        for (nodes, rates) in [(&nodes[..1], &mut one), (&nodes[..], &mut all)] {
            let Some(taxis) = taxis.next() else { break };
            rates.push(hail_all(nodes, taxis).await);
        }
    }
    let row = format!("POST /hails on PostgreSQL, three nodes beside one, {CONNECTIONS} at once");
    report.row(row, "/s", (median(one), median(all)), Better::Higher, (0.9, 1.5));
}

/// Hails each of these taxis; hails a second.
async fn hail_all(nodes: &[Server], taxis: &[String]) -> f64 {
    let client = Client::builder().no_proxy().build().unwrap();
    let begin = now();
    let hails = taxis.iter().enumerate().map(|(index, taxi)| {
        let url = format!("{}/hails/", nodes[index % nodes.len()].base);
        let document = json!({"data": [{"taxi_id": taxi, "customer_id": taxi, "customer_lon": -1.25,
            "customer_lat": 44.5, "customer_address": "Paris", "customer_phone_number": "0600000000"}]});
        let call = client.post(url).header("x-api-key", "key of app0").json(&document);
        async move {
            let answer = call.send().await.unwrap();
            assert_eq!(answer.status(), 201, "{}", answer.text().await.unwrap());
        }
    });
    let hails = futures_util::stream::iter(hails);
    hails.buffer_unordered(CONNECTIONS as usize).collect::<Vec<()>>().await;
    taxis.len() as f64 / since(begin).as_secs_f64()
}
