//! Common parts of all HTTP interfaces: identification of callers, description and validation of input,
//! envelope of answers, and description of the API (OpenAPI).

pub mod document;
pub mod envelope;
pub mod identity;
pub mod input;
mod json;
pub(crate) mod language;
pub mod openapi;
pub(crate) mod published;
pub mod query;
pub(crate) mod route;
pub(crate) mod shapes;
pub mod upload;
