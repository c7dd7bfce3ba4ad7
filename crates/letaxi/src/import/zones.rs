//! `zupc/*/zone.yaml`: pick-up zones, and what became of the codes of merged towns.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use geo::MultiPolygon;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_saphyr::Spanned;
use territory::{InseeCode, Zone};
use uuid::Uuid;

use super::complaint::{FileLog, Log};
use super::features::Features;
use super::text;

/// The folder of merged towns among those of the zones.
const MERGED: &str = "fusion_communes";

/// A zone as written in its file. Everything may be missing here, so that all of it can be told.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ZoneFile {
    id: Option<Spanned<String>>,
    name: Option<Spanned<String>>,
    /// Code of a town → what the author calls it, which differs from source to source.
    allowed: Option<BTreeMap<String, Spanned<Option<String>>>>,
    /// A GeoJSON file beside this one.
    feature: Option<Spanned<String>>,
}

#[derive(Deserialize)]
struct MergedFile {
    /// Old code → new one.
    mapping: Option<BTreeMap<String, Spanned<String>>>,
}

/// The towns a zone may name.
struct Codes<'a> {
    /// All there are; `None` if that cannot be told, and every code is taken.
    known: Option<&'a HashSet<InseeCode>>,
    /// Old code → new one.
    merged: HashMap<InseeCode, InseeCode>,
}

/// Reads all zones of a folder, one sub-folder each; faults are logged.
pub(super) fn read(folder: &Path, known: Option<&HashSet<InseeCode>>, log: &mut Log) -> Vec<Zone> {
    let codes = Codes { known, merged: merged_towns(folder, log) };
    let mut zones = Vec::new();
    let mut files = HashMap::new();
    for sub_folder in sub_folders(folder, log) {
        let name = sub_folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let path = sub_folder.join("zone.yaml");
        if name == MERGED {
            continue;
        }
        let mut log = log.about(format!("zupc/{name}/zone.yaml"));
        if !path.exists() {
            log.warn(None, "", "is not there: the folder holds no zone");
            continue;
        }
        let Some(zone) = zone(&path, &codes, &mut log) else { continue };
        if let Some(other) = files.insert(zone.id.clone(), log.file.clone()) {
            log.fault(None, "id", format!("{} is that of {other}: each zone has its own", zone.id));
        }
        zones.push(zone);
    }
    zones
}

fn sub_folders(folder: &Path, log: &mut Log) -> Vec<PathBuf> {
    let mut folders = super::paths_in(folder, "zupc", log);
    folders.retain(|path| path.is_dir());
    folders
}

fn merged_towns(folder: &Path, log: &mut Log) -> HashMap<InseeCode, InseeCode> {
    let mut merged = HashMap::new();
    let folder = folder.join(MERGED);
    if !folder.is_dir() {
        return merged;
    }
    for path in super::paths_in(&folder, "zupc/fusion_communes", log) {
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let mut log = log.about(format!("zupc/{MERGED}/{name}"));
        let Some(file) = yaml::<MergedFile>(&path, &mut log) else { continue };
        for (old, new) in file.mapping.unwrap_or_default() {
            let line = line(&new);
            let mut read = |code: &str| {
                let code = code.parse::<InseeCode>();
                code.map_err(|error| log.fault(line, "mapping", error.to_string())).ok()
            };
            if let (Some(old), Some(new)) = (read(&old), read(&new.value)) {
                merged.insert(old, new);
            }
        }
    }
    merged
}

fn zone(path: &Path, codes: &Codes<'_>, log: &mut FileLog<'_>) -> Option<Zone> {
    let file = yaml::<ZoneFile>(path, log)?;
    let id = required(file.id.as_ref(), "id", log).and_then(|id| {
        let uuid = Uuid::parse_str(id.value.trim());
        let example = "1889c818-6ab2-4ae1-8baa-b08a2d01bded";
        let text = format!("`{}` is no UUID, such as {example}", id.value);
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
    Some(Zone { id: id?.to_string(), name: name?, towns, border })
}

/// The towns a zone names, by the codes in force. A code that nobody knows is only worth a warning
/// as long as others of the zone are known: decrees are older than mergers.
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

/// A code with the name its author gave it.
fn called(code: InseeCode, name: &Spanned<Option<String>>) -> String {
    name.value.as_ref().map_or_else(|| code.to_string(), |name| format!("{code} {name}"))
}

impl Codes<'_> {
    /// The code in force for a town that may have been merged into another, if that is known.
    fn in_force(&self, mut code: InseeCode) -> Option<InseeCode> {
        let Some(known) = self.known else { return Some(code) };
        // Each step follows one merger, so more steps than mergers would go in circles.
        for _ in 0..=self.merged.len() {
            if known.contains(&code) {
                return Some(code);
            }
            code = *self.merged.get(&code)?;
        }
        None
    }
}

/// The border in the GeoJSON file beside a zone: all of its features together.
fn border(
    zone: &Path,
    feature: &Spanned<String>,
    log: &mut FileLog<'_>,
) -> Option<MultiPolygon<f64>> {
    let path = zone.with_file_name(&feature.value);
    if !path.is_file() {
        let text = format!("there is no file `{}` beside this one", feature.value);
        log.fault(line(feature), "feature", text);
        return None;
    }
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

/// Reads a YAML file. If that fails, the reason is logged.
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
