//! `/v1/password-links`: links by which people set a password, without being signed in.

use std::sync::Arc;

use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use registry::Password;
use schemars::JsonSchema;
use serde::Serialize;

use super::sign_ins::{ELSEWHERE, NEXT_STEP, NextStep, SignedIn, answer, device, refuse_elsewhere};
use crate::api::document::Body;
use crate::api::envelope::{Data, naive};
use crate::api::input::{Fields, Unknown, inputs, kinds, object};
use crate::api::language::Language;
use crate::api::route::Route;
use crate::app::App;
use crate::app::account::limits::Admitted;
use crate::app::account::links::{LinkRefused, LinkView};
use crate::server::refusal::Error;

/// Refusal of a link that opens nothing.
const OVER: &str = "The link is unknown, was used, or has expired.";

/// Routes of links.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            "GET /v1/sign-in-options",
            options,
            ["Show how people sign in", "Afficher les moyens de connexion"],
        )
        .answers::<Options<'_>>(),
        Route::new(
            "POST /v1/password-links",
            ask,
            ["Ask for a new password", "Demander un nouveau mot de passe"],
        )
        .refuses(409, "The registry sends no mails."),
        Route::new(
            "POST /v1/password-links/view",
            view,
            ["Show a link", "Afficher un lien de mot de passe"],
        )
        .may_miss()
        .refuses(404, OVER)
        .answers::<View<'_>>(),
        Route::new(
            "POST /v1/password-links/use",
            use_it,
            ["Set a password by a link", "Choisir un mot de passe par un lien"],
        )
        .may_miss()
        .refuses(403, ELSEWHERE)
        .creates::<SignedIn<'_>>()
        .answers_also::<NextStep>(202, NEXT_STEP),
    ]
}

inputs! {
    Ask -> String = object(Unknown::Refused, |fields| fields.required("email", kinds::some_text()));
    Token -> String = object(Unknown::Refused, token);
    Use -> (String, Password) = object(Unknown::Refused, token_and_password);
}

fn token(fields: &mut Fields<'_>) -> Option<String> {
    fields.required("token", kinds::some_text())
}

fn token_and_password(fields: &mut Fields<'_>) -> Option<(String, Password)> {
    let (token, password) = (token(fields), fields.required("password", kinds::new_password()));
    Some((token?, password?))
}

/// Shows what the page of sign-ins offers.
async fn options(State(app): State<Arc<App>>) -> Response {
    let options = Options { sends_mails: app.sends_letters(), provider: app.provider_name() };
    Data::one(options).answer(StatusCode::OK)
}

/// Sends a link to the person who forgot the password. The answer is the same whether there is such an account or not.
async fn ask(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Admitted>,
    language: Language,
    body: Body<Ask>,
) -> Result<Response, Error> {
    app.ask_for_link(&body.read()?, language == Language::French, caller.from)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Shows for which account a link sets a password. The token is what follows `#` in the link.
async fn view(State(app): State<Arc<App>>, body: Body<Token>) -> Result<Response, Error> {
    let link = app.look_at_link(&body.read()?).await?;
    Ok(Data::one(View::new(&link)).answer(StatusCode::OK))
}

/// Sets the password of a link's account, and signs in: the answer is that of `POST /v1/sign-ins`. The link, other links of
/// the account and its sign-ins end.
async fn use_it(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Body<Use>,
) -> Result<Response, Error> {
    refuse_elsewhere(&headers)?;
    let (token, password) = body.read()?;
    let entered = app.use_link(&token, password, &device(&headers)).await?;
    Ok(answer(&app, &headers, &entered, None))
}

#[derive(JsonSchema, Serialize)]
struct Options<'a> {
    /// True if the registry can send a link to a person who forgot the password.
    sends_mails: bool,
    /// Name of the identity provider through which people may sign in as well.
    provider: Option<&'a str>,
}

#[derive(JsonSchema, Serialize)]
struct View<'a> {
    email: &'a str,
    name: Option<&'a str>,
    /// True if the account has no password yet.
    is_invitation: bool,
    expires_at: String,
}

impl<'a> View<'a> {
    fn new(link: &'a LinkView) -> Self {
        Self {
            email: &link.account.email,
            name: link.account.commercial_name.as_deref(),
            is_invitation: link.is_invitation,
            expires_at: naive(link.expires_at),
        }
    }
}

impl From<LinkRefused> for Error {
    fn from(refused: LinkRefused) -> Self {
        let conflict = |text| Self::of_request(StatusCode::CONFLICT, text);
        match refused {
            LinkRefused::UnknownAccount => {
                Self::of_url(StatusCode::NOT_FOUND, "There is no such account.")
            }
            LinkRefused::NotYours => Self::forbidden(),
            LinkRefused::Disabled => conflict("The account is disabled: enable it first."),
            LinkRefused::Over => {
                let text = "This link was used or has expired: ask for another.";
                Self::of_request(StatusCode::NOT_FOUND, text)
            }
            LinkRefused::NoPost => {
                conflict("This registry sends no mails: ask its administrator for a link.")
            }
            LinkRefused::TooMany(wait) => wait.into(),
            LinkRefused::Broken(error) => error.into(),
        }
    }
}
