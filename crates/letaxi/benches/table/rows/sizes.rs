//! Memory and start time.

use super::rounds;
use crate::country::TOWNS;
use crate::fleet::Fleet;
use crate::report::{Better, Report, median};

const TAXIS: usize = 60_000;
const MANY_TAXIS: usize = 1_000_000;
const MEGABYTE: f64 = 1e6;

/// Measures a country's fleet, and the memory of a million positions.
pub(crate) async fn of_everything(report: &mut Report) {
    let mut fleet = Fleet::new("sqlite", TAXIS).await;
    let (mut starts, mut sizes) = (Vec::new(), Vec::new());
    for _ in 0..rounds() {
        let server = fleet.serve().await;
        starts.push(server.started_in.as_secs_f64());
        fleet.report(&server).await;
        sizes.push(server.resident_bytes() / MEGABYTE);
    }
    let all = format!("{TOWNS} towns and {TAXIS} live taxis");
    report.row(
        format!("memory in all, {all}"),
        "MB",
        (1.0, median(sizes)),
        Better::Lower,
        (200.0, 120.0),
    );
    let start = format!("from start to first answer, {all}");
    report.row(start, "s", (1.0, median(starts)), Better::Lower, (3.0, 1.0));

    let mut fleet = Fleet::new("sqlite", MANY_TAXIS).await;
    let server = fleet.serve().await;
    let before = server.resident_bytes();
    fleet.report(&server).await;
    let each = (server.resident_bytes() - before) / MANY_TAXIS as f64;
    let row = format!("memory of a live position, of {MANY_TAXIS}");
    report.row(row, "bytes", (1.0, each), Better::Lower, (300.0, 100.0));
}
