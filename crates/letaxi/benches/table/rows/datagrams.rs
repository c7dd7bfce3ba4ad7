//! Position datagrams, compared with the minimal work on them.
//!
//! The first row is the cost of a datagram: the floor receives and parses it and computes one SHA-1 of its
//! texts; the program also finds the account and the key, checks the signature and moves the taxi. Both read
//! waiting datagrams from a socket, on one thread, in alternating rounds, and medians are compared. The
//! second row is the share that is received from one sender at a steady rate.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use letaxi::app::account::secrets::Secrets;
use letaxi::app::clock::Clock;
use letaxi::app::{App, Parts, Settings};
use letaxi::contract;
use letaxi::operator::OperatorClient;
use letaxi::service;
use letaxi::udp::counts::Outcome;
use letaxi::udp::serve::Datagrams;
use registry::AccountFields;
use registry::Role;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use storage::territory_rows::TerritoryImport;
use territory::Town;
use tokio::net::UdpSocket;
use tokio::sync::watch;
use tower::ServiceExt;

use crate::country::{now, since};
use crate::report::{Better, Report, median};

const TAXIS: usize = 500;
/// Number of datagrams waiting at the start of a round, and number of rounds.
const BATCH: usize = 2_000;
const ROUNDS: usize = 60;
/// Rate of the sender, in datagrams per second, and its duration.
const OFFERED_PER_S: usize = 100_000;
const OFFERED_S: usize = 5;
/// Number of datagrams between two looks at the clock.
const BURST: usize = 50;
/// Maximum delay that the sender catches up.
const CAUGHT_UP: Duration = Duration::from_millis(5);

const KEY: &str = "5ec2e7d1-0000-4000-8000-000000000001";
const OPERATOR: &str = "op@example.org";

/// A registry with one town, one operator and its taxis, and these taxis' ids.
async fn registry() -> (Arc<App>, Vec<String>) {
    let parts = Parts {
        store: storage::open("sqlite::memory:").await.unwrap(),
        clock: Clock::System,
        secrets: Secrets::throw_away(),
        settings: Settings::default(),
        wording: contract::WORDING,
        operators: Arc::new(OperatorClient::new(Vec::new()).unwrap()),
        geocoder: None,
        post: None,
        provider: None,
        membership: None,
    };
    let app = App::start(parts).await.unwrap();
    let operator = AccountFields {
        email: OPERATOR.to_owned(),
        roles: [Role::Operator].into_iter().collect(),
        ..AccountFields::default()
    };
    app.create_account(operator, None, Some(KEY.to_owned())).await.unwrap();
    let border = geo::Rect::new((2.0, 48.0), (3.0, 49.0)).to_polygon().into();
    let town = Town { code: "75056".parse().unwrap(), name: "Paris".to_owned(), border };
    let land = TerritoryImport { towns: Some(vec![town]), ..TerritoryImport::default() };
    app.import_territory(land, &|_| {}).await.unwrap();
    app.sync_memory().await.unwrap();
    let router = service::router(Arc::clone(&app));
    let mut taxis = Vec::new();
    for index in 0..TAXIS {
        taxis.push(enrol(&router, index).await);
    }
    (app, taxis)
}

async fn enrol(router: &Router, index: usize) -> String {
    let (licence, plate) = (format!("l{index}"), format!("AB-{index:04}"));
    let departement = json!({"numero": "75"});
    let driver = json!({"first_name": "A", "last_name": "B", "professional_licence": licence,
        "departement": departement});
    post(router, "/drivers", driver).await;
    post(router, "/vehicles", json!({"licence_plate": plate})).await;
    post(router, "/ads", json!({"numero": licence, "insee": "75056"})).await;
    let parts = json!({"driver": {"professional_licence": licence, "departement": "75"},
        "vehicle": {"licence_plate": plate}, "ads": {"numero": licence, "insee": "75056"}});
    let bound = post(router, "/taxis", parts).await;
    bound["data"][0]["id"].as_str().unwrap().to_owned()
}

