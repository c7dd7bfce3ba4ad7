//! A private PostgreSQL for tests: created in a temporary folder, reached through a Unix socket there, and
//! stopped and removed when the test run ends, however it ends.
//!
//! Tests of other crates include this file too. It needs Debian's package `postgresql`; if that
//! is missing, a test fails with the line to type, because a test that skips itself proves nothing.

use std::os::unix::fs::MetadataExt;
use std::os::unix::process::parent_id;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The cluster of this test run, started by the first test that asks.
///
/// cargo-nextest runs each test in a process of its own; these processes share one cluster, which ends with
/// their parent. Other runners get one cluster per process.
static CLUSTER: LazyLock<Cluster> = LazyLock::new(|| match std::env::var("NEXTEST_RUN_ID") {
    Ok(run) => {
        let folder = std::env::temp_dir().join(format!("letaxi-tests-{run}"));
        Cluster::join(NO_DURABILITY, parent_id(), Some(&folder))
    }
    Err(_) => Cluster::start(NO_DURABILITY),
});

/// Tests do not survive a crash, so their data need not either.
const NO_DURABILITY: &str = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off";

/// Prints the folder of a running server. Creates folder and server first, unless another process did; a
/// background process stops the server and removes the folder when the watched process has ended, so even
/// a killed test leaves nothing behind.
const SCRIPT: &str = r#"
set -eu
programs=$1 settings=$2 watched=$3 folder=$4
if [ -n "$folder" ]; then mkdir -p -m 700 "$folder"; else folder=$(mktemp -d); fi
cd "$folder"
exec 9>lock
flock 9
if [ ! -e ready ]; then
    trap '[ -e ready ] || rm -rf "$folder"' EXIT
    "$programs/initdb" -D data -U letaxi -A trust -E UTF8 --locale=C --no-sync >log 2>&1 || { cat log; exit 1; }
    "$programs/pg_ctl" -D data -l log -w start -o "-k $folder -c listen_addresses='' -c max_connections=500 $settings" \
        >start 2>&1 9>&- || { cat start log; exit 1; }
    setsid sh -c 'tail --pid="$1" -f /dev/null; "$2/pg_ctl" -D data -m immediate stop; rm -rf "$3"' \
        sh "$watched" "$programs" "$folder" </dev/null >/dev/null 2>&1 9>&- &
    touch ready
fi
echo "at $folder"
"#;

/// An empty server.
pub(crate) struct Cluster {
    /// Its socket, its log, and its files in `data`.
    pub(crate) folder: PathBuf,
    /// The server's programs.
    pub(crate) programs: PathBuf,
    databases: AtomicU32,
}

impl Cluster {
    /// Starts a server with these settings; it ends with this process.
    pub(crate) fn start(settings: &str) -> Self {
        Self::join(settings, std::process::id(), None)
    }

    /// Joins the server in that folder, or in a new one; starts it if nobody did. It ends with the
    /// process of the number `watched`.
    fn join(settings: &str, watched: u32, folder: Option<&Path>) -> Self {
        let programs = programs();
        let script = unprivileged("sh")
            .args(["-c", SCRIPT, "sh"])
            .arg(&programs)
            .args([settings, &watched.to_string()])
            .arg(folder.unwrap_or(Path::new("")))
            .current_dir("/")
            .stdin(Stdio::null())
            .output()
            .expect("sh starts");
        let printed = String::from_utf8_lossy(&script.stdout);
        let Some(folder) = printed.trim().strip_prefix("at ").map(PathBuf::from) else {
            let errors = String::from_utf8_lossy(&script.stderr);
            panic!("PostgreSQL does not start: {printed}{errors}")
        };
        Self { folder, programs, databases: AtomicU32::new(0) }
    }

    /// Creates an empty database and returns its address.
    pub(crate) fn fresh_database(&self) -> String {
        let Self { folder, programs, databases } = self;
        let number = databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{number}", std::process::id());
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

/// Creates an empty database and returns its address.
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

/// A command for an ordinary user: PostgreSQL refuses to run as root.
pub(crate) fn unprivileged(program: &str) -> Command {
    let root = Path::new("/proc/self").metadata().is_ok_and(|process| process.uid() == 0);
    if !root {
        return Command::new(program);
    }
    // The package creates this user.
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--", program]);
    command
}
