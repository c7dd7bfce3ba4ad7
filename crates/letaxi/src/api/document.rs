//! The JSON document of a writing request.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use serde_json::Value;

use super::input::{Faults, Kind};
use super::json;
use crate::server::body::not_json;
use crate::server::refusal::Error;

/// The JSON document a request came with.
#[derive(Clone, Debug)]
pub struct Document(Arc<Value>);

impl Document {
    /// The text at a place in the document, if there is one, before anything is checked.
    pub fn text_at(&self, pointer: &str) -> Option<&str> {
        self.0.pointer(pointer)?.as_str()
    }

    /// SHA-256 of what the document says, whatever its blanks and the order of its fields.
    pub fn digest(&self) -> [u8; 32] {
        let digest = ring::digest::digest(&ring::digest::SHA256, self.0.to_string().as_bytes());
        digest.as_ref().try_into().expect("SHA-256 has 32 bytes")
    }

    /// Reads the document as the description of an input says.
    ///
    /// # Errors
    ///
    /// All faults at once, as 400.
    pub fn read<'a, K: Kind<'a>>(&'a self, kind: K) -> Result<K::Value, Error> {
        kind.read(&self.0).map_err(Error::faults)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Document {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        // Only a handler of a writing method asks for it, and the layer has put it there.
        parts.extensions.get().cloned().ok_or_else(not_json)
    }
}

/// What a request came with, for the handler of positions, which reads it in a way of its own.
#[derive(Clone, Debug)]
pub struct Unparsed(Bytes);

impl Unparsed {
    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The document they are.
    ///
    /// # Errors
    ///
    /// If they are no JSON.
    pub fn document(&self) -> Result<Document, Error> {
        let value = json::parse(&self.0).ok_or_else(not_json)?;
        Ok(Document(Arc::new(value)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Unparsed {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        // Only the handler of such a path asks for it, and the layer has put it there.
        parts.extensions.remove().ok_or_else(not_json)
    }
}

/// Leaves the document of a body with the request.
///
/// # Errors
///
/// If it is no JSON.
pub(crate) fn attach(request: &mut Request, bytes: Bytes) -> Result<(), Error> {
    request.extensions_mut().insert(Unparsed(bytes).document()?);
    Ok(())
}

/// Leaves a body with the request for a handler that reads it itself.
pub(crate) fn attach_unparsed(request: &mut Request, bytes: Bytes) {
    request.extensions_mut().insert(Unparsed(bytes));
}

/// Faults of the query string or of the document as they are answered.
impl From<Faults> for Error {
    fn from(faults: Faults) -> Self {
        Self::faults(faults)
    }
}