async fn post(router: &Router, path: &str, element: Value) -> Value {
    let body = json!({"data": [element]}).to_string();
    let request = Request::post(path).header("x-api-key", KEY).body(Body::from(body)).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    assert!(response.status().is_success(), "{path}: {}", response.status());
    serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap()
}

/// Datagrams as the incumbent's own scripts send them; each taxi moves a little from one to the next.
fn datagrams(taxis: &[String]) -> Vec<Vec<u8>> {
    let datagram = |index: usize| {
        let taxi = &taxis[index % taxis.len()];
        let lon = format!("{:.6}", 2.3 + index as f64 * 1e-5);
        let signed = format!("1430076493{OPERATOR}{taxi}48.856613{lon}mobilefree1{KEY}");
        let hash = Sha1::digest(signed)
            .iter()
            .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        let datagram = json!({"timestamp": "1430076493", "operator": OPERATOR, "version": "1",
            "lat": "48.856613", "lon": lon, "device": "mobile", "taxi": taxi, "status": "free",
            "hash": hash});
        datagram.to_string().into_bytes()
    };
    (0..BATCH).map(datagram).collect()
}

async fn listen() -> Datagrams {
    Datagrams::listen(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap()
}

fn sender_to(address: SocketAddr) -> std::net::UdpSocket {
    let sender = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    sender.connect(address).unwrap();
    sender
}

/// A datagram with its fields as written, because they are signed in that form; some may be numbers.
#[derive(serde::Deserialize)]
struct Read<'a> {
    #[serde(borrow)]
    timestamp: &'a RawValue,
    #[serde(borrow)]
    operator: &'a RawValue,
    #[serde(borrow)]
    taxi: &'a RawValue,
    #[serde(borrow)]
    lat: &'a RawValue,
    #[serde(borrow)]
    lon: &'a RawValue,
    #[serde(borrow)]
    device: &'a RawValue,
    #[serde(borrow)]
    status: &'a RawValue,
    #[serde(borrow)]
    version: &'a RawValue,
    #[serde(borrow)]
    hash: &'a RawValue,
}

/// Receives waiting datagrams with minimal work.
async fn floor(socket: &UdpSocket) -> Duration {
    let begin = now();
    let (mut buffer, mut taken, mut sum) = ([0; 2_048], 0, 0_u32);
    while taken < BATCH {
        socket.readable().await.unwrap();
        while let Ok(length) = socket.try_recv(&mut buffer) {
            let read: Read<'_> = serde_json::from_slice(&buffer[..length]).unwrap();
            let mut digest = Sha1::new();
            let Read { timestamp, operator, taxi, lat, lon, device, status, version, hash } = read;
            for field in [timestamp, operator, taxi, lat, lon, device, status, version] {
                digest.update(field.get().trim_matches('"'));
            }
            digest.update(KEY);
            std::hint::black_box(hash);
            sum = sum.wrapping_add(digest.finalize()[0].into());
            taken += 1;
        }
    }
    std::hint::black_box(sum);
    since(begin)
}

/// Receives waiting datagrams like the service.
async fn ours(datagrams: &Arc<Datagrams>, app: &Arc<App>, before: u64) -> Duration {
    let (stopper, stop) = watch::channel(false);
    let begin = now();
    let serving = tokio::spawn({
        let (datagrams, app) = (Arc::clone(datagrams), Arc::clone(app));
        async move { datagrams.serve(app, stop).await }
    });
    while datagrams.counts().of(Outcome::Taken) < before + BATCH as u64 {
        tokio::task::yield_now().await;
    }
    let time = since(begin);
    stopper.send(true).unwrap();
    serving.await.unwrap().unwrap();
    time
}

