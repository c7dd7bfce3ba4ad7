//! `POST /v1/sign-ins/provider`, `POST /v1/sign-ins/provider/return`, `POST /v1/sign-outs`: sign-ins through the identity
//! provider (OpenID Connect).

use std::sync::Arc;

use axum::extract::{Extension, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use super::sign_ins::{ELSEWHERE, NEXT_STEP, NextStep, SignedIn, answer, device, refuse_elsewhere};
use crate::api::document::Body;
use crate::api::envelope::Data;
use crate::api::identity::AnyAccount;
use crate::api::input::{Fields, Unknown, inputs, kinds, object};
use crate::api::route::Route;
use crate::app::App;
use crate::app::account::limits::Admitted;
use crate::app::account::provider::WayBack;
use crate::app::account::provider_sign_ins::{BegunVisit, ProviderRefused, Returned};
use crate::server::cookie;
use crate::server::refusal::Error;

/// Refusal without a provider.
pub(super) const NOT_OFFERED: &str = "The registry has no identity provider.";
/// Refusal while the provider is away.
pub(super) const AWAY: &str = "The identity provider does not answer.";

/// Routes of sign-ins through the provider.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            "POST /v1/sign-ins/provider",
            begin,
            ["Begin to sign in elsewhere", "Commencer une connexion par un autre service"],
        )
        .may_miss()
        .refuses(403, ELSEWHERE)
        .refuses(404, NOT_OFFERED)
        .refuses(503, AWAY)
        .creates::<VisitView>(),
        Route::new(
            "POST /v1/sign-ins/provider/return",
            come_back,
            ["Come back from the identity provider", "Revenir du fournisseur d'identité"],
        )
        .may_miss()
        .refuses(401, "The way back is over, or the answer of the provider failed a check.")
        .refuses(403, "No account is linked with the identity, or it is disabled.")
        .refuses(404, NOT_OFFERED)
        .refuses(409, "The identity is linked with another account.")
        .refuses(503, AWAY)
        .creates::<SignedIn<'_>>()
        .answers_also::<NextStep>(202, NEXT_STEP)
        .answers_also::<LinkedView>(200, "The identity is linked with the account."),
        Route::new(
            "POST /v1/sign-outs",
            sign_out,
            ["Sign out here and elsewhere", "Se déconnecter, ici et du fournisseur d'identité"],
        )
        .answers::<SignedOut>(),
    ]
}

inputs! {
    Begin -> String = object(Unknown::Refused, page);
    Return -> WayBack = object(Unknown::Refused, way_back);
    Nothing -> () = object(Unknown::Refused, |_| Some(()));
}

/// A page of the console.
pub(super) fn page(fields: &mut Fields<'_>) -> Option<String> {
    fields.required("page", kinds::some_text())
}

fn way_back(fields: &mut Fields<'_>) -> Option<WayBack> {
    let state = fields.required("state", kinds::some_text());
    let code = fields.optional("code", kinds::long_text());
    let issuer = fields.optional("issuer", kinds::some_text());
    Some(WayBack { state: state?, code: code?, issuer: issuer? })
}

/// Begins to sign in through the identity provider. The browser keeps the cookie of the answer and goes to the address;
/// the person comes back to the page `/console/return`, within ten minutes, and afterwards goes on at `page`.
async fn begin(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Admitted>,
    headers: HeaderMap,
    body: Body<Begin>,
) -> Result<Response, Error> {
    refuse_elsewhere(&headers)?;
    let begun = app.begin_provider_sign_in(&body.read()?, caller.from).await?;
    Ok(begun_visit(&headers, begun))
}

/// The answer to a visit that begins.
pub(super) fn begun_visit(headers: &HeaderMap, begun: BegunVisit) -> Response {
    let set = [(SET_COOKIE, cookie::VISIT.kept(headers, &begun.cookie))];
    (set, Data::one(VisitView { address: begun.address }).answer(StatusCode::CREATED))
        .into_response()
}

