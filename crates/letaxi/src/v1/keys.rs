//! `GET /v1/keys`, `POST /v1/keys`, `DELETE /v1/keys/:id`: an account's keys.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;
use storage::keys::{KeyRecord, KeyRefused};

use crate::api::document::Body;
use crate::api::envelope::{Data, naive};
use crate::api::identity::AnyAccount;
use crate::api::input::{Fields, Unknown, inputs, kinds, object};
use crate::api::route::Route;
use crate::app::App;
use crate::app::account::keys::KeysRefused;
use crate::app::account::limits::MOST_KEYS;
use crate::server::refusal::Error;

/// Routes of API keys.
pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::new("GET /v1/keys", list_keys, ["List own API keys", "Lister ses clés d'API"])
            .answers::<KeyView<'_>>(),
        Route::new("POST /v1/keys", create_key, ["Create an API key", "Créer une clé d'API"])
            .refuses(409, "The account has as many keys as it may have.")
            .creates::<KeyView<'_>>(),
        Route::new(
            "DELETE /v1/keys/{id}",
            revoke_key,
            ["Revoke an API key", "Révoquer une clé d'API"],
        )
        .of("The number of the key, as the list shows it.")
        .refuses(409, "It is the only key of the account."),
    ]
}

inputs! {
    NewKey -> String = object(Unknown::Refused, key_fields);
}

/// Lists the keys of the account, without the keys themselves.
async fn list_keys(State(app): State<Arc<App>>, who: AnyAccount) -> Result<Response, Error> {
    let keys = app.keys(&who).await?;
    Ok(Data::all(keys.iter().map(|key| KeyView::new(key, None))).answer(StatusCode::OK))
}

/// Creates a key; only this answer shows it.
async fn create_key(
    State(app): State<Arc<App>>,
    who: AnyAccount,
    body: Body<NewKey>,
) -> Result<Response, Error> {
    let name = body.read()?;
    let (key, secret) = app.add_key(&who, &name).await?;
    Ok(Data::one(KeyView::new(&key, Some(secret))).answer(StatusCode::CREATED))
}

/// Closes a key for good.
async fn revoke_key(
    State(app): State<Arc<App>>,
    who: AnyAccount,
    Path(id): Path<String>,
) -> Result<Response, Error> {
    let id = id.parse().ok().ok_or(KeysRefused::Key(KeyRefused::Unknown))?;
    app.revoke_key(&who, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn key_fields(fields: &mut Fields<'_>) -> Option<String> {
    fields.required("name", kinds::text_of(1..=kinds::SHORT_TEXT))
}

#[derive(JsonSchema, Serialize)]
struct KeyView<'a> {
    id: i64,
    /// Empty for the account's first key.
    name: &'a str,
    /// The key itself: shown once, at its creation.
    #[serde(skip_serializing_if = "Option::is_none")]
    apikey: Option<String>,
    created_at: String,
    /// Rounded to a minute.
    last_used_at: Option<String>,
}

impl<'a> KeyView<'a> {
    fn new(key: &'a KeyRecord, secret: Option<String>) -> Self {
        Self {
            id: key.id,
            name: &key.name,
            apikey: secret,
            created_at: naive(key.created_at),
            last_used_at: key.last_used_at.map(naive),
        }
    }
}

impl From<KeysRefused> for Error {
    fn from(refused: KeysRefused) -> Self {
        let of_request = |status, text: &str| Self::of_request(status, text);
        match refused {
            KeysRefused::NotYours => Self::forbidden(),
            KeysRefused::Key(KeyRefused::TooMany) => of_request(
                StatusCode::CONFLICT,
                &format!(
                    "The account has {MOST_KEYS} keys, which is as many as it may: close one."
                ),
            ),
            KeysRefused::Key(KeyRefused::Taken) => {
                of_request(StatusCode::CONFLICT, "This key is taken: try again.")
            }
            KeysRefused::Key(KeyRefused::Unknown) => {
                Self::of_url(StatusCode::NOT_FOUND, "The account has no such key.")
            }
            KeysRefused::Key(KeyRefused::Last) => of_request(
                StatusCode::CONFLICT,
                "This is the only key of the account: make another first.",
            ),
            KeysRefused::Broken(error) => error.into(),
        }
    }
}
