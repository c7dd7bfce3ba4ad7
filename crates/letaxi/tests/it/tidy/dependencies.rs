//! The root `Cargo.toml` gives a reason for each dependency. Licences, sources, bans and unused dependencies are
//! checked by cargo-deny and cargo-machete: `make rules`.

use super::{assert_none, read};

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

/// Dependencies of a root `Cargo.toml` without a comment. A comment covers the lines below it up to the next
/// comment or blank line.
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
