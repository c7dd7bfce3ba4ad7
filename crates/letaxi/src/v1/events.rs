//! `GET /v1/events`: changes as they happen, for open pages.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, HeaderName};
use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream, StreamExt};
use serde_json::json;
use tokio::time::timeout;

use crate::api::identity::AnyAccount;
use crate::api::input::{Fields, Unknown, inputs, kinds, object};
use crate::api::query::Query;
use crate::api::route::Route;
use crate::app::App;
use crate::app::events::{Batch, Event, Reader, Subject, TooManyStreams};
use crate::server::refusal::Error;

/// Header in which a browser that connects again names the last event it has.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Longest stream. The browser then connects again, and its sign-in is checked again.
const LONGEST_S: i32 = 120;
/// Shortest time between two batches of events, so that a busy registry does not drown a page.
const PAUSE: Duration = Duration::from_millis(250);
/// Time after which a silent stream sends a comment, so that proxies keep it.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Time after which a browser connects again.
const RETRY: Duration = Duration::from_secs(1);

/// Routes of events.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            "GET /v1/events",
            follow,
            ["Follow changes of hails and taxis", "Suivre les changements des courses et des taxis"],
        )
        .unpacked()
        .refuses(429, "The account has too many streams: `Retry-After` gives the seconds to wait.")
        .answers_with(
            200,
            "Server-sent events. `hail` and `taxi` name what changed, with its new status; after `reset`, events are \
             missing and everything is to be read again. `ready` is the first one.",
            "text/event-stream",
            || json!({"type": "string"}),
        ),
    ]
}

inputs! {
    Wish -> u64 = object(Unknown::Refused, wish);
}

fn wish(fields: &mut Fields<'_>) -> Option<u64> {
    let wait = fields.optional("wait_s", kinds::whole_within(0..=LONGEST_S));
    u64::try_from(wait?.unwrap_or(LONGEST_S)).ok()
}

/// Follows the changes that the caller may see, from the place that `Last-Event-ID` names, else from now. The stream ends
/// after `wait_s` seconds, two minutes by default.
async fn follow(
    State(app): State<Arc<App>>,
    who: AnyAccount,
    headers: HeaderMap,
    Query(wait_s): Query<Wish>,
) -> Result<Response, Error> {
    let last = headers.get(LAST_EVENT_ID).and_then(|last| last.to_str().ok());
    // A place that cannot be read is one of another registry.
    let after = last.map(|last| last.parse().unwrap_or_default());
    let reader = app.read_events(&who, after)?;
    let lasts = Duration::from_secs(wait_s);
    let events = Sse::new(events(reader, lasts)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    // nginx would hold events back.
    let headers =
        [(CACHE_CONTROL, "no-store"), (HeaderName::from_static("x-accel-buffering"), "no")];
    Ok((headers, events).into_response())
}

/// The events of a reader for a time, or until the server stops.
fn events(reader: Reader, lasts: Duration) -> impl Stream<Item = Result<sse::Event, Infallible>> {
    let ready = sse::Event::default().event("ready").retry(RETRY).id(reader.place().to_string());
    let end = Box::pin(timeout(lasts, pending::<()>()));
    let later = stream::unfold(Some((reader, end)), |open| async {
        let (mut reader, mut end) = open?;
        let batch = reader.batch();
        if !batch.events.is_empty() || batch.is_reset {
            return Some((told(&batch), Some((reader, end))));
        }
        let is_open = tokio::select! {
            is_open = reader.wait() => is_open,
            _ = &mut end => false,
        };
        if is_open {
            let _ = timeout(PAUSE, pending::<()>()).await;
        }
        Some((Vec::new(), is_open.then_some((reader, end))))
    });
    let later = later.flat_map(stream::iter);
    stream::iter([ready.data("{}")]).chain(later).map(Ok)
}

/// The events of a batch in the form of the stream. The place after the batch is that of its last one: whoever breaks
/// off in between reads it again.
fn told(batch: &Batch) -> Vec<sse::Event> {
    let mut told: Vec<_> = if batch.is_reset {
        vec![sse::Event::default().event("reset").data("{}")]
    } else {
        batch.events.iter().map(event).collect()
    };
    if let Some(last) = told.pop() {
        told.push(last.id(batch.place.to_string()));
    }
    told
}

fn event(event: &Event) -> sse::Event {
    let (name, data) = match event.subject {
        Subject::Hail(id, status) => {
            ("hail", json!({"id": id.as_str(), "status": status.to_string()}))
        }
        Subject::Taxi(id, status) => ("taxi", json!({"id": id.as_str(), "status": status.word()})),
    };
    sse::Event::default().event(name).data(data.to_string())
}

impl From<TooManyStreams> for Error {
    fn from(_: TooManyStreams) -> Self {
        Self::too_many(RETRY)
    }
}
