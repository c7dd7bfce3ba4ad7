//! No import circle: the files of a crate import each other in one direction.
//!
//! A name counts for the file that defines it, also where it is re-exported. `mod` lines do not count, nor do
//! methods, which need no import.

use std::collections::{BTreeMap, BTreeSet};

use super::paths::{Module, Names, defined_in, modules};
use super::{assert_none, rust_files_under};

#[test]
fn no_files_of_a_crate_import_each_other_in_a_circle() {
    let mut faults = Vec::new();
    for name in crates() {
        let modules = modules(&name);
        let imports = imports(&modules);
        faults.extend(circles(&imports).iter().map(|circle| circle.join(" imports ")));
    }
    assert_none(&faults);
}

fn crates() -> BTreeSet<String> {
    let files = rust_files_under("crates");
    files
        .iter()
        .map(|path| path.iter().nth(1).expect("a crate").to_string_lossy().into_owned())
        .collect()
}

/// Each file with those that it imports.
fn imports(modules: &BTreeMap<Names, Module>) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut imports: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for module in modules.values() {
        let files = module.mentions.iter().filter_map(|path| defined_in(modules, path, 8));
        imports.entry(&module.file).or_default().extend(files.filter(|file| *file != module.file));
    }
    imports
}

/// Circles, each once: the files of one that can be left out of no other.
fn circles<'a>(imports: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Vec<Vec<&'a str>> {
    let mut done = BTreeSet::new();
    let mut found = Vec::new();
    for file in imports.keys() {
        let mut way = Vec::new();
        walk(file, imports, &mut way, &mut done, &mut found);
    }
    found
}

fn walk<'a>(
    file: &'a str,
    imports: &BTreeMap<&'a str, BTreeSet<&'a str>>,
    way: &mut Vec<&'a str>,
    done: &mut BTreeSet<&'a str>,
    found: &mut Vec<Vec<&'a str>>,
) {
    if let Some(place) = way.iter().position(|known| *known == file) {
        found.push([&way[place..], &[file]].concat());
        return;
    }
    if !done.insert(file) {
        return;
    }
    way.push(file);
    for import in imports.get(file).into_iter().flatten() {
        walk(import, imports, way, done, found);
    }
    way.pop();
}
