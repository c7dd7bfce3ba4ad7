//! Bodies that are read to their end although nobody wants the rest, so that their sender gets the answer.
//!
//! A server that closes a connection with unread bytes resets it, and the reset may overtake the answer: a proxy then
//! shows an error of its own (502), and a browser none of ours.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use http_body_util::BodyExt;
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::time::timeout;

/// Time limit for the rest of a body.
const LONGEST: Duration = Duration::from_secs(5);
/// Maximum size of the rest of a body, in bytes: that of the largest body that any call takes.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// A body whose rest is read and discarded once it is dropped.
struct Lingering(Option<Incoming>);

/// The body of a request, whose rest is read and discarded if it is not read to its end.
pub(crate) fn lingering(body: Incoming) -> Body {
    // Most requests have none.
    if hyper::body::Body::is_end_stream(&body) {
        return Body::empty();
    }
    Body::new(Lingering(Some(body)))
}

impl hyper::body::Body for Lingering {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some(body) = &mut self.0 else { return Poll::Ready(None) };
        let polled = Pin::new(body).poll_frame(context);
        if let Poll::Ready(None | Some(Err(_))) = polled {
            self.0 = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(hyper::body::Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.0.as_ref().map_or_else(|| SizeHint::with_exact(0), hyper::body::Body::size_hint)
    }
}

impl Drop for Lingering {
    fn drop(&mut self) {
        if !hyper::body::Body::is_end_stream(self)
            && let Some(body) = self.0.take()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(timeout(LONGEST, discard(body)));
        }
    }
}

async fn discard(mut body: Incoming) {
    let mut bytes = 0;
    while let Some(Ok(frame)) = body.frame().await
        && bytes < MOST_BYTES
    {
        bytes += frame.data_ref().map_or(0, Bytes::len);
    }
}
