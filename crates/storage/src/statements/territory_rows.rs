//! The territory as a whole: loaded in one moment, imported all or nothing.
//!
//! An import compares every row, to the last point of its border, with the one that is there, and
//! writes only what differs.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::iter::once;

use async_trait::async_trait;
use registry::Time;
use territory::{Exclusion, InseeCode, Station, Town, Zone};

use super::FOR_UPDATE;
use super::change::Change;
use super::engine::{Connection, Engine};
use super::history::record;
use super::licence_lists::put_lists;
use super::mergers::{lock_towns, move_licences, move_places, put_mergers, read_mergers};
use super::territory_parts::{
    EXCLUSIONS, ROWS_A_STATEMENT, STATIONS, TOWNS, ZONES, add_names, delete, put_areas,
    put_stations, put_zone_dates, put_zone_towns, read_exclusions, read_stations, read_towns,
    read_zones,
};
use crate::territory_rows::{
    Accept, Changed, ImportReport, Names, TerritoryContent, TerritoryImport,
};
use crate::{Result, TerritoryRows};
use sqlx::AssertSqlSafe;

/// Name in `territory_state` of towns' lists of licences.
const LICENCE_LISTS: &str = "licence_lists";

/// Steps that bring the rows to a wanted state.
struct Plan<'a, T> {
    /// Rows to make or replace.
    put: Vec<&'a T>,
    /// Keys of rows to delete.
    delete: Vec<String>,
    /// All that is wanted, less `put`.
    unchanged: usize,
    counted: Changed,
    names: Names,
}

fn plan<'a, T: PartialEq>(
    present: &[T],
    wanted: &'a [T],
    key: impl Fn(&T) -> &str,
    name: impl Fn(&T) -> String,
) -> Plan<'a, T> {
    let mut names = Names::default();
    let mut put: BTreeMap<&str, &T> = wanted.iter().map(|row| (key(row), row)).collect();
    let mut delete = Vec::new();
    let mut updated = 0;
    let mut known = HashSet::new();
    for row in present {
        match put.get(key(row)) {
            None => {
                delete.push(key(row).to_owned());
                add_names(&mut names.removed, once(name(row)));
            }
            Some(same) if *same == row => drop(put.remove(key(row))),
            Some(new) => {
                updated += 1;
                add_names(&mut names.updated, once(name(new)));
                known.insert(key(row));
            }
        }
    }
    let new = put.iter().filter(|(key, _)| !known.contains(*key));
    add_names(&mut names.added, new.map(|(_, row)| name(row)));
    let counted = Changed { added: put.len() - updated, updated, removed: delete.len() };
    let unchanged = wanted.len() - put.len();
    Plan { put: put.into_values().collect(), delete, unchanged, counted, names }
}

/// Counts rows and tells.
struct Progress<'a> {
    done: usize,
    tell: &'a (dyn Fn(usize) + Send + Sync),
}

impl Progress<'_> {
    fn add(&mut self, rows: usize) {
        self.done += rows;
        (self.tell)(self.done);
    }
}

/// Puts towns in place, and moves the licences of those that are gone and were merged into others.
async fn import_towns(
    tx: &mut Change,
    import: &TerritoryImport,
    towns: &[Town],
    report: &mut ImportReport,
    progress: &mut Progress<'_>,
) -> Result<()> {
    let present = read_towns(tx.connection().await?).await?;
    let name = |town: &Town| format!("{} {}", town.code, town.name);
    let mut plan = plan(&present, towns, |town| town.code.as_str(), name);
    report.before.towns = present.len();
    plan.delete.retain(|code| !import.towns_kept.iter().any(|kept| kept.as_str() == code));
    let names_of: HashMap<InseeCode, String> =
        present.into_iter().map(|town| (town.code, town.name)).collect();
    progress.add(plan.unchanged);
    for towns in plan.put.chunks(ROWS_A_STATEMENT) {
        let rows = towns.iter().map(|t| (t.code.as_str(), t.name.as_str(), Some(&t.border)));
        put_areas(tx, &TOWNS, rows).await?;
        progress.add(towns.len());
    }
    lock_towns(tx, &plan.delete).await?;
    let in_force = towns.iter().map(|town| town.code).chain(import.towns_kept.iter().copied());
    let in_force: HashSet<InseeCode> = in_force.collect();
    let mergers = read_mergers(tx.connection().await?).await?;
    report.moved = move_licences(tx, &mergers, &in_force).await?;
    let licensed: Vec<String> =
        sqlx::query_scalar("select distinct insee from licences").fetch_all(&mut *tx).await?;
    let licensed: HashSet<String> = licensed.into_iter().collect();
    let (kept, gone): (Vec<_>, Vec<_>) =
        plan.delete.into_iter().partition(|code| licensed.contains(code));
    delete(tx, &TOWNS, &gone).await?;
    let merged = gone.iter().filter_map(|code| code.parse().ok());
    let merged =
        merged.filter(|code| mergers.in_force(*code, |new| in_force.contains(&new)).is_some());
    report.towns_merged = merged.count();
    report.licensed = kept.iter().filter_map(|code| code.parse().ok()).collect();
    report.towns = Some(Changed { removed: gone.len(), ..plan.counted });
    let gone = gone.iter().map(|code| {
        let name = code.parse().ok().and_then(|code: InseeCode| names_of.get(&code));
        name.map_or_else(|| code.clone(), |name| format!("{code} {name}"))
    });
    report.names.towns = plan.names;
    report.names.towns.removed.clear();
    add_names(&mut report.names.towns.removed, gone);
    Ok(())
}

