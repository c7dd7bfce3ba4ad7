//! Reads a folder of plain files: towns, pick-up zones, exclusion zones, taxi ranks, accounts.
//!
//! | in the folder | what it holds |
//! |---|---|
//! | `towns.geojson` | towns and their borders |
//! | `zupc/*/zone.yaml` | pick-up zones, by the codes of their towns; some with a GeoJSON file for a border |
//! | `zupc/fusion_communes/*.yaml` | old codes of merged towns and their new ones |
//! | `exclusions/*.geojson` | exclusion zones |
//! | `stations.csv` or `stations.geojson` | taxi ranks, in the public schema `stationstaxi` |
//! | `users.json` | accounts |
//!
//! Whichever are there are read; anything else is ignored, which is said. A folder with any fault
//! is refused as a whole, with every fault of every file and what would be right.
//!
//! **Invariant:** nothing is stored here, and nothing is changed.

mod border;
mod complaint;
mod exclusions;
mod features;
mod stations;
mod text;
mod towns;
mod users;
mod zones;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use territory::{Exclusion, InseeCode, Station, Town, Zone};

pub use complaint::{Complaint, FAULTS_SHOWN, Faults};
pub use users::UserRow;

use complaint::Log;

const TOWNS: &str = "towns.geojson";
const ZONES: &str = "zupc";
const EXCLUSIONS: &str = "exclusions";
const STATIONS_CSV: &str = "stations.csv";
const STATIONS_GEOJSON: &str = "stations.geojson";
const USERS: &str = "users.json";

/// All that an import knows at the top of a folder.
const KNOWN: [&str; 6] = [TOWNS, ZONES, EXCLUSIONS, STATIONS_CSV, STATIONS_GEOJSON, USERS];

/// How a folder is to be read.
#[derive(Clone, Debug)]
pub struct Options {
    /// The property of a town's feature that holds its code.
    pub code_property: String,
    /// The property of a town's feature that holds its name.
    pub name_property: String,
}

impl Default for Options {
    fn default() -> Self {
        Self { code_property: "insee".to_owned(), name_property: "nom".to_owned() }
    }
}

/// What a folder holds: `None` where the file or folder is not there.
#[derive(Debug, Default)]
pub struct Folder {
    /// All towns, in the order of their file.
    pub towns: Option<Vec<Town>>,
    /// Whether their borders are approximate, not for service.
    pub approximate: bool,
    /// All pick-up zones, in the order of their folders' names.
    pub zones: Option<Vec<Zone>>,
    /// All exclusion zones, in the order of their files' names.
    pub exclusions: Option<Vec<Exclusion>>,
    /// All taxi ranks, in the order of their file.
    pub stations: Option<Vec<Station>>,
    /// All accounts, in the order of their file.
    pub users: Option<Vec<UserRow>>,
    /// What people should know, and what was ignored.
    pub warnings: Vec<Complaint>,
}

/// Is told, while a long file is read, which one, how many of its features are done, and how many
/// there are.
pub type Progress<'a> = dyn FnMut(&str, usize, usize) + 'a;

