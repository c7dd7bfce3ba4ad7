//! Envelope of an answer, `{"data": […]}`, and format of its times.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use registry::Time;
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::page::Paged;

/// A list answer: `{"data": […]}`.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct Data<T> {
    data: Vec<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Meta>,
}

/// Position of a page in its list.
#[derive(Debug, JsonSchema, Serialize)]
pub(crate) struct Meta {
    next_page: Option<i64>,
    prev_page: Option<i64>,
    per_page: i64,
    pages: i64,
    total: i64,
}

impl<T> Data<T> {
    /// An answer of one element.
    pub(crate) fn one(element: T) -> Self {
        Self { data: vec![element], meta: None }
    }

    /// An answer of a whole list.
    pub(crate) fn all(data: impl IntoIterator<Item = T>) -> Self {
        Self { data: data.into_iter().collect(), meta: None }
    }

    /// An answer of one page of a list.
    pub(crate) fn page<'a, E>(page: &'a Paged<E>, view: impl FnMut(&'a E) -> T) -> Self {
        let meta = Meta {
            next_page: page.next(),
            prev_page: page.previous(),
            per_page: page.page.size,
            pages: page.pages(),
            total: page.total,
        };
        Self { data: page.elements.iter().map(view).collect(), meta: Some(meta) }
    }
}

impl<T: Serialize> Data<T> {
    /// The answer with its status.
    pub(crate) fn answer(self, status: StatusCode) -> Response {
        (status, Json(self)).into_response()
    }
}

/// Time format of most answers: UTC without an offset, with six decimals, or none at a full second.
pub(crate) fn naive(time: Time) -> String {
    time.format(if time.timestamp_subsec_micros() == 0 {
        "%Y-%m-%dT%H:%M:%S"
    } else {
        "%Y-%m-%dT%H:%M:%S%.6f"
    })
    .to_string()
}
