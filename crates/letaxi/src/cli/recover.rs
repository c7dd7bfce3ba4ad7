//! `letaxi recover`: checks a database for damage.

use anyhow::{Context, bail};
use clap::Args;

use super::output::say;
use crate::config::Settings;

/// Checks a whole SQLite database for damage.
///
/// It first applies the write-ahead log (`…-wal`), as SQLite does at each start; a damaged log is applied up
/// to the damage. If the database is damaged, restore a backup. Copy the files before you run it.
#[derive(Args, Debug)]
#[command(after_help = "Example: letaxi recover --database sqlite://letaxi.db")]
pub(super) struct Recover {}

pub(super) async fn run(_: &Recover, settings: &Settings) -> anyhow::Result<()> {
    let shown = storage::without_password(&settings.database);
    let faults = storage::recover(&settings.database)
        .await
        .with_context(|| format!("the database {shown} cannot be checked"))?;
    if faults.is_empty() {
        return say("the database is intact");
    }
    bail!("the database {shown} is damaged; restore a backup: {}", faults.join("; "))
}