/// Cost of a datagram in microseconds: floor and program.
async fn costs(app: &Arc<App>, batch: &[Vec<u8>]) -> (f64, f64) {
    let bare = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket2::SockRef::from(&bare).set_recv_buffer_size(16 << 20).unwrap();
    let to_floor = sender_to(bare.local_addr().unwrap());
    let datagrams = Arc::new(listen().await);
    let to_ours = sender_to(datagrams.address().unwrap());
    let (mut floor_us, mut ours_us) = (Vec::new(), Vec::new());
    let us = |time: Duration| time.as_secs_f64() * 1e6 / BATCH as f64;
    for round in 0..ROUNDS {
        for datagram in batch {
            to_floor.send(datagram).unwrap();
        }
        floor_us.push(us(floor(&bare).await));
        for datagram in batch {
            to_ours.send(datagram).unwrap();
        }
        ours_us.push(us(ours(&datagrams, app, (round * BATCH) as u64).await));
    }
    assert_eq!(datagrams.kernel_drops().unwrap_or(0), 0, "a batch does not fit into the buffer");
    (median(floor_us), median(ours_us))
}

/// Sends at a steady rate; returns the duration. After a delay the sender does not catch up at full speed,
/// which would be another, faster sender.
fn send_paced(address: SocketAddr, batch: &[Vec<u8>]) -> Duration {
    let sender = sender_to(address);
    let pause = Duration::from_secs_f64(BURST as f64 / OFFERED_PER_S as f64);
    let begin = now();
    let mut due = Duration::ZERO;
    for burst in batch.chunks(BURST).cycle().take(OFFERED_PER_S * OFFERED_S / BURST) {
        while since(begin) < due {
            std::hint::spin_loop();
        }
        due = (due + pause).max(since(begin).saturating_sub(CAUGHT_UP));
        for datagram in burst {
            sender.send(datagram).unwrap();
        }
    }
    since(begin)
}

/// Offers datagrams at a steady rate, and returns the share received; a smaller one if too few were offered
/// for a result.
async fn offer(app: &Arc<App>, batch: Vec<Vec<u8>>) -> f64 {
    let datagrams = Arc::new(listen().await);
    let address = datagrams.address().unwrap();
    let (stopper, stop) = watch::channel(false);
    let serving = tokio::spawn({
        let (datagrams, app) = (Arc::clone(&datagrams), Arc::clone(app));
        async move { datagrams.serve(app, stop).await }
    });
    let sending = tokio::task::spawn_blocking(move || send_paced(address, &batch));
    let time = sending.await.unwrap();
    let offered = (OFFERED_PER_S * OFFERED_S) as u64;
    let counted = || datagrams.counts().of(Outcome::Taken) + datagrams.kernel_drops().unwrap_or(0);
    let begin = now();
    while counted() < offered && since(begin) < Duration::from_secs(5) {
        tokio::task::yield_now().await;
    }
    stopper.send(true).unwrap();
    serving.await.unwrap().unwrap();
    let taken = datagrams.counts().of(Outcome::Taken);
    let offered_per_s = offered as f64 / time.as_secs_f64();
    println!(
        "offered {offered_per_s:.0} a second, dropped by the kernel {:?}; it lets {} bytes wait",
        datagrams.kernel_drops(),
        datagrams.buffer_bytes().unwrap(),
    );
    let share = taken as f64 / offered as f64;
    let paced = offered_per_s / OFFERED_PER_S as f64;
    if paced < 0.95 { share * paced } else { share }
}

/// Measures them on threads of their own.
pub(crate) async fn of_udp(report: &mut Report) {
    let ((floor_us, ours_us), share) = tokio::task::spawn_blocking(|| {
        let one_thread =
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (app, taxis) = one_thread.block_on(registry());
        let batch = datagrams(&taxis);
        let costs = one_thread.block_on(costs(&app, &batch));
        (costs, tokio::runtime::Runtime::new().unwrap().block_on(offer(&app, batch)))
    })
    .await
    .unwrap();
    let row = format!("UDP, share taken of {OFFERED_PER_S} datagrams offered a second");
    report.row(row, "", (1.0, share), Better::Higher, (1.0, 1.0));
    let row = "UDP, one core, beside receive, parse and SHA-1";
    report.row(row, "/s", (1e6 / floor_us, 1e6 / ours_us), Better::Higher, (0.5, 0.9));
    report
        .remark(format!("a datagram takes {ours_us:.2} µs of a core, the floor {floor_us:.2} µs"));
}
