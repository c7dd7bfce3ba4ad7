//! A PostgreSQL with a standby, behind an address that moves to the standby when it is promoted.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use tokio::net::{TcpListener, UnixStream};
use tokio::sync::watch;

use super::program::until_true;
use crate::world::postgres::{Cluster, unprivileged};

/// Settings of normal service, without disk syncs: servers are killed, not machines.
const SETTINGS: &str = "-c fsync=off -c synchronous_commit=on";

/// Copies the server in `$2` into the folder `$3` as its standby, and starts that. `$1` has the programs.
const STANDBY: &str = r#"
"$1/pg_basebackup" -h "$2" -U letaxi -D "$3/data" -R -X stream -c fast --no-sync
"$1/pg_ctl" -D "$3/data" -l "$3/log" -w -s -o "-k $3 -c listen_addresses='' -c max_connections=500 $4" start
setsid sh -c 'tail --pid="$1" -f /dev/null; "$2/pg_ctl" -D "$3/data" -m immediate stop; rm -rf "$3"' \
    sh "$5" "$1" "$3" </dev/null >/dev/null 2>&1 &
"#;

/// A primary and its standby.
pub(super) struct Pair {
    primary: Cluster,
    standby: PathBuf,
    /// Name of the database.
    database: String,
    /// The server to which the address leads.
    target: Arc<watch::Sender<PathBuf>>,
    /// The address.
    pub(super) url: String,
}

impl Pair {
    pub(super) async fn start() -> Self {
        let (primary, standby, database) = tokio::task::spawn_blocking(start_both).await.unwrap();
        let target = Arc::new(watch::Sender::new(primary.folder.clone()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(lead(listener, Arc::clone(&target)));
        let url = format!("postgres://letaxi@127.0.0.1:{port}/{database}");
        Self { primary, standby, database, target, url }
    }

    /// From now on a change is answered once the standby has it, too.
    pub(super) fn wait_for_standby(&self) {
        self.ask_primary("alter system set synchronous_standby_names = '*'");
        self.ask_primary("select pg_reload_conf()");
        until_true(|| self.ask_primary("select sync_state from pg_stat_replication") == "sync");
    }

    /// Waits until the standby has all that the primary has.
    pub(super) fn catch_up(&self) {
        let behind =
            "select bool_and(replay_lsn >= pg_current_wal_flush_lsn()) from pg_stat_replication";
        until_true(|| self.ask_primary(behind) == "t");
    }

    /// Cuts the standby off from the primary, which serves on.
    pub(super) fn stop_copying(&self) {
        self.ask_standby("alter system set primary_conninfo = ''");
        self.ask_standby("select pg_reload_conf()");
        until_true(|| self.ask_standby("select count(*) from pg_stat_wal_receiver") == "0");
    }

    fn ask_primary(&self, statement: &str) -> String {
        ask(&self.primary.folder, &self.database, statement)
    }

    /// Kills the primary as a crash does.
    pub(super) fn lose_primary(&self) {
        kill_at_once(&self.primary.folder);
    }

    /// Makes the standby the primary, and lets the address lead to it.
    pub(super) fn promote(&self) {
        let mut control = unprivileged(self.primary.programs.join("pg_ctl").to_str().unwrap());
        let promote =
            control.args(["-w", "-s", "-D"]).arg(self.standby.join("data")).arg("promote");
        let status = promote.current_dir("/").stdin(Stdio::null()).status();
        assert!(status.unwrap().success(), "it is not promoted");
        self.target.send_replace(self.standby.clone());
    }

    /// Runs a statement on the standby.
    pub(super) fn ask_standby(&self, statement: &str) -> String {
        ask(&self.standby, &self.database, statement)
    }
}

/// Kills a server of PostgreSQL, all of its processes, without a word.
pub(super) fn kill_at_once(folder: &Path) {
    let pid = std::fs::read_to_string(folder.join("data/postmaster.pid")).unwrap();
    let pid = pid.lines().next().unwrap();
    let script = format!("kill -9 {pid} $(pgrep -P {pid})");
    assert!(Command::new("sh").args(["-c", &script]).status().unwrap().success());
    // Nobody may wait for it, so that it stays as a zombie.
    let lives = || {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with(" Z"))
    };
    while lives() {
        std::thread::yield_now();
    }
}

fn ask(folder: &Path, database: &str, statement: &str) -> String {
    let mut psql = Command::new("psql");
    psql.args(["-qXAt", "-U", "letaxi", "-h"]).arg(folder).args(["-c", statement, database]);
    let said = psql.output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    String::from_utf8(said.stdout).unwrap().trim().to_owned()
}

fn start_both() -> (Cluster, PathBuf, String) {
    let primary = Cluster::start(SETTINGS);
    let url = primary.fresh_database();
    let database = url.split(['/', '?']).nth(3).unwrap().to_owned();
    let made = unprivileged("mktemp").arg("-d").current_dir("/").output().unwrap();
    let standby = PathBuf::from(String::from_utf8(made.stdout).unwrap().trim());
    let copied = unprivileged("sh")
        .args(["-ec", STANDBY, "sh"])
        .args([primary.programs.as_path(), primary.folder.as_path(), standby.as_path()])
        .args([SETTINGS, &std::process::id().to_string()])
        .current_dir("/")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stderr));
    (primary, standby, database)
}

/// Leads connections to the present target, and breaks them when it changes.
async fn lead(listener: TcpListener, target: Arc<watch::Sender<PathBuf>>) {
    loop {
        let (mut client, _) = listener.accept().await.unwrap();
        let mut changes = target.subscribe();
        tokio::spawn(async move {
            let socket = changes.borrow_and_update().join(".s.PGSQL.5432");
            let Ok(mut server) = UnixStream::connect(socket).await else { return };
            tokio::select! {
                _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
                _ = changes.changed() => {}
            }
        });
    }
}
