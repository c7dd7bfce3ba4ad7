//! The code of the quick starts, run as readers paste it, against the service on a socket.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::Method;
use letaxi::udp::counts::Outcome;
use letaxi::udp::serve::Datagrams;
use registry::Role;
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::sync::watch;
use tower::ServiceExt;

use super::guide;
use crate::world::{Call, Engine, NewTaxi, World, email_of, key_of};

/// Place of the guides' customer.
const CUSTOMER_AT: [f64; 2] = [2.35, 48.86];

/// The blocks of a guide whose first line is this, joined.
pub(super) fn blocks(guide: &str, info: &str) -> String {
    let begin = format!("```{info}\n");
    let blocks = guide.split(&begin).skip(1).map(|rest| rest.split("```").next().unwrap());
    let code: String = blocks.collect();
    assert!(!code.is_empty(), "no block of {info}");
    code
}

/// True if a program is on this machine.
pub(super) async fn is_there(program: &str, argument: &str) -> bool {
    Command::new(program).arg(argument).output().await.is_ok_and(|output| output.status.success())
}

/// Runs code in an empty folder, and expects that it ends well.
async fn run(program: &str, arguments: &[&str], file: &str, code: &str) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(file), code).unwrap();
    let mut command = Command::new(program);
    command.args(arguments).arg(file).current_dir(folder.path());
    let output = command.output().await.unwrap_or_else(|error| panic!("{program}: {error}"));
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (said(&output.stdout), said(&output.stderr));
    assert!(output.status.success(), "{program} {file}:\n{out}\n{err}\n{code}");
}

/// The other party, which acts after each request of the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Other {
    /// Its driver accepts each hail.
    Operator,
    /// Hails the taxi once it is there, and confirms.
    App,
}

impl Other {
    async fn react(self, world: &World, method: &Method, path: &str) {
        if self == Self::App && *method == Method::POST && path == "/geotaxi" {
            let taxis = ask(world, "op", Method::GET, "/taxis/all", None).await;
            world.hail("app", taxis["data"][0]["id"].as_str().unwrap(), CUSTOMER_AT).await;
        }
        let hails = ask(world, "op", Method::GET, "/hails", None).await;
        // All of them are of the same moment, so their order tells nothing.
        let is_turn = |hail: &&Value| match self {
            Self::Operator => hail["status"] == "received_by_operator",
            Self::App => hail["status"] == "accepted_by_taxi",
        };
        let Some(hail) = hails["data"].as_array().unwrap().iter().find(is_turn) else { return };
        let path = format!("/hails/{}", hail["id"].as_str().unwrap());
        let step = |who, status: &'static str| {
            let path = path.clone();
            let element = json!({"status": status, "taxi_phone_number": "0655667788"});
            let element = if who == "op" { element } else { json!({"status": status}) };
            async move { ask(world, who, Method::PUT, &path, Some(element)).await }
        };
        match self {
            Self::Operator => {
                step("op", "received_by_taxi").await;
                step("op", "accepted_by_taxi").await;
            }
            Self::App => {
                step("app", "accepted_by_customer").await;
            }
        }
    }
}

async fn ask(
    world: &World,
    who: &str,
    method: Method,
    path: &str,
    element: Option<Value>,
) -> Value {
    let body = element.map(|element| json!({"data": [element]}).to_string()).unwrap_or_default();
    let call =
        Call { key: Some(key_of(who)), method, path: path.to_owned(), body, ..Call::default() };
    let answer = world.call(&call).await;
    assert!(answer.status.is_success(), "{call:?}\nis answered by\n{answer:?}");
    answer.json()
}

/// A registry with Paris, an operator and an app.
async fn place() -> World {
    let mut world = World::new(Engine::Sqlite).await;
    world.account("op", &[Role::Operator]).await;
    world.account("app", &[Role::Client]).await;
    world.land(|land| land.town("75056", "Paris", [2.2, 48.8, 2.5, 48.9])).await;
    world
}

/// Serves a registry in which another party reacts to each request.
async fn serve(world: World, other: Other) -> SocketAddr {
    let world = Arc::new(world);
    let router = Router::new().fallback(move |request: Request| {
        let world = Arc::clone(&world);
        async move {
            let (method, path) = (request.method().clone(), request.uri().path().to_owned());
            let response = world.router().oneshot(request).await.unwrap();
            world.tick().await;
            other.react(&world, &method, &path).await;
            response
        }
    });
    World::serve_by(router, letaxi::config::Settings::default().connection_limits()).await
}