/// Takes what the identity provider added to the address of the page `/console/return`. The answer is that of
/// `POST /v1/sign-ins`, or 200 if the visit began with `POST /v1/identities`.
async fn come_back(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Admitted>,
    headers: HeaderMap,
    body: Body<Return>,
) -> Result<Response, Error> {
    refuse_elsewhere(&headers)?;
    let back = body.read()?;
    let browser = cookie::VISIT.sent(&headers).unwrap_or_default();
    let (returned, page) =
        app.return_from_provider(browser, &back, &device(&headers), &caller).await?;
    let answer = match returned {
        Returned::Entered(entered) => answer(&app, &headers, &entered, Some(&page)),
        Returned::Linked => Data::one(LinkedView { page }).answer(StatusCode::OK),
    };
    let forget = AppendHeaders([(SET_COOKIE, cookie::VISIT.forgotten(&headers))]);
    Ok((forget, answer).into_response())
}

/// Ends the sign-in whose cookie is sent; a key stays as it is. If the person came through the identity provider, the browser may go to the
/// address of the answer to sign out there as well; the sign-in here has ended whatever happens there.
async fn sign_out(
    State(app): State<Arc<App>>,
    who: AnyAccount,
    Extension(caller): Extension<Admitted>,
    headers: HeaderMap,
    body: Body<Nothing>,
) -> Result<Response, Error> {
    body.read()?;
    let address = match caller.sign_in {
        // Also while acting for another account.
        Some(id) => app.sign_out(who.key_owner, id).await?,
        None => None,
    };
    let forget = [(SET_COOKIE, cookie::SIGN_IN.forgotten(&headers))];
    Ok((forget, Data::one(SignedOut { address }).answer(StatusCode::OK)).into_response())
}

/// A visit at the identity provider.
#[derive(JsonSchema, Serialize)]
pub(super) struct VisitView {
    /// Address to which the browser goes.
    address: String,
}

#[derive(JsonSchema, Serialize)]
struct LinkedView {
    /// Page on which the person goes on.
    page: String,
}

#[derive(JsonSchema, Serialize)]
struct SignedOut {
    /// Address at the identity provider to sign out there; null if there is nothing to do.
    address: Option<String>,
}

impl From<ProviderRefused> for Error {
    fn from(refused: ProviderRefused) -> Self {
        let (status, text) = match refused {
            ProviderRefused::NotOffered => {
                (StatusCode::NOT_FOUND, "This registry offers no sign-in through another service.")
            }
            ProviderRefused::Unreachable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "The other service does not answer: sign in with your password, or try again later.",
            ),
            ProviderRefused::Over => (
                StatusCode::UNAUTHORIZED,
                "This sign-in took too long, or began in another browser: begin again.",
            ),
            ProviderRefused::Declined => (
                StatusCode::UNAUTHORIZED,
                "The other service did not sign you in: begin again, or sign in with your password.",
            ),
            ProviderRefused::Untrusted => (
                StatusCode::UNAUTHORIZED,
                "The answer of the other service cannot be trusted: begin again; if that does not help, tell the \
                 administrator of the registry.",
            ),
            ProviderRefused::Unlinked => (
                StatusCode::FORBIDDEN,
                "No account is linked with this identity: sign in with your password and link it on the page \
                 “My account”, or ask the administrator of the registry.",
            ),
            ProviderRefused::Disabled => (
                StatusCode::FORBIDDEN,
                "This account is disabled: ask the administrator of the registry.",
            ),
            ProviderRefused::Taken => (
                StatusCode::CONFLICT,
                "This identity is linked with another account: unlink it there first.",
            ),
            ProviderRefused::Full => (
                StatusCode::CONFLICT,
                "The account has as many identities as it may have: unlink one first.",
            ),
            ProviderRefused::Unknown => {
                return Self::of_url(StatusCode::NOT_FOUND, "The account has no such identity.");
            }
            ProviderRefused::OnlyWay => (
                StatusCode::CONFLICT,
                "This identity is the only way into the account: set a password first.",
            ),
            ProviderRefused::Own(refused) => return refused.into(),
            ProviderRefused::TooMany(wait) => return wait.into(),
            ProviderRefused::Broken(error) => return error.into(),
        };
        Self::of_request(status, text)
    }
}
