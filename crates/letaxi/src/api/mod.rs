//! The parts that all HTTP interfaces share: who calls, input that is described and checked at once, the
//! frame of answers, and the description of the API (OpenAPI).

pub mod document;
pub mod envelope;
pub mod identity;
pub mod input;
mod json;
pub(crate) mod language;
pub mod openapi;
pub mod query;

use std::sync::Arc;

use axum::routing::MethodRouter;

use crate::app::App;

/// A path and its handlers by method.
pub(crate) type Route = (&'static str, MethodRouter<Arc<App>>);
