//! Changes while old rows are deleted.

use std::time::Duration;

use chrono::DateTime;
use registry::HailId;
use storage::Store;
use storage::calls::CallRecord;
use tokio::time::sleep;

use super::changes::requests;
use super::{engines, number, rounds};
use crate::fleet::Fleet;
use crate::report::{Better, Report, median};
use crate::server::Server;
use crate::wire::{Load, load};

const TAXIS: usize = 10_000;
const CONNECTIONS: u32 = 8;
const SECONDS: u32 = 2;
/// Rows written by one change.
const AT_ONCE: usize = 500;

/// Measures the times of `PUT /taxis/:id` of a server that has just started, while it deletes old calls and with none to
/// delete.
pub(crate) async fn beside_changes(report: &mut Report) {
    for engine in &engines() {
        let fleet = Fleet::new(engine, TAXIS).await;
        let store = storage::open(&fleet.url).await.unwrap();
        let (mut beside, mut alone) = (Vec::new(), Vec::new());
        for _ in 0..rounds() {
            // Both just after a start, which takes its time, too.
            let server = fleet.serve().await;
            alone.push(p99_ms(&server, &fleet));
            drop(server);
            add_old_calls(&*store, number("OLD_CALLS", 200_000) as usize).await;
            // The write-ahead file is not part of the purge.
            store.tend().await.unwrap();
            let server = fleet.serve().await;
            beside.push(p99_ms(&server, &fleet));
            assert!(has_calls(&*store).await, "the purge was over too soon: set OLD_CALLS higher");
            while has_calls(&*store).await {
                wait().await;
            }
        }
        let row = format!("p99 of PUT /taxis/:id on {engine} beside a purge, without it");
        let p99_ms = (median(alone), median(beside));
        report.row(row, "ms", p99_ms, Better::Lower, (2.0, 1.0));
    }
}

fn p99_ms(server: &Server, fleet: &Fleet) -> f64 {
    let load_of = Load {
        method: "PUT",
        requests: &requests(fleet),
        path: "",
        key: "",
        connections: CONNECTIONS,
        seconds: SECONDS,
    };
    load(server, fleet.folder.path(), &load_of).p99_ms
}

async fn add_old_calls(store: &dyn Store, number: usize) {
    let operator = store.taxis().await.unwrap()[0].operator;
    let call = CallRecord {
        id: 0,
        account: operator,
        hail: "0000001".parse::<HailId>().unwrap(),
        endpoint: "https://operator.example/hails".to_owned(),
        at: DateTime::UNIX_EPOCH,
        took_ms: 20,
        failure: None,
        is_test: false,
    };
    let calls = vec![call; AT_ONCE];
    for _ in 0..number.div_ceil(AT_ONCE) {
        store.record_calls(&calls).await.unwrap();
    }
}

async fn has_calls(store: &dyn Store) -> bool {
    let operator = store.taxis().await.unwrap()[0].operator;
    !store.list_calls(operator, None, 1).await.unwrap().is_empty()
}

#[expect(clippy::disallowed_methods, reason = "the purge is another process's")]
async fn wait() {
    sleep(Duration::from_millis(50)).await;
}
