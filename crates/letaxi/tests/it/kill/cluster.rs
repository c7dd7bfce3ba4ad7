//! A private PostgreSQL that tests stop and start: its commits must survive a crash.

use std::path::Path;
use std::process::{Command, Stdio};

use super::program::until_true;
use crate::world::postgres::{Cluster, unprivileged};

/// Settings of normal service, without disk syncs: the server is killed, not the machine.
const SETTINGS: &str = "-c fsync=off -c synchronous_commit=on";

/// A server under attack.
pub(super) struct Attacked {
    cluster: Cluster,
    pub(super) url: String,
}

impl Attacked {
    pub(super) fn start() -> Self {
        Self::start_with(SETTINGS)
    }

    /// Starts one that syncs its disk.
    pub(super) fn start_synced() -> Self {
        Self::start_with("")
    }

    fn start_with(settings: &str) -> Self {
        let cluster = Cluster::start(settings);
        let url = cluster.fresh_database();
        Self { cluster, url }
    }

    /// Terminates all connections of the program.
    pub(super) fn cut(&self) {
        let cut = "select pg_terminate_backend(pid) from pg_stat_activity
            where application_name like 'letaxi%'";
        self.ask(cut);
    }

    /// Runs an SQL statement; returns its trimmed output.
    pub(super) fn ask(&self, statement: &str) -> String {
        let said = self.psql().args(["-c", statement, &self.url]).output().unwrap();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        String::from_utf8(said.stdout).unwrap().trim().to_owned()
    }

    /// `psql` with bare values as output.
    pub(super) fn psql(&self) -> Command {
        let mut psql = Command::new(self.cluster.programs.join("psql"));
        psql.arg("-qXAt");
        psql
    }

    /// Its folder.
    pub(super) fn folder(&self) -> &Path {
        &self.cluster.folder
    }

    /// Stops it at once, like a crash.
    pub(super) fn crash(&self) {
        self.control(&["-m", "immediate", "stop"]);
    }

    /// Starts it again; it recovers and then accepts connections.
    pub(super) fn recover(&self) {
        assert!(self.try_recover(), "it does not start");
    }

    /// As [`Self::recover`], as soon as all processes of the killed server are gone.
    pub(super) fn recover_from_a_kill(&self) {
        until_true(|| self.try_recover());
    }

    fn try_recover(&self) -> bool {
        let folder = self.cluster.folder.display();
        let options =
            format!("-k {folder} -c listen_addresses='' -c max_connections=500 {SETTINGS}");
        self.try_control(&["-w", "-l", "log", "-o", &options, "start"])
    }

    fn control(&self, arguments: &[&str]) {
        assert!(self.try_control(arguments), "pg_ctl {arguments:?}");
    }

    fn try_control(&self, arguments: &[&str]) -> bool {
        let mut control = unprivileged(self.cluster.programs.join("pg_ctl").to_str().unwrap());
        let control = control.args(["-D", "data", "-s"]).args(arguments);
        // A started server keeps the given file descriptors open.
        let status = control.current_dir(&self.cluster.folder).stdin(Stdio::null()).status();
        status.unwrap().success()
    }
}
