//! Checks of the database and of what it holds.

use std::sync::Arc;
use std::time::Duration;

use indicatif::HumanBytes;
use registry::Time;
use storage::checkup::{Checkup, Migrations, RegistryFacts, ServerFacts, Serving, checkup};
use storage::{Error, without_password};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::guarded::{guarded, on_a_thread, within};
use super::line::{Line, Status};
use super::network;
use crate::app::account::secrets::{SecretError, Secrets, others_may_read};
use crate::app::clock::{Clock, StopWatch};
use crate::config::Settings;

/// Longest wait for the database.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// Difference of two clocks, in milliseconds, that matters.
const OFF_MS: i64 = 1_000;
/// Difference at which deadlines of hails are wrong.
const WRONG_MS: i64 = 5_000;
/// Part of the server's connections from which few are left, in percent.
const MANY_CONNECTIONS: i64 = 80;
/// Milliseconds that a server may be behind the database.
const MOST_LAG_MS: i64 = 2_000;

/// Lines about the database: those about its state, and those about what it holds.
#[derive(Default)]
pub(super) struct Lines {
    pub(super) basics: Vec<Line>,
    pub(super) content: Vec<Line>,
}

/// All facts, with the time before and after the question.
struct Looked {
    /// `None`: there was no answer.
    checkup: Option<storage::Result<Checkup>>,
    before: Time,
    after: Time,
    took_ms: f64,
}

/// Reads the database once, and checks what was found.
pub(super) async fn look(settings: Arc<Settings>, skips_endpoints: bool) -> Lines {
    let (tell, told) = oneshot::channel();
    let asked = Arc::clone(&settings);
    let basics = guarded("database", async move {
        let (watch, before) = (StopWatch::start(), Clock::System.now());
        let checkup = timeout(ANSWER_WITHIN, checkup(&asked.database)).await.ok();
        let took_ms = watch.elapsed().as_secs_f64() * 1_000.0;
        let looked = Looked { checkup, before, after: Clock::System.now(), took_ms };
        let lines = basics(&asked, &looked);
        let _ = tell.send(looked.checkup.and_then(Result::ok));
        lines
    });
    let mut lines = Lines { basics: basics.await, content: Vec::new() };
    let found = told.await.ok().flatten();
    let facts = found.as_ref().and_then(|checkup| checkup.registry.as_ref().ok()).cloned();
    let key = secret_key(Arc::clone(&settings), facts);
    lines.content.extend(guarded("secret_key", key).await);
    let Some(Checkup { registry, nodes, serving, migrations: Some(_), .. }) = found else {
        return lines;
    };
    match registry {
        Ok(facts) => {
            let (seen, known) = (facts.clone(), Arc::clone(&settings));
            let territory = async move { vec![territory(&known, &seen)] };
            lines.content.extend(guarded("territory", territory).await);
            if !skips_endpoints {
                let limit = network::operators_limit(facts.operators.len());
                let operators = network::operators(settings, facts.operators);
                lines.content.extend(within(limit, "operators", operators).await);
            }
        }
        Err(error) => {
            let advice = "see the line migrations: the tables are not those of this version";
            lines.content.push(Line::failed(
                "territory",
                format!("cannot be read: {error}"),
                advice,
            ));
        }
    }
    lines.content.extend(guarded("servers", async move { servers(serving, nodes) }).await);
    lines
}

fn basics(settings: &Settings, looked: &Looked) -> Vec<Line> {
    const NAME: &str = "database";
    let shown = without_password(&settings.database);
    let checkup = match &looked.checkup {
        Some(Ok(checkup)) => checkup,
        None => {
            let value = format!("{shown} does not answer within {} s", ANSWER_WITHIN.as_secs());
            let advice = "look at its machine and the network, or mend the setting database";
            return vec![Line::failed(NAME, value, advice)];
        }
        Some(Err(Error::File { error, .. })) if error.kind() == std::io::ErrorKind::NotFound => {
            let advice = "if this is its first start, `letaxi serve` makes it; else name the right one in the setting \
                          database, or start in its folder";
            return vec![Line::warning(NAME, format!("there is no {shown} yet"), advice)];
        }
        Some(Err(error)) => {
            let advice = "start it, or mend the setting database";
            return vec![Line::failed(NAME, format!("{shown} cannot be used: {error}"), advice)];
        }
    };
    let value = format!(
        "{} at {shown}, {}, answered in {:.0} ms",
        checkup.engine,
        HumanBytes(checkup.bytes.unsigned_abs()),
        looked.took_ms
    );
    let mut line = Line::ok(NAME, value).fact("bytes", checkup.bytes);
    if let Some(server) = checkup.server.as_ref().filter(|server| !server.forgetful.is_empty()) {
        let off = server.forgetful.join(", ");
        let advice = format!("answered hails may be lost in a crash: turn on {off} in PostgreSQL");
        line = line.worse(Status::Warning, advice);
    }
    if checkup.is_unfinished_copy {
        let advice = "it is an unfinished copy: type the same `letaxi copy` again";
        line = line.worse(Status::Failed, advice);
    }
    let mut lines = vec![line, migrations(checkup.migrations.as_ref())];
    lines.extend(checkup.server.as_ref().map(connections));
    lines.push(clock(checkup, looked));
    lines
}

