//! A fleet that its operator registers over HTTP.

use std::sync::Arc;

use reqwest::Client;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{engines, number};
use crate::country::{now, since};
use crate::fleet::Fleet;
use crate::report::{Better, Report};

const WORKERS: u32 = 32;

/// Measures how long it takes to register a fleet of ten thousand: a driver, a vehicle, a licence and a taxi each.
pub(crate) async fn of_a_fleet(report: &mut Report) {
    let taxis = number("ENROLLED", 10_000);
    for engine in &engines() {
        let fleet = Fleet::new(engine, 100).await;
        let server = fleet.serve().await;
        let client = Client::builder().no_proxy().build().unwrap();
        let base = Arc::new(server.base.clone());
        let begin = now();
        let mut workers = JoinSet::new();
        for worker in 0..WORKERS {
            let (client, base) = (client.clone(), Arc::clone(&base));
            workers.spawn(async move {
                for taxi in (worker..taxis).step_by(WORKERS as usize) {
                    enrol(&client, &base, taxi).await;
                }
            });
        }
        workers.join_all().await;
        let row = format!("registering {taxis} taxis on {engine}");
        report.row(row, "s", (1.0, since(begin).as_secs_f64()), Better::Lower, (120.0, 30.0));
    }
}

async fn enrol(client: &Client, base: &str, taxi: u32) {
    let (number, plate) = (format!("n{taxi}"), format!("E{taxi:05}RO"));
    let driver = json!({"first_name": "Anne", "last_name": number, "birth_date": "1980-01-01",
        "professional_licence": number, "departement": {"numero": "01"}});
    post(client, &format!("{base}/drivers/"), driver).await;
    let vehicle =
        json!({"licence_plate": plate, "constructor": "Renault", "model": "Zoé", "nb_seats": 4});
    let vehicle = post(client, &format!("{base}/vehicles/"), vehicle).await;
    let licence = json!({"numero": number, "insee": "01000", "vehicle_id": vehicle["data"][0]["id"],
        "owner_name": "Anne", "owner_type": "individual", "doublage": false});
    post(client, &format!("{base}/ads/"), licence).await;
    let bound = json!({"ads": {"numero": number, "insee": "01000"}, "vehicle": {"licence_plate": plate},
        "driver": {"professional_licence": number, "departement": "01"}});
    post(client, &format!("{base}/taxis/"), bound).await;
}

async fn post(client: &Client, url: &str, document: Value) -> Value {
    let call =
        client.post(url).header("x-api-key", "key of op0").json(&json!({"data": [document]}));
    let answer = call.send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert!(status.is_success(), "{url}: {status} {text}");
    serde_json::from_str(&text).unwrap()
}
