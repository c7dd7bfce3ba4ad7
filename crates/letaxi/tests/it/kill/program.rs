//! The program and an operator's server, as processes and sockets.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::world::secret_file;

/// The running program.
pub(super) struct Program {
    child: Child,
    /// Its address.
    pub(super) address: String,
    /// Reads its standard error from then on.
    rest: Option<JoinHandle<String>>,
    is_read: Arc<AtomicBool>,
}

impl Program {
    /// Starts it on a database, and waits until it serves.
    pub(super) async fn start(url: &str, operators_server: &str) -> Self {
        let started = try_start(url, operators_server).await;
        started.unwrap_or_else(|said| panic!("it does not start: {said}"))
    }

    /// Like [`Program::start`], with a limit of the size of files in blocks of 512 bytes: for SQLite, a write
    /// beyond it is an I/O error. [`Program::may_write`] lifts the limit.
    pub(super) async fn start_with_small_files(url: &str, server: &str, blocks: u64) -> Self {
        let mut shell = Command::new("sh");
        // Without the trap, the first write beyond the limit would end the program.
        let script = format!("trap '' XFSZ; ulimit -S -f {blocks}; exec \"$0\" \"$@\"");
        shell.args(["-c", &script, env!("CARGO_BIN_EXE_letaxi")]);
        Self::start_as(shell, url, server).await.unwrap()
    }

    /// Lifts the limit of files.
    pub(super) fn may_write(&self) {
        let pid = self.child.id().to_string();
        let set = Command::new("prlimit").args(["--pid", &pid, "--fsize=unlimited:"]).status();
        assert!(set.unwrap().success());
    }

    /// Like [`Program::start`], on a separate disk of so many bytes, which is mounted over the database's
    /// folder with its files. It disappears with the program.
    pub(super) async fn start_on_own_disk(
        url: &str,
        server: &str,
        folder: &Path,
        size: u64,
    ) -> Self {
        let mut shell = Command::new("unshare");
        let script = format!(
            "mount -t tmpfs -o size={size} tmpfs /mnt && cp -a {0}/. /mnt && mount --move /mnt {0} && exec \"$0\" \"$@\"",
            folder.display()
        );
        shell.args(["-rm", "sh", "-c", &script, env!("CARGO_BIN_EXE_letaxi")]);
        Self::start_as(shell, url, server).await.unwrap()
    }

    /// A folder as the program sees it.
    pub(super) fn folder(&self, folder: &Path) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.child.id()));
        root.join(folder.strip_prefix("/").unwrap())
    }

    /// Starts one of several servers that share this NATS; returns its error if it does not serve.
    pub(super) async fn try_start_node(
        url: &str,
        operators_server: &str,
        nats: &str,
    ) -> Result<Self, String> {
        Self::try_start_node_with(url, operators_server, nats, &[]).await
    }

    /// Like [`Program::try_start_node`], with variables of the environment.
    pub(super) async fn try_start_node_with(
        url: &str,
        operators_server: &str,
        nats: &str,
        variables: &[(&str, &str)],
    ) -> Result<Self, String> {
        let mut program = Command::new(env!("CARGO_BIN_EXE_letaxi"));
        program.env("LETAXI_NATS", nats).envs(variables.iter().copied());
        Self::start_as(program, url, operators_server).await
    }

    /// Sends it a signal, such as `STOP`.
    pub(super) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(sent.unwrap().success());
    }

    async fn start_as(mut command: Command, url: &str, server: &str) -> Result<Self, String> {
        serve(&mut command, url).env("LETAXI_PRIVATE_ENDPOINTS", server);
        tokio::task::spawn_blocking(move || Self::spawn(command)).await.unwrap()
    }

    fn spawn(mut command: Command) -> Result<Self, String> {
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut said = Vec::new();
        let address = lines.by_ref().map(Result::unwrap).find_map(|line| {
            let (_, rest) = line.split_once("address=").or_else(|| {
                said.push(line.clone());
                None
            })?;
            Some(rest.split_whitespace().next().unwrap().to_owned())
        });
        let Some(address) = address else {
            child.wait().unwrap();
            return Err(said.join("\n"));
        };
        let is_read = Arc::new(AtomicBool::new(true));
        let goes_on = Arc::clone(&is_read);
        let rest = std::thread::spawn(move || {
            lines.map_while(Result::ok).fold(String::new(), |said, line| {
                println!("{line}");
                while !goes_on.load(Ordering::SeqCst) {
                    std::thread::park();
                }
                said + &line + "\n"
            })
        });
        Ok(Self { child, address, rest: Some(rest), is_read })
    }

    /// Reads no more of its log, however full the pipe is.
    pub(super) fn leave_log_unread(&self) {
        self.is_read.store(false, Ordering::SeqCst);
    }

    /// Waits until it ends by itself; returns its exit code and its log since it served.
    pub(super) fn end(mut self) -> (Option<i32>, String) {
        let code = self.child.wait().unwrap().code();
        (code, self.rest.take().unwrap().join().unwrap())
    }

    /// Kills it like the system: no part of it continues.
    pub(super) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Leaves nothing behind after a failed test; a second kill does no harm.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts the program on a database; returns its error if it does not serve.
