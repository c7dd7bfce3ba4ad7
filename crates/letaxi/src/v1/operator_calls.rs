//! `GET /v1/operator-calls`, `GET /v1/operator-secret`: what an operator is told of the calls to its
//! server.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Serialize;
use storage::calls::CallRecord;

use crate::api::envelope::{Data, naive};
use crate::api::identity::Operator;
use crate::api::input::{Fields, Kind, Unknown, kinds, object};
use crate::api::openapi::Operation;
use crate::api::query;
use crate::app::App;
use crate::server::refusal::Error;

/// Lists the newest calls to the operator's server.
pub(crate) async fn list_calls(
    State(app): State<Arc<App>>,
    who: Operator,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    let query = query::first_values(query.as_deref());
    let before = object(Unknown::Refused, calls_query).read(&query)?;
    let calls = app.operator_calls(&who, Some(before)).await?;
    Ok(Data::all(calls.iter().map(CallView::new)).answer(StatusCode::OK))
}

/// Tells what calls to the operator's server are signed with.
pub(crate) async fn get_secret(
    State(app): State<Arc<App>>,
    who: Operator,
) -> Result<Response, Error> {
    let secret = app.call_secret(&who)?;
    Ok(Data::one(Secret { secret }).answer(StatusCode::OK))
}

/// What the reference says of these calls.
pub(crate) fn reference() -> Vec<Operation> {
    vec![
        Operation::get(
            "/v1/operator-calls",
            ["How calls to the operator's server went", "Les appels au serveur de l'opérateur"],
        )
        .by::<Operator>()
        .asks(object(Unknown::Refused, calls_query))
        .answers::<CallView<'_>>(),
        Operation::get(
            "/v1/operator-secret",
            [
                "What calls to the operator's server are signed with",
                "Le secret qui signe les appels au serveur de l'opérateur",
            ],
        )
        .by::<Operator>()
        .answers::<Secret>(),
    ]
}

fn calls_query(fields: &mut Fields<'_>) -> Option<i64> {
    let before = fields.optional("before", kinds::whole())?;
    // Before all there will ever be: the newest.
    Some(before.map_or(i64::MAX, i64::from))
}

#[derive(JsonSchema, Serialize)]
struct Secret {
    /// The key of the HMAC: these very characters.
    secret: String,
}

#[derive(JsonSchema, Serialize)]
struct CallView<'a> {
    /// The number of the call, to ask for those `before`.
    id: i64,
    hail_id: &'a str,
    /// Without user, password and query.
    endpoint: &'a str,
    added_at: String,
    took_ms: i64,
    delivered: bool,
    /// Why the hail was not taken.
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
