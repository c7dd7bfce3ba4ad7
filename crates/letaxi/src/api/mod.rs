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
pub(crate) mod route;
