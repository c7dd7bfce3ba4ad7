//! The report of a run: hails by outcome, and the latency of each call.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use comfy_table::{CellAlignment, LineStyle, Table, TableStyle, presets::UTF8_HORIZONTAL_ONLY};
use hdrhistogram::Histogram;
use serde::Serialize;

use crate::figures::{Call, CallFigures, Figures, Inner};
use crate::world::Plan;

/// Lines around the header and the whole, none between rows.
const STYLE: TableStyle = UTF8_HORIZONTAL_ONLY.row_separator(LineStyle::none());

/// The figures of a whole run. Shown as tables, or written as JSON.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Random seed.
    pub seed: u64,
    /// Simulated seconds in a real one.
    pub pace: f64,
    /// Length of the run, in real seconds.
    pub seconds: f64,
    /// Enrolled taxis.
    pub taxis: usize,
    /// Passengers.
    pub passengers: usize,
    /// Hails by how they ended, in the contract's words and two of ours.
    pub hails: BTreeMap<&'static str, u64>,
    /// Hails that the registry refused because the taxi was not free any more.
    pub hails_refused: u64,
    /// Searches made.
    pub searches: u64,
    /// Searches that found nobody.
    pub searches_empty: u64,
    /// Positions reported.
    pub positions: u64,
    /// Each call that was made.
    pub calls: Vec<CallReport>,
    /// Promises the registry broke: two hails for one taxi, a hail delivered wrongly.
    pub promises_broken: Vec<String>,
}

/// Figures of one call. Times are in milliseconds, from sending to the whole answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CallReport {
    /// Method and path.
    pub call: &'static str,
    /// Number of answers.
    pub count: u64,
    /// Half of the answers were faster.
    pub p50_ms: f64,
    /// One in a hundred was slower.
    pub p99_ms: f64,
    /// The slowest.
    pub max_ms: f64,
    /// Calls that failed, or were refused for no good reason.
    pub errors: u64,
    /// The last such failure.
    pub example: Option<String>,
}

impl Report {
    pub(crate) fn new(plan: &Plan, taxis: usize, figures: &Figures) -> Self {
        Self::made_of(plan, taxis, figures.elapsed(), figures.read())
    }

    fn made_of(plan: &Plan, taxis: usize, took: Duration, inner: Inner) -> Self {
        let hails =
            inner.outcomes.iter().map(|(outcome, count)| (outcome.word(), *count)).collect();
        Self {
            seed: plan.seed,
            pace: plan.pace,
            seconds: took.as_secs_f64(),
            taxis,
            passengers: plan.passengers,
            hails,
            hails_refused: inner.hails_refused,
            searches: inner.searches,
            searches_empty: inner.searches_empty,
            positions: inner.positions,
            calls: inner
                .calls
                .iter()
                .map(|(call, figures)| CallReport::new(*call, figures))
                .collect(),
            promises_broken: inner.promises_broken,
        }
    }

    /// Rides that went to their end.
    pub fn finished(&self) -> u64 {
        self.hails.get("finished").copied().unwrap_or(0)
    }

    /// Calls that failed, of all kinds.
    pub fn errors(&self) -> u64 {
        self.calls.iter().map(|call| call.errors).sum()
    }

    fn hails_table(&self) -> Table {
        let mut table = table(&["hails", "count", "share"]);
        let total: u64 = self.hails.values().sum();
        let mut rows: Vec<_> = self.hails.iter().collect();
        rows.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        for (outcome, count) in rows {
            let share = 100.0 * *count as f64 / total as f64;
            table.add_row([(*outcome).to_owned(), count.to_string(), format!("{share:.0} %")]);
        }
        table.add_row(["all".to_owned(), total.to_string(), String::new()]);
        table
    }

