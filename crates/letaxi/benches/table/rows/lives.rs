//! Whole lives of hails: made, called, accepted on both sides, driven and over.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::routing::post;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::changes::bare;
use super::{engines, goals_of_changes, number, rounds};
use crate::country::{OPERATORS, now, since};
use crate::fleet::Fleet;
use crate::report::{Better, Report, median, spread};
use crate::server::{Server, postgres_cpu_ms};

const TAXIS: usize = 10_000;
const WORKERS: usize = 64;
/// Time of the floor, the same statements alone, in seconds.
const SECONDS: u32 = 5;
/// Interval at which a worker reads a hail, once its operator was called, until the registry has noted that.
const LOOKS_AGAIN: Duration = Duration::from_millis(10);

/// Taxis whose operator was called, for the workers that wait for that.
type Called = Arc<Mutex<HashMap<String, oneshot::Sender<()>>>>;

/// Measures lives of hails on SQLite and on PostgreSQL, with many at once.
pub(crate) async fn of_hails(report: &mut Report) {
    for engine in &engines() {
        let goals = goals_of_changes(engine);
        // A registry would take the floor's hails for its own.
        let bare_fleet = Fleet::new(engine, TAXIS).await;
        let mut fleet = Fleet::new(engine, TAXIS).await;
        let called = Called::default();
        let operator = operators_server(Arc::clone(&called)).await;
        let server = Server::calling(&fleet.url, &fleet.key_file, &operator.to_string()).await;
        fleet.report(&server).await;
        let client = Client::builder().no_proxy().build().unwrap();
        let base = Arc::new(server.base.clone());
        set_endpoints(&client, &base, operator).await;
        let lives = number("LIVES", 2_000) as usize;
        let (mut floor, mut rates) = (Vec::new(), Vec::new());
        let (mut cpu_ms, mut longest_ms) = (Vec::new(), Vec::new());
        for round in 0..rounds() as usize {
            let taxis = fleet.taxis.iter().cycle().skip(round * lives).take(lives);
            let taxis: Vec<_> = taxis.cloned().collect();
            floor.push(bare("lives", &bare_fleet.url, WORKERS.try_into().unwrap(), SECONDS));
            let (server_ms, database_ms, begin) = (server.cpu_ms(), postgres_cpu_ms(), now());
            let mut workers = JoinSet::new();
            for taxis in taxis.chunks(lives.div_ceil(WORKERS)) {
                let (client, base) = (client.clone(), Arc::clone(&base));
                workers.spawn(live(client, base, Arc::clone(&called), taxis.to_vec()));
            }
            let longest = workers.join_all().await.into_iter().max().unwrap();
            rates.push(lives as f64 / since(begin).as_secs_f64());
            longest_ms.push(longest.as_secs_f64() * 1e3);
            let database_ms =
                if engine == "postgres" { postgres_cpu_ms() - database_ms } else { 0.0 };
            cpu_ms.push((server.cpu_ms() - server_ms + database_ms) / lives as f64);
        }
        let row = format!("lives of hails on {engine}, {WORKERS} at once");
        let per_s = (median(floor), median(rates.clone()));
        report.row(&row, "/s", per_s, Better::Higher, goals);
        report.remark(format!(
            "{row}: {} a second; {:.2} ms of a processor each ({}), server and database; the longest change \
             {:.0} ms",
            spread(&rates, 0),
            median(cpu_ms.clone()),
            spread(&cpu_ms, 2),
            median(longest_ms)
        ));
    }
}

/// A server that takes every hail.
async fn operators_server(called: Called) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let taken = move |axum::Json(hail): axum::Json<Value>| async move {
        let taxi = hail["data"][0]["taxi"]["id"].as_str().unwrap();
        called.lock().unwrap().remove(taxi).unwrap().send(()).unwrap();
        axum::Json(json!({"data": [{"taxi_phone_number": "0600000000"}]}))
    };
    let router = Router::new().route("/hails", post(taken));
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// Sets this address as the hail endpoint of all operators.
async fn set_endpoints(client: &Client, base: &str, address: SocketAddr) {
    for operator in 0..OPERATORS {
        let url = format!("{base}/users?email=op{operator}@example.org");
        let found = ask(client, Method::GET, &url, "key of admin", None).await;
        let url = format!("{base}/users/{}", found["data"][0]["id"]);
        let endpoint =
            json!({"data": [{"hail_endpoint_production": format!("http://{address}/hails")}]});
        ask(client, Method::PUT, &url, "key of admin", Some(endpoint)).await;
    }
}

/// The lives of hails of these taxis, one after the other; the longest time until a change was answered.
#[expect(clippy::disallowed_methods, reason = "a partner waits between two looks")]
async fn live(
    client: Client,
    base: Arc<String>,
    called: Called,
    taxis: Vec<(String, usize)>,
) -> Duration {
    let mut longest = Duration::ZERO;
    for (taxi, operator) in taxis {
        let (sender, is_called) = oneshot::channel();
        called.lock().unwrap().insert(taxi.clone(), sender);
        let operator = format!("key of op{operator}");
        let hail = json!({"data": [{"taxi_id": taxi, "customer_id": format!("of {taxi}"),
            "customer_lon": -1.25, "customer_lat": 44.5, "customer_address": "Paris",
            "customer_phone_number": "0600000000"}]});
        let begin = now();
        let made =
            ask(&client, Method::POST, &format!("{base}/hails/"), "key of app0", Some(hail)).await;
        longest = longest.max(since(begin));
        let url = format!("{base}/hails/{}/", made["data"][0]["id"].as_str().unwrap());
        is_called.await.unwrap();
        loop {
            sleep(LOOKS_AGAIN).await;
            let hail = ask(&client, Method::GET, &url, &operator, None).await;
            if hail["data"][0]["status"] != "received" {
                break;
            }
        }
        for (key, status) in [
            (&operator[..], "received_by_taxi"),
            (&operator, "accepted_by_taxi"),
            ("key of app0", "accepted_by_customer"),
            (&operator, "customer_on_board"),
            (&operator, "finished"),
        ] {
            let step = json!({"data": [{"status": status, "taxi_phone_number": "0600000000"}]});
            let begin = now();
            ask(&client, Method::PUT, &url, key, Some(step)).await;
            longest = longest.max(since(begin));
        }
    }
    longest
}

/// The answer to a call, which must be a success.
async fn ask(client: &Client, method: Method, url: &str, key: &str, body: Option<Value>) -> Value {
    let mut call = client.request(method, url).header("x-api-key", key);
    if let Some(body) = body {
        call = call.json(&body);
    }
    let answer = call.send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert!(status.is_success(), "{url}: {status} {text}");
    serde_json::from_str(&text).unwrap()
}
