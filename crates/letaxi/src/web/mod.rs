//! Pages for people: the console, the first page, the documentation with the API's reference, and legal pages.

pub(crate) mod console;
mod frame;
mod guides;
mod home;
mod legal;
mod pages;
mod reader;
mod reference;

use crate::api::route::Chapter;

pub(crate) use guides::fill::Refusals;

/// Its routes, for the chapter about the service. The documentation lists the sentences of these refusals.
pub(crate) fn chapter(refusals: Refusals) -> Chapter {
    (["About this service", "À propos de ce service"], pages::routes(refusals))
}