fn migrations(found: Option<&Migrations>) -> Line {
    const NAME: &str = "migrations";
    let Some(found) = found else {
        let advice = "the next `letaxi serve` makes them; else name the right database";
        return Line::warning(NAME, "there are no tables yet", advice);
    };
    let numbers = |numbers: &[i64]| {
        numbers.iter().map(|number| format!("{number:04}")).collect::<Vec<_>>().join(", ")
    };
    let line = |value: String| {
        let facts = Line::ok(NAME, value).fact("newest", found.newest);
        facts.fact("pending", found.pending.clone()).fact("unknown", found.unknown.clone())
    };
    let version = env!("CARGO_PKG_VERSION");
    if found.unknown.iter().any(|unknown| found.pending.iter().all(|known| known < unknown)) {
        let value = format!("{} are of a newer version than {version}", numbers(&found.unknown));
        return line(value).worse(Status::Failed, "start that version, or a later one");
    }
    if !found.different.is_empty() {
        let value = format!("{} differ from this version's", numbers(&found.different));
        return line(value).worse(Status::Failed, "start the version that made the database");
    }
    if !found.pending.is_empty() {
        let value = format!("{} are pending", numbers(&found.pending));
        let advice =
            "make a backup; the next start of `letaxi serve`, or `letaxi migrate`, does them";
        return line(value).worse(Status::Warning, advice);
    }
    line(format!("up to date at {:04}", found.newest))
}

fn connections(server: &ServerFacts) -> Line {
    let ServerFacts { connections: used, most_connections: most, .. } = server;
    let free = most - used;
    let line = Line::ok("connections", format!("{used} of {most} in use"));
    let line = line.fact("used", *used).fact("most", *most);
    let advice = "raise max_connections of PostgreSQL, or put a pooler for sessions in front";
    if free <= 0 {
        line.worse(Status::Failed, advice)
    } else if free <= i64::from(storage::POSTGRES_CONNECTIONS)
        || used * 100 > most * MANY_CONNECTIONS
    {
        line.worse(Status::Warning, advice)
    } else {
        line
    }
}

fn clock(checkup: &Checkup, looked: &Looked) -> Line {
    const NAME: &str = "clock";
    let advice = "let the machines follow a time server: timedatectl set-ntp true";
    // What was written later than now was written by a clock that was ahead of this one.
    let newest = checkup.registry.as_ref().ok().and_then(|facts| facts.newest);
    let ahead_ms = newest.map_or(0, |newest| (newest - looked.after).num_milliseconds());
    if ahead_ms > WRONG_MS {
        let value = format!("the database has times {} s ahead of this clock", ahead_ms / 1_000);
        return Line::failed(NAME, value, advice).fact("behind_ms", ahead_ms);
    }
    let Some(server) = &checkup.server else {
        let value = format!("{} UTC", looked.after.format("%F %T"));
        return Line::ok(NAME, format!("{value}; nothing in the database is later"));
    };
    // It was read between the two: only what lies outside is a difference.
    let before_ms = (looked.before - server.now).num_milliseconds();
    let after_ms = (server.now - looked.after).num_milliseconds();
    let off_ms = before_ms.max(after_ms).max(0);
    let value = match off_ms {
        0 => "the same as the database's".to_owned(),
        off_ms => format!("{off_ms} ms apart from the database's"),
    };
    let line = Line::ok(NAME, value).fact("off_ms", off_ms);
    match off_ms {
        WRONG_MS.. => line.worse(Status::Failed, advice),
        OFF_MS.. => line.worse(Status::Warning, advice),
        _ => line,
    }
}

