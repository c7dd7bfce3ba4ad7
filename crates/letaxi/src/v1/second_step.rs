//! `/v1/second-step`: the second step of one's own sign-ins.

use std::sync::Arc;

use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use super::set_up::SetUpView;
use super::sign_ins::{password, ticket_and_code};
use crate::api::document::Body;
use crate::api::envelope::{Data, naive};
use crate::api::identity::AnyAccount;
use crate::api::input::{Fields, Unknown, inputs, object};
use crate::api::route::Route;
use crate::app::App;
use crate::app::account::limits::Admitted;
use crate::app::account::second_step::{SecondStepRefused, SecondStepView};
use crate::server::refusal::Error;

/// Refusal of a caller that acts for another account.
const ITSELF: &str = "The caller acts for another account.";

/// Routes of the second step.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            "GET /v1/second-step",
            show,
            ["Show the own second step", "Afficher sa deuxième étape"],
        )
        .refuses(403, ITSELF)
        .answers::<StepView>(),
        Route::new(
            "POST /v1/second-step",
            begin,
            ["Begin to set up a second step", "Préparer une deuxième étape"],
        )
        .refuses(403, ITSELF)
        .creates::<SetUpView>(),
        Route::new(
            "PUT /v1/second-step",
            confirm,
            ["Put a second step in force", "Activer une deuxième étape"],
        )
        .refuses(403, ITSELF)
        .answers::<Codes>(),
        Route::new(
            "POST /v1/second-step/removal",
            remove,
            ["Turn the second step off", "Désactiver la deuxième étape"],
        )
        .refuses(403, ITSELF)
        .refuses(409, "The account has none, or must have one."),
        Route::new(
            "POST /v1/second-step/recovery-codes",
            replace_codes,
            ["Replace the recovery codes", "Remplacer les codes de secours"],
        )
        .refuses(403, ITSELF)
        .refuses(409, "The account has no second step.")
        .creates::<Codes>(),
    ]
}

inputs! {
    Again -> String = object(Unknown::Refused, own_password);
    Confirmation -> (String, String) = object(Unknown::Refused, ticket_and_code);
}

fn own_password(fields: &mut Fields<'_>) -> Option<String> {
    fields.required("password", password())
}

/// Shows whether the account has a second step, and must have one.
async fn show(State(app): State<Arc<App>>, who: AnyAccount) -> Result<Response, Error> {
    let view = app.second_step_of(&who).await?;
    Ok(Data::one(StepView::new(view)).answer(StatusCode::OK))
}

/// Makes a secret for an authenticator app, to set the second step up or to replace it. It is in force once a code of it
/// was given, within ten minutes.
async fn begin(
    State(app): State<Arc<App>>,
    who: AnyAccount,
    Extension(caller): Extension<Admitted>,
    body: Body<Again>,
) -> Result<Response, Error> {
    let set_up = app.begin_second_step(&who, body.read()?, caller.from).await?;
    Ok(Data::one(SetUpView::new(&set_up)).answer(StatusCode::CREATED))
}

/// Puts a secret in force by a code of it. The answer shows the recovery codes, this once. Other sign-ins of the account
/// end.
async fn confirm(
    State(app): State<Arc<App>>,
    who: AnyAccount,
    Extension(caller): Extension<Admitted>,
    body: Body<Confirmation>,
) -> Result<Response, Error> {
    let (ticket, code) = body.read()?;
    let recovery_codes = app.confirm_second_step(&who, &ticket, &code, caller.sign_in).await?;
    Ok(Data::one(Codes { recovery_codes }).answer(StatusCode::OK))
}

/// Turns the second step off. Other sign-ins of the account end.
async fn remove(
    State(app): State<Arc<App>>,
    who: AnyAccount,
    Extension(caller): Extension<Admitted>,
    body: Body<Again>,
) -> Result<Response, Error> {
    app.remove_second_step(&who, body.read()?, caller.from, caller.sign_in).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Replaces the recovery codes. The answer shows the new ones, this once.
async fn replace_codes(
    State(app): State<Arc<App>>,
    who: AnyAccount,
    Extension(caller): Extension<Admitted>,
    body: Body<Again>,
) -> Result<Response, Error> {
    let recovery_codes = app.replace_recovery_codes(&who, body.read()?, caller.from).await?;
    Ok(Data::one(Codes { recovery_codes }).answer(StatusCode::CREATED))
}

#[derive(JsonSchema, Serialize)]
struct StepView {
    /// Null if there is none.
    set_at: Option<String>,
    /// Number of recovery codes that were not used.
    recovery_codes: i64,
    /// True if the account must have a second step.
    is_required: bool,
}

impl StepView {
    fn new(view: SecondStepView) -> Self {
        Self {
            set_at: view.set_at.map(naive),
            recovery_codes: view.recovery_codes,
            is_required: view.is_required,
        }
    }
}

#[derive(JsonSchema, Serialize)]
struct Codes {
    /// Ten codes, each of which takes the place of a code of the app once.
    recovery_codes: Vec<String>,
}

impl From<SecondStepRefused> for Error {
    fn from(refused: SecondStepRefused) -> Self {
        let of_field = |field, text| Self::of_field(StatusCode::BAD_REQUEST, field, text);
        let conflict = |text| Self::of_request(StatusCode::CONFLICT, text);
        match refused {
            SecondStepRefused::NotYours => Self::forbidden(),
            SecondStepRefused::WrongPassword => of_field("password", "The password is wrong."),
            SecondStepRefused::WrongCode => {
                of_field("code", "The code is wrong, or was used already: wait for the next one.")
            }
            SecondStepRefused::Over => {
                let text = "This step took too long, or too many codes were wrong: begin again.";
                Self::of_request(StatusCode::UNAUTHORIZED, text)
            }
            SecondStepRefused::None => conflict("The account has no second step."),
            SecondStepRefused::Required => {
                conflict("This registry asks a second step of the account: replace it instead.")
            }
            SecondStepRefused::TooMany(wait) => wait.into(),
            SecondStepRefused::Broken(error) => error.into(),
        }
    }
}
