//! Pages for people: the console, the first page and the API's reference.

pub(crate) mod console;
mod pages;
mod reference;

use crate::api::route::Chapter;

/// Its routes, for the chapter about the service.
pub(crate) fn chapter() -> Chapter {
    (["About this service", "À propos de ce service"], pages::routes())
}