/// Runs a guide in each of its languages, one after the other on one registry.
async fn run_guide(name: &str, who: &str, address: SocketAddr) {
    let text = guide(&format!("en/{name}.md"));
    let filled = |info: &str| {
        let code = blocks(&text, info).replace("{{url}}", &format!("http://{address}"));
        // In a shell a key with spaces needs quotes.
        let key = if info.starts_with("sh") { format!("'{}'", key_of(who)) } else { key_of(who) };
        code.replace("your-key", &key)
    };
    // A command that is refused ends the script.
    let strict = "set -euo pipefail\ncurl() { command curl --fail-with-body --silent --show-error \"$@\"; }\n";
    run("bash", &[], "guide.sh", &(strict.to_owned() + &filled("sh run"))).await;
    let at_once = "import time\ntime.sleep = lambda _: None\n";
    run("python3", &[], "guide.py", &(at_once.to_owned() + &filled("python run"))).await;
    if is_there("node", "--version").await {
        let at_once = "const wait = setTimeout\n\
            globalThis.setTimeout = (then, ms) => wait(then, ms === 2000 ? 0 : ms)\n";
        run("node", &[], "guide.mjs", &(at_once.to_owned() + &filled("javascript run"))).await;
    }
}

#[tokio::test]
async fn the_quick_start_for_an_app_works_when_pasted() {
    let world = place().await;
    let at = Some([2.352, 48.86]);
    world.taxi("op", &NewTaxi { name: "T1", town: None, plate: None, free: true, at }).await;
    let address = serve(world, Other::Operator).await;
    run_guide("app", "app", address).await;
}

#[tokio::test]
async fn the_quick_start_for_an_operator_works_when_pasted() {
    let address = serve(place().await, Other::App).await;
    run_guide("operator", "op", address).await;
}

#[tokio::test]
async fn the_commands_of_the_guide_to_positions_work_when_pasted() {
    let world = place().await;
    let new = NewTaxi { name: "T1", town: None, plate: None, free: true, at: None };
    let taxi = world.taxi("op", &new).await;
    let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
    let datagrams = Arc::new(Datagrams::listen(any_port).await.unwrap());
    let port = datagrams.address().unwrap().port();
    let (stopper, stop) = watch::channel(false);
    let serving = tokio::spawn({
        let (datagrams, app) = (Arc::clone(&datagrams), world.app());
        async move { datagrams.serve(app, stop).await }
    });
    let text = guide("en/positions.md");
    let address =
        World::serve_by(world.router(), letaxi::config::Settings::default().connection_limits())
            .await;
    let commands = blocks(&text, "sh run")
        .replace("{{url}}", &format!("http://{address}"))
        .replace("your-key", &format!("'{}'", key_of("op")))
        .replace("your-taxi", &taxi);
    let strict = "set -euo pipefail\ncurl() { command curl --fail-with-body --silent --show-error \"$@\"; }\n";
    run("bash", &[], "guide.sh", &(strict.to_owned() + &commands)).await;
    let code = blocks(&text, "python datagram")
        .replace("8080", &port.to_string())
        .replace("your-key", &key_of("op"))
        .replace("your-email", &email_of("op"))
        .replace("your-taxi", &taxi);
    run("python3", &[], "guide.py", &code).await;
    let count = |outcome| datagrams.counts().of(outcome);
    // The kernel has the datagram; the task that reads it may not have run yet.
    while Outcome::ALL.into_iter().map(count).sum::<u64>() == 0 {
        tokio::task::yield_now().await;
    }
    let counts: Vec<_> =
        Outcome::ALL.into_iter().map(|outcome| (outcome, count(outcome))).collect();
    assert_eq!(count(Outcome::Taken), 1, "{counts:?}");
    stopper.send(true).unwrap();
    serving.await.unwrap().unwrap();
}

#[test]
fn code_that_is_pasted_needs_nothing_but_what_is_common() {
    let shown = Path::new("en").join("app.md");
    let text = guide(shown.to_str().unwrap()) + &guide("en/operator.md");
    for rare in ["jq ", "requests.", "axios", "import requests"] {
        assert!(!text.contains(rare), "{rare}");
    }
}
