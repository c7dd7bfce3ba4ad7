//! `letaxi report`: figures and quality of a period, for people.

use anyhow::bail;
use chrono::NaiveDate;
use clap::{Args, ValueEnum};

use super::output::say;
use super::{log, start};
use crate::app::figures::part::{FiguresRefused, MOST_DAYS};
use crate::config::Settings;

mod figures;
mod language;
mod render;

use language::Language;

/// Reports searches, hails, refusals, connected taxis and the quality of operators' data, of the last seven days or
/// another period; days are UTC.
///
/// It reads sums that the server keeps, and runs beside it. The figures are described in docs/figures.md.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  letaxi report\n  letaxi report --since 2024-02-01 --until 2024-02-29 --format csv --lang fr"
)]
pub(super) struct Report {
    /// First day [default: six days before the last]
    #[arg(long, value_name = "DATE")]
    since: Option<NaiveDate>,
    /// Last day [default: today]
    #[arg(long, value_name = "DATE")]
    until: Option<NaiveDate>,
    /// Form of the report
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Language [default: that of the variable LANG, else en]
    #[arg(long, value_enum)]
    lang: Option<Language>,
}

/// Form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Tables for people
    Table,
    /// Comma-separated values, one figure a line
    Csv,
    /// JSON
    Json,
}

/// The language of the environment: the first of these variables decides.
fn language_of_environment() -> Language {
    let names = ["LC_ALL", "LC_MESSAGES", "LANG"];
    let mut values = names.iter().filter_map(|name| std::env::var(name).ok());
    let value = values.find(|value| !value.is_empty()).unwrap_or_default();
    if value.starts_with("fr") { Language::Fr } else { Language::En }
}

pub(super) async fn run(args: &Report, settings: &Settings) -> anyhow::Result<()> {
    log::of_command(settings, "warn")?;
    let app = start::start(settings).await?;
    let period = match app.period(args.since, args.until) {
        Ok(period) => period,
        Err(FiguresRefused::Backwards) => bail!("--since is after --until: exchange them"),
        Err(_) => bail!("a report has at most {MOST_DAYS} days: choose a later --since"),
    };
    let report = app.report_of(period).await?;
    let language = args.lang.unwrap_or_else(language_of_environment);
    say(match args.format {
        Format::Table => render::table(&report, language),
        Format::Csv => render::csv(&report, language)?,
        Format::Json => render::json(&report),
    })
}
