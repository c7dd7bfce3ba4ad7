//! Calls at a steady rate.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use hdrhistogram::Histogram;
use reqwest::Client;

use crate::country::{now, since};

/// Times for people.
pub(super) fn said(times: &Histogram<u64>) -> String {
    let at = |part| times.value_at_quantile(part) as f64 / 1e3;
    format!("p50 {:.2} ms, p99 {:.2} ms, longest {:.1} ms", at(0.5), at(0.99), at(1.0))
}

/// Makes calls at a steady rate, regardless of earlier answers; times in microseconds from the time when each
/// was due.
pub(super) async fn paced(
    a_second: u32,
    calls: Vec<(String, String, Option<String>)>,
) -> Histogram<u64> {
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
