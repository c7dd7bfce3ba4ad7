//! A country's fleet reports while customers search.

use super::number;
use super::paced::{
    REPORTS_EVERY_S, SEARCHES_A_SECOND, batches_a_second, calls_of_positions, calls_of_searches,
    paced, said,
};
use crate::country::{now, since};
use crate::fleet::{BATCH, Fleet};
use crate::report::Report;

const TAXIS: usize = 60_000;

/// Measures searches and positions together, both at a steady rate.
pub(crate) async fn both_at_once(report: &mut Report) {
    let mut fleet = Fleet::new("sqlite", TAXIS).await;
    let server = fleet.serve().await;
    fleet.report(&server).await;
    let seconds = number("LOAD_SECONDS", 20);
    let batches_a_second = batches_a_second(TAXIS);
    let reports = calls_of_positions(&mut fleet, &server, batches_a_second * seconds);
    let searches = calls_of_searches(&fleet, &server, SEARCHES_A_SECOND * seconds);
    let (cpu_ms, begin) = (server.cpu_ms(), now());
    let (positions, found) =
        tokio::join!(paced(batches_a_second, reports), paced(SEARCHES_A_SECOND, searches));
    let cpu = (server.cpu_ms() - cpu_ms) / (since(begin).as_secs_f64() * 10.0);
    report.remark(format!(
        "{TAXIS} taxis report every {REPORTS_EVERY_S} s in batches of {BATCH} while {SEARCHES_A_SECOND} \
         searches come a second, for {seconds} s: batches {}; searches {}; {cpu:.0} % of a processor, \
         {:.0} MB",
        said(&positions),
        said(&found),
        server.resident_bytes() / 1e6
    ));
}
