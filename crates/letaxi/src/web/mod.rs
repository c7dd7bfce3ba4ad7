//! Pages for people: the first page and the API's reference.

mod pages;
mod reference;

use std::sync::Arc;

use axum::routing::{MethodRouter, get};

use crate::api::Route;
use crate::api::openapi::Chapter;
use crate::app::App;

/// Handler of the first page, the one path that ends with a slash.
pub(crate) fn home() -> MethodRouter<Arc<App>> {
    get(pages::home)
}

/// Paths and their handlers.
pub(crate) fn routes() -> Vec<Route> {
    vec![("/doc", get(pages::reference_page)), ("/swagger.json", get(pages::description))]
}

/// Operations, for the chapter about the service.
pub(crate) fn chapter() -> Chapter {
    (["About this service", "À propos de ce service"], pages::reference())
}
