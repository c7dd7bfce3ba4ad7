//! `letaxi import DIR`: takes towns, zones, taxi ranks and accounts from plain files.

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;
use storage::accounts::AccountFields;
use storage::territory_rows::{Changed, ImportReport, TerritoryImport};

use super::{say, start};
use crate::app::App;
use crate::app::import::{UserRow, UsersReport};
use crate::config::Settings;
use crate::import::{self, Folder, Options};
use crate::simulate::Places;

/// Imports a folder of plain files: towns, pick-up zones, exclusion zones, taxi ranks, accounts.
///
/// Whichever are there are taken, all or nothing; importing the same folder again changes nothing.
/// A running server takes the change up within two seconds.
#[derive(Args, Debug)]
#[command(
    after_help = "Example: letaxi import ./territory --database sqlite:///var/lib/letaxi/letaxi.db\n\n\
                  A folder may hold towns.geojson, zupc/*/zone.yaml, zupc/fusion_communes/*.yaml,\n\
                  exclusions/*.geojson, stations.csv or stations.geojson, users.json."
)]
pub(super) struct Import {
    /// The folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    /// The property that holds a town's code
    #[arg(long, value_name = "NAME", default_value = "insee")]
    code_property: String,

    /// The property that holds a town's name
    #[arg(long, value_name = "NAME", default_value = "nom")]
    name_property: String,

    /// Say what was changed as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: &Import, settings: &Settings) -> anyhow::Result<()> {
    let app = start::open(settings).await?;
    let options = Options {
        code_property: args.code_property.clone(),
        name_property: args.name_property.clone(),
    };
    let folder = read(&app, &args.folder, &options).await?;
    for warning in &folder.warnings {
        writeln!(std::io::stderr(), "{warning}")?;
    }
    if folder.approximate {
        writeln!(std::io::stderr(), "towns.geojson: approximate borders, not for service")?;
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    bar.set_style(style()?);
    bar.set_length(rows(&folder));
    bar.set_message("storing");
    let (territory, users) = store(&app, folder, &|done| bar.set_position(done as u64)).await?;
    bar.finish_and_clear();
    if args.json { say(as_json(&territory, users)) } else { tell(&territory, users) }
}

/// The land of a territory's folder, to drive in.
pub(super) fn places(territory: &Path) -> anyhow::Result<Places> {
    let folder = import::read(territory, &Options::default(), &HashSet::new(), &mut |_, _, _| {})?;
    Ok(folder.try_into()?)
}

/// Imports a territory and accounts without a word, for an embedded registry.
pub(super) async fn quietly(app: &App, territory: &Path, users: &Path) -> anyhow::Result<()> {
    let nothing_known = HashSet::new();
    let read = |folder: &Path| {
        import::read(folder, &Options::default(), &nothing_known, &mut |_, _, _| {})
    };
    let mut folder = read(territory)?;
    folder.users = read(users)?.users;
    store(app, folder, &|_| {}).await?;
    Ok(())
}

async fn read(app: &App, path: &Path, options: &Options) -> anyhow::Result<Folder> {
    let known = app.known_towns().await?;
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    bar.set_style(style()?);
    bar.enable_steady_tick(Duration::from_millis(100));
    let mut progress = |file: &str, done: usize, all: usize| {
        if done == 1 {
            bar.set_length(all as u64);
            bar.set_message(format!("reading {file}"));
        }
        bar.set_position(done as u64);
    };
    let folder = import::read(path, options, &known, &mut progress);
    bar.finish_and_clear();
    folder.with_context(|| format!("{} cannot be imported", path.display()))
}

async fn store(
    app: &App,
    folder: Folder,
    progress: &(dyn Fn(usize) + Send + Sync),
) -> anyhow::Result<(ImportReport, Option<UsersReport>)> {
    let Folder { towns, approximate, zones, exclusions, stations, users, .. } = folder;
    let users: Option<Vec<UserRow>> = users.map(|rows| rows.into_iter().map(account).collect());
    if let Some(users) = &users {
        app.check_users(users).await?;
    }
    let import = TerritoryImport { towns, zones, exclusions, stations, approximate };
    let territory = app.import_territory(import, progress).await?;
    let users = match users {
        Some(users) => Some(app.import_users(users).await?),
        None => None,
    };
    Ok((territory, users))
}

fn account(row: import::UserRow) -> UserRow {
    UserRow {
        fields: AccountFields {
            email: row.email,
            commercial_name: row.commercial_name,
            roles: row.roles,
            hail_endpoint: row.hail_endpoint,
            header_name: row.header_name,
            header_value: row.header_value,
            fleet_size: row.fleet_size,
            ..AccountFields::default()
        },
        manager: row.manager,
        password: row.password,
        api_key: row.api_key,
    }
}

fn rows(folder: &Folder) -> u64 {
    let count = |part: Option<usize>| part.unwrap_or_default() as u64;
    count(folder.towns.as_ref().map(Vec::len))
        + count(folder.zones.as_ref().map(Vec::len))
        + count(folder.exclusions.as_ref().map(Vec::len))
        + count(folder.stations.as_ref().map(Vec::len))
}

fn style() -> anyhow::Result<ProgressStyle> {
    Ok(ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len} {elapsed}")?)
}

fn tell(territory: &ImportReport, users: Option<UsersReport>) -> anyhow::Result<()> {
    for (what, changed) in parts(territory) {
        if let Some(Changed { added, updated, removed }) = changed {
            say(format!("{what}: {added} added, {updated} changed, {removed} removed"))?;
        }
    }
    if let Some(UsersReport { added, updated }) = users {
        say(format!("accounts: {added} added, {updated} changed"))?;
    }
    Ok(())
}

fn as_json(territory: &ImportReport, users: Option<UsersReport>) -> serde_json::Value {
    let mut facts = json!({});
    for (what, changed) in parts(territory) {
        if let Some(Changed { added, updated, removed }) = changed {
            facts[what] = json!({"added": added, "updated": updated, "removed": removed});
        }
    }
    if let Some(UsersReport { added, updated }) = users {
        facts["accounts"] = json!({"added": added, "updated": updated});
    }
    facts
}

fn parts(territory: &ImportReport) -> [(&'static str, Option<Changed>); 4] {
    [
        ("towns", territory.towns),
        ("zones", territory.zones),
        ("exclusion zones", territory.exclusions),
        ("stations", territory.stations),
    ]
}
