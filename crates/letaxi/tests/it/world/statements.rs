//! Counts SQL statements, through sqlx's log events.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tracing::instrument::WithSubscriber;
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// Target of sqlx's log events.
const NOTES: &str = "sqlx::query";

#[derive(Clone, Default)]
struct Counter(Arc<AtomicU32>);

impl<S: Subscriber> Layer<S> for Counter {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == NOTES {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Result of a future, and the number of statements that its own task sent.
pub(super) async fn counted<T>(work: impl Future<Output = T>) -> (T, u32) {
    let counter = Counter::default();
    let subscriber = tracing_subscriber::registry().with(counter.clone());
    let done = work.with_subscriber(subscriber).await;
    (done, counter.0.load(Ordering::Relaxed))
}
