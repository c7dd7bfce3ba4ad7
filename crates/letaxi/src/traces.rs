//! Traces: the spans of some requests, changes of the database and calls to operators, sent to a collector in the protocol of
//! OpenTelemetry (OTLP over HTTP).
//!
//! Without the setting `traces` there is no layer for them, so spans of their level are made for nobody: their callsites
//! are off. With it, one request in so many is traced. Spans carry routes, methods, statuses and outcomes: no values of
//! queries, no ids of persons, no keys, and no lines of the log.
//!
//! **Invariant:** nobody waits for a collector. Spans that find the queue full, or the collector away, are counted and
//! dropped.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::http::HeaderMap;
use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry::trace::{SpanKind, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{
    ExporterBuildError, Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{
    Sampler, SdkTracerProvider, Span, SpanData, SpanExporter as _, SpanProcessor,
};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::timeout;
use tracing::{Level, Metadata, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::Layer;
use tracing_subscriber::registry::LookupSpan;

use crate::app::monitor::metrics::{Exposition, Labels, Measured, label};

/// The spans that are traced: target and name in the program, name and kind in a trace.
const SPANS: [(&str, &str, &str, SpanKind); 3] = [
    ("letaxi::server::requests", "request", "request", SpanKind::Server),
    ("storage::change", "change", "database change", SpanKind::Client),
    ("letaxi::operator_call", "call", "call to an operator", SpanKind::Client),
];
/// Fields of these spans, with their names in a trace: <https://opentelemetry.io/docs/specs/semconv/http/http-spans/>.
/// Other fields stay in the log.
const FIELDS: [(&str, &str); 6] = [
    ("id", "letaxi.request_id"),
    ("method", "http.request.method"),
    ("route", "http.route"),
    ("status", "http.response.status_code"),
    ("server", "server.address"),
    ("outcome", "letaxi.outcome"),
];
/// Spans that wait to be sent; further ones are dropped.
const MOST_WAITING: usize = 4_096;
/// Spans in one message.
const SPANS_A_MESSAGE: usize = 512;
/// Time limit of a message.
const SEND_WITHIN: Duration = Duration::from_secs(5);
/// Longest wait for the last spans, at the end.
const END_WITHIN: Duration = Duration::from_secs(2);

/// The wishes of the settings.
#[derive(Clone, Debug)]
pub struct Wishes<'a> {
    /// Address of the collector, such as `http://127.0.0.1:4318`.
    pub collector: &'a str,
    /// One request in so many is traced.
    pub one_in: u32,
    /// Name of the service.
    pub service: &'a str,
    /// The engine of the database, as OpenTelemetry calls it.
    pub engine: &'static str,
}

/// Sends spans to a collector.
pub struct Traces {
    provider: SdkTracerProvider,
    counts: Arc<Counts>,
    /// Ends when the provider has.
    sending: tokio::sync::Mutex<Option<tokio::task::JoinHandle<()>>>,
}

#[derive(Debug, Default)]
struct Counts {
    sent: AtomicU64,
    /// The queue was full.
    dropped: AtomicU64,
    /// The collector was away, or refused.
    failed: AtomicU64,
}

impl Traces {
    /// Begins to send spans with this client.
    ///
    /// # Errors
    ///
    /// If the address of the collector is none.
    pub fn start(wishes: &Wishes<'_>, client: reqwest::Client) -> Result<Self, ExporterBuildError> {
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(client)
            .with_endpoint(address(wishes.collector))
            .with_protocol(Protocol::HttpBinary)
            .with_timeout(SEND_WITHIN)
            .build()?;
        let (queue, waiting) = mpsc::channel(MOST_WAITING);
        let counts = Arc::<Counts>::default();
        let resource = Resource::builder_empty()
            .with_service_name(wishes.service.to_owned())
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let ratio = 1.0 / f64::from(wishes.one_in.max(1));
        let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(ratio)));
        let queue = Queue {
            sender: Some(queue).into(),
            engine: wishes.engine,
            counts: Arc::clone(&counts),
        };
        let mut exporter = exporter;
        exporter.set_resource(&resource);
        let provider = SdkTracerProvider::builder()
            .with_resource(resource)
            .with_sampler(sampler)
            .with_span_processor(queue)
            .build();
        let sending = tokio::spawn(send(exporter, waiting, Arc::clone(&counts)));
        Ok(Self { provider, counts, sending: Some(sending).into() })
    }

    /// The layer of the log that makes the spans.
    pub fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.provider.tracer("letaxi"))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(filter_fn(is_traced).with_max_level_hint(Level::DEBUG))
    }

    /// Sends the last spans, for two seconds at most.
    pub async fn end(&self) {
        // Whatever cannot be sent is counted.
        let _ = self.provider.shutdown();
        if let Some(sending) = self.sending.lock().await.take() {
            let _ = timeout(END_WITHIN, sending).await;
        }
    }
}

