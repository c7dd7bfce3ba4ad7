//! A private PostgreSQL for tests: made in a temporary folder, reached through a socket there, and
//! gone when the test's process ends, however it ends.
//!
//! Tests of other crates include this file too. It needs Debian's package `postgresql`; where that
//! is missing a test fails with the line to type, because a test that skips itself proves nothing.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The cluster of this process, started by the first test that asks.
static CLUSTER: LazyLock<Cluster> = LazyLock::new(|| Cluster::start(FORGETFUL));

/// Nothing here must survive a crash.
const FORGETFUL: &str = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off";

/// Makes the folder, starts the server, says where it is, and waits for the end of its standard
/// input: the test's process holds the other end, so even a killed test leaves nothing behind.
const SCRIPT: &str = r#"
set -eu
folder=$(mktemp -d)
cd "$folder"
trap 'rm -rf "$folder"' EXIT
"$1/initdb" -D data -U letaxi -A trust -E UTF8 --locale=C --no-sync >log 2>&1 || { cat log; exit 1; }
"$1/pg_ctl" -D data -l log -w start -o "-k $folder -c listen_addresses='' -c max_connections=200 $2" >start 2>&1 || { cat start log; exit 1; }
echo "at $folder"
cat >/dev/null || true
"$1/pg_ctl" -D data -m immediate stop >/dev/null 2>&1
"#;

/// A server with nothing in it.
pub(crate) struct Cluster {
    /// Where its socket is, its log, and its files in `data`.
    pub(crate) folder: PathBuf,
    /// The server's programs.
    pub(crate) programs: PathBuf,
    made: AtomicU32,
    /// Holds the server's life: see [`SCRIPT`].
    _keeper: Child,
}

impl Cluster {
    /// Starts a server with these settings.
    pub(crate) fn start(settings: &str) -> Self {
        let programs = programs();
        let mut keeper = unprivileged("sh")
            .args(["-c", SCRIPT, "sh"])
            .arg(&programs)
            .arg(settings)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Not the test's own, which the runner waits for: the server ends a moment after the test.
            .stderr(Stdio::piped())
            .spawn()
            .expect("sh starts");
        let mut said = String::new();
        let mut stdout = BufReader::new(keeper.stdout.as_mut().expect("it is piped"));
        stdout.read_line(&mut said).expect("it says text");
        let folder = said.trim().strip_prefix("at ").map(PathBuf::from);
        let folder = folder.unwrap_or_else(|| {
            stdout.read_to_string(&mut said).expect("it says text");
            let stderr = keeper.stderr.as_mut().expect("it is piped");
            stderr.read_to_string(&mut said).expect("it says text");
            panic!("PostgreSQL does not start: {said}")
        });
        Self { folder, programs, made: AtomicU32::new(0), _keeper: keeper }
    }

    /// Makes an empty database and gives its address.
    pub(crate) fn fresh_database(&self) -> String {
        let Self { folder, programs, made, .. } = self;
        let name = format!("test_{}", made.fetch_add(1, Ordering::Relaxed));
        let created = Command::new(programs.join("createdb"))
            .args(["-U", "letaxi", "-h"])
            .arg(folder)
            .arg(&name)
            .output()
            .expect("createdb starts");
        assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stderr));
        format!("postgres://letaxi@localhost/{name}?host={}", folder.display())
    }
}

/// Makes an empty database and gives its address.
pub(crate) fn fresh_database() -> String {
    CLUSTER.fresh_database()
}

/// The folder of the newest version's programs.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let with_version = versions.filter_map(|entry| {
        let version: u32 = entry.file_name().to_str()?.parse().ok()?;
        let programs = entry.path().join("bin");
        programs.join("initdb").exists().then_some((version, programs))
    });
    let newest = with_version.max().map(|(_, programs)| programs);
    newest.expect("these tests need PostgreSQL, so please type: sudo apt-get install postgresql")
}

/// A command that is not run as root, which PostgreSQL refuses.
pub(crate) fn unprivileged(program: &str) -> Command {
    let root = Path::new("/proc/self").metadata().is_ok_and(|process| process.uid() == 0);
    if !root {
        return Command::new(program);
    }
    // The package made this user.
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--", program]);
    command
}
