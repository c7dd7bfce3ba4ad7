//! `GET` and `PUT /v1/hails/:id/refusal`: a driver's refusal of a hail, with its legal ground.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use dispatch::refusal::{ARTICLE, Ground};
use schemars::JsonSchema;
use serde::Serialize;

use crate::api::document::Body;
use crate::api::envelope::{Data, naive};
use crate::api::identity::{Operator, Partner};
use crate::api::input::{Fields, Given, Unknown, inputs, kinds, object};
use crate::api::route::Route;
use crate::app::App;
use crate::app::hail::refuse::{Refusal, RefusalRefused};
use crate::server::refusal::Error;

/// Routes of refusals.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new(
            "GET /v1/hails/{id}/refusal",
            get_refusal,
            ["Get the refusal of a hail", "Consulter le refus d'une course"],
        )
        .of("The id of the hail.")
        .refuses(409, "The hail was not declined, or has another ground.")
        .answers::<RefusalView<'_>>(),
        Route::new(
            "PUT /v1/hails/{id}/refusal",
            refuse_hail,
            ["Decline a hail with a legal ground", "Refuser une course avec un motif légal"],
        )
        .of("The id of the hail.")
        .refuses(409, "The hail was not declined, or has another ground.")
        .answers::<RefusalView<'_>>(),
    ]
}

inputs! {
    NewRefusal -> Given<Ground> = object(Unknown::Refused, refusal_fields);
}

/// Shows the refusal of a hail to its parties and admins.
async fn get_refusal(
    State(app): State<Arc<App>>,
    who: Partner,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let refusal = app.refusal(&who, &id).await?;
    Ok(Data::one(RefusalView::new(&refusal)).answer(StatusCode::OK))
}

/// Declines a hail for its driver, with a legal ground or none, or gives the ground afterwards.
async fn refuse_hail(
    State(app): State<Arc<App>>,
    who: Operator,
    Path(id): Path<String>,
    body: Body<NewRefusal>,
) -> Result<Response, Error> {
    let ground = body.read()?.value();
    let refusal = app.refuse_hail(&who, &id, ground).await?;
    Ok(Data::one(RefusalView::new(&refusal)).answer(StatusCode::OK))
}

fn refusal_fields(fields: &mut Fields<'_>) -> Option<Given<Ground>> {
    fields.nullable("ground", kinds::word_for(&Ground::WORDS))
}

#[derive(JsonSchema, Serialize)]
struct RefusalView<'a> {
    hail_id: &'a str,
    declined_at: String,
    /// Seconds from the creation of the hail to the refusal.
    delay: f64,
    /// Null if none was given.
    ground: Option<GroundView>,
}

/// A legal ground of a refusal.
#[derive(JsonSchema, Serialize)]
struct GroundView {
    /// Article of the Code des transports.
    article: &'static str,
    /// Number in the article: 1 to 8.
    number: u8,
    word: &'static str,
    /// The article's text in short.
    text: &'static str,
}

impl<'a> RefusalView<'a> {
    fn new(refusal: &'a Refusal) -> Self {
        let view = |ground: Ground| GroundView {
            article: ARTICLE,
            number: ground.number(),
            word: ground.word(),
            text: ground.text(),
        };
        Self {
            hail_id: refusal.hail.id.as_str(),
            declined_at: naive(refusal.at),
            delay: refusal.delay_s,
            ground: refusal.hail.ground.map(view),
        }
    }
}

impl From<RefusalRefused> for Error {
    fn from(refused: RefusalRefused) -> Self {
        let conflict = |text: String| Self::of_request(StatusCode::CONFLICT, &text);
        match refused {
            RefusalRefused::Unknown => {
                Self::of_url(StatusCode::NOT_FOUND, "There is no such hail.")
            }
            RefusalRefused::NotYours => Self::forbidden(),
            RefusalRefused::NotRefused(status) => {
                conflict(format!("The hail is {status}: the taxi has not declined it."))
            }
            RefusalRefused::Given(ground) => {
                conflict(format!("The refusal has the ground {ground}, which stands."))
            }
            RefusalRefused::Broken(error) => error.into(),
        }
    }
}
