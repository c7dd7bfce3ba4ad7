//! Hails, compared with the bare transaction.

use reqwest::Client;
use serde_json::json;

use super::{engines, number};
use crate::country::{self, now, since};
use crate::fleet::Fleet;
use crate::report::{Better, Report, median};
use crate::server::Server;

const TAXIS: usize = 10_000;

/// Measures hails on SQLite and on PostgreSQL.
pub(crate) async fn on_both_engines(report: &mut Report) {
    for engine in &engines() {
        let mut fleet = Fleet::new(engine, TAXIS).await;
        let server = fleet.serve().await;
        fleet.report(&server).await;
        let hails = number("HAILS", 200) as usize;
        let (mut floor, mut ours) = (Vec::new(), Vec::new());
        // Alternating, a few at a time, each with a taxi of its own.
        for turn in 0..10 {
            let taxis: Vec<_> = fleet.taxis.iter().skip(turn * hails / 5).take(hails / 5).collect();
            let (bare, real) = taxis.split_at(hails / 10);
            let ids: Vec<_> = bare.iter().map(|(id, _)| id.as_str()).collect();
            floor.extend(bare_transactions(&fleet.url, &ids));
            for (id, _) in real {
                ours.push(hail(&server, id).await);
            }
        }
        let row = format!("POST /hails on {engine}, median time");
        let (floor, ours) = (median(floor), median(ours));
        // As a rate, like the others: hails per second, one after the other.
        report.row(row, "/s", (1e3 / floor, 1e3 / ours), Better::Higher, (0.5, 0.8));
    }
}

/// Creates a hail, and waits for the call to its operator; returns the hail's own time in milliseconds.
async fn hail(server: &Server, taxi: &str) -> f64 {
    let client = Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/hails/", server.base);
    // Opens the connection in advance, as a partner does.
    client.get(&url).header("x-api-key", "key of app0").send().await.unwrap().text().await.unwrap();
    let document = json!({"data": [{"taxi_id": taxi, "customer_id": "c1", "customer_lon": -1.25,
        "customer_lat": 44.5, "customer_address": "Paris", "customer_phone_number": "0600000000"}]});
    let begin = now();
    let answer = client.post(&url).header("x-api-key", "key of app0").json(&document);
    let answer = answer.send().await.unwrap();
    assert_eq!(answer.status(), 201);
    let hail: serde_json::Value = answer.json().await.unwrap();
    let time_ms = since(begin).as_secs_f64() * 1e3;
    let url = format!("{url}{}/", hail["data"][0]["id"].as_str().unwrap());
    loop {
        let answer = client.get(&url).header("x-api-key", "key of app0").send().await.unwrap();
        let hail: serde_json::Value = answer.json().await.unwrap();
        if hail["data"][0]["status"] != "received" {
            return time_ms;
        }
    }
}

/// The three statements that every hail needs, for each of these taxis; times in milliseconds.
fn bare_transactions(url: &str, taxis: &[&str]) -> Vec<f64> {
    let output = country::example("bare").arg(url).args(taxis).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let times: Vec<f64> = text.lines().map(|line| line.parse().unwrap()).collect();
    assert_eq!(times.len(), taxis.len(), "{}", String::from_utf8_lossy(&output.stderr));
    times
}
