//! Who may import whom, between the folders of the program.

use super::{assert_none, paths, read, rust_files_under};

/// Each folder (or file) of `letaxi/src` and those of its neighbours that it may import.
///
/// `app` holds the use cases and knows none of those who call it or are called by it. The interfaces
/// never know one another. `cli` puts the program together, so it may see everything.
const NEIGHBOURS: &[(&str, &[&str])] = &[
    ("app", &[]),
    ("json", &[]),
    ("operator", &["app", "json"]),
    ("config", &["app", "operator", "server"]),
    ("server", &["app"]),
    ("api", &["app", "json", "server"]),
    ("contract", &["api", "app", "server"]),
    ("v1", &["api", "app", "server"]),
    ("web", &["api", "app", "server"]),
    ("service", &["api", "app", "contract", "server", "v1", "web"]),
    ("udp", &["app"]),
    ("import", &[]),
    ("cli", &["app", "config", "contract", "import", "operator", "server", "service", "udp"]),
    ("main", &["cli"]),
];

/// Only says which folders there are.
const LIST_OF_FOLDERS: &str = "lib";

#[test]
fn folders_of_the_program_import_only_whom_they_may() {
    let mut faults = Vec::new();
    for path in rust_files_under("crates/letaxi/src") {
        let inside =
            path.strip_prefix("crates/letaxi/src").expect("it was found there").with_extension("");
        let mut module: Vec<_> =
            inside.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        if module.len() > 1 && module.last().is_some_and(|last| last == "mod") {
            module.pop();
        }
        let folder = &module[0];
        if folder == LIST_OF_FOLDERS || is_test(&module) {
            continue;
        }
        let Some((_, may)) = NEIGHBOURS.iter().find(|(name, _)| name == folder) else {
            faults.push(format!(
                "{}: `{folder}` has no row in NEIGHBOURS: say there whom it may import",
                path.display()
            ));
            continue;
        };
        for import in paths::imports(&read(&path), module.len()) {
            let neighbour = NEIGHBOURS.iter().any(|(name, _)| *name == import);
            if neighbour && import != *folder && !may.contains(&import.as_str()) {
                faults.push(format!("{}: {folder} may not import {import}", path.display()));
            }
        }
    }
    assert_none(&faults);
}

/// Tests that a module keeps in a file of their own; they may look at anything.
fn is_test(module: &[String]) -> bool {
    module.last().is_some_and(|name| name == "tests" || name.ends_with("_tests"))
}
