//! `letaxi explain-search`: why a sampled search showed these taxis, in this order.

use std::collections::HashMap;

use anyhow::{Context, bail};
use chrono::SecondsFormat;
use clap::Args;
use comfy_table::{CellAlignment, Table, presets};
use dispatch::eligibility::{Condition, POSITION_LIFE_S, limit_m};
use registry::Time;
use serde_json::{Value, json};

use super::output::say;
use super::{log, start};
use crate::app::App;
use crate::app::fleet::samples::{Judged, LeftOut, Replay, Sample};
use crate::config::Settings;

/// Number of samples in the list.
const LISTED: u32 = 20;

/// Explains a sampled search: each taxi within a kilometre, its place in the answer or the reasons against it.
///
/// The setting `search_sampling` keeps one search in so many. The order is decided again from the facts of that moment
/// and compared with the answer that was given: nearest first, and among taxis at the same distance by a key of the
/// search. Exits with 1 if the two differ. Samples hold places of customers and go with them after two months.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
                  letaxi explain-search         lists the newest samples\n  \
                  letaxi explain-search 42      explains one\n  \
                  letaxi explain-search 42 --json")]
pub(super) struct ExplainSearch {
    /// Number of the sampled search [default: list the newest]
    #[arg(value_name = "NUMBER")]
    number: Option<i64>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// E-mail addresses of accounts by their ids.
type Names = HashMap<i64, String>;

pub(super) async fn run(args: &ExplainSearch, settings: &Settings) -> anyhow::Result<()> {
    log::of_command(settings, "warn")?;
    let app = start::open(settings).await?;
    let accounts = app.all_accounts().await?.into_iter();
    let names: Names = accounts.map(|account| (account.id.0, account.email.clone())).collect();
    let Some(number) = args.number else {
        return list(args, &app, &names, settings.search_sampling).await;
    };
    let sample = app.sample(number).await?;
    let replay = sample.replay().context("the facts of this sample are damaged")?;
    if args.json {
        say(as_json(&sample, &replay, &names))?;
    } else {
        say(as_table(&sample, &replay, &names))?;
    }
    if !replay.is_same {
        bail!("the answer that was given differs from the one decided again");
    }
    Ok(())
}

async fn list(args: &ExplainSearch, app: &App, names: &Names, sampling: u32) -> anyhow::Result<()> {
    let samples = app.newest_samples(LISTED).await?;
    if args.json {
        let samples = samples.iter().map(|sample| {
            json!({
                "number": sample.id, "at": moment(sample.at),
                "account": name(names, sample.account.0), "town": sample.town.as_str(),
            })
        });
        return say(samples.collect::<Value>());
    }
    if samples.is_empty() {
        return say(if sampling == 0 {
            "no search was sampled: set search_sampling, such as 1000 for one search in a thousand"
        } else {
            "no search was sampled yet"
        });
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(["number", "time", "account", "town"]);
    for sample in samples {
        table.add_row([
            sample.id.to_string(),
            moment(sample.at),
            name(names, sample.account.0),
            sample.town.to_string(),
        ]);
    }
    say(table)
}

fn name(names: &Names, account: i64) -> String {
    names.get(&account).cloned().unwrap_or_else(|| format!("account {account}"))
}

fn moment(at: Time) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The sentence about the comparison.
fn verdict(replay: &Replay<'_>) -> &'static str {
    if replay.is_same {
        "Decided again from these facts, the answer is the same."
    } else {
        "Decided again from these facts, the answer is NOT the one that was given."
    }
}

fn as_table(sample: &Sample, replay: &Replay<'_>, names: &Names) -> String {
    let (search, facts) = (&sample.search, &sample.facts);
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_header(["place", "distance", "taxi", "account", "reason"]);
    for judged in &replay.taxis {
        table.add_row([
            judged.place.map_or_else(|| "-".to_owned(), |place| place.to_string()),
            metres(judged.distance_m),
            judged.taxi.taxi.clone(),
            name(names, judged.taxi.account),
            reasons(judged, search.town.as_str()).join("; "),
        ]);
    }
    for column in 0..2 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    format!(
        "Search {} of {} at {}, town {}, longitude {} and latitude {}\n\
         {} descriptions within a kilometre, {} taxis shown\n\n{table}\n\n{}",
        search.id,
        name(names, search.account.0),
        moment(search.at),
        search.town,
        search.point.lon(),
        search.point.lat(),
        facts.taxis.len(),
        facts.shown.len(),
        verdict(replay),
    )
}

fn as_json(sample: &Sample, replay: &Replay<'_>, names: &Names) -> Value {
    let search = &sample.search;
    let taxis = replay.taxis.iter().map(|judged| {
        json!({
            "place": judged.place, "taxi": judged.taxi.taxi,
            "account": name(names, judged.taxi.account),
            "operator": name(names, judged.taxi.operator),
            "distance": judged.distance_m, "reasons": reasons(judged, search.town.as_str()),
        })
    });
    json!({
        "number": search.id, "at": moment(search.at), "account": name(names, search.account.0),
        "town": search.town.as_str(), "lon": search.point.lon(), "lat": search.point.lat(),
        "taxis": taxis.collect::<Vec<_>>(), "is_same": replay.is_same,
    })
}

fn metres(distance_m: f64) -> String {
    format!("{distance_m:.1} m")
}

/// Reasons for a place in the answer, or against one.
fn reasons(judged: &Judged<'_>, town: &str) -> Vec<String> {
    if judged.place.is_some() {
        let by_key = "as near as the one before: the key of the search decided";
        return judged.is_by_key.then(|| by_key.to_owned()).into_iter().collect();
    }
    if let Some(left_out) = judged.taxi.left_out {
        return vec![left_out_because(left_out).to_owned()];
    }
    if judged.unmet.is_empty() {
        return vec!["shown through the description whose status changed last".to_owned()];
    }
    judged.unmet.iter().map(|condition| unmet(*condition, judged, town)).collect()
}

fn left_out_because(left_out: LeftOut) -> &'static str {
    match left_out {
        LeftOut::OfAnother => "described by another account, and an operator sees only its own",
        LeftOut::AccountDisabled => "its account is disabled",
        LeftOut::OperatorDisabled => "the account that receives the hails is disabled",
    }
}

/// A condition that is not met, with the value and the limit.
fn unmet(condition: Condition, judged: &Judged<'_>, town: &str) -> String {
    let taxi = judged.taxi;
    match condition {
        Condition::LicenceAllowed => {
            format!("licence of {}, customer in {town}: no shared zone", taxi.licence)
        }
        Condition::Free => format!("status {}", taxi.status),
        Condition::NoOpenHail => "in an open hail".to_owned(),
        Condition::PositionLive => {
            format!("position {} s old, limit {POSITION_LIFE_S} s", taxi.position_age_s)
        }
        Condition::OperatorFree => {
            format!("status {} in the account that receives the hails", taxi.own_status)
        }
        Condition::WithinRadius => {
            format!("{} away, limit {}", metres(judged.distance_m), metres(limit_m(taxi.radius_m)))
        }
    }
}