impl fmt::Debug for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Traces").field("counts", &self.counts).finish_non_exhaustive()
    }
}

impl Measured for Traces {
    fn show(&self, exposition: &mut Exposition<'_>) -> fmt::Result {
        let Counts { sent, dropped, failed } = &*self.counts;
        let rows = [("sent", sent), ("dropped", dropped), ("failed", failed)];
        let rows = rows.map(|(outcome, count)| {
            (vec![label("outcome", outcome)] as Labels, count.load(Ordering::Relaxed))
        });
        exposition.counter("trace_spans", "Spans of traces, by their way to the collector", rows)
    }
}

/// Makes a span a part of the trace that a caller names in its `traceparent` header, if it names one.
pub(crate) fn continue_from(span: &tracing::Span, headers: &HeaderMap) {
    let parent =
        TraceContextPropagator::new().extract_with_context(&Context::new(), &Parent(headers));
    // Fails if the span is for nobody.
    let _ = span.set_parent(parent);
}

/// The header by which a caller names its trace. Its other header, `tracestate`, is not passed on.
struct Parent<'a>(&'a HeaderMap);

impl Extractor for Parent<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).filter(|_| key == "traceparent")?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent"]
    }
}

fn is_traced(metadata: &Metadata<'_>) -> bool {
    let known = |(target, name, ..): &(&str, &str, &str, SpanKind)| {
        metadata.target() == *target && metadata.name() == *name
    };
    metadata.is_span() && SPANS.iter().any(known)
}

/// The address to which spans go: collectors have one path for them.
fn address(collector: &str) -> String {
    let collector = collector.trim_end_matches('/');
    if collector.ends_with("/v1/traces") {
        collector.to_owned()
    } else {
        format!("{collector}/v1/traces")
    }
}

/// Spans on their way to the collector.
#[derive(Debug)]
struct Queue {
    /// `None` after the end.
    sender: std::sync::Mutex<Option<Sender<SpanData>>>,
    engine: &'static str,
    counts: Arc<Counts>,
}

impl SpanProcessor for Queue {
    fn on_start(&self, _span: &mut Span, _context: &Context) {}

    fn on_end(&self, span: SpanData) {
        if !span.span_context.is_sampled() {
            return;
        }
        let span = told(span, self.engine);
        let queue = self.sender.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if queue.as_ref().is_none_or(|queue| queue.try_send(span).is_err()) {
            self.counts.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        self.sender.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        Ok(())
    }
}

/// A span with the names of OpenTelemetry, and nothing but the fields that are for a trace.
fn told(mut span: SpanData, engine: &'static str) -> SpanData {
    span.attributes.retain_mut(|field| {
        let known = FIELDS.iter().find(|(name, _)| *name == field.key.as_str());
        known.map(|(_, name)| field.key = (*name).into()).is_some()
    });
    if let Some((_, _, name, kind)) = SPANS.iter().find(|(_, name, ..)| *name == span.name) {
        (span.name, span.span_kind) = ((*name).into(), kind.clone());
    }
    let field = |name: &str| {
        let field = span.attributes.iter().find(|field| field.key.as_str() == name);
        field.map(|field| field.value.as_str().into_owned())
    };
    if let (Some(method), Some(route)) = (field("http.request.method"), field("http.route")) {
        span.name = format!("{method} {route}").into();
    }
    if span.name == SPANS[1].2 {
        span.attributes.push(KeyValue::new("db.system.name", engine));
    }
    span
}

/// Sends spans until there are no more.
async fn send(exporter: SpanExporter, mut waiting: Receiver<SpanData>, counts: Arc<Counts>) {
    let mut spans = Vec::new();
    while waiting.recv_many(&mut spans, SPANS_A_MESSAGE).await > 0 {
        let count = spans.len() as u64;
        let sent = timeout(SEND_WITHIN, exporter.export(std::mem::take(&mut spans))).await;
        let (counter, why) = match sent {
            Ok(Ok(())) => (&counts.sent, None),
            Ok(Err(error)) => (&counts.failed, Some(error.to_string())),
            Err(_elapsed) => (&counts.failed, Some("no answer in time".to_owned())),
        };
        counter.fetch_add(count, Ordering::Relaxed);
        if let Some(why) = why {
            tracing::debug!(why, spans = count, "the collector of traces did not take spans");
        }
    }
}
