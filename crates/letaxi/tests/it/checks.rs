//! `letaxi check` by the real program.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::backups::{ADMIN, Served, done, letaxi};
use crate::world::{Nats, postgres};

const TOWN: &str = r#"{"type": "FeatureCollection", "features": [{"type": "Feature",
    "properties": {"insee": "75056", "nom": "Paris"},
    "geometry": {"type": "Polygon", "coordinates": [[[2, 48], [3, 48], [3, 49], [2, 49], [2, 48]]]}}]}"#;

/// Lines of the result by name and subject: status, value with advice, facts.
type Lines = BTreeMap<(String, String), (String, String, Value)>;

/// Runs all checks with these settings; the exit code and the lines.
fn check(folder: &Path, database: &str, settings: &[(&str, &str)], more: &[&str]) -> (i32, Lines) {
    let arguments = [&["check", "--json", "--backups", "backups"], more].concat();
    let mut command = letaxi(folder, database, &arguments);
    let output = command.envs(settings.iter().copied()).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let result: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{errors}"));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let lines: Lines = result["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| {
            let said = format!("{}; {}", text(&line["value"]), text(&line["advice"]));
            let key = (text(&line["name"]), text(&line["subject"]));
            (key, (text(&line["status"]), said, line["facts"].clone()))
        })
        .collect();
    let worst = if lines.values().any(|(status, ..)| status == "failed") { "failed" } else { "" };
    assert!(worst.is_empty() || result["status"] == worst, "{result}");
    assert_eq!(output.status.code() == Some(1), worst == "failed", "{result}");
    (output.status.code().unwrap(), lines)
}

/// Checks a line: its status, unless that is empty, and a part of what it says.
fn says(lines: &Lines, name: &str, subject: &str, status: &str, part: &str) {
    let line = lines.get(&(name.to_owned(), subject.to_owned()));
    let (found, said, _) = line.unwrap_or_else(|| panic!("no line {name} {subject}: {lines:?}"));
    assert!(
        (found == status || status.is_empty()) && said.contains(part),
        "{name} {subject}: {found}: {said}"
    );
}

/// A port on which nobody listens.
fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A server that takes connections and closes them at once.
fn open_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || listener.incoming().for_each(drop));
    port
}

fn psql(url: &str, statement: &str) {
    let output = Command::new("psql").args(["-qX", "-c", statement, url]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn where_nothing_is_yet_nothing_is_made_and_nothing_fails() {
    let folder = tempfile::tempdir().unwrap();
    let (code, lines) = check(folder.path(), "sqlite://letaxi.db", &[], &[]);
    assert_eq!(code, 0);
    says(&lines, "settings", "", "ok", "no file letaxi.toml");
    says(&lines, "database", "", "warning", "there is no sqlite://letaxi.db yet");
    says(&lines, "secret_key", "", "ok", "the first start makes it");
    says(&lines, "backups", "", "warning", "there is no folder backups");
    assert!(lines.keys().all(|(name, _)| name != "territory"), "{lines:?}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);

    let server = postgres::fresh_database();
    let (code, lines) = check(folder.path(), &server, &[], &[]);
    assert_eq!(code, 0);
    // That of the tests is faster than safe.
    says(&lines, "database", "", "warning", "turn on fsync");
    says(&lines, "migrations", "", "warning", "there are no tables yet");
    says(&lines, "connections", "", "ok", " in use");
    assert!(!lines[&("database".to_owned(), String::new())].1.contains("password"));
}

#[test]
fn each_fault_of_the_settings_is_a_line() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("letaxi.toml"), "htpp = 1\nudp = 5").unwrap();
    let output = letaxi(folder.path(), "sqlite://letaxi.db", &["check"]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<_> = said.lines().collect();
    assert_eq!((output.status.code(), lines.len()), (Some(1), 2), "{said}");
    assert!(lines[0].starts_with("failed   settings: letaxi.toml: unknown setting htpp"), "{said}");
    assert!(lines[1].starts_with("failed   settings: letaxi.toml: udp is 5"), "{said}");
    std::fs::write(folder.path().join("letaxi.toml"), "nats = \"nats://localhost\"").unwrap();
    let (_, lines) = check(folder.path(), "sqlite://letaxi.db", &[], &[]);
    says(&lines, "settings", "", "failed", "a database of SQLite has one server");
}

#[test]
fn a_registry_is_checked_beside_its_server_and_without_it() {
    for database in ["sqlite://letaxi.db".to_owned(), postgres::fresh_database()] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        std::fs::create_dir_all(folder.join("town")).unwrap();
        std::fs::write(folder.join("town/towns.geojson"), TOWN).unwrap();
        let (open, closed) = (open_port(), closed_port());
        let listed = format!("127.0.0.1:{open},127.0.0.1:{closed}");
        let listed = [("LETAXI_PRIVATE_ENDPOINTS", listed.as_str())];
        done(folder, &database, &ADMIN);
        for (email, endpoint) in [
            ("open@b.fr", format!("http://127.0.0.1:{open}/secret?key=secret")),
            ("tls@b.fr", format!("https://127.0.0.1:{open}/")),
            ("closed@b.fr", format!("http://127.0.0.1:{closed}/")),
            ("none@b.fr", String::new()),
        ] {
            let create = ["user", "create", email, "--role", "operateur"];
            let endpoint = ["--hail-endpoint", &endpoint];
            let more = if endpoint[1].is_empty() { &[][..] } else { &endpoint[..] };
            let mut create = letaxi(folder, &database, &[&create, more].concat());
            assert!(create.envs(listed).status().unwrap().success(), "{email}");
        }
        let (code, lines) = check(folder, &database, &listed, &["--no-endpoints"]);
        assert_eq!(code, 1);
        says(&lines, "territory", "", "failed", "0 towns");
        done(folder, &database, &["import", "town"]);
        std::fs::create_dir(folder.join("backups")).unwrap();
        done(folder, &database, &["backup", "backups/one.backup"]);

        let before = std::fs::read(folder.join("letaxi.db")).unwrap_or_default();
        let served = Served::start(folder, &database);
        let (code, lines) = check(folder, &database, &listed, &[]);
        assert_eq!(code, 0, "{lines:?}");
        // On a machine under load it may be behind.
        says(&lines, "servers", "", "", "one server, alone");
        says(&lines, "operators", "", "ok", "1 of 3 endpoints reached");
        says(&lines, "endpoint", "open@b.fr", "ok", &format!("127.0.0.1:{open} is reached"));
        says(&lines, "endpoint", "tls@b.fr", "warning", "TLS fails");
        says(&lines, "endpoint", "closed@b.fr", "warning", "the connection fails");
        says(&lines, "endpoint", "none@b.fr", "warning", "no hail endpoint is set");
        says(&lines, "territory", "", "ok", "1 towns and 0 zones, imported 0 days ago");
        says(&lines, "backups", "", "ok", "the newest is 0 h old: backups/one.backup");
        says(&lines, "secret_key", "", "ok", "opens the keys in the database");
        says(&lines, "clock", "", "ok", "");
        assert!(!format!("{lines:?}").contains("secret?key"), "{lines:?}");
        drop(served);

        let (code, lines) = check(folder, &database, &[], &[]);
        assert_eq!(code, 1, "none of several is reached");
        says(&lines, "operators", "", "failed", "0 of 3 endpoints reached");
        says(&lines, "endpoint", "open@b.fr", "warning", "is not public");
        says(&lines, "servers", "", "ok", "no server is seen");
        let (_, lines) = check(folder, &database, &[], &["--no-endpoints"]);
        assert!(lines.keys().all(|(name, _)| name != "endpoint" && name != "operators"));
        if !before.is_empty() {
            done(folder, &database, &["recover"]);
            let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name());
            let files: Vec<_> =
                files.filter(|name| name.to_string_lossy().contains(".db")).collect();
            assert_eq!(files.len(), 2, "the database and the file of its lock: {files:?}");
        }
    }
}

