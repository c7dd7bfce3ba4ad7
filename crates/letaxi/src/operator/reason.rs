//! Reasons of failed calls, and limits of calls.

use std::error::Error;
use std::io;
use std::iter::successors;
use std::time::Duration;

use super::address::Refused;

/// Maximum length of an answer in bytes, before and after decompression.
pub const ANSWER_LIMIT: usize = 64 * 1024;
/// Maximum number of concurrent calls to one endpoint; further calls wait.
pub const CALLS_PER_ENDPOINT: usize = 64;
/// Maximum number of redirects (307, 308) in one call.
pub const REDIRECTS: usize = 3;

/// Reason of a failed call, worded so that the operator can act on it.
///
/// Customers' apps see it, too, in the hail's transitions: it contains no address, key or URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The operator has not set an endpoint.
    #[error("the operator has no hail endpoint")]
    NoEndpoint,
    /// The endpoint may not be called.
    #[error(transparent)]
    Address(#[from] Refused),
    /// The operator's custom header cannot be sent or would change the framing of the message.
    #[error("the name of the operator's custom header is not valid")]
    HeaderName,
    /// The value of the operator's custom header has characters that no header may have.
    #[error("the value of the operator's custom header is not valid")]
    HeaderValue,
    /// The TCP or TLS connection failed; with the system's message.
    #[error("cannot connect to the operator's server: {0}")]
    Connect(String),
    /// The answer was not complete in time.
    #[error("the operator's server did not answer within {:.1} s", .0.as_secs_f64())]
    TimedOut(Duration),
    /// Too many earlier calls to this endpoint were unanswered.
    #[error("the operator's server kept {CALLS_PER_ENDPOINT} earlier calls waiting for {:.1} s", .0.as_secs_f64())]
    Busy(Duration),
    /// The answer is not HTTP, or the connection broke before its end; with the HTTP library's message.
    #[error("the operator's server gave no valid http answer: {0}")]
    Broken(String),
    /// A redirect of a kind, or to a target, that is not followed.
    #[error("the operator's server answered with a redirect ({0}), which is not followed")]
    Redirect(u16),
    /// More redirects than [`REDIRECTS`].
    #[error("the operator's server redirected more than {REDIRECTS} times")]
    Redirects,
    /// A redirect to an address that may not be called.
    #[error("the operator's server redirected to an address that may not be called")]
    RedirectedTo(Refused),
    /// A status other than 2xx.
    #[error("the operator's server answered with status {0}")]
    Status(u16),
    /// The answer is longer than [`ANSWER_LIMIT`].
    #[error("the answer of the operator's server is longer than {} KiB", ANSWER_LIMIT / 1024)]
    TooLarge,
    /// The answer has an unknown encoding or cannot be decompressed.
    #[error(
        "the answer of the operator's server cannot be unpacked: send it plain, or as gzip or deflate"
    )]
    Coding,
    /// The answer is not JSON.
    #[error("the answer of the operator's server is not json")]
    NotJson,
}

/// Extracts from the HTTP library's error the part that helps an operator.
pub(super) fn reason_of(error: reqwest::Error) -> Reason {
    let error = error.without_url();
    let words = causes(&error).last().map(ToString::to_string).unwrap_or_default();
    if error.is_connect() { Reason::Connect(words) } else { Reason::Broken(words) }
}

/// True if the connection was closed before an answer.
pub(super) fn is_closed(error: &reqwest::Error) -> bool {
    causes(error).any(|cause| {
        let http = cause.downcast_ref::<hyper::Error>();
        let io = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        http.is_some_and(hyper::Error::is_incomplete_message)
            || matches!(io, Some(io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe))
    })
}

/// An error and its causes.
fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    successors(Some(error as &(dyn Error + 'static)), |&cause| cause.source())
}
