//! Reads a folder of plain files: towns, pick-up zones, exclusion zones, taxi ranks, lists of licences, accounts.
//!
//! | in the folder | content |
//! |---|---|
//! | `towns.geojson` | towns and their borders |
//! | `zupc/*/zone.yaml` | pick-up zones, by the codes of their towns; some with a GeoJSON file for a border |
//! | `zupc/fusion_communes/*.yaml` | old codes of merged towns and their new ones |
//! | `exclusions/*.geojson` | exclusion zones |
//! | `stations.csv` or `stations.geojson` | taxi ranks, in the public schema `stationstaxi` |
//! | `ads.csv` | licences (ADS) of towns, as these list them |
//! | `users.json` | accounts |
//!
//! Names are compared without regard to case; `.json` also stands for `.geojson`, and `.yml` for `.yaml`. All
//! files are optional; unknown ones are ignored with a warning. A folder with any fault is refused as a
//! whole, with every fault of every file and its remedy. A part without any readable file is refused, too.
//!
//! **Invariant:** this module stores and changes nothing.

mod ads;
mod border;
mod codes;
mod complaint;
mod exclusions;
mod far;
mod features;
mod files;
mod folder;
pub mod french;
mod stations;
mod table;
mod text;
mod towns;
mod users;
mod zones;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use territory::{Exclusion, InseeCode};

pub use complaint::{Complaint, FAULTS_SHOWN, Faults};
pub use folder::{Folder, Options, Progress};
pub use users::UserRow;

use codes::Codes;
use complaint::Log;
use files::{GEOJSON, ends_in, is_called, name_of, paths_in};

const TOWNS: &str = "towns.geojson";
const ZONES: &str = "zupc";
const EXCLUSIONS: &str = "exclusions";
const STATIONS_CSV: &str = "stations.csv";
const STATIONS_GEOJSON: &str = "stations.geojson";
const LICENCES: &str = "ads.csv";
const USERS: &str = "users.json";

/// Names that an import knows at the top of a folder.
const KNOWN: [&str; 7] =
    [TOWNS, ZONES, EXCLUSIONS, STATIONS_CSV, STATIONS_GEOJSON, LICENCES, USERS];

/// Reads a folder. Zones may refer to its towns or, if it has none, to the `known` ones.
///
/// # Errors
///
/// Refuses a folder with any fault in any known file, or without a known file.
#[expect(clippy::implicit_hasher, reason = "one caller, and no other hasher in sight")]
pub fn read(
    folder: &Path,
    options: &Options,
    known: &HashSet<InseeCode>,
    progress: &mut Progress<'_>,
) -> Result<Folder, Faults> {
    let mut log = Log::default();
    let mut there = look(folder, options, &mut log);

    let read = parse(there.remove(TOWNS), &mut log, |text, log| {
        towns::parse(text, options, log, progress)
    });
    let approximate = read.as_ref().is_some_and(|read| read.approximate);
    let towns_are_sound = log.faults.is_empty();
    let mut left_out = HashSet::new();
    let towns = read.map(|read| {
        left_out.extend(read.left_out.into_iter().filter(|code| known.contains(code)));
        read.sound
    });
    let codes = towns.as_ref().map(|towns| {
        let codes = towns.iter().map(|town| town.code);
        codes.chain(left_out.iter().copied()).collect()
    });
    // Towns that were read in part would make every zone look faulty.
    let known = towns_are_sound.then_some(codes.as_ref().unwrap_or(known));

    let zones_folder = there.remove(ZONES);
    let mergers = zones_folder.as_ref().map(|path| zones::mergers(path, &mut log));
    let mergers = mergers.unwrap_or_default();
    let mut all_mergers = options.mergers.clone();
    all_mergers.extend(mergers.iter());
    let codes = Codes { known, mergers: &all_mergers };

    let zones = zones_folder.and_then(|path| zones::read(&path, &codes, &mut log));
    let exclusions = there.remove(EXCLUSIONS).map(|path| exclusions(&path, &mut log));
    let csv = parse(there.remove(STATIONS_CSV), &mut log, |text, log| {
        stations::parse_csv(text, &codes, log)
    });
    let geojson = there.remove(STATIONS_GEOJSON).filter(|_| csv.is_none());
    let geojson = parse(geojson, &mut log, |text, log| stations::parse_geojson(text, &codes, log));
    let licences =
        parse(there.remove(LICENCES), &mut log, |text, log| ads::parse(text, &codes, log));
    let users = parse(there.remove(USERS), &mut log, users::parse);

    if !log.faults.is_empty() {
        return Err(Faults(log.faults));
    }
    let mut folder = Folder {
        towns,
        approximate,
        towns_left_out: left_out,
        mergers,
        zones,
        exclusions,
        stations: csv.or(geojson),
        licences,
        users,
        warnings: Vec::new(),
    };
    far::warn(&folder, &options.reach, &mut log);
    folder.warnings = log.warnings;
    Ok(folder)
}

