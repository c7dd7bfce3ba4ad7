//! `POST /v1/sign-ins`, `POST /v1/sign-ins/second-step`, `GET /v1/sign-ins`, `DELETE /v1/sign-ins/:id`, `GET /v1/me`:
//! people in browsers.

use std::sync::Arc;

use axum::extract::{Extension, Path, State};
use axum::http::header::{SET_COOKIE, USER_AGENT};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use registry::{Account, AccountId};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use storage::sign_ins::SignIn;

use super::set_up::SetUpView;
use crate::api::document::Body;
use crate::api::envelope::{Data, naive};
use crate::api::identity::AnyAccount;
use crate::api::input::{Fields, Kind, Unknown, inputs, kind, kinds, object};
use crate::api::route::Route;
use crate::app::App;
use crate::app::account::entry::Entered;
use crate::app::account::limits::Admitted;
use crate::app::account::sign_ins::SignInRefused;
use crate::server::admission::from_elsewhere;
use crate::server::cookie;
use crate::server::refusal::Error;

/// The id of the sign-in whose cookie is sent.
const CURRENT: &str = "current";

/// Refusal of a request from elsewhere.
pub(super) const ELSEWHERE: &str = "The request comes from a page of another site.";
/// Answer to a password that is not enough.
pub(super) const NEXT_STEP: &str = "A second step is asked for: `POST /v1/sign-ins/second-step`.";

/// Routes of sign-ins.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            "POST /v1/sign-ins",
            sign_in,
            ["Sign in in a browser", "Se connecter dans un navigateur"],
        )
        .refuses(401, "E-mail address or password is wrong.")
        .refuses(403, ELSEWHERE)
        .creates::<SignedIn<'_>>()
        .answers_also::<NextStep>(202, NEXT_STEP),
        Route::new(
            "POST /v1/sign-ins/second-step",
            take_second_step,
            ["Take the second step of a sign-in", "Franchir la deuxième étape d'une connexion"],
        )
        .refuses(401, "The ticket is over: sign in again.")
        .refuses(403, ELSEWHERE)
        .creates::<SignedIn<'_>>(),
        Route::new("GET /v1/sign-ins", list, ["List own sign-ins", "Lister ses connexions"])
            .answers::<View<'_>>(),
        Route::new(
            "DELETE /v1/sign-ins/{id}",
            end,
            ["End a sign-in", "Mettre fin à une connexion"],
        )
        .of("The number of the sign-in, as the list shows it, or `current`."),
        Route::new("GET /v1/me", me, ["Show who is signed in", "Afficher le compte connecté"])
            .answers::<Me<'_>>(),
    ]
}

inputs! {
    New -> (String, String) = object(Unknown::Refused, new);
    Second -> (String, String) = object(Unknown::Refused, ticket_and_code);
}

fn new(fields: &mut Fields<'_>) -> Option<(String, String)> {
    let email = fields.required("email", kinds::some_text());
    let password = fields.required("password", password());
    Some((email?, password?))
}

/// A ticket, and the code that goes with it.
pub(super) fn ticket_and_code(fields: &mut Fields<'_>) -> Option<(String, String)> {
    let ticket = fields.required("ticket", kinds::some_text());
    let code = fields.required("code", kinds::some_text());
    Some((ticket?, code?))
}

/// A password that is checked, of any form.
pub(super) fn password() -> impl for<'a> Kind<'a, Value = String> {
    let schema = || json!({"type": "string", "minLength": 1, "maxLength": kinds::SHORT_TEXT});
    kind(|value: &Value| kinds::some_text().read(value), schema)
}

/// Signs in by e-mail address and password. The answer sets a cookie, which stands for a key in all further requests of
/// the browser's pages, for 12 hours without one and 30 days at most. If the account has a second step or must have one,
/// the answer is 202 with a ticket for it, good for ten minutes and five attempts.
async fn sign_in(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Admitted>,
    headers: HeaderMap,
    body: Body<New>,
) -> Result<Response, Error> {
    refuse_elsewhere(&headers)?;
    let (email, password) = body.read()?;
    let entered = app.sign_in(&email, password, &device(&headers), caller.from).await?;
    Ok(answer(&app, &headers, &entered, None))
}

/// Takes the second step of a sign-in, by a code of the app or a recovery code. If the account sets its second step up just
/// now, the answer has its recovery codes, this once.
async fn take_second_step(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Body<Second>,
) -> Result<Response, Error> {
    refuse_elsewhere(&headers)?;
    let (ticket, code) = body.read()?;
    let entry = app.take_second_step(&ticket, &code).await?;
    Ok(answer(&app, &headers, &Entered::In(entry), None))
}

/// Refuses a request that another site makes a browser send: it would sign a person in without a wish.
pub(super) fn refuse_elsewhere(headers: &HeaderMap) -> Result<(), Error> {
    if cookie::is_from_elsewhere(headers) { Err(from_elsewhere()) } else { Ok(()) }
}

/// The answer to a step of a sign-in, with the page on which the person goes on, if it is not the same.
pub(super) fn answer(
    app: &App,
    headers: &HeaderMap,
    entered: &Entered,
    page: Option<&str>,
) -> Response {
    let next = |step, ticket: &str, set_up| {
        let (ticket, page) = (ticket.to_owned(), page.map(str::to_owned));
        Data::one(NextStep { step, ticket, set_up, page }).answer(StatusCode::ACCEPTED)
    };
    match entered {
        Entered::In(entry) => {
            let set = [(SET_COOKIE, cookie::SIGN_IN.kept(headers, &entry.cookie))];
            let signed_in = SignedIn {
                me: Me::new(app, &entry.account, entry.account.id),
                recovery_codes: &entry.recovery_codes,
                recovery_codes_left: entry.recovery_codes_left,
                page,
            };
            (set, Data::one(signed_in).answer(StatusCode::CREATED)).into_response()
        }
        Entered::Code(ticket) => next("code", ticket, None),
        Entered::SetUp(set_up) => next("set_up", &set_up.ticket, Some(SetUpView::new(set_up))),
    }
}

