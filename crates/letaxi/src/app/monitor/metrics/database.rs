//! Durations of database work, from the log events of `storage` and the driver.
//!
//! Both use `tracing`, so neither depends on the metrics.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use super::{Exposition, Labels, Measured, Times};
use crate::app::clock::StopWatch;

/// Target of the driver's events, one for each statement, and their field with the duration in seconds.
const STATEMENTS: &str = "sqlx::query";
const STATEMENT_TOOK_S: &str = "elapsed_secs";

/// Target of the spans of `storage` for each change.
const CHANGES: &str = "storage::change";

/// Measures the work of the database. A layer of the log without output.
#[derive(Debug, Default)]
pub struct DatabaseTimes {
    /// Single statements: queries, and the parts of a change.
    statements: Times,
    /// Whole changes: the wait for write access, all statements and the commit.
    changes: Times,
}

impl DatabaseTimes {
    /// The layer, with a filter for the events that it measures.
    pub fn layer<S>(self: &Arc<Self>) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let seen =
            Targets::new().with_target(STATEMENTS, Level::DEBUG).with_target(CHANGES, Level::DEBUG);
        Notes(Arc::clone(self)).with_filter(seen)
    }
}

impl Measured for DatabaseTimes {
    fn show(&self, exposition: &mut Exposition<'_>) -> fmt::Result {
        exposition.times(
            "database_statement_seconds",
            "Single statements of the database",
            [(Labels::new(), &self.statements)],
        )?;
        exposition.times(
            "database_change_seconds",
            "Changes of the database, from waiting for the right to write to the commit",
            [(Labels::new(), &self.changes)],
        )
    }
}

struct Notes(Arc<DatabaseTimes>);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Notes {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut took = Took(None);
        event.record(&mut took);
        if let Some(took) = took.0 {
            self.0.statements.add(took);
        }
    }

    fn on_new_span(&self, _: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(StopWatch::start());
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let span = context.span(&id);
        if let Some(watch) = span.as_ref().and_then(|span| span.extensions().get().copied()) {
            self.0.changes.add(StopWatch::elapsed(watch));
        }
    }
}

/// Duration in an event, if it was found.
struct Took(Option<Duration>);

impl Visit for Took {
    fn record_f64(&mut self, field: &Field, value: f64) {
        if field.name() == STATEMENT_TOOK_S {
            self.0 = Duration::try_from_secs_f64(value).ok();
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

#[cfg(test)]
mod tests {
    use tracing::Instrument;
    use tracing::instrument::WithSubscriber;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[tokio::test]
    async fn statements_and_changes_of_a_database_are_counted() {
        let times = Arc::<DatabaseTimes>::default();
        let subscriber = tracing_subscriber::registry().with(times.layer());
        let work = async {
            tracing::debug!(target: STATEMENTS, summary = "select 1", elapsed_secs = 0.5_f64);
            tracing::debug!(target: "elsewhere", elapsed_secs = 0.5_f64);
            let change = tracing::debug_span!(target: CHANGES, "change");
            async { tracing::debug!(target: STATEMENTS, elapsed_secs = 0.25_f64) }
                .instrument(change)
                .await;
        };
        work.with_subscriber(subscriber).await;
        assert_eq!(times.statements.count(), 2);
        assert!((times.statements.sum_s() - 0.75).abs() < 1e-9);
        assert_eq!(times.changes.count(), 1);
    }
}
