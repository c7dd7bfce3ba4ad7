//! Calls to the service, and its answers.

use axum::http::{HeaderMap, Method, StatusCode};
use serde_json::Value;

/// A call to the service.
#[derive(Clone, Debug, Default)]
pub(crate) struct Call {
    /// API key, if one is sent.
    pub(crate) key: Option<String>,
    /// E-mail address of the account to act as.
    pub(crate) act_as: Option<String>,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) content_type: Option<String>,
    /// Further headers.
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

/// Answer of the service.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) content_type: String,
    /// The body as text; empty if it is none.
    pub(crate) body: String,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}