async fn import_zones(
    tx: &mut Change,
    zones: &[Zone],
    (before, names): (&mut usize, &mut Names),
    progress: &mut Progress<'_>,
) -> Result<Changed> {
    let present = read_zones(tx.connection().await?).await?;
    *before = present.len();
    let plan = plan(&present, zones, |zone| zone.id.as_str(), |zone| zone.name.clone());
    *names = plan.names;
    delete(tx, &ZONES, &plan.delete).await?;
    progress.add(plan.unchanged);
    for zones in plan.put.chunks(ROWS_A_STATEMENT) {
        let rows = zones.iter().map(|z| (z.id.as_str(), z.name.as_str(), z.border.as_ref()));
        put_areas(tx, &ZONES, rows).await?;
        for zone in zones {
            put_zone_dates(tx, zone).await?;
            put_zone_towns(tx, zone).await?;
        }
        progress.add(zones.len());
    }
    Ok(plan.counted)
}

async fn import_exclusions(
    tx: &mut Change,
    exclusions: &[Exclusion],
    (before, names): (&mut usize, &mut Names),
    progress: &mut Progress<'_>,
) -> Result<Changed> {
    let present = read_exclusions(tx.connection().await?).await?;
    *before = present.len();
    let name = |exclusion: &Exclusion| exclusion.name.clone();
    let plan = plan(&present, exclusions, |exclusion| exclusion.id.as_str(), name);
    *names = plan.names;
    delete(tx, &EXCLUSIONS, &plan.delete).await?;
    progress.add(plan.unchanged);
    for exclusions in plan.put.chunks(ROWS_A_STATEMENT) {
        let rows = exclusions.iter().map(|e| (e.id.as_str(), e.name.as_str(), Some(&e.border)));
        put_areas(tx, &EXCLUSIONS, rows).await?;
        progress.add(exclusions.len());
    }
    Ok(plan.counted)
}

async fn import_stations(
    tx: &mut Change,
    stations: &[Station],
    (before, names): (&mut usize, &mut Names),
    progress: &mut Progress<'_>,
) -> Result<Changed> {
    let present = read_stations(tx.connection().await?).await?;
    *before = present.len();
    let name = |station: &Station| format!("{} {}", station.id, station.name);
    let plan = plan(&present, stations, |station| station.id.as_str(), name);
    *names = plan.names;
    delete(tx, &STATIONS, &plan.delete).await?;
    progress.add(plan.unchanged);
    for stations in plan.put.chunks(ROWS_A_STATEMENT) {
        put_stations(tx, stations).await?;
        progress.add(stations.len());
    }
    Ok(plan.counted)
}

/// Notes that a part was imported; the revision grows only if that made a difference.
async fn note_import(
    tx: &mut Change,
    part: &'static str,
    changed: Changed,
    (approximate, at): (bool, Time),
) -> Result<()> {
    sqlx::query(
        "update territory_state set approximate = $2, imported_at = $4,
            revision = revision + case when approximate <> $2 or $3 then 1 else 0 end
        where part = $1",
    )
    .bind(part)
    .bind(approximate)
    .bind(changed != Changed::default())
    .bind(at)
    .execute(tx)
    .await?;
    Ok(())
}

/// Reads whether any part is approximate, and the sum of the parts' revisions.
async fn read_state(connection: &mut Connection, lock: &'static str) -> Result<(bool, i64)> {
    let parts: Vec<(bool, i64)> = sqlx::query_as(AssertSqlSafe(format!(
        "select approximate, revision from territory_state {lock}"
    )))
    .fetch_all(connection)
    .await?;
    let approximate = parts.iter().any(|(approximate, _)| *approximate);
    Ok((approximate, parts.iter().map(|(_, revision)| revision).sum()))
}

/// Towns of a zone as the store gives them back, so that an import can be compared with it.
fn in_order(mut import: TerritoryImport) -> TerritoryImport {
    for zone in import.zones.iter_mut().flatten() {
        zone.towns.sort_unstable();
        zone.towns.dedup();
    }
    import
}

