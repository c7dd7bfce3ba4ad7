//! `letaxi import DIR`: imports towns, zones, taxi ranks, lists of licences and accounts from plain files.

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use registry::AccountFields;
use serde_json::json;
use simulate::Places;
use storage::territory_rows::{
    Changed, ImportReport, MovedLicences, RenamedLicence, TerritoryImport,
};
use territory::InseeCode;

use super::output::say;
use super::start;
use crate::app::App;
use crate::app::territory::import::{Rules, UserRow, UsersReport, objections, parts};
use crate::config::Settings;
use crate::import::{self, Folder, Options};

/// Imports a folder of plain files: towns, pick-up zones, exclusion zones, taxi ranks, lists of licences, accounts.
///
/// All files are optional. The import is applied as a whole or not at all; a repetition changes nothing. A
/// running server applies the change within two seconds. Towns, zones, exclusion zones and ranks that are
/// missing in the folder are removed, unless they are more than a tenth of the existing ones. Of licences, only the
/// lists of the towns in the file change; accounts are never removed.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[command(after_help = "Examples:\n  \
                  letaxi import ./territory --database sqlite:///var/lib/letaxi/letaxi.db\n  \
                  letaxi import ./territory --dry-run     shows what would change\n  \
                  letaxi import ./territory --replace     also if much is removed\n\n\
                  A folder may hold towns.geojson, zupc/*/zone.yaml, zupc/fusion_communes/*.yaml,\n\
                  exclusions/*.geojson, stations.csv or stations.geojson, ads.csv, users.json; in capitals, too,\n\
                  and with .json for .geojson and .yml for .yaml. A zone.yaml may give the first and the last\n\
                  day of its decree, in_force_since and in_force_until, which open data show.\n\n\
                  Licences, zones and ranks of a town that fusion_communes maps to another one, and that is\n\
                  not in towns.geojson any more, move to that one; the old code is taken for it from then on.")]
pub(super) struct Import {
    /// The folder to import
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    /// The property with a town's code
    #[arg(long, value_name = "NAME", default_value = "insee")]
    code_property: String,

    /// The property with a town's name
    #[arg(long, value_name = "NAME", default_value = "nom")]
    name_property: String,

    /// Remove all entries that are missing in the folder, without a limit
    #[arg(long)]
    replace: bool,

    /// Show the changes without making them
    #[arg(long)]
    dry_run: bool,

    /// Skip towns with a faulty border; existing ones do not change
    #[arg(long)]
    skip_faulty: bool,

    /// Print the changes as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: &Import, settings: &Settings) -> anyhow::Result<()> {
    let app = start::open(settings).await?;
    let known = app.known_towns().await?;
    let options = Options {
        code_property: args.code_property.clone(),
        name_property: args.name_property.clone(),
        skip_faulty: args.skip_faulty,
        mergers: known.mergers,
        reach: known.reach,
        accounts: true,
    };
    let folder = read(&args.folder, &options, &known.codes)?;
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
    let rules = Rules { replace: args.replace, dry_run: args.dry_run, revision: None };
    let stored = store(&app, folder, rules, &|done| bar.set_position(done as u64)).await?;
    bar.finish_and_clear();
    let objections = if args.replace { Vec::new() } else { objections(&stored.territory) };
    if args.json {
        say(as_json(&stored, args.dry_run))?;
    } else {
        tell(&stored, args.dry_run)?;
    }
    if objections.is_empty() {
        return Ok(());
    }
    let lines: Vec<_> = objections.iter().map(ToString::to_string).collect();
    let lines = lines.join("\n  ");
    let folder = args.folder.display();
    bail!(
        "{folder} takes away what may still be wanted:\n  {lines}\nnothing was imported; if it is right, type: letaxi import {folder} --replace"
    )
}

/// Result of an import or of a dry run.
struct Stored {
    territory: ImportReport,
    users: Option<UsersReport>,
}

/// Towns, zones and exclusion zones of a territory's folder, for a simulation.
pub(super) fn places(territory: &Path) -> anyhow::Result<Places> {
    let folder = import::read(territory, &Options::default(), &HashSet::new(), &mut |_, _, _| {})?;
    let towns = folder.towns.unwrap_or_default().into_iter();
    let towns = towns.map(|town| (town.code.to_string(), town.border));
    let zones = folder.zones.unwrap_or_default().into_iter();
    let zones = zones.map(|zone| zone.towns.iter().map(ToString::to_string).collect());
    let exclusions = folder.exclusions.unwrap_or_default().into_iter();
    let exclusions: Vec<_> = exclusions.map(|exclusion| exclusion.border).collect();
    Ok(Places::new(towns, zones.collect(), &exclusions, folder.approximate)?)
}

/// Imports a territory and accounts without output, for an embedded registry.
pub(super) async fn quietly(app: &App, territory: &Path, users: &Path) -> anyhow::Result<()> {
    let nothing_known = HashSet::new();
    let read = |folder: &Path| {
        import::read(folder, &Options::default(), &nothing_known, &mut |_, _, _| {})
    };
    let mut folder = read(territory)?;
    folder.users = read(users)?.users;
    store(app, folder, Rules::default(), &|_| {}).await?;
    Ok(())
}

fn read(path: &Path, options: &Options, known: &HashSet<InseeCode>) -> anyhow::Result<Folder> {
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
    let folder = import::read(path, options, known, &mut progress);
    bar.finish_and_clear();
    folder.with_context(|| format!("{} cannot be imported", path.display()))
}

async fn store(
    app: &App,
    mut folder: Folder,
    rules: Rules,
    progress: &(dyn Fn(usize) + Send + Sync),
) -> anyhow::Result<Stored> {
    let import = TerritoryImport { at: app.now(), ..folder.take_territory() };
    let users: Option<Vec<UserRow>> =
        folder.users.map(|rows| rows.into_iter().map(account).collect());
    if let Some(users) = &users {
        app.check_users(users).await?;
    }
    let territory = app.import_territory_by(rules, import, progress).await?;
    let users = match users {
        Some(users) if territory.stored => Some(app.import_users(users).await?),
        Some(users) => Some(app.preview_users(&users).await?),
        None => None,
    };
    Ok(Stored { territory, users })
}

fn account(row: import::UserRow) -> UserRow {
    UserRow {
        fields: AccountFields {
            email: row.email,
            commercial_name: row.commercial_name,
            roles: row.roles,
            hail_endpoint: row.hail_endpoint,
            header_name: row.header_name,
            header_value: row.header_value.clone().unwrap_or_default(),
            fleet_size: row.fleet_size,
            departements: row
                .departements
                .iter()
                .map(|one| one.number)
                .collect::<Vec<_>>()
                .join(","),
            disabled_at: row.disabled_at,
            ..AccountFields::default()
        },
        manager: row.manager,
        password: row.password,
        tells_header_value: row.header_value.is_some(),
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

fn tell(stored: &Stored, dry_run: bool) -> anyhow::Result<()> {
    let Stored { territory, users } = stored;
    if dry_run {
        say("An import would change (nothing was changed):")?;
    } else if !territory.stored {
        say("This would have changed:")?;
    }
    for (what, changed, _) in parts(territory) {
        if let Some(Changed { added, updated, removed }) = changed {
            say(format!("{what}: {added} added, {updated} changed, {removed} removed"))?;
        }
    }
    let Changed { added, updated, .. } = territory.mergers;
    if added + updated > 0 {
        say(format!("mergers of towns: {added} added, {updated} changed"))?;
    }
    let MovedLicences { count, renamed } = &territory.moved;
    if *count > 0 {
        say(format!("licences: {count} moved to the successors of merged towns"))?;
    }
    for RenamedLicence { account, number, old, new, renamed } in renamed {
        say(format!(
            "licences: number {number} of {old} is `{renamed}` of {new} now: account {account} has a number {number} there already"
        ))?;
    }
    if !territory.licensed.is_empty() && territory.stored {
        let towns: Vec<_> = territory.licensed.iter().map(ToString::to_string).collect();
        let towns = towns.join(", ");
        say(format!(
            "towns: {towns} kept although the folder lacks them, because they have licences"
        ))?;
    }
    if let Some(Changed { added, removed, .. }) = territory.licence_lists {
        say(format!("licences on towns' lists: {added} added, {removed} removed"))?;
    }
    if let Some(UsersReport { added, updated }) = users {
        say(format!("accounts: {added} added, {updated} changed"))?;
    }
    Ok(())
}

fn as_json(stored: &Stored, dry_run: bool) -> serde_json::Value {
    let Stored { territory, users } = stored;
    let mut facts = json!({"stored": territory.stored, "dry_run": dry_run});
    for (what, changed, _) in parts(territory) {
        if let Some(Changed { added, updated, removed }) = changed {
            facts[what] = json!({"added": added, "updated": updated, "removed": removed});
        }
    }
    let Changed { added, updated, .. } = territory.mergers;
    facts["mergers"] = json!({"added": added, "updated": updated});
    let renamed = territory.moved.renamed.iter().map(|licence| {
        json!({
            "account": licence.account.0, "number": licence.number, "insee": licence.old.as_str(),
            "new_number": licence.renamed, "new_insee": licence.new.as_str(),
        })
    });
    facts["licences"] =
        json!({"moved": territory.moved.count, "renamed": renamed.collect::<Vec<_>>()});
    let kept = territory.licensed.iter().map(InseeCode::as_str);
    facts["towns_kept"] = kept.collect::<Vec<_>>().into();
    if let Some(Changed { added, removed, .. }) = territory.licence_lists {
        facts["listed_licences"] = json!({"added": added, "removed": removed});
    }
    if let Some(UsersReport { added, updated }) = users {
        facts["accounts"] = json!({"added": added, "updated": updated});
    }
    facts
}
