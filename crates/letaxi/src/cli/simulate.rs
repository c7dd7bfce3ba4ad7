//! `letaxi simulate`: runs a fleet and its passengers against a registry.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use simulate::{Accounts, Figures, Habits, Plan, Report, Screen, Simulation, Until};
use tokio::net::TcpListener;
use url::Url;

use super::import;
use super::signals::cancelled_by_signal;

/// Simulates operators, drivers and passengers against a registry, through its public interface only.
///
/// Operators need a hail endpoint at a port of this machine, where their back offices are simulated.
#[derive(Args, Debug)]
#[command(
    after_help = "Example: letaxi simulate http://127.0.0.1:5000 --accounts users.json --territory territory --duration 10m"
)]
pub(super) struct Simulate {
    /// Address of the registry
    url: Url,

    /// A users.json with the operators and search apps to simulate; the registry must have the same accounts
    #[arg(long, value_name = "FILE")]
    accounts: PathBuf,

    /// A folder with towns.geojson and zupc/, the area in which taxis drive
    #[arg(long, value_name = "DIR")]
    territory: PathBuf,

    /// Number of taxis
    #[arg(long, default_value_t = 200)]
    taxis: usize,

    /// Number of passengers, each of whom requests taxis repeatedly
    #[arg(long, default_value_t = 50)]
    passengers: usize,

    /// INSEE codes of the towns that license the taxis [default: all towns of all zones]
    #[arg(long, value_name = "CODE,...", value_delimiter = ',')]
    towns: Vec<String>,

    /// Random seed: the same seed gives the same decisions
    #[arg(long, default_value_t = 1)]
    seed: u64,

    /// Ends after this time, such as 90s, 10m, 2h [default: at Ctrl-C]
    #[arg(long, value_parser = span)]
    duration: Option<Duration>,

    /// Ends after this number of finished rides
    #[arg(long, value_name = "N")]
    rides: Option<u64>,

    /// Interval of each taxi's reports of its position
    #[arg(long, value_parser = span, default_value = "5s")]
    report_every: Duration,

    /// Speed of people and cars, in multiples of real life (1 to 100)
    #[arg(long, value_parser = pace, default_value = "1")]
    pace: f64,

    /// Address of the operators' back offices [default: the hail endpoints of the accounts]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,

    /// Habits of drivers and passengers
    #[command(flatten)]
    habits: HabitArgs,

    /// Prints the final figures as JSON
    #[arg(long)]
    json: bool,
}

/// Shares of people, each from 0 to 1.
#[derive(Args, Clone, Copy, Debug)]
#[command(next_help_heading = "Habits (shares from 0 to 1)")]
pub(super) struct HabitArgs {
    /// Share of hails that drivers refuse
    #[arg(long, default_value_t = 0.1, value_name = "SHARE")]
    refuse: f64,

    /// Share of hails to which drivers do not react
    #[arg(long, default_value_t = 0.05, value_name = "SHARE")]
    ignore: f64,

    /// Share of accepted rides in which the taxi has an incident
    #[arg(long, default_value_t = 0.03, value_name = "SHARE")]
    incident: f64,

    /// Share of passengers who decline in the end
    #[arg(long, default_value_t = 0.05, value_name = "SHARE")]
    passenger_declines: f64,

    /// Share of passengers who do not react any more
    #[arg(long, default_value_t = 0.05, value_name = "SHARE")]
    passenger_disappears: f64,
}

impl From<HabitArgs> for Habits {
    fn from(args: HabitArgs) -> Self {
        let HabitArgs { refuse, ignore, incident, passenger_declines, passenger_disappears } = args;
        Self { refuse, ignore, incident, passenger_declines, passenger_disappears }
    }
}

/// Runs the simulation until its time is up, its rides are finished or Ctrl-C is pressed; then prints the
/// report.
///
/// # Errors
///
/// Fails if the simulation cannot start: a file is missing or broken, a port is in use, a registry does not
/// answer or refuses the keys. Faults during the run are in its report; only a broken guarantee, such as two
/// hails for one taxi, makes the run fail.
pub(super) async fn run(args: Simulate) -> anyhow::Result<()> {
    let accounts = Accounts::read(&args.accounts, args.listen)?;
    let places = import::places(&args.territory)?;
    let mut screen = Screen::standard(args.json);
    if !accounts.left_out().is_empty() {
        screen.say(&format!(
            "left out, for want of a key or of a hail endpoint here: {}",
            accounts.left_out().join(", ")
        ));
    }
    let listener = listen(accounts.back_office()).await?;
    let plan = Plan {
        url: args.url,
        taxis: args.taxis,
        passengers: args.passengers,
        seed: args.seed,
        pace: args.pace,
        report_every: args.report_every,
        habits: args.habits.into(),
        towns: args.towns,
        until: Until { duration: args.duration, rides: args.rides },
        hand_taxi: None,
    };
    screen.say(&format!("enrolling {} taxis at {}", plan.taxis, plan.url));
    let figures = Arc::new(Figures::default());
    let stop = cancelled_by_signal()?;
    let start = Simulation::start(plan, accounts, places, listener, Arc::clone(&figures), stop);
    let simulation = screen.show_during(&figures, Box::pin(start)).await?;
    let report = screen.show_during(&figures, simulation.finish()).await;
    conclude(&report, args.json)
}

/// Opens the port for hails.
pub(super) async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen at {address}, where the hail endpoints of the accounts point (is another simulation running?)")
    })
}

/// Prints the figures of a run to standard output; fails if the registry broke a guarantee.
pub(super) fn conclude(report: &Report, json: bool) -> anyhow::Result<()> {
    use std::io::Write;
    let text = if json { serde_json::to_string_pretty(report)? } else { report.to_string() };
    writeln!(std::io::stdout(), "{}", text.trim_end())
        .context("cannot write to standard output")?;
    match report.promises_broken.len() {
        0 => Ok(()),
        broken => bail!("the registry broke {broken} guarantees, see above"),
    }
}

/// Parses a duration: a number with `ms`, `s`, `m` or `h`.
pub(super) fn span(text: &str) -> anyhow::Result<Duration> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let seconds = match &text[digits.len()..] {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3_600.0,
        _ => bail!("write a number with ms, s, m or h, such as 90s or 10m"),
    };
    let span = Duration::try_from_secs_f64(digits.parse::<f64>()? * seconds)?;
    if span.is_zero() {
        bail!("must be longer than 0");
    }
    Ok(span)
}

/// Parses a pace. Below 1 the simulation would miss the registry's deadlines.
pub(super) fn pace(text: &str) -> anyhow::Result<f64> {
    let pace: f64 = text.parse()?;
    if (1.0..=100.0).contains(&pace) { Ok(pace) } else { bail!("must lie between 1 and 100") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_numbers_with_a_unit() {
        for (text, seconds) in [("90s", 90.0), ("10m", 600.0), ("1.5h", 5_400.0), ("250ms", 0.25)] {
            assert_eq!(span(text).unwrap(), Duration::from_secs_f64(seconds), "{text}");
        }
        for text in ["", "5", "s", "5 s", "-5s", "0s", "5d", "1e300h"] {
            assert!(span(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_pace_is_never_slower_than_life() {
        assert!(pace("1").is_ok() && pace("100").is_ok());
        assert!(pace("0.5").is_err() && pace("101").is_err() && pace("NaN").is_err());
    }
}
