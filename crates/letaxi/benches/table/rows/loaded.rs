//! A country's fleet reports while customers search.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use hdrhistogram::Histogram;
use reqwest::Client;

use super::number;
use crate::country::{now, since};
use crate::fleet::{BATCH, Fleet};
use crate::report::Report;
use crate::server::Server;

pub(super) const TAXIS: usize = 60_000;
/// Interval of a taxi's reports, in seconds.
const EVERY_S: usize = 5;
/// Calls with positions of the whole fleet.
#[expect(clippy::cast_possible_truncation, reason = "some hundreds")]
pub(super) const BATCHES_A_SECOND: u32 = (TAXIS / EVERY_S / BATCH) as u32;
const SEARCHES_A_SECOND: u32 = 200;

/// Measures searches and positions together, both at a steady rate.
pub(crate) async fn both_at_once(report: &mut Report) {
    let mut fleet = Fleet::new("sqlite", TAXIS).await;
    let server = fleet.serve().await;
    fleet.report(&server).await;
    let seconds = number("LOAD_SECONDS", 20);
    let reports = calls_of_positions(&mut fleet, &server, BATCHES_A_SECOND * seconds);
    let base = server.base.clone();
    let searches = (0..SEARCHES_A_SECOND * seconds).map(|turn| {
        let path = &fleet.searches[turn as usize % fleet.searches.len()];
        (format!("{base}{path}"), "key of app0".to_owned(), None)
    });
    let (cpu_ms, begin) = (server.cpu_ms(), now());
    let (positions, found) = tokio::join!(
        paced(BATCHES_A_SECOND, reports),
        paced(SEARCHES_A_SECOND, searches.collect())
    );
    let cpu = (server.cpu_ms() - cpu_ms) / (since(begin).as_secs_f64() * 10.0);
    let said = |times: &Histogram<u64>| {
        let at = |part| times.value_at_quantile(part) as f64 / 1e3;
        format!("p50 {:.2} ms, p99 {:.2} ms", at(0.5), at(0.99))
    };
    report.remark(format!(
        "{TAXIS} taxis report every {EVERY_S} s in batches of {BATCH} while {SEARCHES_A_SECOND} \
         searches come a second, for {seconds} s: batches {}; searches {}; {cpu:.0} % of a processor, \
         {:.0} MB",
        said(&positions),
        said(&found),
        server.resident_bytes() / 1e6
    ));
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
            assert_eq!(answer.status(), 200);
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
