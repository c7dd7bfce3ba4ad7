//! `letaxi migrate`: updates the database's tables.

use anyhow::Context;
use clap::Args;

use super::output::say;
use crate::config::Settings;

/// Updates the database's tables to this version. `letaxi serve` does so, too, at start.
#[derive(Args, Debug)]
#[command(after_help = "Example: letaxi migrate --database postgres://letaxi@db/letaxi")]
pub(super) struct Migrate {}

pub(super) async fn run(_: &Migrate, settings: &Settings) -> anyhow::Result<()> {
    storage::migrate(&settings.database).await.context("the database cannot be migrated")?;
    say("the database is up to date")
}
