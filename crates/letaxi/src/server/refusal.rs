//! Refusals: a status and a JSON body, `{"errors": …}`.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use storage::Trouble;

use super::faults::Faults;
use super::requests::request_id;
use crate::app::App;

/// `Retry-After` while the database is away or has too much to do, in seconds.
const AWAY_S: u64 = 2;
/// `Retry-After` while writes fail, in seconds: an administrator has to free space.
const UNWRITTEN_S: u64 = 30;

/// A refusal or an internal error.
#[derive(Debug)]
pub struct Error {
    status: StatusCode,
    errors: Faults,
    retry_after_s: Option<u64>,
}

/// Body of a refusal.
#[derive(Serialize)]
pub(crate) struct Envelope<'a> {
    pub(crate) errors: &'a Faults,
}

/// Extension of an answer with its faults, for translation.
#[derive(Clone)]
pub(crate) struct Refusal(pub(crate) Faults);

impl Error {
    /// Faults of the document or of the query string.
    pub fn faults(faults: Faults) -> Self {
        Self::new(StatusCode::BAD_REQUEST, faults)
    }

    /// Any status with its faults.
    pub fn new(status: StatusCode, errors: Faults) -> Self {
        Self { status, errors, retry_after_s: None }
    }

    /// A refusal of the whole request: its key, its rights, its form.
    pub fn of_request(status: StatusCode, text: &str) -> Self {
        Self::new(status, Faults::Parts(BTreeMap::from([(String::new(), Faults::message(text))])))
    }

    /// A refusal of a part of the URL.
    pub fn of_url(status: StatusCode, text: &str) -> Self {
        Self::new(status, Faults::at(&"url", Faults::message(text)))
    }

    /// The path does not exist.
    pub fn no_such_path() -> Self {
        Self::of_url(StatusCode::NOT_FOUND, "API endpoint not found.")
    }

    /// A refusal of one field of the one element of `data`.
    pub fn of_field(status: StatusCode, field: &str, text: &str) -> Self {
        Self::new(status, Faults::at(&field, Faults::message(text)).in_data())
    }

    /// The caller lacks the role.
    pub fn forbidden() -> Self {
        let text = "You do not have enough permissions to access this ressource.";
        Self::of_request(StatusCode::FORBIDDEN, text)
    }

    /// The caller exceeds a rate limit and may retry after `wait`.
    pub fn too_many(wait: Duration) -> Self {
        // Rounded up, so that a retry after these seconds is accepted.
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let text = format!("Too many requests: try again in {seconds} s.");
        let error = Self::of_request(StatusCode::TOO_MANY_REQUESTS, &text);
        Self { retry_after_s: Some(seconds), ..error }
    }

    /// An internal error: logged once with its causes under a reference; the caller gets the reference only.
    pub fn broken(cause: &(dyn std::error::Error + 'static)) -> Self {
        let reference = logged(cause);
        let text = format!("Internal error, reference {reference}.");
        Self::of_request(StatusCode::INTERNAL_SERVER_ERROR, &text)
    }

    /// A database outage: logged like [`Error::broken`], and the caller gets the time to retry. The outcome
    /// of a commit under way is unknown.
    fn in_trouble(trouble: Trouble, cause: &(dyn std::error::Error + 'static)) -> Self {
        let reference = logged(cause);
        let (what, seconds) = match trouble {
            Trouble::Away => ("The database cannot be reached", AWAY_S),
            Trouble::Busy => ("Too many changes wait for the database", AWAY_S),
            Trouble::Full | Trouble::ReadOnly | Trouble::Files => {
                ("The registry cannot store anything now", UNWRITTEN_S)
            }
        };
        let text = format!("{what}: try again in {seconds} s. Reference {reference}.");
        let error = Self::of_request(StatusCode::SERVICE_UNAVAILABLE, &text);
        Self { retry_after_s: Some(seconds), ..error }
    }

    /// The request timed out.
    pub fn unanswered(limit: Duration) -> Self {
        let limit_s = limit.as_secs();
        let request = request_id();
        tracing::error!(%request, limit_s, "a request was not answered in time");
        let text = format!("There was no answer within {limit_s} s: try again in {AWAY_S} s.");
        let error = Self::of_request(StatusCode::SERVICE_UNAVAILABLE, &text);
        Self { retry_after_s: Some(AWAY_S), ..error }
    }
}

/// Answers a request; a panic of its handler is answered like other internal errors.
pub(crate) async fn caught(app: &App, answering: impl Future<Output = Response>) -> Response {
    let answered = app.caught(answering).await;
    answered.unwrap_or_else(|panicked| Error::broken(&panicked).into_response())
}

/// Logs a failure once, with its causes, and returns its reference.
fn logged(cause: &(dyn std::error::Error + 'static)) -> uuid::Uuid {
    let reference = uuid::Uuid::new_v4();
    let chain: Vec<String> = std::iter::successors(Some(cause), |cause| cause.source())
        .map(ToString::to_string)
        .collect();
    let request = request_id();
    tracing::error!(%reference, %request, cause = chain.join(": "), "a request could not be answered");
    reference
}

impl From<storage::Error> for Error {
    fn from(error: storage::Error) -> Self {
        match error.trouble() {
            Some(trouble) => Self::in_trouble(trouble, &error),
            None => Self::broken(&error),
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let retry_after = self.retry_after_s.map(|seconds| [(RETRY_AFTER, seconds.to_string())]);
        let answer = (self.status, Json(Envelope { errors: &self.errors }));
        let mut response = match retry_after {
            Some(header) => (header, answer).into_response(),
            None => answer.into_response(),
        };
        response.extensions_mut().insert(Refusal(self.errors));
        response
    }
}
