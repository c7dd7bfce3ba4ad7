//! Changes of taxis' statuses, beside their bare statements on the engine alone.

use serde_json::json;

use super::{engines, goals_of_changes, rounds};
use crate::country;
use crate::fleet::Fleet;
use crate::report::{Better, Report, median, spread};
use crate::server::postgres_cpu_ms;
use crate::wire::{Load, Rate, load};

const TAXIS: usize = 10_000;
const SECONDS: u32 = 3;

/// Measures `PUT /taxis/:id` on SQLite and on PostgreSQL.
pub(crate) async fn of_statuses(report: &mut Report) {
    for engine in &engines() {
        let goals = goals_of_changes(engine);
        // A registry does not know what another process writes.
        let bare_fleet = Fleet::new(engine, TAXIS).await;
        let fleet = Fleet::new(engine, TAXIS).await;
        let server = fleet.serve().await;
        let requests = requests(&fleet);
        for (connections, goals) in [(32, goals), (1, (0.4, 0.7))] {
            let (mut floor, mut rates, mut cpu_us) = (Vec::new(), Vec::new(), Vec::new());
            for _ in 0..rounds() {
                floor.push(bare("statuses", &bare_fleet.url, connections, SECONDS));
                let before_ms = postgres_cpu_ms();
                let rate = load(
                    &server,
                    fleet.folder.path(),
                    &Load {
                        method: "PUT",
                        requests: &requests,
                        path: "",
                        key: "",
                        connections,
                        seconds: SECONDS,
                    },
                );
                let database_ms =
                    if engine == "postgres" { postgres_cpu_ms() - before_ms } else { 0.0 };
                let answers = rate.per_s * f64::from(SECONDS);
                cpu_us.push(rate.cpu_us + database_ms * 1e3 / answers);
                rates.push(rate);
            }
            let of = |figure: fn(&Rate) -> f64| median(rates.iter().map(figure).collect());
            let row = format!("PUT /taxis/:id on {engine}, {connections} at once");
            let per_s = (median(floor), of(|rate| rate.per_s));
            report.row(&row, "/s", per_s, Better::Higher, goals);
            let each: Vec<f64> = rates.iter().map(|rate| rate.per_s).collect();
            report.remark(format!(
                "{row}: {} a second; p50 {:.2} ms, p99 {:.2} ms, at most {:.1} ms; {:.0} µs of a processor \
                 each ({}), server and database",
                spread(&each, 0),
                of(|rate| rate.p50_ms),
                of(|rate| rate.p99_ms),
                of(|rate| rate.max_ms),
                median(cpu_us.clone()),
                spread(&cpu_us, 0)
            ));
        }
    }
}

/// Each taxi takes another status each time.
pub(super) fn requests(fleet: &Fleet) -> Vec<String> {
    let statuses = ["occupied", "free"].into_iter();
    let all = statuses.flat_map(|status| {
        fleet.taxis.iter().map(move |(id, operator)| {
            let body = json!({"data": [{"status": status}]});
            format!("/taxis/{id}/\tkey of op{operator}\t{body}")
        })
    });
    all.collect()
}

/// Work a second by its bare statements.
pub(super) fn bare(work: &str, url: &str, at_once: u32, seconds: u32) -> f64 {
    let arguments = [at_once.to_string(), seconds.to_string()];
    let output =
        country::example("bare_changes").args([work, url]).args(arguments).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.trim().parse().unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}
