//! The operator's servers of the guide, called by the registry's own client with the registry's own signature.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use letaxi::app::account::secrets::Secrets;
use letaxi::app::clock::Clock;
use letaxi::app::hail::operator_call::OperatorRequest;
use letaxi::operator::{OperatorClient, Reason};
use registry::{AccountId, HailId, Role};
use serde_json::Value;
use tempfile::TempDir;

use super::code::{blocks, is_there};
use super::guide;
use crate::world::{Engine, NewTaxi, World};

const OPERATOR: AccountId = AccountId(7);

/// A running server of the guide.
struct Server {
    child: Child,
    port: u16,
    _folder: TempDir,
}

impl Server {
    /// Starts it, and waits until it listens.
    fn start(program: &str, file: &str, code: &str, secret: &str) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let code = code.replace("9911", &port.to_string()).replace("your-secret", secret);
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(file), code).unwrap();
        let mut child = Command::new(program)
            .arg(file)
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{program}: {error}"));
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert_eq!(lines.next().unwrap().unwrap(), "listening", "{program}");
        // A pipe that nobody reads would break.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Self { child, port, _folder: folder }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A second kill does no harm.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The document that the guide shows.
fn shown() -> String {
    blocks(&guide("en/calls.md"), "json call")
}

/// Calls the server with a body that was signed so many seconds ago as another body.
async fn call(server: &Server, secrets: &Secrets, signed: &str, age_s: i64) -> Result<(), Reason> {
    let client = OperatorClient::new(vec![format!("127.0.0.1:{}", server.port).parse().unwrap()]);
    let now = Clock::System.now() - chrono::TimeDelta::seconds(age_s);
    let request = OperatorRequest {
        account: OPERATOR,
        hail: "5a1e2c7".parse::<HailId>().unwrap(),
        endpoint: format!("http://127.0.0.1:{}/hails", server.port),
        header_name: String::new(),
        header_value: String::new(),
        body: shown(),
        signature: secrets.sign_call(OPERATOR, now, signed),
        time_left: Duration::from_secs(10),
    };
    client.unwrap().hand_over(request).await.map(drop)
}

#[tokio::test]
async fn servers_of_the_guide_take_what_the_registry_signs_and_nothing_else() {
    let text = guide("en/calls.md");
    let secrets = Secrets::open(&crate::world::secret_file(), true).unwrap();
    let secret = secrets.call_secret(OPERATOR);
    for (program, version, info, file) in [
        ("python3", "--version", "python server", "hails.py"),
        ("node", "--version", "javascript server", "hails.mjs"),
        ("java", "--version", "java server", "Hails.java"),
    ] {
        if program != "python3" && !is_there(program, version).await {
            continue;
        }
        let code = blocks(&text, info);
        let secret = secret.clone();
        let start = move || Server::start(program, file, &code, &secret);
        let server = tokio::task::spawn_blocking(start).await.unwrap();
        let taken = call(&server, &secrets, &shown(), 0).await;
        assert_eq!(taken, Ok(()), "{program}");
        // The same call again is answered in the same way.
        assert_eq!(call(&server, &secrets, &shown(), 0).await, Ok(()), "{program}");
        let refused = Err(Reason::Status(401));
        assert_eq!(call(&server, &secrets, "{}", 0).await, refused, "{program}: another body");
        assert_eq!(call(&server, &secrets, &shown(), 120).await, refused, "{program}: too old");
    }
}

/// All paths to the values of a document.
fn paths(value: &Value, path: &str, into: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| paths(value, &format!("{path}.{name}"), into));
        }
        Value::Array(values) => values.iter().for_each(|value| paths(value, path, into)),
        _ => into.push(path.to_owned()),
    }
}

#[tokio::test]
async fn the_guide_shows_the_call_as_it_is_sent() {
    let mut world = World::new(Engine::Sqlite).await;
    world.account("op", &[Role::Operator]).await;
    world.account("app", &[Role::Client]).await;
    world.land(|land| land.town("75056", "Paris", [2.2, 48.8, 2.5, 48.9])).await;
    let at = Some([2.352, 48.86]);
    let new = NewTaxi { name: "T1", town: None, plate: None, free: true, at };
    let taxi = world.taxi("op", &new).await;
    world.hail("app", &taxi, [2.35, 48.86]).await;
    let sent = world.servers.take_sent("op").unwrap();
    let all = |text: &str| {
        let mut all = Vec::new();
        paths(&serde_json::from_str(text).unwrap(), "", &mut all);
        all
    };
    assert_eq!(all(&shown()), all(&sent));
}
