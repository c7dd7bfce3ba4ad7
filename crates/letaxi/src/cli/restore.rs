//! `letaxi restore`: creates a registry from a backup.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use storage::backup::Place;

use super::archive::{self, Engine, Unpacked};
use super::backup::{folder_of, tell};
use super::output::say;
use super::postgres_tools;
use super::signals::cancelled_by_signal;
use crate::app::account::secrets;
use crate::config::Settings;

/// Restores a registry from a backup: its database and its secret key, all or nothing.
///
/// The whole file is checked first. An existing database or different secret key is never overwritten. A
/// PostgreSQL database must exist and be empty; `pg_restore` fills it.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  letaxi restore letaxi-monday.backup --database sqlite:///var/lib/letaxi/letaxi.db\n  letaxi restore /backup/letaxi.backup --database postgres://letaxi@db/letaxi"
)]
pub(super) struct Restore {
    /// A file created by `letaxi backup`
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(super) async fn run(args: &Restore, settings: &Settings) -> anyhow::Result<()> {
    let url = &settings.database;
    let shown = storage::without_password(url);
    let place = storage::backup::place(url)?;
    refuse_existing(url, &place, &shown).await?;
    let key_file = settings.secret_key_file();
    let folder = match &place {
        Place::File(file) => folder_of(file).to_owned(),
        _ => folder_of(&key_file).to_owned(),
    };
    let stop = cancelled_by_signal()?;
    tell("checking the backup");
    let unpacked = archive::unpack(&args.file, &folder, &stop)?;
    let fits = match unpacked.manifest.engine {
        Engine::Sqlite => matches!(place, Place::File(_)),
        Engine::Postgres => place == Place::Server,
    };
    if !fits {
        let (engine, example) = match unpacked.manifest.engine {
            Engine::Sqlite => ("SQLite", "sqlite:///var/lib/letaxi/letaxi.db"),
            Engine::Postgres => ("PostgreSQL", "postgres://USER@HOST/NAME"),
        };
        bail!("the backup is of {engine}, and {shown} is not: choose with --database {example}");
    }
    let made_key = put_key(&key_file, &unpacked.secret_key)?;
    tell("restoring the database");
    let made = (unpacked.manifest.made_at, unpacked.manifest.version.clone());
    let put = tokio::select! {
        put = put_database(url, place, unpacked) => put,
        () = stop.cancelled() => Err(anyhow::anyhow!("stopped")),
    };
    if put.is_err() && made_key {
        std::fs::remove_file(&key_file)
            .with_context(|| format!("{} is left over: remove it", key_file.display()))?;
    }
    put.with_context(|| format!("{shown} cannot be restored; nothing was changed"))?;
    say(format!(
        "{shown} and {} are as they were on {} UTC (letaxi {}); to go on, type: letaxi serve",
        key_file.display(),
        made.0.format("%F %T"),
        made.1,
    ))
}

async fn refuse_existing(url: &str, place: &Place, shown: &str) -> anyhow::Result<()> {
    let there = storage::backup::exists(url).await;
    if !there.with_context(|| format!("the database {shown} cannot be opened"))? {
        return Ok(());
    }
    match place {
        Place::File(file) => {
            let mut files = storage::backup::companions(file);
            files.insert(0, file.clone());
            files.retain(|file| file.exists());
            let files: Vec<_> = files.iter().map(|file| file.display().to_string()).collect();
            bail!(
                "there is a database already, which is never overwritten: stop its server and move it away \
                 ({}), or choose another place with --database",
                files.join(", ")
            )
        }
        _ => bail!(
            "there is a registry in {shown} already, which is never overwritten: make an empty database \
             (createdb NAME), and name it with --database"
        ),
    }
}

/// Writes the secret key's file; false if the same key exists already.
fn put_key(file: &Path, text: &str) -> anyhow::Result<bool> {
    match std::fs::read_to_string(file) {
        Ok(there) if there.trim() == text.trim() => Ok(false),
        Ok(_) => bail!(
            "there is another secret key in {}, which is never overwritten: move it away, or choose another \
             place with the setting secret_key_file; nothing was restored",
            file.display()
        ),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            secrets::put_back(file, text)?;
            Ok(true)
        }
        Err(error) => Err(error).with_context(|| format!("cannot read {}", file.display())),
    }
}

async fn put_database(url: &str, place: Place, unpacked: Unpacked) -> anyhow::Result<()> {
    match place {
        Place::File(file) => {
            // Also refuses a file that was created after the check.
            unpacked.database.persist_noclobber(&file).map_err(|refused| refused.error)?;
            // The database is complete; if a power cut loses its name, the next start reports it.
            if let Err(error) = File::open(folder_of(&file)).and_then(|folder| folder.sync_all()) {
                tracing::debug!(%error, "the folder of the database cannot be synced");
            }
            Ok(())
        }
        _ => postgres_tools::restore(url, unpacked.database.path()).await,
    }
}
