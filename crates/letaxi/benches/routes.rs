//! How long each kind of call takes with a country's worth of data: 60,000 taxis and a million hails.
//!
//!     cargo bench -p letaxi --bench routes
//!     ENGINE=postgres TAXIS=60000 HAILS=1000000 cargo bench -p letaxi --bench routes
//!
//! One call after the other over one connection, so each figure is the time of a call alone; the first
//! leads nowhere and is the floor: HTTP and nothing else. Making the data takes some minutes.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a program to measure with")]

use std::process::Command;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use letaxi::app::clock::Clock;
use letaxi::app::secrets::Secrets;
use letaxi::app::{App, Parts, Settings};
use letaxi::http;
use letaxi::operator::OperatorClient;
use registry::{Role, Taxi};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use storage::Store;
use storage::accounts::AccountFields;
use storage::territory_rows::TerritoryImport;
use territory::{Town, Zone};
use tokio::net::TcpListener;
use tokio::sync::watch;

#[path = "../../storage/tests/postgres/mod.rs"]
mod postgres;

/// How many calls of a kind are timed, after how many that are not.
const CALLS: usize = 300;
const WARM_UP: usize = 30;
/// How many towns there are, in rows of so many.
const TOWNS: usize = 35_000;
const TOWNS_A_ROW: usize = 250;
/// The median of the first call, in milliseconds.
static FLOOR_MS: OnceLock<f64> = OnceLock::new();
const OPERATORS: usize = 30;
const APPS: usize = 10;

fn number(name: &str, default: u32) -> u32 {
    std::env::var(name).map_or(default, |text| text.parse().expect(name))
}

#[expect(clippy::disallowed_methods, reason = "a stop-watch")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "a stop-watch")]
fn since(start: Instant) -> Duration {
    start.elapsed()
}

/// A land of squares, a hundredth of a degree each.
fn land() -> TerritoryImport {
    let town = |index: usize| {
        let (row, column) = (index / TOWNS_A_ROW, index % TOWNS_A_ROW);
        let (lon, lat) = (1.0 + column as f64 * 0.01, 47.5 + row as f64 * 0.01);
        let square = geo::Rect::new((lon, lat), (lon + 0.01, lat + 0.01));
        let code = format!("{:02}{:03}", 1 + index / 1_000 % 95, index % 1_000);
        Town {
            code: code.parse().unwrap(),
            name: format!("Ville-{index}"),
            border: square.to_polygon().into(),
        }
    };
    let towns: Vec<Town> = (0..TOWNS).map(town).collect();
    let zone = |(index, towns): (usize, &[Town])| Zone {
        id: format!("00000000-0000-4000-8000-{index:012}"),
        name: format!("Zone {index}"),
        towns: towns.iter().map(|town| town.code).collect(),
        border: None,
    };
    let zones = towns.chunks(60).step_by(15).enumerate().map(zone).collect();
    TerritoryImport { towns: Some(towns), zones: Some(zones), ..TerritoryImport::default() }
}

struct Bench {
    app: Arc<App>,
    store: Arc<dyn Store>,
    url: String,
    _folder: tempfile::TempDir,
}

async fn start(url: &str, key_file: &std::path::Path, fresh: bool) -> (Arc<App>, Arc<dyn Store>) {
    let store = storage::open(url).await.unwrap();
    let parts = Parts {
        store: store.clone(),
        clock: Clock::System,
        secrets: Secrets::open(key_file, fresh).unwrap(),
        settings: Settings::default(),
        wording: http::WORDING,
        operators: Arc::new(OperatorClient::new(Vec::new()).unwrap()),
    };
    (App::start(parts).await.unwrap(), store)
}

