//! `letaxi copy` by the real program: killed in the middle, and served afterwards. The tests of `storage` compare the
//! tables.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::backups::{ADMIN, Served, done, letaxi, refused};
use crate::world::postgres;

/// Lines of the activity log, so that the copy takes a moment.
const MANY: &str = "insert into activity (at, action, resource, resource_id, extra)
    select now(), 'auth_apikey', 'user', n::text, '{}' from generate_series(1, 20000) n";

fn psql(url: &str, statement: &str) -> String {
    let output = Command::new("psql").args(["-qXAt", "-c", statement, url]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Begins to copy, and kills the program when it says that it has come to this table.
fn killed_at(table: &str, folder: &Path, from: &str, to: &str) {
    let mut command = letaxi(folder, from, &["copy", "--from", from, "--to", to]);
    let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let said = format!("copying {table}: ");
    assert!(lines.any(|line| line.starts_with(&said)), "it never came to {table}");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_copy_that_was_killed_goes_on_and_is_served_with_the_same_keys() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (server, file) = (postgres::fresh_database(), "sqlite://copy.db");
    done(folder, &server, &ADMIN);
    psql(&server, MANY);
    killed_at("activity", folder, &server, file);
    refused(folder, file, &["serve", "--http", "127.0.0.1:0"], "is an unfinished copy");
    refused(folder, file, &["user", "list"], "is an unfinished copy");
    let check = letaxi(folder, file, &["check", "--no-endpoints"]).output().unwrap();
    let said = String::from_utf8_lossy(&check.stdout);
    assert!(said.contains("it is an unfinished copy: type the same"), "{said}");
    let output = letaxi(folder, &server, &["copy", "--from", &server, "--to", file, "--json"]);
    let output = { output }.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert!(!errors.contains("copying accounts"), "it went on: {errors}");
    let copied: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = |name: &str| {
        let tables = copied["tables"].as_array().unwrap();
        tables.iter().find(|table| table["name"] == name).unwrap()["rows"].as_u64().unwrap()
    };
    assert_eq!(rows("accounts"), 1);
    assert!(rows("activity") >= 20_000);
    assert_eq!(copied["left_out"], serde_json::json!([]));
    let source = Served::start(folder, file);
    assert_eq!((source.status("the-key"), source.status("no-key")), (200, 401));
    refused(folder, file, &["copy", "--from", file, "--to", &server], "another letaxi serves it");
}

#[test]
fn a_copy_says_what_it_did_and_what_it_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (file, server) = ("sqlite://letaxi.db", postgres::fresh_database());
    done(folder, file, &ADMIN);
    let copy = ["copy", "--from", file, "--to", &server];
    let output = letaxi(folder, file, &copy).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.lines().any(|line| line.starts_with("accounts   ")), "{said}");
    assert!(said.contains("secret_key_file to letaxi.key"), "{said}");
    assert_eq!(psql(&server, "select count(*) from changes"), "0");
    refused(folder, file, &copy, "the target is not empty");
    refused(folder, file, &["copy", "--from", "sqlite://no.db", "--to", &server], "no registry");
    refused(folder, file, &["copy", "--from", file, "--to", "sqlite://b.db"], "the same engine");
    assert!(!folder.join("no.db").exists() && !folder.join("b.db").exists());
}
