//! `letaxi export`: writes tables of disguised rows for researchers and authorities, a file a month.

use std::fs::{self, File};
use std::io::{BufWriter, ErrorKind, IsTerminal, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget};
use tempfile::NamedTempFile;
use tokio_util::sync::CancellationToken;

use super::output::say;
use super::signals::cancelled_by_signal;
use super::start;
use crate::app::App;
use crate::app::exports::{ExportTable, Month};
use crate::config::Settings;
use crate::formats::{Format, Package, Resource, Sink, sink};

/// Name of the description of all files.
const PACKAGE: &str = "datapackage.json";

/// Writes drivers, vehicles, licences, taxis, hails, searches and figures for researchers and authorities.
///
/// Each table has a file a month. Times are rounded down to 15 minutes, places are towns and H3 cells, taxis,
/// vehicles, drivers and licences have pseudonyms that change each year; customers, names, phone numbers and
/// coordinates are left out. `datapackage.json` describes the files. The activity log keeps each export with its
/// purpose (code des transports R.3121-33). The registry may run meanwhile.
#[derive(Args, Debug)]
#[command(
    after_help = "Example: letaxi export figures --month 2026-10 --purpose \"quality of service in 2026\""
)]
pub(super) struct Export {
    /// The folder to write to; files of the same name are replaced when the new ones are complete
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Purpose of the export, for the activity log and the description of the files
    #[arg(long, value_name = "TEXT")]
    purpose: String,
    /// Month (UTC), as 2026-10 [default: every month that is over]
    #[arg(long)]
    month: Option<Month>,
    /// Formats: parquet, csv, ndjson
    #[arg(long, value_name = "FORMAT", value_delimiter = ',', default_value = "parquet,csv")]
    format: Vec<Format>,
    /// Tables: drivers, vehicles, ads, taxis, hails, searches, figures [default: all]
    #[arg(long, value_name = "TABLE", value_delimiter = ',')]
    table: Vec<ExportTable>,
}

pub(super) async fn run(args: &Export, settings: &Settings) -> anyhow::Result<()> {
    if args.purpose.trim().is_empty() {
        bail!("--purpose is empty: say what the export is for");
    }
    let app = start::open(settings).await?;
    let stop = cancelled_by_signal()?;
    let months = months(&app, args.month).await?;
    fs::create_dir_all(&args.folder)
        .with_context(|| format!("cannot make the folder {}", args.folder.display()))?;
    let mut package = read_package(&args.folder)?;
    let tables = if args.table.is_empty() { &ExportTable::ALL[..] } else { &args.table };
    for month in &months {
        for table in tables {
            let rows = write_month(&app, args, *table, *month, &mut package, &stop).await?;
            say(format!("{}-{month}: {rows} rows", table.word()))?;
        }
    }
    Ok(())
}

/// The months to export: the one asked for, or all that are over.
async fn months(app: &App, asked: Option<Month>) -> anyhow::Result<Vec<Month>> {
    if let Some(month) = asked {
        app.check_export_month(month).await?;
        return Ok(vec![month]);
    }
    let present = Month::of(app.now());
    let months = app.export_months().await?.into_iter().filter(|month| *month < present);
    let months: Vec<_> = months.collect();
    if months.is_empty() {
        bail!("no month is over yet: name the present one with --month {present}");
    }
    Ok(months)
}

/// A file under a temporary name.
struct Draft {
    format: Format,
    file: NamedTempFile,
    sink: Box<dyn Sink>,
}

/// Writes a table of a month in all formats, in one run over its rows; returns their number.
async fn write_month(
    app: &App,
    args: &Export,
    table: ExportTable,
    month: Month,
    package: &mut Package,
    stop: &CancellationToken,
) -> anyhow::Result<usize> {
    let resource = |format| Resource {
        table,
        month,
        format,
        purpose: &args.purpose,
        rows: 0,
        bytes: 0,
        complete: month < Month::of(app.now()),
    };
    let cannot =
        |format| format!("cannot write {}", args.folder.join(resource(format).path()).display());
    let mut drafts = Vec::new();
    for format in &args.format {
        drafts.push(draft(&args.folder, *format, table).with_context(|| cannot(*format))?);
    }
    let mut export = app.export(None, table, month, &args.purpose).await?;
    let bar = spinner();
    let mut count = 0;
    while let Some(rows) = export.next().await? {
        if stop.is_cancelled() {
            bail!("stopped: {}-{month} was not written", table.word());
        }
        for draft in &mut drafts {
            draft.sink.take(&rows).with_context(|| cannot(draft.format))?;
        }
        count += rows.len();
        bar.set_message(format!("{}-{month}: {count} rows", table.word()));
        bar.tick();
    }
    bar.finish_and_clear();
    for Draft { format, file, sink } in drafts {
        let path = args.folder.join(resource(format).path());
        let bytes = finish(file, sink, &path).with_context(|| cannot(format))?;
        package.add(&Resource { rows: count, bytes, ..resource(format) });
    }
    write_package(&args.folder, package)?;
    Ok(count)
}

fn draft(folder: &Path, format: Format, table: ExportTable) -> anyhow::Result<Draft> {
    let file = NamedTempFile::new_in(folder)?;
    let sink = sink(format, table, BufWriter::new(file.as_file().try_clone()?))?;
    Ok(Draft { format, file, sink })
}

/// Completes a file, and gives it its name once it is on the disk; returns its length in bytes.
fn finish(file: NamedTempFile, sink: Box<dyn Sink>, path: &Path) -> anyhow::Result<u64> {
    sink.finish()?;
    file.as_file().sync_all()?;
    Ok(file.persist(path)?.metadata()?.len())
}

/// The description of the files that are there.
fn read_package(folder: &Path) -> anyhow::Result<Package> {
    let file = folder.join(PACKAGE);
    match fs::read(&file) {
        Ok(text) => serde_json::from_slice(&text).with_context(|| {
            format!("{} is not a description of exports: choose another folder", file.display())
        }),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Package::default()),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", file.display())),
    }
}

fn write_package(folder: &Path, package: &Package) -> anyhow::Result<()> {
    let file = folder.join(PACKAGE);
    let write = || {
        let mut draft = NamedTempFile::new_in(folder)?;
        serde_json::to_writer_pretty(&mut draft, package)?;
        writeln!(draft)?;
        draft.as_file().sync_all()?;
        draft.persist(&file)?;
        File::open(folder)?.sync_all()?;
        anyhow::Ok(())
    };
    write().with_context(|| format!("cannot write {}", file.display()))
}

/// Progress, if standard error is a terminal.
fn spinner() -> ProgressBar {
    if std::io::stderr().is_terminal() {
        ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
    } else {
        ProgressBar::hidden()
    }
}
