//! What we may depend on: the rules of `deny.toml`, applied also where cargo-deny is not installed,
//! and what the root `Cargo.toml` promises of each dependency.

use super::{assert_none, files_under, licences, metadata, read, read_toml, texts};

#[test]
fn every_licence_is_one_that_we_may_ship() {
    let rules = read_toml("deny.toml");
    let allowed = texts(&rules["licenses"], "allow");
    let mut faults = Vec::new();
    for package in metadata().packages {
        let licence = package.license.as_deref().unwrap_or("");
        if !licences::satisfied(licence, &allowed) {
            faults.push(format!(
                "{} {}: licence '{licence}' is not among those of deny.toml",
                package.name, package.version
            ));
        }
    }
    assert_none(&faults);
}

#[test]
fn every_dependency_comes_from_an_allowed_registry() {
    let rules = read_toml("deny.toml");
    let allowed = texts(&rules["sources"], "allow-registry");
    let mut faults = Vec::new();
    for package in metadata().packages {
        // Only our own crates have no source.
        let Some(source) = package.source else { continue };
        if !source
            .repr
            .strip_prefix("registry+")
            .is_some_and(|registry| allowed.contains(&registry))
        {
            faults.push(format!(
                "{} comes from {}, not from a registry of deny.toml",
                package.name, source.repr
            ));
        }
    }
    assert_none(&faults);
}

#[test]
fn nothing_that_deny_toml_bans_is_built() {
    let rules = read_toml("deny.toml");
    let bans = rules["bans"]["deny"].as_array().expect("a list of bans");
    assert!(!bans.is_empty(), "deny.toml bans nothing");
    let packages = metadata().packages;
    let mut faults = Vec::new();
    for ban in bans {
        let name = ban["name"].as_str().expect("a ban has a name");
        let reason = ban["reason"].as_str().expect("a ban has a reason");
        if packages.iter().any(|package| package.name == name) {
            faults.push(format!(
                "{name} is built, although {reason}; `cargo tree --invert {name}` says for whom"
            ));
        }
    }
    assert_none(&faults);
}

#[test]
fn no_dependency_takes_whatever_version_comes() {
    let mut faults = Vec::new();
    for package in metadata().workspace_packages() {
        for dependency in package.dependencies.iter().filter(|dependency| dependency.path.is_none())
        {
            if dependency.req.comparators.is_empty() {
                faults.push(format!("{}: {} has no version", package.name, dependency.name));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn versions_stand_in_the_root_alone() {
    let mut faults = Vec::new();
    for manifest in files_under("crates").iter().filter(|path| path.ends_with("Cargo.toml")) {
        let manifest_text = read_toml(manifest);
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let dependencies = manifest_text.get(section).and_then(toml::Value::as_table);
            for (name, wanted) in dependencies.into_iter().flatten() {
                if !wanted.get("workspace").and_then(toml::Value::as_bool).unwrap_or(false) {
                    faults.push(format!("{}: write `{name}.workspace = true`; version, features and reason go to the root", manifest.display()));
                }
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn every_dependency_says_why_it_is_there() {
    assert_none(&without_reason(&read("Cargo.toml")));
}

#[test]
fn a_reason_covers_its_own_group_and_no_more() {
    let manifest = "
# Above the table: not a reason.
[workspace.dependencies]
bare = \"1\"
# Reading and writing.
pen = \"1\"
paper = { version = \"1\" }

ink = \"1\"
[profile.dev]
debug = 1
";
    assert_eq!(
        without_reason(manifest),
        [
            "Cargo.toml line 4: `bare = \"1\"` has no reason",
            "Cargo.toml line 9: `ink = \"1\"` has no reason"
        ]
    );
}

/// The dependencies of a root `Cargo.toml` that no comment speaks for. A comment speaks for the lines
/// below it as far as the next comment or blank line.
fn without_reason(manifest: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let (mut inside, mut reason) = (false, false);
    for (number, line) in (1..).zip(manifest.lines()) {
        if line.starts_with('[') {
            inside = line == "[workspace.dependencies]";
            reason = false;
        } else if line.trim().is_empty() {
            reason = false;
        } else if line.starts_with('#') {
            reason = true;
        } else if inside && !reason && !line.starts_with([' ', ']']) {
            faults.push(format!("Cargo.toml line {number}: `{line}` has no reason"));
        }
    }
    faults
}
