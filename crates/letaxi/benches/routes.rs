//! Benchmark of all kinds of calls with a country's data: 60,000 taxis and a million hails.
//!
//!     cargo bench -p letaxi --bench routes
//!     ENGINE=postgres TAXIS=60000 HAILS=1000000 cargo bench -p letaxi --bench routes
//!     ROUTES="zupc stats" cargo bench -p letaxi --bench routes
//!
//! Calls follow each other over one connection, so each figure is the time of a single call; the first one
//! has an unknown path and is the floor: HTTP only. Creating the data takes some minutes.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a program to measure with")]

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use country::{OPERATORS, TOWNS, Wanted, fresh_database, land, now, settle, since, start};
use letaxi::app::App;
use letaxi::server::listener;
use letaxi::service;
use registry::Taxi;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use storage::Store;
use tokio::net::TcpListener;
use tokio::sync::watch;

mod country;

/// Number of timed calls of a kind, and of calls before them.
const CALLS: usize = 300;
const WARM_UP: usize = 30;
/// The median of the first call, in milliseconds.
static FLOOR_MS: OnceLock<f64> = OnceLock::new();

/// True if a path is to be measured: it contains a word of `ROUTES`, or that is not set.
fn is_wanted(path: &str) -> bool {
    let words = std::env::var("ROUTES").unwrap_or_default();
    words.trim().is_empty() || words.split_whitespace().any(|word| path.contains(word))
}

fn number(name: &str, default: u32) -> u32 {
    std::env::var(name).map_or(default, |text| text.parse().expect(name))
}

struct Bench {
    app: Arc<App>,
    store: Arc<dyn Store>,
    url: String,
    _folder: tempfile::TempDir,
}

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let engine = std::env::var("ENGINE").unwrap_or_else(|_| "sqlite".to_owned());
        let url = fresh_database(&engine, folder.path());
        let key_file = folder.path().join("letaxi.key");
        let (taxis, hails) = (number("TAXIS", 60_000), number("HAILS", 1_000_000));
        println!("{engine}: {taxis} taxis, {hails} hails, {TOWNS} towns");
        let land = land(Vec::new());
        let key_file = key_file.as_path();
        let wanted =
            Wanted { land, taxis, hails, towns_with_taxis: TOWNS, years: 1, searches: 0, key_file };
        country::fill(&url, wanted).await;
        let begin = now();
        let (app, store) = start(&url, key_file, false).await;
        println!("start: {:.2} s", since(begin).as_secs_f64());
        let begin = now();
        while app.count_hails().await.unwrap() > 0 {}
        println!("counting: {:.1} s", since(begin).as_secs_f64());
        settle(&url);
        Self { app, store, url, _folder: folder }
    }

    /// Position reports of all taxis: keys and bodies of `POST /geotaxi`.
    async fn reports(&self, taxis: &[Taxi]) -> Vec<(String, Value)> {
        let places = self.app.places();
        let mut reports = Vec::new();
        for index in 0..OPERATORS {
            let account =
                self.app.account_of_email(&format!("op{index}@example.org")).await.unwrap();
            let own: Vec<_> = taxis.iter().filter(|taxi| taxi.operator == account.id).collect();
            reports.extend(own.chunks(50).map(|batch| {
                let positions = batch.iter().map(|taxi| {
                    let border = &places.territory.town(taxi.town).unwrap().border;
                    let inside = territory::point_inside(border).unwrap();
                    json!({"taxi_id": taxi.id.as_str(), "lon": inside.lon, "lat": inside.lat})
                });
                let body = json!({"data": [{"positions": positions.collect::<Vec<_>>()}]});
                (format!("key of op{index}"), body)
            }));
        }
        reports
    }
}

struct Call<'a> {
    key: &'a str,
    method: Method,
    path: &'a str,
    body: Value,
}

impl Call<'_> {
    /// Length and status of the answer.
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

/// Client and server of the calls.
struct Caller {
    client: Client,
    base: String,
    store: Arc<dyn Store>,
    reports: Vec<(String, Value)>,
}

impl Caller {
    /// Reports positions of all taxis, so that all are connected during the next calls.
    async fn report(&self) {
        for (key, body) in &self.reports {
            let call = Call { key, method: Method::POST, path: "/geotaxi", body: body.clone() };
            assert_eq!(call.make(&self.client, &self.base).await.1, 200);
        }
    }

