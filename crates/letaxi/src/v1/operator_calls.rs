//! `GET /v1/operator-calls`, `GET /v1/operator-secret`: the log of calls to an operator's server, and the
//! secret of their signatures.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Serialize;
use storage::calls::CallRecord;

use crate::api::envelope::{Data, naive};
use crate::api::identity::Operator;
use crate::api::input::{Fields, Unknown, inputs, kinds, object};
use crate::api::query::Query;
use crate::api::route::Route;
use crate::app::App;
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

/// Tells what calls to the operator's server are signed with.
async fn get_secret(State(app): State<Arc<App>>, who: Operator) -> Result<Response, Error> {
    let secret = app.call_secret(&who)?;
    Ok(Data::one(Secret { secret }).answer(StatusCode::OK))
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
        }
    }
}
