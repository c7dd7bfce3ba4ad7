//! `GET /v1/taxis/{id}/history`: the changes of a taxi's status.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use registry::Time;
use schemars::JsonSchema;
use serde::Serialize;

use super::french::in_language;
use super::visibility::unknown_taxi;
use crate::api::envelope::{Data, naive};
use crate::api::identity::AnyAccount;
use crate::api::input::{Fields, Unknown, inputs, kinds, object};
use crate::api::language::Language;
use crate::api::query::Query;
use crate::api::route::Route;
use crate::app::App;
use crate::app::fleet::history::{Cause, HistoryLine};
use crate::server::refusal::Error;

/// Routes of the history of a taxi.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            "GET /v1/taxis/{id}/history",
            list_changes,
            ["List the changes of a taxi's status", "Lister les changements de statut d'un taxi"],
        )
        .of("The id of the taxi.")
        .answers::<View<'_>>(),
    ]
}

inputs! {
    Before -> Asked = object(Unknown::Refused, before);
}

/// Lists the newest changes of a taxi's status before a time, in each description that the caller may see.
async fn list_changes(
    State(app): State<Arc<App>>,
    who: AnyAccount,
    Path(id): Path<String>,
    Query(Asked { before }): Query<Before>,
    language: Language,
) -> Result<Response, Error> {
    let lines = app.history(&who, &id, before).await?.ok_or_else(|| unknown_taxi(&id))?;
    let views = lines.iter().map(|line| View::new(line, language));
    Ok(in_language(language, Data::all(views).answer(StatusCode::OK)))
}

/// The part of the history that is asked for.
struct Asked {
    /// Time before which it ends, if one is given.
    before: Option<Time>,
}

fn before(fields: &mut Fields<'_>) -> Option<Asked> {
    let before = fields.optional("before", kinds::date_time())?;
    Some(Asked { before: before.map(|before| before.time) })
}

#[derive(JsonSchema, Serialize)]
struct View<'a> {
    /// For the argument `before`: the next page begins before the last line of this one.
    at: String,
    from: &'static str,
    to: &'static str,
    /// E-mail address of the account in whose description the status changed.
    operator: &'a str,
    /// The account that changed it; null: the registry itself.
    by: Option<i64>,
    /// The account whose key was sent, if another account acted for that one.
    key_of: Option<i64>,
    hail_id: Option<String>,
    /// The status that the hail took.
    hail_status: Option<&'static str>,
    cause: &'static str,
    sentence: String,
}

impl<'a> View<'a> {
    fn new(line: &'a HistoryLine, language: Language) -> Self {
        let change = &line.change;
        Self {
            at: naive(line.at),
            from: change.from.word(),
            to: change.to.word(),
            operator: &line.operator_email,
            by: change.by.map(|id| id.0),
            key_of: change.key_owner.filter(|owner| change.by != Some(*owner)).map(|id| id.0),
            hail_id: change.hail.map(|(id, _)| id.to_string()),
            hail_status: change.hail.map(|(_, status)| status.word()),
            cause: code(line.cause),
            sentence: sentence(line, language),
        }
    }
}

fn code(cause: Cause) -> &'static str {
    match cause {
        Cause::Set => "set",
        Cause::Hailed => "hailed",
        Cause::Step => "step",
        Cause::Deadline => "deadline",
        Cause::Call => "call",
    }
}

fn sentence(line: &HistoryLine, language: Language) -> String {
    let change = &line.change;
    let Some((hail, status)) = change.hail else {
        return language.choose("Set by its operator.", "Fixé par son opérateur.").to_owned();
    };
    let reason = change.reason.as_deref().unwrap_or_default();
    let (english, french) = match line.cause {
        Cause::Set | Cause::Hailed => {
            (format!("Asked by the hail {hail}."), format!("Demandé par la course {hail}."))
        }
        Cause::Step => (
            format!("A party took the hail {hail} to {status}."),
            format!("Une partie a fait passer la course {hail} à {status}."),
        ),
        Cause::Deadline => (
            format!("The hail {hail} went to {status}: its deadline had passed."),
            format!("La course {hail} est passée à {status} : son délai était écoulé."),
        ),
        Cause::Call => (
            format!("The hail {hail} went to {status}: {reason}."),
            format!("La course {hail} est passée à {status} : {reason}."),
        ),
    };
    language.choose(english, french)
}
