//! `letaxi check`: looks whether a registry can work, without changing anything.
//!
//! Each check is independent of the others, ends within a time limit, and is one line or more. Names of checks and of
//! facts are for scripts: they stay.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::bail;
use clap::Args;
use serde_json::json;

use super::output::say;
use super::{log, start};
use crate::config::{ConfigErrors, DEFAULT_FILE, Settings};
use guarded::guarded;
use line::{Line, Status};

mod database;
mod guarded;
mod line;
mod machine;
mod network;

/// Checks a registry and what it needs: one line each, with what to do.
///
/// Settings, database, secret key, clock, disk, backups, UDP buffer, bus, mail server, operators' servers, certificates,
/// territory and servers. It works beside a running server and without one, and changes nothing.
///
/// A line is `ok`, `warning` (someone should look at it) or `failed` (the registry does not work, or will stop working).
/// The exit code is 1 if a line is `failed`, else 0: warnings do not fail. An operator's server that cannot be reached is a
/// warning, for its operator has to mend it; if none can be reached, the check `operators` fails.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
        letaxi check\n  \
        letaxi check --no-endpoints --json\n  \
        letaxi check --database postgres://letaxi@db/letaxi --backups /backup")]
pub(super) struct Check {
    /// Do not connect to operators' servers
    #[arg(long)]
    no_endpoints: bool,

    /// Folder of the backups
    #[arg(
        long,
        value_name = "FOLDER",
        env = "BACKUP_FOLDER",
        default_value = "/var/backups/letaxi"
    )]
    backups: PathBuf,

    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// Runs all checks. `settings` may be invalid, which the first line says.
pub(super) async fn run(
    args: &Check,
    file: Option<&Path>,
    settings: Result<Settings, ConfigErrors>,
) -> anyhow::Result<()> {
    let lines = match settings {
        Ok(settings) => {
            log::of_command(&settings, "error")?;
            Box::pin(all(args, file, Arc::new(settings))).await
        }
        Err(errors) => errors.each().iter().map(invalid).collect(),
    };
    let failed = lines.iter().filter(|line| line.status == Status::Failed).count();
    if args.json {
        let status = lines.iter().map(|line| line.status).max().unwrap_or(Status::Ok);
        let checks: Vec<_> = lines.iter().map(Line::json).collect();
        say(json!({"status": status.word(), "checks": checks}))?;
    } else {
        lines.iter().try_for_each(say)?;
    }
    match failed {
        0 => Ok(()),
        1 => bail!("a check failed"),
        failed => bail!("{failed} checks failed"),
    }
}

fn invalid(error: &crate::config::ConfigError) -> Line {
    let advice = "mend it and check again: the other checks depend on the settings";
    Line::failed("settings", error.to_string(), advice)
}

/// The lines of all checks, in the order of the documentation. Those that need nothing of the database run beside it.
async fn all(args: &Check, file: Option<&Path>, settings: Arc<Settings>) -> Vec<Line> {
    let from = |settings: &Arc<Settings>| Arc::clone(settings);
    let (backups, is_skipped) = (args.backups.clone(), args.no_endpoints);
    let (database, disk, backups, udp, nats, smtp, own, geocoder) = tokio::join!(
        database::look(from(&settings), is_skipped),
        guarded("disk", machine::disk(from(&settings), backups.clone())),
        guarded("backups", machine::backups(from(&settings), backups)),
        guarded("udp_buffer", machine::udp_buffer(from(&settings))),
        guarded("nats", network::nats(from(&settings))),
        guarded("smtp", network::smtp(from(&settings))),
        guarded("certificate", network::own_certificate(from(&settings))),
        guarded("geocoder", network::geocoder(from(&settings))),
    );
    let mut lines = vec![settings_line(&settings, file)];
    lines.extend(database.basics);
    lines.extend([disk, backups, udp, nats, smtp, own, geocoder].concat());
    lines.extend(database.content);
    lines
}

fn settings_line(settings: &Settings, file: Option<&Path>) -> Line {
    const NAME: &str = "settings";
    let file = file.unwrap_or(Path::new(DEFAULT_FILE));
    let value = if file.exists() {
        format!("{} is valid", file.display())
    } else {
        format!("no file {}; the environment and defaults are valid", file.display())
    };
    if settings.nats.is_some() && storage::sqlite_file(&settings.database).is_some() {
        let advice = "leave nats out, or set database to postgres://USER@HOST/NAME";
        return Line::failed(NAME, "nats is set, but a database of SQLite has one server", advice);
    }
    if let Err(fault) = start::post(settings) {
        return Line::failed(NAME, format!("{fault:#}"), "no letter can be sent: mend it");
    }
    Line::ok(NAME, value)
}
