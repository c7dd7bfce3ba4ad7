//! `zupc/*/zone.yaml`: pick-up zones, and the mergers of towns.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use chrono::NaiveDate;
use geo::MultiPolygon;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_saphyr::Spanned;
use territory::{InForce, InseeCode, Mergers, Zone};
use uuid::Uuid;

use super::codes::{Codes, hint};
use super::complaint::{FileLog, Log};
use super::features::Features;
use super::files::{YAML, beside, ends_in, is_called, name_of, paths_in};
use super::text;

/// Folder of mergers, beside the folders of zones.
const MERGED: &str = "fusion_communes";

/// A zone as in its file. All fields are optional, so that every missing one can be reported.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ZoneFile {
    id: Option<Spanned<String>>,
    name: Option<Spanned<String>>,
    /// Code of a town → its name according to the author, which differs between sources.
    allowed: Option<BTreeMap<String, Spanned<Option<String>>>>,
    /// A GeoJSON file in the same folder.
    feature: Option<Spanned<String>>,
    /// First day of the decree.
    in_force_since: Option<Spanned<String>>,
    /// Last day of the decree.
    in_force_until: Option<Spanned<String>>,
}

#[derive(Deserialize)]
struct MergedFile {
    /// Old code → new one.
    mapping: Option<BTreeMap<String, Spanned<String>>>,
}

/// Reads all zones of a folder, one sub-folder each; faults are logged. `None` if it contains mergers only.
pub(super) fn read(folder: &Path, codes: &Codes<'_>, log: &mut Log) -> Option<Vec<Zone>> {
    let mut zones = Vec::new();
    let mut files = HashMap::new();
    let (merged, others): (Vec<_>, Vec<_>) =
        paths_in(folder, "zupc", log).into_iter().partition(|path| is_merged(path));
    if others.is_empty() && !merged.is_empty() {
        return None;
    }
    let mut passed_over = false;
    for path in others {
        let name = name_of(&path);
        if !path.is_dir() {
            // Other files are common, such as a readme; a YAML file may be a misplaced zone.
            if ends_in(&path, &YAML) {
                let text = "ignored: a zone has a folder of its own";
                log.about(format!("zupc/{name}")).warn(None, "", text);
                passed_over = true;
            }
            continue;
        }
        let mut paths = paths_in(&path, &format!("zupc/{name}"), log);
        paths.retain(|path| is_called(path, "zone", &YAML));
        let Some(path) = paths.first() else {
            let mut log = log.about(format!("zupc/{name}/zone.yaml"));
            log.warn(None, "", "is not there: the folder holds no zone");
            passed_over = true;
            continue;
        };
        let mut log = log.about(format!("zupc/{name}/{}", name_of(path)));
        if let Some(other) = paths.get(1) {
            log.fault(None, "", format!("{} exists, too: remove one of them", name_of(other)));
        }
        let Some(zone) = zone(path, codes, &mut log) else { continue };
        if let Some(other) = files.insert(zone.id.clone(), log.file.clone()) {
            log.fault(
                None,
                "id",
                format!("{} is also used in {other}: each zone has its own", zone.id),
            );
        }
        zones.push(zone);
    }
    if files.is_empty() && passed_over && log.faults.is_empty() {
        let text =
            "holds no folder with a zone.yaml: leave zupc out to leave the zones as they are";
        log.about("zupc").fault(None, "", text);
    }
    Some(zones)
}

fn is_merged(path: &Path) -> bool {
    path.is_dir() && name_of(path).eq_ignore_ascii_case(MERGED)
}

/// Reads the mergers of towns; faults are logged.
pub(super) fn mergers(folder: &Path, log: &mut Log) -> Mergers {
    let mut mergers = Mergers::default();
    let mut folders = paths_in(folder, "zupc", log);
    folders.retain(|path| is_merged(path));
    let mut paths = Vec::new();
    for folder in &folders {
        paths.extend(paths_in(folder, "zupc/fusion_communes", log));
    }
    for path in paths {
        let mut log = log.about(format!("zupc/{MERGED}/{}", name_of(&path)));
        if !ends_in(&path, &YAML) {
            log.warn(None, "", "ignored: its name ends neither in .yaml nor in .yml");
            continue;
        }
        let Some(file) = yaml::<MergedFile>(&path, &mut log) else { continue };
        for (old, new) in file.mapping.unwrap_or_default() {
            let line = line(&new);
            let mut read = |code: &str| {
                let code = code.parse::<InseeCode>();
                code.map_err(|error| log.fault(line, "mapping", error.to_string())).ok()
            };
            if let (Some(old), Some(new)) = (read(&old), read(&new.value)) {
                mergers.extend([(old, new)]);
            }
        }
    }
    mergers
}

