//! The JSON document of a writing request.

use std::marker::PhantomData;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use serde_json::Value;

use super::input::{Faults, Input, Kind};
use super::json;
use super::route::{Argument, Inputs};
use crate::server::body::not_json;
use crate::server::refusal::Error;

/// JSON document of a request.
#[derive(Clone, Debug)]
struct Document(Arc<Value>);

/// The document of a request, to be read as the input `I`: by the handler, since some look for what the path
/// names first.
#[derive(Debug)]
pub(crate) struct Body<I> {
    document: Document,
    input: PhantomData<fn() -> I>,
}

impl<I> Body<I> {
    /// The text at a place in the document, if there is one, before validation.
    pub(crate) fn text_at(&self, pointer: &str) -> Option<&str> {
        self.document.0.pointer(pointer)?.as_str()
    }

    /// SHA-256 of the document's content, independent of blanks and the order of fields.
    pub(crate) fn digest(&self) -> [u8; 32] {
        let text = self.document.0.to_string();
        let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
        digest.as_ref().try_into().expect("SHA-256 has 32 bytes")
    }
}

impl<I: Input> Body<I> {
    /// Reads the document.
    ///
    /// # Errors
    ///
    /// All faults at once, as 400.
    pub(crate) fn read(&self) -> Result<I::Value, Error>
    where
        I: Default,
    {
        self.read_as(&I::default())
    }

    /// Reads the document as an input that depends on more than the document.
    ///
    /// # Errors
    ///
    /// All faults at once, as 400.
    pub(crate) fn read_as(&self, input: &I) -> Result<I::Value, Error> {
        input.kind().read(&self.document.0).map_err(Error::faults)
    }
}

impl<I: Input + Default> Argument for Body<I> {
    fn describe(inputs: &mut Inputs) {
        inputs.body = Some(I::schema);
    }
}

impl<I, S: Sync> FromRequestParts<S> for Body<I> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        // Only a handler of a writing method asks for it, and the layer has put it there.
        let document = parts.extensions.get().cloned().ok_or_else(not_json)?;
        Ok(Self { document, input: PhantomData })
    }
}

/// Bytes of a request, for the handler of positions, which has a parser of its own.
#[derive(Clone, Debug)]
pub struct Unparsed(Bytes);

impl Unparsed {
    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The document they are, to be read as the input `I`.
    ///
    /// # Errors
    ///
    /// If they are no JSON.
    pub(crate) fn body<I>(&self) -> Result<Body<I>, Error> {
        Ok(Body { document: self.document()?, input: PhantomData })
    }

    fn document(&self) -> Result<Document, Error> {
        let value = json::parse(&self.0).ok_or_else(not_json)?;
        Ok(Document(Arc::new(value)))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Unparsed {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        // Only the handler of such a path extracts it, and the layer has inserted it.
        parts.extensions.remove().ok_or_else(not_json)
    }
}

/// Attaches the document of a body to the request.
///
/// # Errors
///
/// If it is not JSON.
pub(crate) fn attach(request: &mut Request, bytes: Bytes) -> Result<(), Error> {
    request.extensions_mut().insert(Unparsed(bytes).document()?);
    Ok(())
}

/// Attaches a body to the request for a handler with a parser of its own.
pub(crate) fn attach_unparsed(request: &mut Request, bytes: Bytes) {
    request.extensions_mut().insert(Unparsed(bytes));
}

/// The answer for faults of the query string or of the document.
impl From<Faults> for Error {
    fn from(faults: Faults) -> Self {
        Self::faults(faults)
    }
}
