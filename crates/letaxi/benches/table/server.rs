//! Programs under measurement, each in a process of its own.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use reqwest::Client;

use crate::country::{now, since};

/// The program under measurement; another build can be set, for comparisons.
pub(crate) fn program() -> String {
    std::env::var("LETAXI").unwrap_or(env!("CARGO_BIN_EXE_letaxi").to_owned())
}

/// A server, stopped when it is dropped.
pub(crate) struct Server {
    child: Child,
    /// Base URL: `http://127.0.0.1:…`.
    pub(crate) base: String,
    /// Time from its start to its first answer.
    pub(crate) started_in: Duration,
}

impl Server {
    /// Starts the registry on this database.
    pub(crate) async fn registry(url: &str, key_file: &Path) -> Self {
        let command = Self::command(url, key_file);
        Self::start(command, |command, address| command.args(["--http", address])).await
    }

    /// Starts one of several servers of this database, and waits until it knows what the others know.
    pub(crate) async fn node(url: &str, key_file: &Path, nats: &str) -> Self {
        let mut command = Self::command(url, key_file);
        command.env("LETAXI_NATS", nats);
        let node = Self::start(command, |command, address| command.args(["--http", address])).await;
        let (client, begin) = (Client::builder().no_proxy().build().unwrap(), now());
        let ready = || client.get(format!("{}/readyz", node.base)).send();
        while !ready().await.is_ok_and(|answer| answer.status() == 200) {
            assert!(since(begin) < Duration::from_mins(1), "{} is not ready", node.base);
        }
        node
    }

    fn command(url: &str, key_file: &Path) -> Command {
        let mut command = Command::new(program());
        command.args(["serve", "--database", url]).env("LETAXI_SECRET_KEY_FILE", key_file);
        command.env("RUST_LOG", "error");
        // One key makes all calls here, without a limit.
        command.env("LETAXI_REQUESTS_PER_S", "0").env("LETAXI_POSITIONS_PER_S", "0");
        command.env("LETAXI_UDP", "none");
        command
    }

    /// The registry on this database, allowed to call an operator's server at this private address.
    pub(crate) async fn calling(url: &str, key_file: &Path, endpoint: &str) -> Self {
        let mut command = Self::command(url, key_file);
        command.env("LETAXI_PRIVATE_ENDPOINTS", endpoint);
        Self::start(command, |command, address| command.args(["--http", address])).await
    }

    /// Starts the floor: this program, which serves the answers of a folder.
    pub(crate) async fn floor(folder: &Path) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.env("LETAXI_BENCH_FLOOR", folder);
        Self::start(command, |command, address| command.env("LETAXI_BENCH_ADDRESS", address)).await
    }

    async fn start(
        mut command: Command,
        listen: impl for<'c> Fn(&'c mut Command, &str) -> &'c mut Command,
    ) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap().to_string();
        drop(free);
        let child = listen(&mut command, &address).stdout(Stdio::null()).spawn().unwrap();
        let base = format!("http://{address}");
        let (client, begin) = (Client::builder().no_proxy().build().unwrap(), now());
        while client.get(format!("{base}/nothing-is-here")).send().await.is_err() {
            tokio::task::yield_now().await;
            assert!(since(begin) < Duration::from_mins(1), "no answer from {address}");
        }
        Self { child, base, started_in: since(begin) }
    }

    /// Processor time used, in milliseconds.
    pub(crate) fn cpu_ms(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        cpu_ms(&stat, 2)
    }

    /// Resident memory, in bytes.
    pub(crate) fn resident_bytes(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches("kB").trim().parse::<f64>().unwrap() * 1024.0
    }
}

/// Processor time of all PostgreSQL processes of this machine, in milliseconds.
pub(crate) fn postgres_cpu_ms() -> f64 {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let stats =
        processes.filter_map(|process| std::fs::read_to_string(process.path().join("stat")).ok());
    // With those of its processes that have ended.
    stats.filter(|stat| stat.contains("(postgres)")).map(|stat| cpu_ms(&stat, 4)).sum()
}

/// The sum of so many of the times that a process has used, in milliseconds: user, system, and both of its children.
fn cpu_ms(stat: &str, times: usize) -> f64 {
    let after_name = stat.rsplit_once(')').unwrap().1;
    let hundredths = after_name.split_whitespace().skip(11).take(times);
    hundredths.map(|ticks| ticks.parse::<f64>().unwrap() * 10.0).sum()
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have stopped already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