/// The known files of a folder, by the names in [`KNOWN`]. Others are logged as ignored.
fn look(folder: &Path, options: &Options, log: &mut Log) -> HashMap<&'static str, PathBuf> {
    let mut known = HashMap::new();
    let mut other = Vec::new();
    for path in paths_in(folder, &folder.display().to_string(), log) {
        let name = name_of(&path);
        let Some(part) = KNOWN.into_iter().find(|known| is(&path, known)) else {
            other.push(name);
            continue;
        };
        if part == USERS && !options.accounts {
            log.about(name).warn(None, "", "ignored: the command `letaxi import` imports accounts");
            continue;
        }
        if let Some(first) = known.insert(part, path) {
            let text = format!("{} exists, too: remove one of them", name_of(&first));
            log.about(name).fault(None, "", text);
        }
    }
    if known.is_empty() && log.faults.is_empty() {
        let expected = KNOWN.join(", ");
        let text = format!("there is nothing to import: any of {expected} is expected");
        log.about(folder.display().to_string()).fault(None, "", text);
    }
    for name in other {
        log.about(name).warn(None, "", "ignored: not a file that import reads");
    }
    if let (Some(csv), Some(geojson)) = (known.get(STATIONS_CSV), known.get(STATIONS_GEOJSON)) {
        let text = format!("ignored, because {} exists", name_of(csv));
        log.about(name_of(geojson)).warn(None, "", text);
    }
    known
}

/// The folder with the known files: this one, or the only folder in it, as of a folder that was sent with its name.
pub fn root_of(folder: &Path) -> PathBuf {
    let paths = paths_in(folder, "", &mut Log::default());
    match paths.as_slice() {
        [only] if only.is_dir() && !KNOWN.into_iter().any(|known| is(only, known)) => only.clone(),
        _ => folder.to_owned(),
    }
}

/// True if a path has a known name.
fn is(path: &Path, known: &str) -> bool {
    match known.rsplit_once('.') {
        Some((stem, "geojson")) => is_called(path, stem, &GEOJSON),
        Some((stem, ending)) => is_called(path, stem, &[ending]),
        None => name_of(path).eq_ignore_ascii_case(known),
    }
}

/// Reads one file, if it exists.
fn parse<T>(
    path: Option<PathBuf>,
    log: &mut Log,
    parse: impl FnOnce(&str, &mut complaint::FileLog<'_>) -> T,
) -> Option<T> {
    let path = path?;
    let mut log = log.about(name_of(&path));
    let text = text::read(&path, &mut log)?;
    Some(parse(&text, &mut log))
}

fn exclusions(folder: &Path, log: &mut Log) -> Vec<Exclusion> {
    let mut exclusions = Vec::<Exclusion>::new();
    let mut files = HashMap::new();
    let (paths, passed_over): (Vec<_>, Vec<_>) =
        paths_in(folder, EXCLUSIONS, log).into_iter().partition(|path| ends_in(path, &GEOJSON));
    for path in &passed_over {
        let mut log = log.about(format!("{EXCLUSIONS}/{}", name_of(path)));
        log.warn(None, "", "ignored: its name ends neither in .geojson nor in .json");
    }
    if paths.is_empty() && !passed_over.is_empty() {
        let text = "holds no file whose name ends in .geojson or .json: leave the folder out to leave the exclusion zones as they are";
        log.about(EXCLUSIONS).fault(None, "", text);
    }
    for path in paths {
        let mut log = log.about(format!("{EXCLUSIONS}/{}", name_of(&path)));
        let Some(text) = text::read(&path, &mut log) else { continue };
        for exclusion in exclusions::parse(&text, &mut log) {
            if let Some(other) = files.insert(exclusion.id.clone(), log.file.clone()) {
                let text =
                    format!("`{}` is also used in {other}: each zone has its own", exclusion.id);
                log.fault(None, "id", text);
            }
            exclusions.push(exclusion);
        }
    }
    exclusions
}