/// Lists the sign-ins of the account, newest first.
async fn list(
    State(app): State<Arc<App>>,
    who: AnyAccount,
    Extension(caller): Extension<Admitted>,
) -> Result<Response, Error> {
    let sign_ins = app.sign_ins_of(&who).await?;
    let views = sign_ins.iter().map(|sign_in| View::new(sign_in, caller.sign_in));
    Ok(Data::all(views).answer(StatusCode::OK))
}

/// Ends a sign-in: its cookie is no longer valid.
async fn end(
    State(app): State<Arc<App>>,
    who: AnyAccount,
    Extension(caller): Extension<Admitted>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let is_current = id == CURRENT;
    if is_current {
        // Also while acting for another account.
        let id = caller.sign_in.ok_or(SignInRefused::Unknown)?;
        app.end_sign_in_of(who.key_owner, id).await?;
    } else {
        app.end_sign_in(&who, id.parse().map_err(|_fault| SignInRefused::Unknown)?).await?;
    }
    let forget = is_current.then(|| [(SET_COOKIE, cookie::SIGN_IN.forgotten(&headers))]);
    Ok((forget, StatusCode::NO_CONTENT).into_response())
}

/// Shows the account for which the caller's requests count, and for whom it acts.
async fn me(State(app): State<Arc<App>>, who: AnyAccount) -> Response {
    Data::one(Me::new(&app, &who.account, who.key_owner)).answer(StatusCode::OK)
}

/// A sign-in.
#[derive(JsonSchema, Serialize)]
pub(super) struct SignedIn<'a> {
    #[serde(flatten)]
    me: Me<'a>,
    /// Recovery codes of the second step that was set up just now: shown once.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    recovery_codes: &'a [String],
    /// Number of recovery codes that are left, if one was used just now.
    #[serde(skip_serializing_if = "Option::is_none")]
    recovery_codes_left: Option<i64>,
    /// Page on which the person goes on, after a visit at the identity provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<&'a str>,
}

/// The next step of a sign-in.
#[derive(JsonSchema, Serialize)]
pub(super) struct NextStep {
    /// `code`: a code is asked for. `set_up`: the account must set up a second step first.
    step: &'static str,
    /// It goes with the code.
    ticket: String,
    /// The secret to be set up.
    #[serde(skip_serializing_if = "Option::is_none")]
    set_up: Option<SetUpView>,
    /// Page on which the person goes on, after a visit at the identity provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<String>,
}

#[derive(JsonSchema, Serialize)]
struct Me<'a> {
    id: i64,
    email: &'a str,
    name: Option<&'a str>,
    roles: Vec<&'static str>,
    /// E-mail address of the account that manages this one, if any does.
    manager: Option<String>,
    /// E-mail address of the account whose key or cookie was sent, if it acts for this one.
    acting: Option<String>,
}

impl<'a> Me<'a> {
    fn new(app: &App, account: &'a Account, key_owner: AccountId) -> Self {
        let email = |id| Some(app.account(id)?.email.clone());
        Self {
            id: account.id.0,
            email: &account.email,
            name: account.commercial_name.as_deref(),
            roles: account.roles.iter().map(registry::Role::word).collect(),
            manager: account.manager.and_then(email),
            acting: Some(key_owner).filter(|owner| *owner != account.id).and_then(email),
        }
    }
}

#[derive(JsonSchema, Serialize)]
struct View<'a> {
    id: i64,
    /// Browser and system, as the browser names them.
    device: &'a str,
    created_at: String,
    /// Rounded to a minute after a restart.
    last_seen_at: String,
    /// True for the sign-in whose cookie was sent.
    is_current: bool,
}

impl<'a> View<'a> {
    fn new(sign_in: &'a SignIn, current: Option<i64>) -> Self {
        Self {
            id: sign_in.id,
            device: &sign_in.device,
            created_at: naive(sign_in.created_at),
            last_seen_at: naive(sign_in.last_seen_at),
            is_current: current == Some(sign_in.id),
        }
    }
}

/// Browser and system of a request, in the words of their makers; the beginning of an unknown name.
pub(super) fn device(headers: &HeaderMap) -> String {
    const BROWSERS: [(&str, &str); 5] = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 6] = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ];
    const UNKNOWN_LENGTH: usize = 60;
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let named = |names: &[(&'static str, &'static str)]| {
        names.iter().find(|(sign, _)| agent.contains(sign)).map(|(_, name)| *name)
    };
    match (named(&BROWSERS), named(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser}, {system}"),
        _ => agent.chars().take(UNKNOWN_LENGTH).collect(),
    }
}

impl From<SignInRefused> for Error {
    fn from(refused: SignInRefused) -> Self {
        match refused {
            SignInRefused::Unknown => {
                Self::of_url(StatusCode::NOT_FOUND, "The account has no such sign-in.")
            }
            SignInRefused::NotYours => Self::forbidden(),
            SignInRefused::Broken(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_named_by_browser_and_system() {
        for (agent, name) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox, Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/140.0 Safari/537.36 Edg/140.0",
                "Edge, Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like \
                 Gecko) Version/18.4 Mobile/15E148 Safari/604.1",
                "Safari, iPhone",
            ),
            ("curl/8.0", "curl/8.0"),
            ("", ""),
        ] {
            let headers = HeaderMap::from_iter([(USER_AGENT, agent.parse().unwrap())]);
            assert_eq!(device(&headers), name, "{agent}");
        }
    }
}
