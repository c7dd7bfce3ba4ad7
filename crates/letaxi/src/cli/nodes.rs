//! `letaxi nodes`: the servers of a database.

use clap::Args;
use comfy_table::Table;
use serde_json::json;
use storage::nodes::Node;

use super::output::say;
use super::{log, start};
use crate::config::Settings;

/// Lists the servers of a database of PostgreSQL.
///
/// Several servers may share one database if they share a bus (the setting nats). Each shows a sign of life every
/// other second; one that was silent for ten seconds is not listed.
#[derive(Args, Debug)]
#[command(after_help = "Example: letaxi nodes --database postgres://letaxi@db/letaxi")]
pub(super) struct Nodes {
    /// Print the list as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: &Nodes, settings: &Settings) -> anyhow::Result<()> {
    log::of_command(settings, "warn")?;
    let nodes = start::open(settings).await?.nodes().await?;
    if args.json {
        return say(json!(nodes.iter().map(facts).collect::<Vec<_>>()));
    }
    if nodes.is_empty() {
        return say(if storage::sqlite_file(&settings.database).is_some() {
            "a database of SQLite has one server and no list of them"
        } else {
            "no server runs on this database"
        });
    }
    let mut table = Table::new();
    table.set_header(["server", "version", "since (UTC)", "bus", "areas", "behind", "last seen"]);
    for node in &nodes {
        let card = &node.card;
        let bus = match (card.bus.as_str(), node.state.is_connected) {
            ("", _) => "none: alone".to_owned(),
            (bus, true) => bus.to_owned(),
            (bus, false) => format!("{bus} (not connected)"),
        };
        table.add_row([
            card.name.clone(),
            card.version.clone(),
            node.since.format("%Y-%m-%d %H:%M:%S").to_string(),
            bus,
            if card.areas.is_empty() { "all".to_owned() } else { card.areas.clone() },
            node.state.lag_ms.map_or_else(|| "not read yet".to_owned(), seconds),
            format!("{} ago", seconds(node.silent_ms)),
        ]);
    }
    say(table)
}

fn seconds(time_ms: i64) -> String {
    format!("{:.1} s", time_ms as f64 / 1_000.0)
}

fn facts(node: &Node) -> serde_json::Value {
    let areas: Vec<_> = node.card.areas.split_whitespace().collect();
    json!({
        "id": node.card.id.to_string(),
        "name": node.card.name,
        "version": node.card.version,
        "since": node.since,
        "bus": Some(&node.card.bus).filter(|bus| !bus.is_empty()),
        "bus_connected": node.state.is_connected,
        "areas": Some(areas).filter(|areas| !areas.is_empty()),
        "lag_ms": node.state.lag_ms,
        "silent_ms": node.silent_ms,
    })
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use storage::nodes::{NodeCard, NodeId, NodeState};

    use super::*;

    #[test]
    fn a_server_that_has_not_read_the_feed_yet_has_no_lag() {
        let node = |lag_ms| Node {
            card: NodeCard {
                id: NodeId(1),
                name: "a:5000".to_owned(),
                version: "0.1.0".to_owned(),
                bus: "b:4222".to_owned(),
                areas: String::new(),
            },
            state: NodeState { is_connected: true, lag_ms },
            since: DateTime::UNIX_EPOCH,
            silent_ms: 5,
        };
        assert_eq!(facts(&node(Some(1_500)))["lag_ms"], 1_500);
        assert_eq!(facts(&node(None))["lag_ms"], serde_json::Value::Null);
    }
}
