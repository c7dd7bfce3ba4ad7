//! Figures of the contract while customers search and hail, and taxis report.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hdrhistogram::Histogram;
use reqwest::Client;
use tokio::task::JoinSet;

use super::paced::{
    HAILS_A_SECOND, SEARCHES_A_SECOND, batches_a_second, calls_of_hails, calls_of_positions,
    calls_of_searches, paced, said,
};
use super::{engines, number};
use crate::country::{now, since};
use crate::fleet::{Fleet, History};
use crate::report::{Better, Report};
use crate::server::Server;

const TAXIS: usize = 60_000;
const HAILS: u32 = 1_000_000;
/// Limit of the 99th percentile, in milliseconds.
const LIMIT_MS: f64 = 50.0;
/// Measured calls of a path, one after the other, and calls before them.
const CALLS: u32 = 300;
const WARM_UP: u32 = 30;
/// Duration of a part of the load, in seconds.
const PART_S: u32 = 5;

const PATHS: [&str; 13] = [
    "/stats/taxis",
    "/stats/taxis?departements=00",
    "/stats/hails",
    "/stats/hails?departements=00",
    "/stats/groupements",
    "/stats/adsmap",
    "/stats/groups",
    "/stats/managers",
    "/stats/searches",
    "/stats/heatmap_hails",
    "/stats/heatmap_taxis",
    "/stats/heatmap_searches",
    "/stats/letaxi",
];

/// Measures every path of `/stats/…` on SQLite and on PostgreSQL, under load.
pub(crate) async fn under_load(report: &mut Report) {
    for engine in &engines() {
        let history = History { hails: number("HAILS", HAILS), years: 1, searches: 0 };
        let mut fleet = Fleet::with(engine, TAXIS, history).await;
        let server = fleet.serve().await;
        fleet.report(&server).await;
        let stop = Arc::new(AtomicBool::new(false));
        let load = beside(&mut fleet, &server, &stop);
        let (client, cpu_ms, begin) =
            (Client::builder().no_proxy().build().unwrap(), server.cpu_ms(), now());
        for path in PATHS {
            let times = times_of(&client, &format!("{}{path}", server.base)).await;
            let at_ms = |part| times.value_at_quantile(part) as f64 / 1e3;
            let row = format!("p99 of GET {path} on {engine}, loaded; the limit");
            report.row(&row, "ms", (LIMIT_MS, at_ms(0.99)), Better::Lower, (1.0, 0.5));
            report.remark(format!(
                "GET {path} on {engine}, loaded: p50 {:.1} ms, p99 {:.1} ms",
                at_ms(0.5),
                at_ms(0.99)
            ));
        }
        let cpu = (server.cpu_ms() - cpu_ms) / (since(begin).as_secs_f64() * 10.0);
        stop.store(true, Ordering::Relaxed);
        let loads = load.join_all().await.join("; ");
        report.remark(format!("beside figures on {engine}: {loads}; {cpu:.0} % of a processor"));
    }
}

/// Loads a server until `stop` is set: searches, hails and positions of the whole fleet; each tells its times at the
/// end.
fn beside(fleet: &mut Fleet, server: &Server, stop: &Arc<AtomicBool>) -> JoinSet<String> {
    let mut loads = JoinSet::new();
    let batches = batches_a_second(fleet.taxis.len());
    for (of, a_second, calls) in [
        (
            "searches",
            SEARCHES_A_SECOND,
            calls_of_searches(fleet, server, SEARCHES_A_SECOND * PART_S),
        ),
        ("hails", HAILS_A_SECOND, calls_of_hails(fleet, server, HAILS_A_SECOND * PART_S)),
        ("batches of positions", batches, calls_of_positions(fleet, server, batches * PART_S)),
    ] {
        let stop = Arc::clone(stop);
        loads.spawn(async move {
            let mut times = Histogram::<u64>::new(3).unwrap();
            while !stop.load(Ordering::Relaxed) {
                times.add(paced(a_second, calls.clone()).await).unwrap();
            }
            format!("{a_second} {of} a second, {}", said(&times))
        });
    }
    loads
}

/// Times of calls, in microseconds.
async fn times_of(client: &Client, url: &str) -> Histogram<u64> {
    let mut times = Histogram::<u64>::new(3).unwrap();
    for call in 0..WARM_UP + number("CALLS", CALLS) {
        let begin = now();
        let answer = client.get(url).header("x-api-key", "key of admin").send().await.unwrap();
        assert_eq!(answer.status(), 200, "{url}");
        answer.bytes().await.unwrap();
        if call >= WARM_UP {
            times.record(u64::try_from(since(begin).as_micros()).unwrap()).unwrap();
        }
    }
    times
}
