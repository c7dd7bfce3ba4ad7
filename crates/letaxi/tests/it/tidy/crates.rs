//! Direction of imports between crates.

use std::collections::{BTreeSet, HashMap};

use cargo_metadata::{DependencyKind, Metadata, PackageId};

use super::{assert_none, metadata};

/// Each of our crates, with those that it may import. A crate may import those above it, never those below.
const DIRECTION: &[(&str, &[&str])] = &[
    ("territory", &[]),
    ("positions", &["territory"]),
    ("registry", &["territory"]),
    ("dispatch", &["territory", "positions", "registry"]),
    ("storage", &["territory", "positions", "registry", "dispatch"]),
    ("simulate", &["dispatch"]),
    ("letaxi", &["territory", "positions", "registry", "dispatch", "storage", "simulate"]),
];

/// Crates of rules. They do no I/O, so they cannot fail for outside reasons.
const THINKING: &[&str] = &["territory", "positions", "registry", "dispatch"];

/// Crates for I/O and async, on which no crate of rules may depend, directly or indirectly.
const IO: &[&str] =
    &["tokio", "async-trait", "axum", "hyper", "mio", "reqwest", "sqlx", "sqlx-core", "tower"];

#[test]
fn crates_import_each_other_in_one_direction_only() {
    let mut faults = Vec::new();
    for package in metadata().workspace_packages() {
        let Some((_, may)) = DIRECTION.iter().find(|(name, _)| package.name == *name) else {
            faults.push(format!(
                "{} has no row in DIRECTION: say there whom it may import",
                package.name
            ));
            continue;
        };
        for import in package.dependencies.iter().filter(|dependency| dependency.path.is_some()) {
            if !may.contains(&import.name.as_str()) {
                faults.push(format!("{} may not import {}", package.name, import.name));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn the_crates_that_think_depend_on_nothing_that_does_io() {
    let metadata = metadata();
    let mut faults = Vec::new();
    for crate_name in THINKING {
        let reached = all_that_is_built_for(crate_name, &metadata);
        faults.extend(
            IO.iter()
                .filter(|io| reached.contains(**io))
                .map(|io| format!("{crate_name} comes to depend on {io}")),
        );
    }
    assert_none(&faults);
    assert!(
        all_that_is_built_for("letaxi", &metadata).contains("mio"),
        "indirect dependencies are no longer seen"
    );
}

#[test]
fn one_crate_speaks_sql_and_the_program_and_its_simulator_speak_http() {
    let http = ["letaxi", "simulate"].as_slice();
    let mut faults = Vec::new();
    for package in metadata().workspace_packages() {
        for (library, owners) in
            [("sqlx", ["storage"].as_slice()), ("axum", http), ("reqwest", http)]
        {
            let imports = package.dependencies.iter().any(|dependency| dependency.name == library);
            if imports && !owners.contains(&package.name.as_str()) {
                let owners = owners.join(" and ");
                faults
                    .push(format!("{} may not import {library}: only {owners} may", package.name));
            }
        }
    }
    assert_none(&faults);
}

/// Names of all crates that are built into one of ours, directly or indirectly; without those for tests.
fn all_that_is_built_for(crate_name: &str, metadata: &Metadata) -> BTreeSet<String> {
    let names: HashMap<&PackageId, &str> =
        metadata.packages.iter().map(|package| (&package.id, package.name.as_str())).collect();
    let resolve = metadata.resolve.as_ref().expect("dependencies were asked for");
    let nodes: HashMap<&PackageId, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();

    let start =
        metadata.workspace_packages().into_iter().find(|package| package.name == crate_name);
    let mut ahead = vec![&start.unwrap_or_else(|| panic!("there is no crate {crate_name}")).id];
    let mut reached = BTreeSet::new();
    while let Some(id) = ahead.pop() {
        for dependency in &nodes[id].deps {
            let built_in =
                dependency.dep_kinds.iter().any(|kind| kind.kind != DependencyKind::Development);
            if built_in && reached.insert(names[&dependency.pkg].to_owned()) {
                ahead.push(&dependency.pkg);
            }
        }
    }
    reached
}
