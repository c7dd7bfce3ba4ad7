//! `letaxi recover`: what is left of a damaged database.

use anyhow::{Context, bail};
use clap::Args;

use super::say;
use crate::config::Settings;

/// Takes what is left of a SQLite database that is damaged: all changes up to the first damage of its
/// journal; what stands behind it is given up. Then looks through the whole file. Better put back a
/// backup, if there is a recent one, and always keep a copy of the damaged files first.
#[derive(Args, Debug)]
#[command(after_help = "Example: letaxi recover --database sqlite://letaxi.db")]
pub(super) struct Recover {}

pub(super) async fn run(_: &Recover, settings: &Settings) -> anyhow::Result<()> {
    let faults = storage::recover(&settings.database).await.with_context(|| {
        format!("nothing can be taken from {}", storage::without_password(&settings.database))
    })?;
    if faults.is_empty() {
        return say("the database is of one piece: all changes up to the damage are in it");
    }
    bail!("the database file is damaged, so put back a backup of it: {}", faults.join("; "))
}
