//! `letaxi backup`: copies the database and the secret key of a running registry into one file.

use std::fs::File;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};
use storage::backup::Place;
use tempfile::NamedTempFile;
use tokio_util::sync::CancellationToken;

use super::archive::{self, Engine};
use super::output::say;
use super::postgres_tools;
use super::signals::cancelled_by_signal;
use crate::app::account::secrets::Secrets;
use crate::app::clock::Clock;
use crate::config::Settings;

/// Copies the database and the secret key into one file, also while the registry runs.
///
/// The file contains the whole registry, and only its owner can read it: protect it like the secret key.
/// `letaxi restore FILE` restores it. PostgreSQL is dumped with `pg_dump`.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  letaxi backup letaxi-monday.backup\n  letaxi backup /backup/letaxi.backup --database postgres://letaxi@db/letaxi"
)]
pub(super) struct Backup {
    /// The file to create; an existing one is replaced when the new one is complete
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(super) async fn run(args: &Backup, settings: &Settings) -> anyhow::Result<()> {
    let url = &settings.database;
    let shown = storage::without_password(url);
    let engine = match storage::backup::place(url)? {
        Place::File(_) => Engine::Sqlite,
        Place::Server => Engine::Postgres,
        Place::Memory => bail!("{shown} is in the memory of one process: it cannot be copied"),
    };
    let there = storage::backup::exists(url).await;
    if !there.with_context(|| format!("the database {shown} cannot be read"))? {
        bail!(
            "there is no registry at {shown}: name its database with --database or in letaxi.toml"
        );
    }
    let secret_key = fitting_key(settings).await?;
    if let Place::File(database) = storage::backup::place(url)? {
        refuse_itself(&args.file, &[&database, &settings.secret_key_file()])?;
    }
    let stop = cancelled_by_signal()?;
    let folder = folder_of(&args.file);
    let fresh = || {
        NamedTempFile::new_in(folder)
            .with_context(|| format!("cannot write in the folder {}", folder.display()))
    };
    let (copy, mut packed) = (fresh()?, fresh()?);
    let made_at = Clock::System.now();
    tell("copying the database");
    tokio::select! {
        copied = copy_database(url, copy.path()) => {
            copied.with_context(|| format!("the database {shown} cannot be copied"))?;
        }
        () = stop.cancelled() => bail!("stopped: no backup was made"),
    }
    // Another process may have replaced the file at this path.
    let mut database = File::open(copy.path())?;
    let bytes = database.metadata()?.len();
    tell(&format!("packing {}", HumanBytes(bytes)));
    let bar = bar(bytes)?;
    let to = packed.as_file_mut();
    let packing =
        archive::pack(to, engine, made_at, &secret_key, &mut database, |n| bar.inc(n), &stop);
    bar.finish_and_clear();
    packing.context("no backup was made")?;
    finish(packed, &args.file, &stop)?;
    drop(copy);
    say(format!(
        "{} holds database and secret key of {shown}: {}",
        args.file.display(),
        HumanBytes(std::fs::metadata(&args.file)?.len())
    ))
}

/// Renames the complete backup durably, so that it survives a power cut.
fn finish(packed: NamedTempFile, file: &Path, stop: &CancellationToken) -> anyhow::Result<()> {
    if stop.is_cancelled() {
        bail!("stopped: no backup was made");
    }
    packed.persist(file).with_context(|| format!("cannot make {}", file.display()))?;
    File::open(folder_of(file))?.sync_all().context("the backup may not survive a power cut")
}

async fn copy_database(url: &str, into: &Path) -> anyhow::Result<()> {
    match storage::backup::place(url)? {
        Place::File(database) => Ok(storage::backup::copy(&database, into).await?),
        _ => postgres_tools::dump(url, into).await,
    }
}

/// Text of the secret key's file. Fails unless the key decrypts the keys in the database, because the backup
/// would be useless.
async fn fitting_key(settings: &Settings) -> anyhow::Result<String> {
    let file = settings.secret_key_file();
    let secrets = Secrets::open(&file, false)?;
    let sealed = storage::backup::sealed_key(&settings.database).await?;
    if sealed.is_some_and(|sealed| secrets.unseal(&sealed).is_none()) {
        bail!(
            "the secret key {} does not open the keys in the database: name its own with the setting \
             secret_key_file",
            file.display()
        );
    }
    std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))
}

fn refuse_itself(file: &Path, ours: &[&Path]) -> anyhow::Result<()> {
    let same = |other: &&&Path| {
        let (one, other) = (file.canonicalize(), other.canonicalize());
        one.is_ok() && one.ok() == other.ok()
    };
    match ours.iter().find(same) {
        Some(_) => bail!("{} is the registry's own file: choose another name", file.display()),
        None => Ok(()),
    }
}

/// The parent folder of a file.
pub(super) fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Prints a step of long work to standard error.
pub(super) fn tell(step: &str) {
    // A closed standard error does not stop the work.
    let _ = writeln!(std::io::stderr(), "{step}…");
}

/// A progress bar for so many bytes, if standard error is a terminal.
fn bar(bytes: u64) -> anyhow::Result<ProgressBar> {
    if !std::io::stderr().is_terminal() {
        return Ok(ProgressBar::hidden());
    }
    let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::stderr());
    bar.set_style(ProgressStyle::with_template("{bar:40} {bytes} of {total_bytes}")?);
    Ok(bar)
}
