//! Health and metrics of the registry itself.

use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use dispatch::eligibility::POSITION_LIFE_S;

use super::health::NotReady;
use super::metrics::{Exposition, Labels, Measured, label, written};
use crate::app::App;

impl App {
    /// Reason for which it is not ready; `None` if it is.
    pub fn not_ready(&self) -> Option<NotReady> {
        let trouble = || self.store.trouble().map(NotReady::Trouble);
        let out_of_sync = || self.sync.not_ready(self.now()).map(|_why| NotReady::OutOfSync);
        let joining = || self.is_joining().then_some(NotReady::Joining);
        let silent = || self.scheduler.not_ready(self.now());
        trouble().or_else(silent).or_else(out_of_sync).or_else(joining)
    }
}

impl App {
    /// Adds another part's metrics to those of the use cases.
    pub fn show_also(&self, part: Arc<dyn Measured>) {
        self.measures.others.lock().unwrap_or_else(PoisonError::into_inner).push(part);
    }

    /// All metrics in the `OpenMetrics` format.
    pub fn metrics(self: &Arc<Self>) -> String {
        let mut parts: Vec<Arc<dyn Measured>> = vec![Arc::clone(self) as Arc<dyn Measured>];
        let others = self.measures.others.lock().unwrap_or_else(PoisonError::into_inner);
        parts.extend(others.iter().map(Arc::clone));
        drop(others);
        written(parts)
    }

    fn show_taxis(&self, exposition: &mut Exposition<'_>) -> fmt::Result {
        let mut live = 0;
        self.each_heard_of(POSITION_LIFE_S, |_, _| live += 1);
        exposition.gauge(
            "taxis",
            "Taxis that are registered",
            whole(self.directory.taxi_count()),
        )?;
        exposition.gauge(
            "live_positions",
            "Taxis that said where they are, by each operator",
            live,
        )?;
        let [connected, free] = self.live.taxis();
        let state = |name| vec![label("state", name)];
        exposition.gauges(
            "connected_taxis",
            "Taxis of the last minute's sample",
            [(state("all"), connected), (state("free"), free)],
        )?;
        exposition.times(
            "taxi_sample_seconds",
            "How long it took to count connected and free taxis",
            [(Labels::new(), &self.live.took)],
        )?;
        let [searches, nobody] = self.live.searches();
        let found = |name| vec![label("found", name)];
        exposition.counter(
            "searches",
            "Searches, by whether a taxi was in reach",
            [(found("some"), searches - nobody), (found("none"), nobody)],
        )?;
        exposition.gauge("known_positions", "Positions in memory", whole(self.positions.len()))
    }

    fn show_queues(&self, exposition: &mut Exposition<'_>) -> fmt::Result {
        let queue = |name| vec![label("queue", name)];
        let (calls, dropped_calls) = self.waiting_calls();
        let (samples, dropped_samples) = self.waiting_samples();
        let waiting = [
            (queue("searches"), whole(self.waiting_searches())),
            (queue("samples"), whole(samples)),
            (queue("calls"), whole(calls)),
        ];
        exposition.gauges("queue_length", "What waits to be written", waiting)?;
        let dropped = [
            (queue("searches"), self.dropped_searches()),
            (queue("samples"), dropped_samples),
            (queue("calls"), dropped_calls),
        ];
        exposition.counter("queue_dropped", "What was not written, for want of room", dropped)
    }
}

impl Measured for App {
    fn show(&self, exposition: &mut Exposition<'_>) -> fmt::Result {
        let version = vec![label("version", env!("CARGO_PKG_VERSION"))];
        exposition.gauges("build_info", "The version that runs", [(version, 1)])?;
        let ready = self.not_ready().is_none();
        exposition.gauge(
            "ready",
            "Whether it can do its work (1), or /readyz says why not (0)",
            ready.into(),
        )?;
        let panics = self.measures.panics.load(Ordering::Relaxed);
        exposition.counter(
            "panics",
            "Faults of this program that were caught",
            [(Labels::new(), panics)],
        )?;
        exposition.gauge(
            "unreadable_rows",
            "Rows of the database that were passed over because this version cannot read them",
            whole(storage::passed_over()),
        )?;
        self.show_taxis(exposition)?;
        self.show_queues(exposition)?;
        self.measures.show_far(exposition)?;
        self.measures.show_hails(exposition)?;
        self.show_nodes(exposition)?;
        self.retention.show(self.now(), exposition)?;
        self.operators.show(exposition)
    }
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
