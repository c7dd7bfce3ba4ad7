//! Direction of imports between the folders of the program.

use super::assert_none;
use super::paths::modules;

/// Each folder (or file) of `letaxi/src` and those of its neighbours that it may import.
///
/// `app` holds the use cases and knows none of those who call it or are called by it. The interfaces
/// never know one another. `cli` puts the program together, so it may see everything.
const NEIGHBOURS: &[(&str, &[&str])] = &[
    ("app", &[]),
    ("json", &[]),
    ("operator", &["app", "json"]),
    ("mail", &["app"]),
    ("traces", &["app"]),
    ("bus", &["app"]),
    ("config", &["app", "operator", "server"]),
    ("server", &["app"]),
    ("api", &["app", "json", "server"]),
    ("contract", &["api", "app", "server"]),
    ("formats", &["app"]),
    ("v1", &["api", "app", "formats", "import", "server"]),
    ("web", &["api", "app", "server"]),
    ("service", &["api", "app", "contract", "server", "traces", "v1", "web"]),
    ("udp", &["app"]),
    ("import", &["api"]),
    (
        "cli",
        &[
            "app", "bus", "config", "contract", "formats", "import", "mail", "operator", "server",
            "service", "traces", "udp",
        ],
    ),
    ("main", &["cli"]),
];

#[test]
fn folders_of_the_program_import_only_whom_they_may() {
    let mut faults = Vec::new();
    for (names, module) in modules("letaxi") {
        let Some(folder) = names.first() else { continue };
        let Some((_, may)) = NEIGHBOURS.iter().find(|(name, _)| name == folder) else {
            faults.push(format!("{}: `{folder}` has no row in NEIGHBOURS", module.file));
            continue;
        };
        for import in module.mentions.iter().filter_map(|path| path.first()) {
            let is_neighbour = NEIGHBOURS.iter().any(|(name, _)| name == import);
            if is_neighbour && import != folder && !may.contains(&import.as_str()) {
                faults.push(format!("{}: {folder} may not import {import}", module.file));
            }
        }
    }
    assert_none(&faults);
}
