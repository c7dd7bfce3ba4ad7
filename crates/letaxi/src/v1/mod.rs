//! Our own API beside the contract: `/v1/…`.

pub(crate) mod french;
mod keys;
mod operator_calls;

use axum::routing::{delete, get};

use crate::api::Route;
use crate::api::openapi::Chapter;

/// Paths and their handlers.
pub(crate) fn routes() -> Vec<Route> {
    vec![
        ("/v1/operator-calls", get(operator_calls::list_calls)),
        ("/v1/operator-secret", get(operator_calls::get_secret)),
        ("/v1/keys", get(keys::list_keys).post(keys::create_key)),
        ("/v1/keys/{id}", delete(keys::revoke_key)),
    ]
}

/// Operations, for the chapter of accounts.
pub(crate) fn chapter() -> Chapter {
    (["Accounts", "Comptes"], [keys::reference(), operator_calls::reference()].concat())
}
