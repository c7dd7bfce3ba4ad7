//! `GET /v1/operator-calls`, `POST /v1/operator-calls/test`, `GET /v1/operator-secret`: the log of calls to an operator's
//! server, a test call, and the secret of their signatures.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Serialize;
use storage::calls::CallRecord;

use crate::api::document::Body;
use crate::api::envelope::{Data, naive};
use crate::api::identity::Operator;
use crate::api::input::{Fields, Unknown, inputs, kinds, object};
use crate::api::query::Query;
use crate::api::route::Route;
use crate::app::App;
use crate::app::hail::operator_call::{CallOutcome, Header};
use crate::app::hail::test_call::{TestCallRefused, TestReport};
use crate::server::refusal::Error;

/// Routes of operators' servers.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            "GET /v1/operator-calls",
            list_calls,
            [
                "List the calls to the operator's server",
                "Lister les appels au serveur de l'opérateur",
            ],
        )
        .answers::<CallView<'_>>(),
        Route::new(
            "POST /v1/operator-calls/test",
            test_call,
            [
                "Make a test call to the operator's server",
                "Envoyer un appel de test au serveur de l'opérateur",
            ],
        )
        .answers::<TestView<'_>>(),
        Route::new(
            "GET /v1/operator-secret",
            get_secret,
            [
                "Get the secret that signs calls to the operator's server",
                "Consulter le secret qui signe les appels au serveur de l'opérateur",
            ],
        )
        .answers::<Secret>(),
    ]
}

inputs! {
    Before -> i64 = object(Unknown::Refused, calls_query);
    Nothing -> () = object(Unknown::Refused, nothing);
}

/// Lists the newest calls to the operator's server.
async fn list_calls(
    State(app): State<Arc<App>>,
    who: Operator,
    Query(before): Query<Before>,
) -> Result<Response, Error> {
    let calls = app.operator_calls(&who, Some(before)).await?;
    Ok(Data::all(calls.iter().map(CallView::new)).answer(StatusCode::OK))
}

/// Posts an invented hail to the operator's endpoint, signed like any other and with the header `X-Letaxi-Test: 1`, and
/// answers with what was sent and what came back. At most 10 in a minute.
async fn test_call(
    State(app): State<Arc<App>>,
    who: Operator,
    body: Body<Nothing>,
) -> Result<Response, Error> {
    body.read()?;
    let report = app.test_operator_call(&who).await?;
    Ok(Data::one(TestView::new(&report)).answer(StatusCode::OK))
}

/// Tells what calls to the operator's server are signed with.
async fn get_secret(State(app): State<Arc<App>>, who: Operator) -> Result<Response, Error> {
    let secret = app.call_secret(&who)?;
    Ok(Data::one(Secret { secret }).answer(StatusCode::OK))
}

/// An empty object: a test call has no choices yet.
#[expect(clippy::unnecessary_wraps, reason = "the form of all that read an object")]
fn nothing(_fields: &mut Fields<'_>) -> Option<()> {
    Some(())
}

fn calls_query(fields: &mut Fields<'_>) -> Option<i64> {
    let before = fields.optional("before", kinds::whole())?;
    // A number above all others: the newest.
    Some(before.map_or(i64::MAX, i64::from))
}

#[derive(JsonSchema, Serialize)]
struct Secret {
    /// Key of the HMAC: exactly these characters.
    secret: String,
}

#[derive(JsonSchema, Serialize)]
struct CallView<'a> {
    /// Number of the call, for the argument `before`.
    id: i64,
    hail_id: &'a str,
    /// Without user, password and query.
    endpoint: &'a str,
    added_at: String,
    took_ms: i64,
    delivered: bool,
    /// Reason for which the hail was not accepted.
    failure: Option<&'a str>,
    /// True if the operator asked for it: there is no such hail.
    is_test: bool,
}

impl<'a> CallView<'a> {
    fn new(call: &'a CallRecord) -> Self {
        Self {
            id: call.id,
            hail_id: call.hail.as_str(),
            endpoint: &call.endpoint,
            added_at: naive(call.at),
            took_ms: call.took_ms,
            delivered: call.failure.is_none(),
            failure: call.failure.as_deref(),
            is_test: call.is_test,
        }
    }
}

#[derive(JsonSchema, Serialize)]
struct TestView<'a> {
    /// The invented hail.
    hail_id: &'a str,
    /// Without user, password and query.
    endpoint: &'a str,
    added_at: String,
    took_ms: i64,
    /// True if the server would have taken the hail.
    delivered: bool,
    /// Reason for which it would not.
    failure: Option<&'a str>,
    request: RequestView<'a>,
    /// Null if no complete answer came.
    answer: Option<AnswerView<'a>>,
}

#[derive(JsonSchema, Serialize)]
struct RequestView<'a> {
    /// None if the call could not be made. The value of the operator's own header is hidden.
    headers: Vec<HeaderView<'a>>,
    /// The document, byte for byte as it was signed.
    body: &'a str,
}

#[derive(JsonSchema, Serialize)]
struct AnswerView<'a> {
    status: u16,
    headers: Vec<HeaderView<'a>>,
    /// Its first 4096 bytes, as text.
    body: &'a str,
}

#[derive(JsonSchema, Serialize)]
struct HeaderView<'a> {
    name: &'a str,
    value: &'a str,
}

impl<'a> TestView<'a> {
    fn new(report: &'a TestReport) -> Self {
        let failure = match &report.call.outcome {
            CallOutcome::Delivered { .. } => None,
            CallOutcome::Failed(reason) => Some(reason.as_str()),
        };
        let answer = report.call.answer.as_ref().map(|answer| AnswerView {
            status: answer.status,
            headers: headers(&answer.headers),
            body: &answer.body,
        });
        Self {
            hail_id: report.hail.as_str(),
            endpoint: &report.endpoint,
            added_at: naive(report.at),
            took_ms: report.took_ms,
            delivered: failure.is_none(),
            failure,
            request: RequestView { headers: headers(&report.call.sent), body: &report.body },
            answer,
        }
    }
}

fn headers(headers: &[Header]) -> Vec<HeaderView<'_>> {
    headers.iter().map(|header| HeaderView { name: &header.name, value: &header.value }).collect()
}

impl From<TestCallRefused> for Error {
    fn from(refused: TestCallRefused) -> Self {
        match refused {
            TestCallRefused::NotYours => Self::forbidden(),
            TestCallRefused::TooMany(too_many) => too_many.into(),
            TestCallRefused::Broken(error) => error.into(),
        }
    }
}