    fn calls_table(&self) -> Table {
        let mut table = table(&["call", "count", "p50 ms", "p99 ms", "max ms", "errors"]);
        for call in &self.calls {
            let ms = |ms: f64| format!("{ms:.1}");
            table.add_row([
                call.call.to_owned(),
                call.count.to_string(),
                ms(call.p50_ms),
                ms(call.p99_ms),
                ms(call.max_ms),
                call.errors.to_string(),
            ]);
        }
        table
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { taxis, passengers, seconds, pace, seed, .. } = self;
        writeln!(
            f,
            "{taxis} taxis and {passengers} passengers for {seconds:.0} s at pace {pace}, seed {seed}"
        )?;
        writeln!(f, "{}", self.hails_table())?;
        writeln!(f, "{}", self.calls_table())?;
        let Self { searches, searches_empty, hails_refused, positions, .. } = self;
        writeln!(
            f,
            "{searches} searches, {searches_empty} found nobody · {hails_refused} hails came too late for \
             their taxi · {positions} positions"
        )?;
        for call in self.calls.iter().filter(|call| call.errors > 0) {
            let example = call.example.as_deref().unwrap_or_default();
            writeln!(f, "errors: {} × {}, such as: {example}", call.errors, call.call)?;
        }
        for broken in &self.promises_broken {
            writeln!(f, "promise broken: {broken}")?;
        }
        Ok(())
    }
}

impl CallReport {
    fn new(call: Call, figures: &CallFigures) -> Self {
        let CallFigures { took_us, errors, example } = figures;
        let quantile = |quantile| milliseconds(took_us, took_us.value_at_quantile(quantile));
        Self {
            call: call.text(),
            count: took_us.len(),
            p50_ms: quantile(0.5),
            p99_ms: quantile(0.99),
            max_ms: milliseconds(took_us, took_us.max()),
            errors: *errors,
            example: example.clone(),
        }
    }
}

/// A histogram rounds up within its precision, which must not show a median above the maximum.
fn milliseconds(took_us: &Histogram<u64>, value_us: u64) -> f64 {
    value_us.min(took_us.max()) as f64 / 1_000.0
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(STYLE).set_header(header.to_vec());
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use dispatch::hail::Status;

    use crate::figures::Outcome;
    use crate::habits::Habits;
    use crate::world::{Plan, Until};

    fn plan() -> Plan {
        let habits = Habits {
            refuse: 0.0,
            ignore: 0.0,
            incident: 0.0,
            passenger_declines: 0.0,
            passenger_disappears: 0.0,
        };
        Plan {
            url: "http://127.0.0.1:5000".parse().unwrap(),
            taxis: 3,
            passengers: 2,
            seed: 7,
            pace: 1.0,
            report_every: Duration::from_secs(5),
            habits,
            towns: Vec::new(),
            until: Until::default(),
            hand_taxi: None,
        }
    }

    fn report() -> Report {
        let figures = Figures::default();
        for ended in [Status::Finished, Status::Finished, Status::Finished, Status::TimeoutTaxi] {
            figures.hail_opened();
            figures.hail_ended(Outcome::Ended(ended));
        }
        for ms in 1..=100 {
            figures.call_took(Call::GetTaxis, Duration::from_millis(ms));
        }
        figures.call_took(Call::PostHails, Duration::from_millis(4));
        figures.call_failed(Call::PostHails, "500 Internal Server Error oh");
        figures.searched(true);
        figures.searched(false);
        figures.promise_broken("taxi X got another hail".to_owned());
        Report::made_of(&plan(), 3, Duration::from_mins(1), figures.read())
    }

    #[test]
    fn the_tables_show_outcomes_latencies_and_an_example_of_each_error() {
        let shown = report().to_string();
        let line = |start: &str| {
            let line = shown.lines().find(|line| line.trim_start().starts_with(start));
            line.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(line("finished"), "finished 3 75 %");
        assert_eq!(line("timeout_taxi"), "timeout_taxi 1 25 %");
        assert_eq!(line("all"), "all 4");
        assert_eq!(line("GET /taxis"), "GET /taxis 100 50.0 99.0 100.0 0");
        assert_eq!(line("POST /hails"), "POST /hails 1 4.0 4.0 4.0 1");
        assert_eq!(
            line("errors:"),
            "errors: 1 × POST /hails, such as: 500 Internal Server Error oh"
        );
        assert_eq!(line("promise"), "promise broken: taxi X got another hail");
        assert!(shown.contains("2 searches, 1 found nobody"), "{shown}");
    }

    #[test]
    fn the_json_has_the_same_figures() {
        let json = serde_json::to_value(report()).unwrap();
        assert_eq!(json["hails"]["finished"], 3);
        assert_eq!(json["calls"][0]["call"], "GET /taxis");
        assert_eq!(json["calls"][0]["count"], 100);
        assert_eq!(json["calls"][1]["errors"], 1);
        assert_eq!(json["promises_broken"][0], "taxi X got another hail");
    }
}