    /// Waits for the consequences of a new hail: the failed call to its operator, and its end.
    async fn until_no_hail_is_open(&self) {
        while !self.store.open_hails().await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    }

    async fn measure(&self, calls: &dyn Fn(usize) -> (String, Method, String, Value)) {
        let (_, method, first_path, _) = calls(0);
        if !is_wanted(&first_path) {
            return;
        }
        self.report().await;
        let shown = format!("{method} {first_path}");
        let mut times = Vec::with_capacity(CALLS);
        let (mut size, mut worst_status) = (0, 0);
        for index in 0..WARM_UP + CALLS {
            let (key, method, path, body) = calls(index);
            let call = Call { key: &key, method, path: &path, body };
            let begin = now();
            let (bytes, status) = call.make(&self.client, &self.base).await;
            let time = since(begin);
            if index >= WARM_UP {
                times.push(time);
            }
            (size, worst_status) = (bytes, worst_status.max(status));
            if status == 201 {
                self.until_no_hail_is_open().await;
            }
        }
        print(&shown, worst_status, size, &mut times);
    }
}

fn print(shown: &str, worst_status: u16, size: usize, times: &mut [Duration]) {
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
    tokio::spawn(listener::serve(
        listener,
        service::router(bench.app.clone()),
        letaxi::config::Settings::default().connection_limits(),
        stop,
    ));
    rustls::crypto::ring::default_provider().install_default().unwrap();
    let client = Client::builder().no_proxy().build().unwrap();
    let taxis = bench.store.taxis().await.unwrap();
    let reports = bench.reports(&taxis).await;
    let caller = Caller { client, base, store: Arc::clone(&bench.store), reports };
    println!("| call | status | bytes | p50 ms | p99 ms | max ms | times the floor |");
    println!("|---|---|---|---|---|---|---|");
    for (key, path) in gets(&taxis) {
        caller.measure(&|_| (key.to_owned(), Method::GET, path.clone(), Value::Null)).await;
    }
    writes(&caller, &taxis).await;
    println!("measured on {}", bench.url.split(':').next().unwrap_or_default());
}

/// Reading calls: key and path.
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

/// Writing calls, each to a taxi of its own.
async fn writes(caller: &Caller, taxis: &[Taxi]) {
    let own: Vec<&Taxi> = taxis.iter().filter(|taxi| taxi.operator.0 == 2).collect();
    let element = |element: Value| json!({"data": [element]});
    let op = || "key of op0".to_owned();
    let put = |index: usize| {
        let status = if index.is_multiple_of(2) { "occupied" } else { "free" };
        (op(), Method::PUT, format!("/taxis/{}", own[index].id), element(json!({"status": status})))
    };
    caller.measure(&put).await;
    let driver = |index: usize| {
        let driver = json!({"first_name": "A", "last_name": "B", "departement": {"numero": "75"},
            "professional_licence": format!("new-{index}")});
        (op(), Method::POST, "/drivers".to_owned(), element(driver))
    };
    caller.measure(&driver).await;
    let vehicle = |index: usize| {
        let vehicle = json!({"licence_plate": format!("NEW-{index:04}"), "model": "Zoé"});
        (op(), Method::POST, "/vehicles".to_owned(), element(vehicle))
    };
    caller.measure(&vehicle).await;
    let report = |index: usize| {
        let positions: Vec<Value> = own[index..index + 50]
            .iter()
            .map(|taxi| json!({"taxi_id": taxi.id.as_str(), "lon": 1.5, "lat": 48.0}))
            .collect();
        (op(), Method::POST, "/geotaxi".to_owned(), element(json!({"positions": positions})))
    };
    caller.measure(&report).await;
    let hail = |index: usize| {
        let hail = json!({"taxi_id": own[1_000 + index].id.as_str(), "customer_id": format!("c{index}"),
            "customer_lon": 1.5, "customer_lat": 48.0, "customer_address": "Paris",
            "customer_phone_number": "0611223344"});
        ("key of app0".to_owned(), Method::POST, "/hails".to_owned(), element(hail))
    };
    caller.measure(&hail).await;
}
