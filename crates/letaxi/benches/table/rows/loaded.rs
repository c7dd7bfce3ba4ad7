//! A country's fleet reports while customers search.

use super::number;
use super::paced::{paced, said};
use crate::country::{now, since};
use crate::fleet::{BATCH, Fleet};
use crate::report::Report;

const TAXIS: usize = 60_000;
/// Interval of a taxi's reports, in seconds.
const EVERY_S: usize = 5;
const SEARCHES_A_SECOND: u32 = 200;

/// Measures searches and positions together, both at a steady rate.
pub(crate) async fn both_at_once(report: &mut Report) {
    let mut fleet = Fleet::new("sqlite", TAXIS).await;
    let server = fleet.serve().await;
    fleet.report(&server).await;
    let seconds = number("LOAD_SECONDS", 20);
    let batches = fleet.batches();
    let batches_a_second = u32::try_from(TAXIS / EVERY_S / BATCH).unwrap();
    let base = server.base.clone();
    let reports = (0..batches_a_second * seconds).map(|turn| {
        let (operator, body) = batches[turn as usize % batches.len()].clone();
        (format!("{base}/geotaxi/"), format!("key of op{operator}"), Some(body))
    });
    let searches = (0..SEARCHES_A_SECOND * seconds).map(|turn| {
        let path = &fleet.searches[turn as usize % fleet.searches.len()];
        (format!("{base}{path}"), "key of app0".to_owned(), None)
    });
    let (cpu_ms, begin) = (server.cpu_ms(), now());
    let (positions, found) = tokio::join!(
        paced(batches_a_second, reports.collect()),
        paced(SEARCHES_A_SECOND, searches.collect())
    );
    let cpu = (server.cpu_ms() - cpu_ms) / (since(begin).as_secs_f64() * 10.0);
    report.remark(format!(
        "{TAXIS} taxis report every {EVERY_S} s in batches of {BATCH} while {SEARCHES_A_SECOND} \
         searches come a second, for {seconds} s: batches {}; searches {}; {cpu:.0} % of a processor, \
         {:.0} MB",
        said(&positions),
        said(&found),
        server.resident_bytes() / 1e6
    ));
}
