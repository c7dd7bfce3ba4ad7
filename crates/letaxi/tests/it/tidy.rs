//! The shape of the project, held in place by tests: who may import whom, the reasons of dependencies, how big a
//! file may grow, and that the pages keep up with the folders.
//!
//! A failing test names the place and the remedy. To change a rule, change its table in the same commit, for
//! its reviewer.

mod circles;
mod crates;
mod dependencies;
mod files;
mod folders;
mod paths;
mod prose;

use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{Metadata, MetadataCommand};

/// The folder of the whole project.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("this crate lies two folders down").to_owned()
}

/// The text of a file, by its path in the project.
pub(crate) fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All files in a folder of the project, by their paths in the project, in order. Files that tools build or
/// keep are left out, and so are those whose names Git ignores.
fn files_under(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for entry in entries {
            let path = entry.expect("an entry of a folder just opened").path();
            let name =
                path.file_name().expect("an entry has a name").to_string_lossy().into_owned();
            if path.is_dir() {
                if !matches!(name.as_str(), ".git" | "target" | "node_modules" | ".node") {
                    folders.push(path);
                }
            } else if !matches!(name.as_str(), "letaxi.toml" | ".git") {
                found.push(path.strip_prefix(root()).expect("it lies under the root").to_owned());
            }
        }
    }
    found.sort();
    found
}

/// All Rust sources under a folder of the project.
pub(crate) fn rust_files_under(folder: &str) -> Vec<PathBuf> {
    let mut files = files_under(folder);
    files.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    assert!(!files.is_empty(), "there is no Rust source under '{folder}'");
    files
}

/// Cargo's metadata of our crates and of their dependencies on this machine.
fn metadata() -> Metadata {
    let rustc = Command::new("rustc").arg("-vV").output().expect("rustc built this test");
    let about = String::from_utf8(rustc.stdout).expect("rustc speaks UTF-8");
    let host =
        about.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc names its host");
    let options = ["--offline", "--locked", "--filter-platform", host].map(str::to_owned);
    let mut command = MetadataCommand::new();
    command.manifest_path(root().join("Cargo.toml")).other_options(options);
    command.exec().expect("Cargo has just resolved these crates")
}

/// Fails with one line for each of the first faults.
#[track_caller]
fn assert_none(faults: &[String]) {
    const SHOWN: usize = 20;
    let lines = faults[..faults.len().min(SHOWN)].join("\n");
    assert!(faults.is_empty(), "{} faults\n{lines}\n", faults.len());
}