async fn account(app: &App, name: &str, roles: &[Role]) {
    let fields = AccountFields {
        email: format!("{name}@example.org"),
        commercial_name: Some(name.to_owned()),
        roles: roles.iter().copied().collect(),
        fleet_size: Some(2_000),
        ..AccountFields::default()
    };
    app.create_account(fields, None, Some(format!("key of {name}"))).await.unwrap();
}

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let engine = std::env::var("ENGINE").unwrap_or_else(|_| "sqlite".to_owned());
        let url = match engine.as_str() {
            "postgres" => postgres::fresh_database(),
            _ => format!("sqlite://{}", folder.path().join("letaxi.db").display()),
        };
        let key_file = folder.path().join("letaxi.key");
        let (app, store) = start(&url, &key_file, true).await;
        account(&app, "admin", &[Role::Admin]).await;
        for index in 0..OPERATORS {
            account(&app, &format!("op{index}"), &[Role::Operator, Role::Group]).await;
        }
        for index in 0..APPS {
            account(&app, &format!("app{index}"), &[Role::Client]).await;
        }
        app.import_territory(land(), &|_| {}).await.unwrap();
        store.close().await;
        let (taxis, hails) = (number("TAXIS", 60_000), number("HAILS", 1_000_000));
        println!("{engine}: {taxis} taxis, {hails} hails, {TOWNS} towns");
        let fill = Command::new(env!("CARGO"))
            .args(["run", "--quiet", "--release", "-p", "storage", "--example", "fill", "--"])
            .args([&url, &taxis.to_string(), &hails.to_string()])
            .status();
        assert!(fill.unwrap().success(), "the database was not filled");
        let begin = now();
        let (app, store) = start(&url, &key_file, false).await;
        println!("start: {:.2} s", since(begin).as_secs_f64());
        let begin = now();
        while app.count_hails().await.unwrap() > 0 {}
        println!("counting: {:.1} s", since(begin).as_secs_f64());
        Self { app, store, url, _folder: folder }
    }

    /// Lets every taxi say where it is: in its town.
    async fn report(&self, client: &Client, base: &str) -> Vec<Taxi> {
        let taxis = self.store.taxis().await.unwrap();
        let places = self.app.places();
        for index in 0..OPERATORS {
            let account =
                self.app.account_of_email(&format!("op{index}@example.org")).await.unwrap();
            let own: Vec<_> = taxis.iter().filter(|taxi| taxi.operator == account.id).collect();
            for batch in own.chunks(50) {
                let positions = batch.iter().map(|taxi| {
                    let border = &places.territory.town(taxi.town).unwrap().border;
                    let inside = territory::point_inside(border).unwrap();
                    json!({"taxi_id": taxi.id.as_str(), "lon": inside.lon, "lat": inside.lat})
                });
                let body = json!({"data": [{"positions": positions.collect::<Vec<_>>()}]});
                let key = format!("key of op{index}");
                let call = Call { key: &key, method: Method::POST, path: "/geotaxi", body };
                assert_eq!(call.make(client, base).await.1, 200);
            }
        }
        taxis
    }
}

struct Call<'a> {
    key: &'a str,
    method: Method,
    path: &'a str,
    body: Value,
}

impl Call<'_> {
    /// Bytes and status of the answer.
    async fn make(&self, client: &Client, base: &str) -> (usize, u16) {
        let url = format!("{base}{}", self.path);
        let mut request = client.request(self.method.clone(), url).header("x-api-key", self.key);
        if !self.body.is_null() {
            request = request.json(&self.body);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (response.bytes().await.unwrap().len(), status)
    }
}

async fn measure(
    client: &Client,
    base: &str,
    calls: &mut dyn FnMut(usize) -> (String, Method, String, Value),
) {
    let mut times = Vec::with_capacity(CALLS);
    let (mut shown, mut size, mut worst_status) = (String::new(), 0, 0);
    for index in 0..WARM_UP + CALLS {
        let (key, method, path, body) = calls(index);
        let call = Call { key: &key, method, path: &path, body };
        let begin = now();
        let (bytes, status) = call.make(client, base).await;
        let time = since(begin);
        if index >= WARM_UP {
            times.push(time);
        }
        if index == 0 {
            shown = format!("{} {path}", call.method);
        }
        (size, worst_status) = (bytes, worst_status.max(status));
    }
    times.sort_unstable();
    let at = |percent: usize| times[(CALLS - 1) * percent / 100].as_secs_f64() * 1e3;
    let times_floor = at(50) / FLOOR_MS.get_or_init(|| at(50));
    println!(
        "| {shown:<58} | {worst_status} | {size:>8} | {:>7.2} | {:>7.2} | {:>7.2} | {times_floor:>5.0} |",
        at(50),
        at(99),
        at(100)
    );
}

#[tokio::main]
async fn main() {
    let bench = Bench::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (_stopper, stop) = watch::channel(false);
    tokio::spawn(Arc::clone(&bench.app).run(stop.clone()));
    tokio::spawn(http::serve::serve(listener, http::router(bench.app.clone()), stop));
    rustls::crypto::ring::default_provider().install_default().unwrap();
    let client = Client::builder().no_proxy().build().unwrap();
    let taxis = bench.report(&client, &base).await;
    println!("| call | status | bytes | p50 ms | p99 ms | max ms | times the floor |");
    println!("|---|---|---|---|---|---|---|");
    for (key, path) in gets(&taxis) {
        let mut call = |_| (key.to_owned(), Method::GET, path.clone(), Value::Null);
        measure(&client, &base, &mut call).await;
    }
    writes(&client, &base, &taxis).await;
    println!("measured on {}", bench.url.split(':').next().unwrap_or_default());
}

