//! Rules for every file, and for the pages that describe the files.

use std::path::Path;

use super::{assert_none, files_under, read, rust_files_under};

/// Maximum number of lines in a Rust file; the aim is 400.
const MAX_LINES: usize = 500;

/// Forbidden words with the remedy, written in pieces so that this file passes.
const BANNED: &[(&str, &str)] = &[
    (concat!("TO", "DO"), "do it, or open an issue"),
    (concat!("FIX", "ME"), "mend it, or open an issue"),
    (concat!("XX", "X"), "say what is meant"),
    (concat!("/ro", "ot/"), "a path of one machine"),
    (concat!("/ho", "me/"), "a path of one machine"),
    (concat!("/wo", "rk/"), "a path of one machine"),
];

/// Files with foreign text.
const FOREIGN: &[&str] = &["LICENSE", "Cargo.lock"];

#[test]
fn no_rust_file_outgrows_its_room() {
    let mut faults = Vec::new();
    for path in rust_files_under("crates") {
        let lines = read(&path).lines().count();
        if lines > MAX_LINES {
            faults.push(format!(
                "{}: {lines} lines; split it by subject at about 400",
                path.display()
            ));
        }
    }
    assert_none(&faults);
}

#[test]
fn nothing_is_put_off_and_no_machine_is_named() {
    let mut faults = Vec::new();
    for path in files_under("") {
        // Pictures and other files that are not UTF-8.
        let Ok(text) = std::fs::read_to_string(super::root().join(&path)) else { continue };
        if FOREIGN.iter().any(|foreign| path == Path::new(foreign)) {
            continue;
        }
        for (number, line) in (1..).zip(text.lines()) {
            for (word, instead) in BANNED.iter().filter(|(word, _)| line.contains(word)) {
                faults.push(format!("{}:{number}: '{word}': {instead}", path.display()));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn links_between_pages_lead_somewhere() {
    let mut faults = Vec::new();
    for page in files_under("")
        .iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
    {
        let folder = page.parent().unwrap_or(Path::new(""));
        for target in links(&read(page)) {
            // `{{…}}` is an address that the program fills in, which `guides` tests.
            let outside = ["://", "mailto:", "{{"].iter().any(|outside| target.contains(outside));
            let path = target.split('#').next().unwrap_or_default();
            if !outside && !path.is_empty() && !super::root().join(folder).join(path).exists() {
                faults.push(format!("{}: the link to {target} leads nowhere", page.display()));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn links_are_found_on_a_page() {
    let page = "See [the map](ARCHITECTURE.md#map), `f[0](x)`\n\n```\n[not](here.md)\n```\n\n[a](b.md) [c](https://example.org)";
    assert_eq!(links(page), ["ARCHITECTURE.md#map", "b.md", "https://example.org"]);
}

#[test]
fn the_map_shows_every_crate_and_folder() {
    let map = read("ARCHITECTURE.md");
    let mut faults = Vec::new();
    for path in rust_files_under("crates") {
        let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
        // crates/letaxi/src/contract/hails.rs asks for "crates/letaxi" and "src/contract".
        let mut places = vec![format!("crates/{}", parts[1])];
        if parts[1] == "letaxi" && parts.len() > 4 {
            places.push(format!("{}/{}", parts[2], parts[3]));
        }
        faults.extend(
            places
                .into_iter()
                .filter(|place| !map.contains(place))
                .map(|place| format!("ARCHITECTURE.md: the map lacks {place}")),
        );
    }
    faults.sort();
    faults.dedup();
    assert_none(&faults);
}

/// Targets of a page's links, in order, without those in code.
fn links(page: &str) -> Vec<String> {
    let mut targets = Vec::new();
    for block in page.split("```").step_by(2) {
        for text in block.split('`').step_by(2) {
            let after = text.split("](").skip(1);
            targets.extend(
                after.filter_map(|rest| rest.split_once(')')).map(|(target, _)| target.to_owned()),
            );
        }
    }
    targets
}