fn zone(path: &Path, codes: &Codes<'_>, log: &mut FileLog<'_>) -> Option<Zone> {
    let file = yaml::<ZoneFile>(path, log)?;
    let id = required(file.id.as_ref(), "id", log).and_then(|id| {
        let uuid = Uuid::parse_str(id.value.trim());
        let example = "1889c818-6ab2-4ae1-8baa-b08a2d01bded";
        let text = format!("`{}` is not a UUID, such as {example}", id.value);
        uuid.map_err(|_not_a_uuid| log.fault(line(id), "id", text)).ok()
    });
    let name = required(file.name.as_ref(), "name", log).map(|name| name.value.trim().to_owned());
    let allowed = file.allowed.unwrap_or_default();
    if allowed.is_empty() && file.feature.is_none() {
        log.fault(
            None,
            "allowed",
            "names no town: a zone needs towns, or a `feature` with its border",
        );
    }
    let towns = towns(&allowed, codes, log);
    let border = file.feature.as_ref().and_then(|feature| border(path, feature, log));
    let since = date(file.in_force_since.as_ref(), "in_force_since", log);
    let until = date(file.in_force_until.as_ref(), "in_force_until", log);
    if let (Some(since), Some(until)) = (since, until)
        && until < since
    {
        let line = file.in_force_until.as_ref().and_then(line);
        let text = format!("{until} is before in_force_since, {since}: give the last day");
        log.fault(line, "in_force_until", text);
    }
    let in_force = InForce { since, until };
    Some(Zone { id: id?.to_string(), name: name?, towns, border, in_force })
}

/// An optional date, as in `2021-03-01`.
fn date(value: Option<&Spanned<String>>, field: &str, log: &mut FileLog<'_>) -> Option<NaiveDate> {
    let value = value?;
    let date = NaiveDate::parse_from_str(value.value.trim(), "%Y-%m-%d");
    let text = format!("`{}` is not a date, such as 2021-03-01", value.value);
    date.map_err(|_not_a_date| log.fault(line(value), field, text)).ok()
}

/// The towns of a zone, by the codes in force. An unknown code causes a warning only while other towns of the
/// zone are known, because decrees are older than mergers.
fn towns(
    allowed: &BTreeMap<String, Spanned<Option<String>>>,
    codes: &Codes<'_>,
    log: &mut FileLog<'_>,
) -> Vec<InseeCode> {
    let mut towns = BTreeSet::new();
    let mut unknown = Vec::new();
    for (text, name) in allowed {
        match text.parse::<InseeCode>() {
            Err(error) => log.fault(line(name), "allowed", error.to_string()),
            Ok(code) => match codes.in_force(code) {
                Some(code) => drop(towns.insert(code)),
                None => unknown.push((line(name), called(code, name))),
            },
        }
    }
    unknown.sort();
    for (line, town) in unknown {
        if towns.is_empty() {
            log.fault(
                line,
                "allowed",
                format!("no town is known as {town}, nor any other of this zone"),
            );
        } else {
            log.warn(
                line,
                "allowed",
                format!("no town is known as {town}: the zone goes without it"),
            );
        }
    }
    towns.into_iter().collect()
}

/// A code with its name according to the author.
fn called(code: InseeCode, name: &Spanned<Option<String>>) -> String {
    let called =
        name.value.as_ref().map_or_else(|| code.to_string(), |name| format!("{code} {name}"));
    called + &hint(code)
}

/// The border in the GeoJSON file of a zone: the union of its features.
fn border(
    zone: &Path,
    feature: &Spanned<String>,
    log: &mut FileLog<'_>,
) -> Option<MultiPolygon<f64>> {
    let Some(path) = beside(zone, &feature.value) else {
        let text = format!("there is no file `{}` beside this one", feature.value);
        log.fault(line(feature), "feature", text);
        return None;
    };
    let mut log = log.about_neighbour(&feature.value);
    let text = text::read(&path, &mut log)?;
    let features = Features::of(&text, &mut log)?;
    let mut border = MultiPolygon(Vec::new());
    if features.len() == 0 {
        log.fault(None, "features", "is empty: the border of the zone is expected");
    }
    features.each(&mut log, |_, feature, log| {
        border.0.extend(feature.border("", log).into_iter().flatten());
    });
    Some(border)
}

fn required<'a>(
    value: Option<&'a Spanned<String>>,
    field: &str,
    log: &mut FileLog<'_>,
) -> Option<&'a Spanned<String>> {
    let value = value.filter(|value| !value.value.trim().is_empty());
    if value.is_none() {
        log.fault(None, field, "is missing or empty: every zone has one");
    }
    value
}

/// Reads a YAML file; logs a fault if that fails.
fn yaml<T: DeserializeOwned>(path: &Path, log: &mut FileLog<'_>) -> Option<T> {
    let text = text::read(path, log)?;
    let value = serde_saphyr::from_str(&text).map_err(|error| {
        let line = error.location().and_then(|location| usize::try_from(location.line()).ok());
        log.fault(line, "", format!("cannot be understood: {}", error.without_snippet()));
    });
    value.ok()
}

fn line<T>(value: &Spanned<T>) -> Option<usize> {
    usize::try_from(value.referenced.line()).ok().filter(|line| *line > 0)
}
