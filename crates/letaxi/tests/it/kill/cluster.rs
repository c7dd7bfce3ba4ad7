//! A PostgreSQL of its own, to be stopped and started: what it has committed must survive a crash.

use std::process::{Command, Stdio};

use crate::world::postgres::{Cluster, unprivileged};

/// As it is set for service, but for the disk: the server is killed, not the machine.
const SETTINGS: &str = "-c fsync=off -c synchronous_commit=on";

/// A server that can be attacked.
pub(super) struct Attacked {
    cluster: Cluster,
    pub(super) url: String,
}

impl Attacked {
    pub(super) fn start() -> Self {
        let cluster = Cluster::start(SETTINGS);
        let url = cluster.fresh_database();
        Self { cluster, url }
    }

    /// Ends all connections of the program, whatever they are doing.
    pub(super) fn cut(&self) {
        let cut = "select pg_terminate_backend(pid) from pg_stat_activity
            where application_name like 'letaxi%'";
        self.ask(cut);
    }

    /// Puts a statement to the database; what it answers, trimmed.
    pub(super) fn ask(&self, statement: &str) -> String {
        let said = self.psql().args(["-c", statement, &self.url]).output().unwrap();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        String::from_utf8(said.stdout).unwrap().trim().to_owned()
    }

    /// `psql`, which says values alone.
    pub(super) fn psql(&self) -> Command {
        let mut psql = Command::new(self.cluster.programs.join("psql"));
        psql.arg("-qXAt");
        psql
    }

    /// Ends it at once, as a crash would.
    pub(super) fn crash(&self) {
        self.control(&["-m", "immediate", "stop"]);
    }

    /// Starts it again; it recovers, and then takes connections.
    pub(super) fn recover(&self) {
        let folder = self.cluster.folder.display();
        let options =
            format!("-k {folder} -c listen_addresses='' -c max_connections=500 {SETTINGS}");
        self.control(&["-w", "-l", "log", "-o", &options, "start"]);
    }

    fn control(&self, arguments: &[&str]) {
        let mut control = unprivileged(self.cluster.programs.join("pg_ctl").to_str().unwrap());
        let control = control.args(["-D", "data", "-s"]).args(arguments);
        // A server that is started keeps what it is given to write to.
        let status = control.current_dir(&self.cluster.folder).stdin(Stdio::null()).status();
        assert!(status.unwrap().success(), "pg_ctl {arguments:?}");
    }
}