#[async_trait]
impl TerritoryRows for Engine {
    // Six statements, and one more for each thousand towns.
    async fn territory(&self) -> Result<TerritoryContent> {
        let mut tx = self.snapshot().await?;
        let (approximate, revision) = read_state(&mut tx, "").await?;
        Ok(TerritoryContent {
            towns: read_towns(&mut tx).await?,
            zones: read_zones(&mut tx).await?,
            exclusions: read_exclusions(&mut tx).await?,
            stations: read_stations(&mut tx).await?,
            mergers: read_mergers(&mut tx).await?,
            approximate,
            revision,
        })
    }

    // One statement.
    async fn territory_revision(&self) -> Result<i64> {
        let mut connection = self.readers.acquire().await?;
        Ok(read_state(&mut connection, "").await?.1)
    }

    // A few statements a part, and one more for each thousand rows.
    async fn import_territory_if(
        &self,
        import: TerritoryImport,
        accept: &Accept<'_>,
        progress: &(dyn Fn(usize) + Send + Sync),
    ) -> Result<ImportReport> {
        let import = in_order(import);
        self.write(|| async {
            let mut tx = self.begin().await?;
            // One import at a time.
            let (_, revision) = read_state(tx.connection().await?, FOR_UPDATE).await?;
            let mut report = put_parts(&mut tx, &import, progress).await?;
            report.revision = revision;
            report.stored = accept(&report);
            // Else all of it is undone.
            if report.stored {
                record(&mut tx, &import.activity, import.at).await?;
                tx.commit().await?;
            }
            Ok(report)
        })
        .await
    }
}

async fn put_parts(
    tx: &mut Change,
    import: &TerritoryImport,
    progress: &(dyn Fn(usize) + Send + Sync),
) -> Result<ImportReport> {
    let mut progress = Progress { done: 0, tell: progress };
    let mut report =
        ImportReport { mergers: put_mergers(tx, &import.mergers).await?, ..<_>::default() };
    if let Some(towns) = &import.towns {
        import_towns(tx, import, towns, &mut report, &mut progress).await?;
    }
    let (before, names) = (&mut report.before, &mut report.names);
    if let Some(zones) = &import.zones {
        let noted = (&mut before.zones, &mut names.zones);
        let changed = import_zones(tx, zones, noted, &mut progress).await?;
        note_import(tx, ZONES.name, changed, (import.approximate, import.at)).await?;
        report.zones = Some(changed);
    }
    if let Some(exclusions) = &import.exclusions {
        let noted = (&mut before.exclusions, &mut names.exclusions);
        let changed = import_exclusions(tx, exclusions, noted, &mut progress).await?;
        note_import(tx, EXCLUSIONS.name, changed, (import.approximate, import.at)).await?;
        report.exclusions = Some(changed);
    }
    if let Some(stations) = &import.stations {
        let noted = (&mut before.stations, &mut names.stations);
        let changed = import_stations(tx, stations, noted, &mut progress).await?;
        note_import(tx, STATIONS.name, changed, (import.approximate, import.at)).await?;
        report.stations = Some(changed);
    }
    if let Some(lists) = &import.licence_lists {
        let (count, changed) = put_lists(tx, lists, import.at, &mut names.licence_lists).await?;
        before.licence_lists = count;
        note_import(tx, LICENCE_LISTS, changed, (false, import.at)).await?;
        report.licence_lists = Some(changed);
    }
    let places_moved = follow_mergers(tx, &report).await?;
    let moved = places_moved || report.moved.count > 0 || report.mergers != Changed::default();
    note_towns(tx, import, report.towns, moved).await?;
    Ok(report)
}

/// Moves zones and taxi ranks, those that were there before too, to the towns in force. Says whether there were
/// any.
async fn follow_mergers(tx: &mut Change, report: &ImportReport) -> Result<bool> {
    let codes: Vec<String> =
        sqlx::query_scalar("select insee from towns").fetch_all(&mut *tx).await?;
    let kept: HashSet<InseeCode> = report.licensed.iter().copied().collect();
    let codes: HashSet<InseeCode> = codes.iter().filter_map(|code| code.parse().ok()).collect();
    let in_force = codes.difference(&kept).copied().collect();
    let mergers = read_mergers(tx.connection().await?).await?;
    move_places(tx, &mergers, &in_force).await
}

/// Notes the import of towns, or what became of them by mergers alone.
async fn note_towns(
    tx: &mut Change,
    import: &TerritoryImport,
    towns: Option<Changed>,
    moved: bool,
) -> Result<()> {
    if let Some(changed) = towns {
        let changed = Changed { updated: changed.updated + usize::from(moved), ..changed };
        return note_import(tx, TOWNS.name, changed, (import.approximate, import.at)).await;
    }
    sqlx::query("update territory_state set revision = revision + 1 where part = $1 and $2")
        .bind(TOWNS.name)
        .bind(moved)
        .execute(tx)
        .await?;
    Ok(())
}