/// The secret key, and whether it opens the keys of the database as far as that could be read.
async fn secret_key(settings: Arc<Settings>, facts: Option<RegistryFacts>) -> Vec<Line> {
    const NAME: &str = "secret_key";
    let file = settings.secret_key_file();
    let accounts = facts.as_ref().map(|facts| facts.accounts);
    let sealed = facts.and_then(|facts| facts.sealed_key);
    on_a_thread(NAME, move || {
        let shown = file.display().to_string();
        let secrets = match Secrets::open(&file, false) {
            Ok(secrets) => secrets,
            Err(SecretError::Missing(_)) if accounts.is_none_or(|accounts| accounts == 0) => {
                let value = format!("there is no {shown} yet");
                return vec![Line::ok(NAME, format!("{value}: the first start makes it"))];
            }
            Err(error) => {
                let advice =
                    "put its file back, or take it from a backup; see the page on a lost key";
                return vec![Line::failed(NAME, error.to_string(), advice)];
            }
        };
        if sealed.as_ref().is_some_and(|sealed| secrets.unseal(sealed).is_none()) {
            let value = format!("{shown} does not open the keys in the database");
            let advice = "name the key of this database with the setting secret_key_file";
            return vec![Line::failed(NAME, value, advice)];
        }
        let value = match sealed {
            Some(_) => format!("{shown} opens the keys in the database"),
            None => format!("{shown} is one"),
        };
        let line = Line::ok(NAME, value);
        let advice = format!("other users of this machine may read it: chmod 600 {shown}");
        vec![if others_may_read(&file) { line.worse(Status::Warning, advice) } else { line }]
    })
    .await
}

fn territory(settings: &Settings, facts: &RegistryFacts) -> Line {
    const NAME: &str = "territory";
    let RegistryFacts { towns, zones, is_approximate, imported_at, .. } = facts;
    let age = imported_at.map(|at| (Clock::System.now() - at).num_days());
    let age_shown = match age {
        Some(days) => format!(", imported {days} days ago"),
        None if *towns > 0 => ", imported when the date was not noted yet".to_owned(),
        None => String::new(),
    };
    let line = Line::ok(NAME, format!("{towns} towns and {zones} zones{age_shown}"));
    let line = line.fact("towns", *towns).fact("zones", *zones).fact("age_days", age);
    if *towns == 0 {
        return line.worse(Status::Failed, "no search finds a taxi: letaxi import FOLDER");
    }
    if *is_approximate {
        let advice = "the borders are approximate, not for service: import real ones";
        let is_refused = !settings.approximate_territory;
        return line.worse(if is_refused { Status::Failed } else { Status::Warning }, advice);
    }
    line
}

fn servers(serving: Serving, nodes: storage::Result<Vec<storage::nodes::Node>>) -> Vec<Line> {
    const NAME: &str = "servers";
    let nodes = match nodes {
        // One that was killed is in the list for ten seconds more.
        Ok(_) if serving == Serving::Nobody => Vec::new(),
        Ok(nodes) => nodes,
        Err(error) => {
            return vec![Line::failed(NAME, error.to_string(), "see the line migrations")];
        }
    };
    let value = match (serving, nodes.len()) {
        (Serving::Nobody, _) => "no server is seen on this database".to_owned(),
        (Serving::Alone, _) => "one server, alone".to_owned(),
        (Serving::Together(count), listed) => format!("{count} servers, {listed} of them listed"),
    };
    let mut line = Line::ok(NAME, value).fact(
        "servers",
        match serving {
            Serving::Nobody => 0,
            Serving::Alone => 1,
            Serving::Together(count) => count,
        },
    );
    let mut versions: Vec<_> = nodes.iter().map(|node| node.card.version.clone()).collect();
    versions.sort();
    versions.dedup();
    if versions.len() > 1 {
        let advice = format!("finish the upgrade: they have the versions {}", versions.join(", "));
        line = line.worse(Status::Warning, advice);
    }
    let is_cut_off = |node: &storage::nodes::Node| {
        // None: it has just started, and has not read the feed yet.
        let is_behind = node.state.lag_ms.is_some_and(|lag_ms| lag_ms > MOST_LAG_MS);
        !node.card.bus.is_empty() && !node.state.is_connected || is_behind
    };
    let cut_off: Vec<_> = nodes.iter().filter(|node| is_cut_off(node)).collect();
    if !cut_off.is_empty() {
        let names: Vec<_> = cut_off.iter().map(|node| node.card.name.as_str()).collect();
        let advice = format!("{} without the bus, or behind: letaxi nodes", names.join(", "));
        line = line.worse(Status::Warning, advice);
    }
    vec![line]
}