/// Calls that read: whose, and which.
fn gets(taxis: &[Taxi]) -> Vec<(&'static str, String)> {
    let (admin, app, op) = ("key of admin", "key of app0", "key of op0");
    let own = taxis.iter().find(|taxi| taxi.operator.0 == 2).unwrap();
    let mut calls: Vec<(&str, String)> = [
        (app, "/nothing-is-here"),
        (app, "/taxis?lon=1.5051&lat=48.0051"),
        (op, "/taxis/all"),
        (op, "/taxis/all?p=20"),
        (op, "/taxis/all?licence_plate=pl-1"),
        (admin, "/hails"),
        (admin, "/hails?p=100"),
        (admin, "/hails?status=finished"),
        (admin, "/hails?moteur=app1"),
        (admin, "/hails?operateur=op1&status=failure"),
        (admin, "/hails?customer_id=customer-123"),
        (admin, "/hails?id=0a1"),
        (app, "/hails"),
        (op, "/hails"),
        (op, "/hails?date=2026/11/01"),
        (op, "/hails?moteur=app1&status=failure"),
        (admin, "/hails?taxi_id=abc"),
        (app, "/sessions"),
        (admin, "/sessions"),
        (admin, "/sessions?p=50"),
        (admin, "/internal/customers"),
        (admin, "/internal/customers?status=timeout_taxi"),
        (admin, "/activity_logs"),
        (admin, "/activity_logs?resource=taxi"),
        (admin, "/activity_logs?action=login_password"),
        (admin, "/activity_logs?resource_id=77"),
        (admin, "/users"),
        (app, "/users"),
        (admin, "/users/2"),
        (admin, "/zupc?lon=1.5051&lat=47.5051"),
        (admin, "/zupc/live"),
        (op, "/zupc/live"),
        (app, "/towns"),
        (app, "/towns?search=ville-12"),
        (app, "/stations/all"),
        (admin, "/stats/taxis"),
        (admin, "/stats/taxis?departements=01,02"),
        (admin, "/stats/hails"),
        (admin, "/stats/hails?departements=01,02"),
        (admin, "/stats/hails?insee=01001,01002"),
        (admin, "/stats/hails?groups=2,3"),
        (admin, "/stats/groupements"),
        (admin, "/stats/adsmap"),
        (admin, "/stats/groups"),
        (admin, "/stats/managers"),
        (admin, "/stats/searches"),
        (admin, "/stats/heatmap_hails"),
        (admin, "/stats/heatmap_taxis"),
        (admin, "/stats/heatmap_searches"),
        (admin, "/stats/letaxi"),
        (admin, "/swagger.json"),
        (admin, "/doc"),
    ]
    .map(|(key, path)| (key, path.to_owned()))
    .into();
    calls.push((op, format!("/taxis/{}", own.id)));
    calls
}

/// Calls that write, each to a taxi of its own.
async fn writes(client: &Client, base: &str, taxis: &[Taxi]) {
    let own: Vec<&Taxi> = taxis.iter().filter(|taxi| taxi.operator.0 == 2).collect();
    let element = |element: Value| json!({"data": [element]});
    let op = || "key of op0".to_owned();
    let mut put = |index: usize| {
        let status = if index.is_multiple_of(2) { "occupied" } else { "free" };
        (op(), Method::PUT, format!("/taxis/{}", own[index].id), element(json!({"status": status})))
    };
    measure(client, base, &mut put).await;
    let mut driver = |index: usize| {
        let driver = json!({"first_name": "A", "last_name": "B", "departement": {"numero": "75"},
            "professional_licence": format!("new-{index}")});
        (op(), Method::POST, "/drivers".to_owned(), element(driver))
    };
    measure(client, base, &mut driver).await;
    let mut vehicle = |index: usize| {
        let vehicle = json!({"licence_plate": format!("NEW-{index:04}"), "model": "Zoé"});
        (op(), Method::POST, "/vehicles".to_owned(), element(vehicle))
    };
    measure(client, base, &mut vehicle).await;
    let mut report = |index: usize| {
        let positions: Vec<Value> = own[index..index + 50]
            .iter()
            .map(|taxi| json!({"taxi_id": taxi.id.as_str(), "lon": 1.5, "lat": 48.0}))
            .collect();
        (op(), Method::POST, "/geotaxi".to_owned(), element(json!({"positions": positions})))
    };
    measure(client, base, &mut report).await;
    let mut hail = |index: usize| {
        let hail = json!({"taxi_id": own[1_000 + index].id.as_str(), "customer_id": format!("c{index}"),
            "customer_lon": 1.5, "customer_lat": 48.0, "customer_address": "Paris",
            "customer_phone_number": "0611223344"});
        ("key of app0".to_owned(), Method::POST, "/hails".to_owned(), element(hail))
    };
    measure(client, base, &mut hail).await;
}
