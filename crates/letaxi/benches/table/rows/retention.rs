//! A round of retention over a long history, beside searches and hails.

use std::process::{Command, Stdio};
use std::time::Duration;

use hdrhistogram::Histogram;
use reqwest::Client;
use serde_json::Value;

use super::paced::{
    HAILS_A_SECOND, SEARCHES_A_SECOND, calls_of_hails, calls_of_searches, paced, said,
};
use super::{engines, number};
use crate::country::{now, since};
use crate::fleet::{Fleet, History};
use crate::report::Report;
use crate::server::{Server, program};

/// Duration of a look, in seconds: positions are reported between two, and the round may have ended.
const LOOK_S: u32 = 20;

/// Measures a round over two years of hails and searches, and the times of searches and hails beside it and without
/// it. `HISTORY_TAXIS`, `HISTORY_HAILS` and `HISTORY_SEARCHES` set the sizes.
pub(crate) async fn beside_searches_and_hails(report: &mut Report) {
    for engine in &engines() {
        let taxis = number("HISTORY_TAXIS", 10_000) as usize;
        let (hails, searches) =
            (number("HISTORY_HAILS", 20_000), number("HISTORY_SEARCHES", 100_000));
        let mut fleet = Fleet::with(engine, taxis, History { hails, years: 2, searches }).await;
        let server = fleet.serve().await;
        let (of_searches, of_hails) = look(&mut fleet, &server).await;
        let without = format!("searches {}; hails {}", said(&of_searches), said(&of_hails));

        let begin = now();
        ask_for_round(&fleet);
        let times = || Histogram::<u64>::new(3).unwrap();
        let (mut of_searches, mut of_hails) = (times(), times());
        let rows = loop {
            let (more_searches, more_hails) = look(&mut fleet, &server).await;
            of_searches.add(more_searches).unwrap();
            of_hails.add(more_hails).unwrap();
            if let Some(rows) = rows_of_round(&server).await {
                break rows;
            }
        };
        let seconds = since(begin).as_secs_f64();
        report.remark(format!(
            "a round of retention on {engine} over {taxis} taxis, {hails} hails and {searches} searches of two \
             years: {rows} rows in {seconds:.0} s, {:.0}/s, beside {SEARCHES_A_SECOND} searches and \
             {HAILS_A_SECOND} hails a second: searches {}; hails {}; without the round {without}",
            rows as f64 / seconds,
            said(&of_searches),
            said(&of_hails),
        ));
    }
}

/// Searches and hails for some seconds; times in microseconds.
async fn look(fleet: &mut Fleet, server: &Server) -> (Histogram<u64>, Histogram<u64>) {
    fleet.report(server).await;
    let searches = calls_of_searches(fleet, server, SEARCHES_A_SECOND * LOOK_S);
    let hails = calls_of_hails(fleet, server, HAILS_A_SECOND * LOOK_S);
    tokio::join!(paced(SEARCHES_A_SECOND, searches), paced(HAILS_A_SECOND, hails))
}

fn ask_for_round(fleet: &Fleet) {
    let asked = Command::new(program())
        .args(["--database", &fleet.url, "purge", "--now"])
        .env("LETAXI_SECRET_KEY_FILE", &fleet.key_file)
        .stdout(Stdio::null())
        .status();
    assert!(asked.unwrap().success(), "the server was not asked");
}

/// Rows of all clocks in the last round, once there was one.
async fn rows_of_round(server: &Server) -> Option<u64> {
    let client = Client::builder().no_proxy().timeout(Duration::from_mins(1)).build().unwrap();
    let answer = client.get(format!("{}/v1/retention", server.base));
    let answer = answer.header("x-api-key", "key of admin").send().await.unwrap();
    let clocks: Value = answer.json().await.unwrap();
    let clocks = clocks["data"].as_array().unwrap();
    let has_ended = clocks.iter().all(|clock| !clock["last_round_at"].is_null());
    has_ended.then(|| clocks.iter().filter_map(|clock| clock["last_round_rows"].as_u64()).sum())
}
