//! Queues of calls: concurrency limits per endpoint, and the number of open calls.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::OwnedSemaphorePermit;

use super::permits::Permits;
use super::reason::CALLS_PER_ENDPOINT;
use crate::app::clock::StopWatch;
use crate::app::monitor::metrics::{Exposition, Measured, label};

/// All open calls.
pub(super) struct Queue {
    /// Permits by endpoint. Not by host: two operators may share a host, and neither may delay the other.
    permits: Permits<String>,
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

impl Default for Queue {
    fn default() -> Self {
        Self { permits: Permits::new(CALLS_PER_ENDPOINT), calls: Mutex::default() }
    }
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
        let permit = self.queue.permits.acquire(endpoint.to_owned()).await;
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
