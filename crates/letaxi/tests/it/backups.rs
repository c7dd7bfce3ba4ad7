//! Tests of backup and restore: the real program, on both engines.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::world::postgres;

pub(crate) fn letaxi(folder: &Path, database: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_letaxi"));
    command.args(arguments).current_dir(folder).env("LETAXI_DATABASE", database);
    command.env("LETAXI_SECRET_KEY_FILE", "letaxi.key").env_remove("RUST_LOG");
    command
}

pub(crate) fn run(folder: &Path, database: &str, arguments: &[&str]) -> (bool, String) {
    let output = letaxi(folder, database, arguments).output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

pub(crate) fn done(folder: &Path, database: &str, arguments: &[&str]) {
    let (well, said) = run(folder, database, arguments);
    assert!(well, "{arguments:?}: {said}");
}

pub(crate) fn refused(folder: &Path, database: &str, arguments: &[&str], why: &str) {
    let (well, said) = run(folder, database, arguments);
    assert!(!well && said.contains(why), "{arguments:?}: {said}");
}

/// The running program, until dropped.
pub(crate) struct Served(Child, String, String);

impl Served {
    pub(crate) fn start(folder: &Path, database: &str) -> Self {
        let mut command =
            letaxi(folder, database, &["serve", "--http", "127.0.0.1:0", "--udp", "none"]);
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
        let mut said = String::new();
        let address = lines.find_map(|line| {
            said += &line;
            let (_, rest) = line.split_once("address=")?;
            Some(rest.split_whitespace().next().unwrap().to_owned())
        });
        let address = address.unwrap_or_else(|| panic!("it does not start: {said}"));
        std::thread::spawn(move || lines.for_each(drop));
        Self(child, address, said)
    }

    pub(crate) fn status(&self, key: &str) -> u16 {
        let mut stream = TcpStream::connect(&self.1).unwrap();
        let head = format!(
            "GET /stats/managers HTTP/1.1\r\nhost: letaxi\r\nconnection: close\r\nx-api-key: {key}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) const ADMIN: [&str; 7] =
    ["user", "create", "a@b.fr", "--role", "admin", "--key", "the-key"];

#[test]
fn a_backup_of_a_serving_registry_is_served_elsewhere_with_the_same_keys() {
    let sqlite = || "sqlite://letaxi.db".to_owned();
    for (ours, theirs) in
        [(sqlite(), sqlite()), (postgres::fresh_database(), postgres::fresh_database())]
    {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (here, there) = (here.path(), there.path());
        refused(here, &ours, &["backup", "b"], "there is no registry");
        let served = Served::start(here, &ours);
        assert!(served.2.contains("letaxi import DIR"), "{}", served.2);
        assert!(served.2.contains("a NEW, EMPTY one was made"), "{}", served.2);
        done(here, &ours, &ADMIN);
        done(here, &ours, &["backup", "b"]);
        let file = here.join("b");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let left: Vec<_> =
            std::fs::read_dir(here).unwrap().map(|f| f.unwrap().file_name()).collect();
        assert!(!left.iter().any(|name| name.to_string_lossy().starts_with(".tmp")), "{left:?}");
        let file = file.to_str().unwrap();
        refused(here, &ours, &["restore", file], "is never overwritten");
        drop(served);

        // Existing files are kept, and a refused restore leaves nothing behind.
        std::fs::write(there.join("letaxi.key"), "another").unwrap();
        refused(there, &theirs, &["restore", file], "another secret key");
        std::fs::remove_file(there.join("letaxi.key")).unwrap();
        done(there, &theirs, &["restore", file]);
        let mode = |name| std::fs::metadata(there.join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode("letaxi.key"), 0o600);
        let served = Served::start(there, &theirs);
        assert_eq!((served.status("the-key"), served.status("no-key")), (200, 401));
        assert!(!served.2.contains("NEW, EMPTY"), "{}", served.2);
    }
}

#[test]
fn a_backup_that_is_cut_off_changed_or_none_at_all_is_refused_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let (here, there) = (folder.path(), folder.path().join("there"));
    std::fs::create_dir(&there).unwrap();
    let database = "sqlite://letaxi.db";
    done(here, database, &ADMIN);
    done(here, database, &["backup", "b"]);
    let whole = std::fs::read(here.join("b")).unwrap();
    let changed = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        bytes
    };
    let (key, page) = (whole.len(), whole.len() / 2);
    for (bytes, why) in [
        (b"no archive".to_vec(), "is not a backup of letaxi"),
        (Vec::new(), "is not a backup of letaxi"),
        (std::fs::read(here.join("letaxi.db")).unwrap(), "is not a backup of letaxi"),
        (whole[..key / 2].to_vec(), "truncated"),
        (changed(page), "has changed since the backup was created"),
    ] {
        std::fs::write(here.join("bad"), bytes).unwrap();
        refused(&there, database, &["restore", "../bad"], why);
        assert_eq!(std::fs::read_dir(&there).unwrap().count(), 0, "{why}");
    }
    done(&there, database, &["restore", "../b"]);
}

#[test]
fn the_demo_leaves_nothing_behind_however_early_it_is_stopped() {
    for signal in ["-INT", "-TERM", "-HUP"] {
        // After its folder exists, and after it answers.
        for line in ["everything lives in", "the reference of its API"] {
            let folder = tempfile::tempdir().unwrap();
            let mut child = Command::new(env!("CARGO_BIN_EXE_letaxi"))
                .args(["demo", "--taxis", "5", "--passengers", "1"])
                .env("TMPDIR", folder.path())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut lines =
                BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
            assert!(lines.any(|said| said.contains(line)), "{line}");
            let kill = Command::new("kill").args([signal, &child.id().to_string()]).status();
            assert!(kill.unwrap().success());
            lines.for_each(drop);
            child.wait().unwrap();
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "{signal} {line}");
        }
    }
}

#[test]
fn the_demo_refuses_settings_that_it_would_ignore() {
    let folder = tempfile::tempdir().unwrap();
    refused(folder.path(), "sqlite://x.db", &["demo", "--config", "my.toml"], "--config, LETAXI_");
}
