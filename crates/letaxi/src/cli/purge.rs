//! `letaxi purge`: blurs and deletes old data now.

use anyhow::Context;
use clap::{ArgGroup, Args};
use serde_json::json;

use super::output::say;
use super::{log, start};
use crate::app::App;
use crate::app::retention::clocks::Clock;
use crate::config::Settings;

/// Blurs and deletes the data that the law lets nobody keep; `letaxi serve` does so each hour.
///
/// Places of customers and taxis lose their precision after two months, hails and searches go after a year, taxis with
/// their drivers, vehicles and licences a year after the driver's last connection, inspectors' look-ups after a month. The settings `…_kept_days` change
/// these times. An interrupted purge loses nothing: the next one continues it.
#[derive(Args, Debug)]
#[command(
    group = ArgGroup::new("action").required(true).args(["dry_run", "now"]),
    after_help = "Examples:\n  \
                  letaxi purge --dry-run     counts the data that are due\n  \
                  letaxi purge --now         blurs and deletes them"
)]
pub(super) struct Purge {
    /// Count the data that are due, without changing them
    #[arg(long)]
    dry_run: bool,

    /// Blur and delete them; if a server runs on the database, it does so
    #[arg(long)]
    now: bool,

    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: &Purge, settings: &Settings) -> anyhow::Result<()> {
    log::of_command(settings, "warn")?;
    if args.dry_run {
        return show_due(args, &start::open(settings).await?).await;
    }
    // A running server must forget the taxis that are deleted, so it makes the round itself.
    let lock = match storage::lock(&settings.database, storage::Sharing::Alone).await {
        Ok(lock) => lock,
        Err(storage::Error::Served) => return ask_server(args, settings).await,
        Err(error) => return Err(error).with_context(|| start::cannot_use(settings)),
    };
    let app = start::start(settings).await?;
    let round = app.purge().await.context("the purge was interrupted; start it again")?;
    drop(lock);
    let rows =
        round.ended.iter().map(|(clock, rows)| (*clock, i64::try_from(*rows).unwrap_or(i64::MAX)));
    tell(args, &app, "blurred or deleted", &rows.collect::<Vec<_>>())
}

/// Asks the running server for a round.
async fn ask_server(args: &Purge, settings: &Settings) -> anyhow::Result<()> {
    let app = start::open(settings).await?;
    app.ask_for_round().await?;
    if args.json {
        return say(json!({"asked": true}));
    }
    say(
        "a server runs on this database: it blurs and deletes the data that are due within seconds.\n\
         GET /v1/retention and letaxi purge --dry-run show its progress",
    )
}

async fn show_due(args: &Purge, app: &App) -> anyhow::Result<()> {
    let due = app.due().await?;
    let rows = [
        (Clock::ExactPlaces, due.exact_places),
        (Clock::Hails, due.hails + due.searches),
        (Clock::Taxis, due.taxis),
        (Clock::Inspections, due.inspections),
        (Clock::Activity, due.activity),
    ];
    tell(args, app, "due", &rows)
}

/// Prints numbers of rows by clock.
fn tell(args: &Purge, app: &App, what: &str, rows: &[(Clock, i64)]) -> anyhow::Result<()> {
    if args.json {
        let rows = rows.iter().map(|(clock, rows)| (clock.word().to_owned(), json!(rows)));
        return say(serde_json::Value::Object(rows.collect()));
    }
    for (clock, rows) in rows {
        let days = app.settings().kept.of(*clock);
        say(format!("{}: {rows} {what} (kept for {days} days; {})", name(*clock), clock.source()))?;
    }
    Ok(())
}

/// Name of a clock's data for people.
fn name(clock: Clock) -> &'static str {
    match clock {
        Clock::ExactPlaces => "exact places of customers and taxis",
        Clock::Hails => "hails and searches",
        Clock::Taxis => "taxis with drivers, vehicles and licences",
        Clock::Inspections => "look-ups of inspectors",
        Clock::Activity => "lines of the activity log",
    }
}