pub(super) async fn try_start(url: &str, operators_server: &str) -> Result<Program, String> {
    let program = Command::new(env!("CARGO_BIN_EXE_letaxi"));
    Program::start_as(program, url, operators_server).await
}

/// The error of a start that must fail.
pub(super) fn complaint(url: &str) -> String {
    let (well, said) = run(&["serve", "--http", "127.0.0.1:0", "--udp", "none"], url);
    assert!(!well, "{said}");
    said
}

/// The output of `letaxi nodes --json`.
pub(super) fn listed(url: &str) -> String {
    let mut program = Command::new(env!("CARGO_BIN_EXE_letaxi"));
    let output =
        on_database(program.args(["nodes", "--json"]), url).stdout(Stdio::piped()).output();
    String::from_utf8(output.unwrap().stdout).unwrap()
}

/// Runs a command of the program; returns true on success, and its error output.
pub(super) fn run(command: &[&str], url: &str) -> (bool, String) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_letaxi"));
    let output = on_database(program.args(command), url).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{said}");
    (output.status.success(), said)
}

fn serve<'a>(command: &'a mut Command, url: &str) -> &'a mut Command {
    on_database(command.args(["serve", "--http", "127.0.0.1:0", "--udp", "none"]), url)
}

fn on_database<'a>(command: &'a mut Command, url: &str) -> &'a mut Command {
    if !command.get_envs().any(|(name, _)| name == "RUST_LOG") {
        command.env_remove("RUST_LOG");
    }
    command
        .env("LETAXI_REQUESTS_PER_S", "0")
        .env("LETAXI_DATABASE", url)
        .env("LETAXI_SECRET_KEY_FILE", secret_file())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
}

/// An operator's server that records all hails, and accepts them unless set to be silent.
pub(super) struct Server {
    pub(super) address: String,
    /// Received hails, in the order of the calls.
    called: watch::Sender<Vec<String>>,
    answers: watch::Sender<bool>,
}

type Senders = State<(watch::Sender<Vec<String>>, watch::Sender<bool>)>;

async fn take(
    State((called, answers)): Senders,
    headers: HeaderMap,
    body: String,
) -> axum::Json<Value> {
    let hail: Value = serde_json::from_str(&body).unwrap();
    let id = hail["data"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(headers["x-letaxi-call-id"], id.as_str());
    called.send_modify(|called| called.push(id));
    answers.subscribe().wait_for(|answers| *answers).await.unwrap();
    axum::Json(json!({"data": [{"taxi_phone_number": "0611223344"}]}))
}

impl Server {
    pub(super) async fn start() -> Self {
        let (called, answers) = (watch::Sender::default(), watch::Sender::new(true));
        let state = (called.clone(), answers.clone());
        let router = Router::new().route("/hails", post(take)).with_state(state);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, called, answers }
    }

    /// True if it ever received this hail.
    pub(super) fn was_called_for(&self, hail: &str) -> bool {
        self.called.borrow().iter().any(|called| called == hail)
    }

    /// Sets if it answers, also for waiting calls.
    pub(super) fn answers(&self, answers: bool) {
        self.answers.send_replace(answers);
    }

    /// Waits for so many calls; returns the hails in the order of the calls.
    pub(super) async fn called(&self, times: usize) -> Vec<String> {
        let mut called = self.called.subscribe();
        let calls = called.wait_for(|calls| calls.len() >= times).await.unwrap();
        calls.clone()
    }
}

/// Makes a call over a new connection; returns status and body.
///
/// # Errors
///
/// If the connection breaks before the end of the answer.
pub(super) async fn call(address: &str, head: &str, body: &str) -> std::io::Result<(u16, String)> {
    call_for_all(address, head, body).await.map(|(status, _, body)| (status, body))
}

/// Like [`call`]; returns status, head and body.
pub(super) async fn call_for_all(
    address: &str,
    head: &str,
    body: &str,
) -> std::io::Result<(u16, String, String)> {
    let length = body.len();
    let request = format!(
        "{head}\r\nhost: letaxi\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n{body}"
    );
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let broken = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(broken)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().ok())?
    });
    if length.is_some_and(|length| length != body.len()) {
        return Err(broken());
    }
    Ok((status.ok_or_else(broken)?, head.to_owned(), body.to_owned()))
}

/// Waits, in a thread of its own, until something holds.
pub(super) fn until_true(holds: impl Fn() -> bool) {
    while !holds() {
        std::thread::yield_now();
    }
}
