//! Runs PostgreSQL's programs `pg_dump` and `pg_restore` as child processes.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, bail};
use percent_encoding::percent_decode_str;
use tokio::process::Command;
use url::Url;

/// Parameters of an address that PostgreSQL's programs understand; sqlx has more.
const KNOWN: [&str; 12] = [
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "options",
    "application_name",
    "connect_timeout",
];

/// Dumps a consistent snapshot of the database into a file.
pub(super) async fn dump(url: &str, into: &Path) -> anyhow::Result<()> {
    let arguments = [OsStr::new("--format=custom"), OsStr::new("--file"), into.as_os_str()];
    run("pg_dump", url, &arguments).await
}

/// Restores a dump into an empty database; all or nothing.
pub(super) async fn restore(url: &str, dump: &Path) -> anyhow::Result<()> {
    let whole = ["--single-transaction", "--exit-on-error"].map(OsStr::new);
    run("pg_restore", url, &[whole[0], whole[1], dump.as_os_str()]).await
}

async fn run(program: &str, url: &str, arguments: &[&OsStr]) -> anyhow::Result<()> {
    let (address, password) = without_password(url)?;
    let mut command = Command::new(program);
    command.args(["--no-owner", "--no-privileges", "--no-password", "--dbname", &address]);
    if let Some(password) = password {
        // All users of the machine can read a command line, but only its owner an environment.
        command.env("PGPASSWORD", password);
    }
    command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    let output = match command.output().await {
        Err(error) if error.kind() == ErrorKind::NotFound => bail!(
            "{program} is not there, which a backup of PostgreSQL needs; on Debian type: apt-get install \
             postgresql-client"
        ),
        output => output.with_context(|| format!("{program} does not start"))?,
    };
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{program} failed: {}", said.trim().replace('\n', "; "));
    }
    Ok(())
}

/// The address for PostgreSQL's programs without the password, and the password.
fn without_password(url: &str) -> anyhow::Result<(String, Option<String>)> {
    // The parser's error may contain the address, and so the password.
    let unreadable = |_: url::ParseError| anyhow::anyhow!("the database's address cannot be read");
    let mut address = Url::parse(url).map_err(unreadable)?;
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let mut password = address.password().map(decode);
    let pairs: Vec<(String, String)> = address.query_pairs().into_owned().collect();
    // An address without a host has no password and cannot have one removed.
    let _ = address.set_password(None);
    address.set_query(None);
    for (name, value) in pairs {
        if name == "password" {
            password = Some(value);
        } else if KNOWN.contains(&name.as_str()) {
            address.query_pairs_mut().append_pair(&name, &value);
        }
    }
    // Form encoding has a plus for a blank, which PostgreSQL does not decode.
    if let Some(query) = address.query().map(|query| query.replace('+', "%20")) {
        address.set_query(Some(&query));
    }
    Ok((address.into(), password))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_never_stands_on_a_command_line() {
        for (url, address, password) in [
            ("postgres://me:s%40cret@db/taxis", "postgres://me@db/taxis", Some("s@cret")),
            ("postgres://me@db/taxis?password=secret", "postgres://me@db/taxis", Some("secret")),
            (
                "postgres://me@localhost/x?host=/run/a b&statement-cache-capacity=9",
                "postgres://me@localhost/x?host=%2Frun%2Fa%20b",
                None,
            ),
        ] {
            let (shown, taken) = without_password(url).unwrap();
            assert_eq!((shown.as_str(), taken.as_deref()), (address, password));
        }
    }
}
