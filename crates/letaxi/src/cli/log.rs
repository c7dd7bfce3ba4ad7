//! The log on standard error, and the traces beside it.

use std::fmt;
use std::io::{self, IsTerminal};
use std::sync::Arc;

use anyhow::Context;
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::app::monitor::metrics::database::DatabaseTimes;
use crate::app::monitor::metrics::{Exposition, Labels, Measured};
use crate::config::{LogFormat, Settings};
use crate::operator;
use crate::traces::{self, Traces};

/// Lines that may wait for standard error; a line is some hundred bytes. Further ones are dropped and counted.
const MOST_WAITING: usize = 16_384;

/// The log of a server. Lines wait until they are written, so that a reader that is stuck, such as a log on a full disk,
/// holds up no request. Dropping it writes what waits, for a second at most.
pub(super) struct ServerLog {
    counts: Arc<LogCounts>,
    _writer: WorkerGuard,
}

/// Counts of a server's log.
struct LogCounts {
    dropped: ErrorCounter,
    database: Arc<DatabaseTimes>,
}

impl ServerLog {
    /// Starts the log, with the layer of traces if there are any: without them there is no such layer.
    pub(super) fn start(settings: &Settings, traces: Option<&Traces>) -> anyhow::Result<Self> {
        let lines = NonBlockingBuilder::default().buffered_lines_limit(MOST_WAITING).lossy(true);
        let (lines, writer) = lines.thread_name("log").finish(io::stderr());
        let dropped = lines.error_counter();
        let database = start(settings, "info", lines, traces)?;
        Ok(Self { counts: Arc::new(LogCounts { dropped, database }), _writer: writer })
    }

    /// Lines that were dropped, and the times of the database.
    pub(super) fn counts(&self) -> Arc<dyn Measured> {
        Arc::clone(&self.counts) as Arc<dyn Measured>
    }
}

impl Measured for LogCounts {
    fn show(&self, exposition: &mut Exposition<'_>) -> fmt::Result {
        let dropped = [(Labels::new(), self.dropped.dropped_lines() as u64)];
        let meaning =
            "Lines of the log that were dropped, because too many waited for standard error";
        exposition.counter("log_lines_dropped", meaning, dropped)?;
        self.database.show(exposition)
    }
}

/// Starts the log of a command, which writes each line before it goes on.
pub(super) fn of_command(settings: &Settings, default_level: &str) -> anyhow::Result<()> {
    start(settings, default_level, io::stderr, None).map(drop)
}

/// Begins to send traces, if the settings name a collector.
pub(super) fn traces(settings: &Settings) -> anyhow::Result<Option<Arc<Traces>>> {
    let Some(collector) = &settings.traces else { return Ok(None) };
    let is_file = storage::sqlite_file(&settings.database).is_some();
    let wishes = traces::Wishes {
        collector,
        one_in: settings.traces_sampling,
        service: &settings.traces_name,
        engine: if is_file { "sqlite" } else { "postgresql" },
    };
    let traces = Traces::start(&wishes, operator::own_client());
    Ok(Some(Arc::new(traces.context("the collector of traces cannot be used")?)))
}

/// Starts the log, and counts the database's log events.
fn start(
    settings: &Settings,
    default_level: &str,
    writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static,
    traces: Option<&Traces>,
) -> anyhow::Result<Arc<DatabaseTimes>> {
    // The client of NATS tells each attempt to connect; `bus` tells what matters of them.
    let usual = || format!("{default_level},async_nats=off").parse();
    let filter = EnvFilter::try_from_default_env().or_else(|_unset| usual())?;
    let lines =
        tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(io::stderr().is_terminal());
    let lines = match settings.log {
        LogFormat::Text => lines.with_filter(filter).boxed(),
        LogFormat::Json => lines.json().with_filter(filter).boxed(),
    };
    let database = Arc::<DatabaseTimes>::default();
    let subscriber = tracing_subscriber::registry().with(lines).with(database.layer());
    // In a test a log may be set already, and it is used.
    let _ = match traces {
        Some(traces) => subscriber.with(traces.layer()).try_init(),
        None => subscriber.try_init(),
    };
    Ok(database)
}
