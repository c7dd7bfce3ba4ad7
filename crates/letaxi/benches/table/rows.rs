//! Rows of the table, one module for each kind of work.

use crate::report::Report;

mod changes;
mod curves;
mod datagrams;
mod enrolment;
mod hails;
mod lives;
mod loaded;
mod nodes;
mod paced;
mod purges;
mod retention;
mod searches;
mod sizes;
mod stats;

/// A number from the environment.
fn number(name: &str, default: u32) -> u32 {
    std::env::var(name).map_or(default, |text| text.parse().expect(name))
}

/// Number of rounds.
fn rounds() -> u32 {
    number("ROUNDS", 5)
}

/// The engines to measure, those of `ENGINES` or both.
fn engines() -> Vec<String> {
    let named = std::env::var("ENGINES").unwrap_or_else(|_| "sqlite postgres".to_owned());
    named.split(' ').map(str::to_owned).collect()
}

/// Required and desired ratios of changes to their bare statements on an engine.
fn goals_of_changes(engine: &str) -> (f64, f64) {
    if engine == "postgres" { (0.5, 0.8) } else { (0.4, 0.7) }
}

/// Measures all rows without the curves, or those in `ROWS`: `search`, `geotaxi`, `datagrams`, `hails`, `changes`,
/// `purges`, `retention`, `lives`, `enrolment`, `sizes`, `scale`, `load`, `stats`, `nodes`, and `curves`, which are drawn into
/// `docs/performance.svg`.
pub(crate) async fn all(report: &mut Report) {
    let wanted = std::env::var("ROWS").unwrap_or_default();
    let is_wanted = |row: &str| wanted.is_empty() || wanted.split(' ').any(|name| name == row);
    if is_wanted("search") || is_wanted("geotaxi") {
        searches::over_the_wire(report, is_wanted("search"), is_wanted("geotaxi")).await;
    }
    if is_wanted("datagrams") {
        datagrams::of_udp(report).await;
    }
    if is_wanted("hails") {
        hails::on_both_engines(report).await;
    }
    if is_wanted("changes") {
        changes::of_statuses(report).await;
    }
    if is_wanted("purges") {
        purges::beside_changes(report).await;
    }
    if is_wanted("retention") {
        retention::beside_searches_and_hails(report).await;
    }
    if is_wanted("lives") {
        lives::of_hails(report).await;
    }
    if is_wanted("enrolment") {
        enrolment::of_a_fleet(report).await;
    }
    if is_wanted("sizes") {
        sizes::of_everything(report).await;
    }
    if is_wanted("scale") {
        searches::at_scale(report).await;
    }
    if is_wanted("load") {
        loaded::both_at_once(report).await;
    }
    if is_wanted("stats") {
        stats::under_load(report).await;
    }
    if is_wanted("nodes") {
        nodes::of_three(report).await;
    }
    if wanted.contains("curves") {
        curves::drawn(report).await;
    }
}
