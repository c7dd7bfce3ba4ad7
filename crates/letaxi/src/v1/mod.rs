//! Our own API beside the contract: `/v1/…`.

pub(crate) mod french;
mod keys;
mod operator_calls;
mod refusals;

use crate::api::route::Chapter;

/// Its routes, for the chapter of accounts.
pub(crate) fn chapter() -> Chapter {
    (
        ["Accounts", "Comptes"],
        [keys::routes(), operator_calls::routes(), refusals::routes()].concat(),
    )
}
