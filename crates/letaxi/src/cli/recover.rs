//! `letaxi recover`: looks through a database for damage.

use anyhow::{Context, bail};
use clap::Args;

use super::output::say;
use crate::config::Settings;

/// Checks a whole SQLite database for damage.
///
/// First takes into it what its write-ahead log (`…-wal`) holds, as SQLite does at each start: a log that is
/// damaged counts up to the damage. If the database is damaged itself, put back a backup. Keep a copy of the
/// files first.
#[derive(Args, Debug)]
#[command(after_help = "Example: letaxi recover --database sqlite://letaxi.db")]
pub(super) struct Recover {}

pub(super) async fn run(_: &Recover, settings: &Settings) -> anyhow::Result<()> {
    let shown = storage::without_password(&settings.database);
    let faults = storage::recover(&settings.database)
        .await
        .with_context(|| format!("the database {shown} cannot be looked through"))?;
    if faults.is_empty() {
        return say("the database is intact");
    }
    bail!("the database {shown} is damaged, so put back a backup of it: {}", faults.join("; "))
}
