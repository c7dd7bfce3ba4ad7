//! Queues of calls: concurrency limits per endpoint, and the number of open calls.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use dashmap::DashMap;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::client::CALLS_PER_ENDPOINT;
use crate::app::clock::StopWatch;
use crate::app::monitor::metrics::{Exposition, Measured, label};

/// Number of queues above which idle ones are removed.
const QUEUES_KEPT: usize = 1_024;

/// All open calls.
#[derive(Default)]
pub(super) struct Queue {
    /// Permits by endpoint. Not by host: two operators may share a host, and neither may delay the other.
    permits: DashMap<String, Arc<Semaphore>>,
    calls: Mutex<Calls>,
}

#[derive(Default)]
struct Calls {
    begun: u64,
    /// Start of each call in order, and true once it has a permit.
    open: BTreeMap<u64, (StopWatch, bool)>,
}

/// An open call; it is closed when this is dropped.
pub(super) struct OpenCall<'a> {
    queue: &'a Queue,
    number: u64,
}

impl Queue {
    /// Adds a call that begins now.
    pub(super) fn enter(&self) -> OpenCall<'_> {
        let mut calls = self.calls();
        calls.begun += 1;
        let number = calls.begun;
        calls.open.insert(number, (StopWatch::start(), false));
        OpenCall { queue: self, number }
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OpenCall<'_> {
    /// Waits for one of the [`CALLS_PER_ENDPOINT`] permits of an endpoint.
    pub(super) async fn acquire(&self, endpoint: &str) -> OwnedSemaphorePermit {
        let permits = &self.queue.permits;
        if permits.len() >= QUEUES_KEPT {
            // A queue in use has further references, held by its calls.
            permits.retain(|_, queue| Arc::strong_count(queue) > 1);
        }
        let queue = permits.entry(endpoint.to_owned());
        let queue = queue.or_insert_with(|| Arc::new(Semaphore::new(CALLS_PER_ENDPOINT))).clone();
        let permit = queue.acquire_owned().await.expect("no queue is ever closed");
        if let Some((_, under_way)) = self.queue.calls().open.get_mut(&self.number) {
            *under_way = true;
        }
        permit
    }
}

impl Drop for OpenCall<'_> {
    fn drop(&mut self) {
        self.queue.calls().open.remove(&self.number);
    }
}

impl Measured for Queue {
    fn show(&self, exposition: &mut Exposition<'_>) -> fmt::Result {
        let (under_way, waiting, oldest_s) = {
            let calls = self.calls();
            let under_way = calls.open.values().filter(|(_, under_way)| *under_way).count();
            let oldest = calls.open.values().next().map(|(since, _)| since.elapsed().as_secs());
            (under_way, calls.open.len() - under_way, oldest.unwrap_or_default())
        };
        let row = |state, count: usize| (vec![label("state", state)], i64::try_from(count));
        let rows = [row("waiting", waiting), row("under_way", under_way)];
        exposition.gauges(
            "operator_calls",
            "Calls to operators' servers that are not over",
            rows.map(|(labels, count)| (labels, count.unwrap_or(i64::MAX))),
        )?;
        exposition.gauge(
            "operator_calls_oldest_seconds",
            "Age of the oldest call that is not over",
            i64::try_from(oldest_s).unwrap_or(i64::MAX),
        )
    }
}
