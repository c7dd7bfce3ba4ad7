//! PgBouncer between a server and PostgreSQL: it keeps neither the settings nor the lock of a session, so a server refuses it in
//! time and says so.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};

use super::cluster::Attacked;
use super::program::{complaint, until_true};
use crate::world::postgres::unprivileged;

/// A running PgBouncer.
struct Pooler {
    child: Child,
    port: u16,
    folder: String,
}

impl Pooler {
    /// Starts one that shares connections between transactions.
    fn start(database: &Attacked, more: &str) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let made = unprivileged("mktemp").arg("-d").current_dir("/").output().unwrap();
        let folder = String::from_utf8(made.stdout).unwrap().trim().to_owned();
        let configuration = format!(
            "[databases]\n* = host={} user=letaxi\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = any\npool_mode = transaction\n{more}\n",
            database.folder().display()
        );
        let file = format!("{folder}/pgbouncer.ini");
        let write = format!("cat >{file} <<'END'\n{configuration}\nEND");
        assert!(
            unprivileged("sh").args(["-c", &write]).current_dir("/").status().unwrap().success()
        );
        let mut pooler = unprivileged("/usr/sbin/pgbouncer");
        let pooler = pooler.arg("-q").arg(&file).current_dir("/").stdin(Stdio::null());
        let child =
            pooler.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect(
                "this test needs PgBouncer, so please type: sudo apt-get install pgbouncer",
            );
        until_true(|| TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self { child, port, folder }
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        // `runuser` passes this signal on, and no other.
        let pid = self.child.id().to_string();
        let _ = std::process::Command::new("kill").args(["-s", "TERM", &pid]).status();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn a_pooler_that_keeps_no_sessions_is_refused_and_keeps_no_lock() {
    let database = Attacked::start();
    let name = database.url.split(['/', '?']).nth(3).unwrap();
    for more in ["", "ignore_startup_parameters = options,extra_float_digits"] {
        let pooler = Pooler::start(&database, more);
        let said = complaint(&format!("postgres://letaxi@127.0.0.1:{}/{name}", pooler.port));
        assert!(said.contains("a connection pooler stands between"), "{more}: {said}");
        let locks = "select count(*) from pg_locks where locktype = 'advisory'";
        assert_eq!(database.ask(locks), "0");
    }
}
