//! Calls at a steady rate.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use hdrhistogram::Histogram;
use reqwest::Client;
use serde_json::json;

use crate::country::{now, since};
use crate::fleet::{BATCH, Fleet};
use crate::server::Server;

/// Interval of a taxi's reports, in seconds.
pub(super) const REPORTS_EVERY_S: usize = 5;
/// Rate of searches, per second.
pub(super) const SEARCHES_A_SECOND: u32 = 200;
/// Rate of hails, per second.
pub(super) const HAILS_A_SECOND: u32 = 50;

/// Calls with positions per second, [`BATCH`] in each, so that each of so many taxis reports in time.
pub(super) fn batches_a_second(taxis: usize) -> u32 {
    u32::try_from(taxis / REPORTS_EVERY_S / BATCH).unwrap()
}

/// A call: URL, key, and the body of a `POST`.
pub(super) type Call = (String, String, Option<String>);

/// So many calls with positions of the fleet, in turn.
pub(super) fn calls_of_positions(fleet: &mut Fleet, server: &Server, calls: u32) -> Vec<Call> {
    let batches = fleet.batches();
    let call = |(operator, body): &(usize, String)| {
        let url = format!("{}/geotaxi/", server.base);
        (url, format!("key of op{operator}"), Some(body.clone()))
    };
    batches.iter().cycle().take(calls as usize).map(call).collect()
}

/// So many searches, in turn.
pub(super) fn calls_of_searches(fleet: &Fleet, server: &Server, calls: u32) -> Vec<Call> {
    let call = |path: &String| (format!("{}{path}", server.base), "key of app0".to_owned(), None);
    fleet.searches.iter().cycle().take(calls as usize).map(call).collect()
}

/// So many hails, each of another taxi. Its operator has no hail endpoint, so the hail fails at once.
pub(super) fn calls_of_hails(fleet: &Fleet, server: &Server, calls: u32) -> Vec<Call> {
    let call = |(taxi, _): &(String, usize)| {
        let hail = json!({"data": [{"taxi_id": taxi, "customer_id": format!("of {taxi}"),
            "customer_lon": -1.25, "customer_lat": 44.5, "customer_address": "Paris",
            "customer_phone_number": "0600000000"}]});
        (format!("{}/hails/", server.base), "key of app0".to_owned(), Some(hail.to_string()))
    };
    fleet.taxis.iter().cycle().take(calls as usize).map(call).collect()
}

/// Times for people.
pub(super) fn said(times: &Histogram<u64>) -> String {
    let at = |part| times.value_at_quantile(part) as f64 / 1e3;
    format!("p50 {:.2} ms, p99 {:.2} ms, longest {:.1} ms", at(0.5), at(0.99), at(1.0))
}

/// Makes calls at a steady rate, regardless of earlier answers; times in microseconds from the time when each
/// was due.
pub(super) async fn paced(a_second: u32, calls: Vec<Call>) -> Histogram<u64> {
    let client = Client::builder().no_proxy().build().unwrap();
    let times = Arc::new(Mutex::new(Histogram::<u64>::new(3).unwrap()));
    let begin = now();
    let mut tasks = tokio::task::JoinSet::new();
    for (turn, (url, key, body)) in (0_u32..).zip(calls) {
        let due = begin + Duration::from_secs(1) * turn / a_second;
        pause_until(due).await;
        let (client, times) = (client.clone(), Arc::clone(&times));
        tasks.spawn(async move {
            let call = match body {
                Some(body) => {
                    client.post(url).header("content-type", "application/json").body(body)
                }
                None => client.get(url),
            };
            let answer = call.header("x-api-key", key).send().await.unwrap();
            assert!(answer.status().is_success(), "{}", answer.status());
            answer.bytes().await.unwrap();
            let micros = u64::try_from(since(due).as_micros()).unwrap();
            times.lock().unwrap().record(micros).unwrap();
        });
    }
    tasks.join_all().await;
    Arc::into_inner(times).unwrap().into_inner().unwrap()
}

#[expect(clippy::disallowed_methods, reason = "a load that comes at its pace")]
async fn pause_until(due: std::time::Instant) {
    tokio::time::sleep_until(due.into()).await;
}