/// Reads a folder. Zones may name its towns or, if it has none, the towns already `known`.
///
/// # Errors
///
/// Refuses a folder with any fault in any file it knows, or without such a file.
#[expect(clippy::implicit_hasher, reason = "one caller, and no other hasher in sight")]
pub fn read(
    folder: &Path,
    options: &Options,
    known: &HashSet<InseeCode>,
    progress: &mut Progress<'_>,
) -> Result<Folder, Faults> {
    let mut log = Log::default();
    let there = look(folder, &mut log);
    let path = |name: &str| there.contains(name).then(|| folder.join(name));

    let read =
        parse(path(TOWNS), TOWNS, &mut log, |text, log| towns::parse(text, options, log, progress));
    let approximate = read.as_ref().is_some_and(|read| read.approximate);
    let towns = read.map(|read| read.towns);
    let towns_are_sound = log.faults.is_empty();
    let codes = towns.as_ref().map(|towns| towns.iter().map(|town| town.code).collect());
    // Half-read towns would only make every zone look wrong.
    let known = towns_are_sound.then_some(codes.as_ref().unwrap_or(known));

    let zones = path(ZONES).map(|path| zones::read(&path, known, &mut log));
    let exclusions = path(EXCLUSIONS).map(|path| exclusions(&path, &mut log));
    let csv = parse(path(STATIONS_CSV), STATIONS_CSV, &mut log, |text, log| {
        stations::parse_csv(text, known, log)
    });
    let geojson = path(STATIONS_GEOJSON).filter(|_| csv.is_none());
    let geojson = parse(geojson, STATIONS_GEOJSON, &mut log, |text, log| {
        stations::parse_geojson(text, known, log)
    });
    let users = parse(path(USERS), USERS, &mut log, users::parse);

    if !log.faults.is_empty() {
        return Err(Faults(log.faults));
    }
    let stations = csv.or(geojson);
    Ok(Folder { towns, approximate, zones, exclusions, stations, users, warnings: log.warnings })
}

/// The known names in a folder. What else is there is logged as ignored.
fn look(folder: &Path, log: &mut Log) -> HashSet<String> {
    let paths = paths_in(folder, &folder.display().to_string(), log);
    let names = paths.iter().filter_map(|path| path.file_name());
    let names = names.map(|name| name.to_string_lossy().into_owned());
    let (known, other): (Vec<_>, Vec<_>) = names.partition(|name| KNOWN.contains(&name.as_str()));
    if known.is_empty() && log.faults.is_empty() {
        let expected = KNOWN.join(", ");
        let text = format!("there is nothing to import: any of {expected} is expected");
        log.about(folder.display().to_string()).fault(None, "", text);
    }
    for name in other {
        log.about(name).warn(None, "", "ignored: an import knows no such file");
    }
    let known: HashSet<_> = known.into_iter().collect();
    if known.contains(STATIONS_CSV) && known.contains(STATIONS_GEOJSON) {
        log.about(STATIONS_GEOJSON).warn(None, "", format!("ignored: {STATIONS_CSV} is there too"));
    }
    known
}

/// Reads one file, if it is there.
fn parse<T>(
    path: Option<PathBuf>,
    name: &str,
    log: &mut Log,
    parse: impl FnOnce(&str, &mut complaint::FileLog<'_>) -> T,
) -> Option<T> {
    let mut log = log.about(name);
    let text = text::read(&path?, &mut log)?;
    Some(parse(&text, &mut log))
}

fn exclusions(folder: &Path, log: &mut Log) -> Vec<Exclusion> {
    let mut exclusions = Vec::<Exclusion>::new();
    let mut files = HashMap::new();
    for path in paths_in(folder, EXCLUSIONS, log) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let mut log = log.about(format!("{EXCLUSIONS}/{name}"));
        if path.extension().is_none_or(|extension| extension != "geojson") {
            log.warn(None, "", "ignored: its name does not end in .geojson");
            continue;
        }
        let Some(text) = text::read(&path, &mut log) else { continue };
        for exclusion in exclusions::parse(&text, &mut log) {
            if let Some(other) = files.insert(exclusion.id.clone(), log.file.clone()) {
                let text =
                    format!("`{}` is in {other} already: each zone has its own", exclusion.id);
                log.fault(None, "id", text);
            }
            exclusions.push(exclusion);
        }
    }
    exclusions
}

/// What lies in a folder, by name. If it cannot be read, that is logged under its `label`.
fn paths_in(folder: &Path, label: &str, log: &mut Log) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, _>>());
    let mut paths = paths.unwrap_or_else(|error| {
        log.about(label).fault(None, "", format!("cannot be read: {error}"));
        Vec::new()
    });
    paths.sort();
    paths
}
