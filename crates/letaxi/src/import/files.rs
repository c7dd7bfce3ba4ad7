//! File names, compared without regard to case.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::complaint::Log;

/// Extensions of GeoJSON files.
pub(super) const GEOJSON: [&str; 2] = ["geojson", "json"];
/// Extensions of YAML files.
pub(super) const YAML: [&str; 2] = ["yaml", "yml"];

/// Lists the files of a folder by name, without hidden ones. Logs a fault under `label` if the folder cannot
/// be read.
pub(super) fn paths_in(folder: &Path, label: &str, log: &mut Log) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, _>>());
    let mut paths = paths.unwrap_or_else(|error| {
        log.about(label).fault(None, "", format!("cannot be read: {error}"));
        Vec::new()
    });
    paths.retain(|path| !name_of(path).starts_with('.'));
    paths.sort();
    paths
}

/// The last part of a path.
pub(super) fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// True if the file's name has one of these extensions, in any case.
pub(super) fn ends_in(path: &Path, endings: &[&str]) -> bool {
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    endings.iter().any(|known| ending.eq_ignore_ascii_case(known))
}

/// True if the file has this name, in any case, with one of these extensions.
pub(super) fn is_called(path: &Path, stem: &str, endings: &[&str]) -> bool {
    let found = path.file_stem().unwrap_or_default().to_string_lossy();
    found.eq_ignore_ascii_case(stem) && ends_in(path, endings)
}

/// The file of this name in the same folder: the exact name or, if missing, in another case. A path to elsewhere is
/// no name of a file.
pub(super) fn beside(path: &Path, name: &str) -> Option<PathBuf> {
    if Path::new(name).file_name() != Some(OsStr::new(name)) {
        return None;
    }
    let exact = path.with_file_name(name);
    if exact.is_file() {
        return Some(exact);
    }
    let entries = fs::read_dir(path.parent()?).ok()?;
    let mut paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths.find(|path| path.is_file() && name_of(path).to_lowercase() == name.to_lowercase())
}
