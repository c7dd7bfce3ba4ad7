//! Lists the files of `web/dist`, the built pages, for `src/web/console.rs`, and the stories of `tests/transcripts` for
//! `src/web/guides.rs`.
//!
//! The build of the pages is committed, so that this one needs no Node. A test says when it is out of date.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Files beside the pages, for people and tests.
const NOT_SERVED: [&str; 3] = ["DIGEST", "LICENCES.txt", "SOURCES"];

fn main() {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("Cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("Cargo sets it"));
    let dist = here.join("../../web/dist");
    println!("cargo::rerun-if-changed={}", dist.display());

    let digest = fs::read_to_string(dist.join("DIGEST"))
        .expect("web/dist has the built pages; if it is gone, run `make web`");
    let mut names = Vec::new();
    list(&dist, "", &mut names);
    names.sort();

    let mut table = format!("const DIGEST: &str = {digest:?};\n");
    table.push_str("const FILES: &[File] = &[\n");
    for name in names.iter().filter(|name| is_plain(name)) {
        let packed = |ending: &str| {
            let name = format!("{name}.{ending}");
            if names.contains(&name) {
                format!("Some({})", bytes(&dist, &name))
            } else {
                "None".into()
            }
        };
        let (plain, gzip, brotli) = (bytes(&dist, name), packed("gz"), packed("br"));
        writeln!(
            table,
            "    File {{ name: {name:?}, plain: {plain}, gzip: {gzip}, brotli: {brotli} }},"
        )
        .expect("a text takes all that is written to it");
    }
    table.push_str("];\n");
    fs::write(out.join("console_files.rs"), table).expect("Cargo makes this folder");
    let stories = stories(&here.join("tests/transcripts"));
    fs::write(out.join("stories.rs"), stories).expect("Cargo makes this folder");
}

/// The table of the stories, by name; the page about them is none.
fn stories(folder: &Path) -> String {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut names = Vec::new();
    list(folder, "", &mut names);
    names.sort();
    let mut table = String::from("const STORIES: &[(&str, &str)] = &[\n");
    let names = names.iter().filter_map(|name| name.strip_suffix(".md"));
    for name in names.filter(|name| *name != "README") {
        let file = folder.join(format!("{name}.md")).display().to_string();
        writeln!(table, "    ({name:?}, include_str!({file:?})),")
            .expect("a text takes all that is written to it");
    }
    table + "];\n"
}

/// Names of the files in a folder, with slashes between folders.
fn list(dist: &Path, folder: &str, names: &mut Vec<String>) {
    for entry in fs::read_dir(dist.join(folder)).expect("it was just listed") {
        let entry = entry.expect("an entry of a folder just opened");
        let name = format!("{folder}{}", entry.file_name().display());
        if entry.path().is_dir() {
            list(dist, &format!("{name}/"), names);
        } else if !NOT_SERVED.contains(&name.as_str()) {
            names.push(name);
        }
    }
}

/// False for a compressed variant of a file.
fn is_plain(name: &str) -> bool {
    let ending = Path::new(name).extension();
    ending.is_none_or(|ending| ending != "gz" && ending != "br")
}

fn bytes(dist: &Path, name: &str) -> String {
    format!("include_bytes!({:?})", dist.join(name).display().to_string())
}