#[test]
fn a_database_of_another_version_time_or_key_fails() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let database = postgres::fresh_database();
    done(folder, &database, &ADMIN);
    let skip = &["--no-endpoints"];
    psql(
        &database,
        "insert into activity (at, action, resource, resource_id, extra)
        values (now() + interval '1 hour', 'auth_apikey', 'user', '1', '{}')",
    );
    says(&check(folder, &database, &[], skip).1, "clock", "", "failed", "ahead of this clock");
    psql(&database, "delete from _sqlx_migrations where version = 36");
    says(&check(folder, &database, &[], skip).1, "migrations", "", "warning", "0036 are pending");
    psql(&database, "update _sqlx_migrations set version = 9999 where version = 35");
    says(&check(folder, &database, &[], skip).1, "migrations", "", "failed", "9999 are of a newer");
    std::fs::write(folder.join("letaxi.key"), "0".repeat(64)).unwrap();
    let lines = check(folder, &database, &[], skip).1;
    says(&lines, "secret_key", "", "failed", "does not open the keys in the database");
    std::fs::remove_file(folder.join("letaxi.key")).unwrap();
    says(
        &check(folder, &database, &[], skip).1,
        "secret_key",
        "",
        "failed",
        "letaxi.key is missing",
    );
    psql(&database, "drop table towns cascade");
    let lines = check(folder, &database, &[], skip).1;
    says(&lines, "territory", "", "failed", "cannot be read");
    says(&lines, "servers", "", "ok", "no server is seen");
}

#[test]
fn the_bus_and_the_mail_server_are_reached_or_fail() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let database = postgres::fresh_database();
    let nats = Nats::start();
    let url = nats.url();
    let (_, lines) = check(folder, &database, &[("LETAXI_NATS", &url)], &[]);
    says(&lines, "nats", "", "ok", "answers (nats-server ");
    let (bus, mail) = (closed_port(), closed_port());
    let (bus, mail) =
        (format!("nats://me:s3cret@127.0.0.1:{bus}"), format!("smtp://me:s3cret@127.0.0.1:{mail}"));
    let settings = [
        ("LETAXI_NATS", bus.as_str()),
        ("LETAXI_SMTP", &mail),
        ("LETAXI_MAIL_FROM", "a@b.fr"),
        ("LETAXI_PUBLIC_URL", "http://127.0.0.1"),
        ("LETAXI_UDP", "192.0.2.1:1"),
    ];
    let (code, lines) = check(folder, &database, &settings, &[]);
    assert_eq!(code, 1);
    says(&lines, "nats", "", "failed", "cannot be reached");
    says(&lines, "smtp", "", "failed", "mend the setting smtp");
    says(&lines, "udp_buffer", "", "failed", "no datagrams can be taken at 192.0.2.1");
    says(&lines, "database", "", "warning", "PostgreSQL ");
    assert!(!format!("{lines:?}").contains("s3cret"), "{lines:?}");
}

#[test]
fn a_database_that_does_not_answer_stops_no_other_check() {
    let folder = tempfile::tempdir().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let database = format!("postgres://me:s3cret@{}/x", silent.local_addr().unwrap());
    let (code, lines) = check(folder.path(), &database, &[], &[]);
    assert_eq!(code, 1);
    says(&lines, "database", "", "failed", "/x does not answer within 10 s");
    says(&lines, "udp_buffer", "", "", " granted");
    says(&lines, "secret_key", "", "ok", "");
    assert!(!format!("{lines:?}").contains("s3cret"), "{lines:?}");
}
