//! A private NATS for tests, on a free port of this machine.
//!
//! It needs Debian's package `nats-server`; if that is missing, a test fails with the line to type.

use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// A server of NATS, which ends with the test.
pub(crate) struct Nats {
    server: Option<Child>,
    port: u16,
    /// Files of a server that demands a password and TLS.
    guarded: Option<TempDir>,
}

/// The configuration of such a server.
const GUARDED: &str = r#"
authorization { user: letaxi, password: "open sesame" }
tls { cert_file: "server.pem", key_file: "server.key", timeout: 10 }
"#;

/// Makes its certificates.
const CERTIFICATES: &str = "
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=authority -days 2
openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=nats
printf 'subjectAltName=IP:127.0.0.1' >names
openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem -days 2 -extfile names
";

impl Nats {
    /// Starts a server, and waits until it listens.
    pub(crate) fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut nats = Self { server: None, port, guarded: None };
        nats.start_again();
        nats
    }

    /// Starts one that demands a password and TLS.
    pub(crate) fn start_guarded() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("nats.conf"), GUARDED).unwrap();
        let mut shell = Command::new("sh");
        let made = shell.args(["-ec", CERTIFICATES]).current_dir(folder.path()).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut nats = Self { server: None, port, guarded: Some(folder) };
        nats.start_again();
        nats
    }

    /// The setting `nats` with this password.
    pub(crate) fn guarded_url(&self, password: &str) -> String {
        format!("tls://letaxi:{password}@127.0.0.1:{}", self.port)
    }

    /// The certificate of its authority.
    pub(crate) fn authority(&self) -> PathBuf {
        self.guarded.as_ref().unwrap().path().join("ca.pem")
    }

    /// The setting `nats` for it.
    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Kills it.
    pub(crate) fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill().unwrap();
            server.wait().unwrap();
        }
    }

    /// Starts it again at the same address.
    pub(crate) fn start_again(&mut self) {
        let port = self.port.to_string();
        let mut server = Command::new(program());
        if let Some(folder) = &self.guarded {
            server.args(["-c", "nats.conf"]).current_dir(folder.path());
        }
        let server = server
            .args(["-a", "127.0.0.1", "-p", &port])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Ends it with this process, however that ends.
        let watch = "(tail --pid=\"$1\" -f /dev/null; kill \"$2\") >/dev/null 2>&1 &";
        let watched = Command::new("sh")
            .args(["-c", watch, "sh", &std::process::id().to_string(), &server.id().to_string()])
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(watched.unwrap().success());
        self.server = Some(server);
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let ended = self.server.as_mut().unwrap().try_wait().unwrap();
            assert!(ended.is_none(), "nats-server ended: {ended:?}");
            std::thread::yield_now();
        }
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        self.kill();
    }
}

fn program() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let usual = ["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from);
    let folders = std::env::split_paths(&path).chain(usual);
    let mut programs = folders.map(|folder| folder.join("nats-server"));
    programs
        .find(|program| Path::is_file(program))
        .expect("these tests need NATS, so please type: sudo apt-get install nats-server")
}
