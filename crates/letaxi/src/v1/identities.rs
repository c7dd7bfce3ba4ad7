//! `/v1/identities`: identities at the identity provider that open the own account.

use std::sync::Arc;

use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;
use storage::identities::Identity;

use super::provider::{AWAY, NOT_OFFERED, VisitView, begun_visit, page};
use super::sign_ins::{ELSEWHERE, password};
use crate::api::document::Body;
use crate::api::envelope::{Data, naive};
use crate::api::identity::AnyAccount;
use crate::api::input::{Fields, Unknown, inputs, object};
use crate::api::route::Route;
use crate::app::App;
use crate::app::account::limits::Admitted;
use crate::app::account::provider_sign_ins::ProviderRefused;
use crate::server::refusal::Error;

/// Routes of identities.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            "GET /v1/identities",
            list,
            ["List linked identities", "Lister les identités liées à son compte"],
        )
        .refuses(403, "The caller is a guest in the account.")
        .answers::<View<'_>>(),
        Route::new(
            "POST /v1/identities",
            begin,
            ["Begin to link an identity", "Commencer à lier une identité à son compte"],
        )
        .may_miss()
        .refuses(403, ELSEWHERE)
        .refuses(404, NOT_OFFERED)
        .refuses(503, AWAY)
        .creates::<VisitView>(),
        Route::new(
            "DELETE /v1/identities/{id}",
            unlink,
            ["Unlink an identity", "Délier une identité de son compte"],
        )
        .of("The number of the identity.")
        .refuses(403, "The caller is a guest in the account.")
        .refuses(409, "It is the only way into the account."),
    ]
}

inputs! {
    Begin -> (String, String) = object(Unknown::Refused, password_and_page);
}

fn password_and_page(fields: &mut Fields<'_>) -> Option<(String, String)> {
    let (password, page) = (fields.required("password", password()), page(fields));
    Some((password?, page?))
}

/// Lists the identities with which the person can sign in, oldest first.
async fn list(State(app): State<Arc<App>>, who: AnyAccount) -> Result<Response, Error> {
    let identities = app.own_identities(&who).await?;
    Ok(Data::all(identities.iter().map(View::new)).answer(StatusCode::OK))
}

/// Begins to link an identity at the identity provider with the own account, like `POST /v1/sign-ins/provider`: the person
/// comes back signed in as before, and the identity opens the account from then on.
async fn begin(
    State(app): State<Arc<App>>,
    who: AnyAccount,
    Extension(caller): Extension<Admitted>,
    headers: HeaderMap,
    body: Body<Begin>,
) -> Result<Response, Error> {
    let (password, page) = body.read()?;
    let begun = app.begin_link(&who, password, &page, caller.from).await?;
    Ok(begun_visit(&headers, begun))
}

/// Unlinks an identity: nobody can sign in with it any more. Other sign-ins of the account end.
async fn unlink(
    State(app): State<Arc<App>>,
    who: AnyAccount,
    Extension(caller): Extension<Admitted>,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let id = id.parse().map_err(|_fault| ProviderRefused::Unknown)?;
    app.unlink_own(&who, id, caller.sign_in).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

#[derive(JsonSchema, Serialize)]
struct View<'a> {
    id: i64,
    /// The identity provider.
    issuer: &'a str,
    /// E-mail address that the provider told when the identity was linked.
    email: Option<&'a str>,
    /// The provider's name of the person.
    subject: &'a str,
    linked_at: String,
}

impl<'a> View<'a> {
    fn new(identity: &'a Identity) -> Self {
        Self {
            id: identity.id,
            issuer: &identity.issuer,
            email: identity.email.as_deref(),
            subject: &identity.subject,
            linked_at: naive(identity.linked_at),
        }
    }
}
