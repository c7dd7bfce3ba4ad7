//! Every listed route answers, and no other.

use std::collections::BTreeSet;

use axum::http::Method;

use crate::world::{Call, World};
use letaxi::service;

/// Digits are an id of whatever a path is about; that there is none matters to no one without a key.
const ID: &str = "2345678";

/// Every method and path that is answered otherwise than "there is no such thing".
pub(crate) async fn routes(world: &World) -> BTreeSet<(String, &'static str)> {
    let mut found = BTreeSet::new();
    for pattern in service::paths() {
        let parts = pattern.split('/').map(|part| if part.starts_with('{') { ID } else { part });
        let path = parts.collect::<Vec<_>>().join("/");
        // The first page has no name that a slash could follow.
        let with_slash = Some(format!("{path}/")).filter(|_| path != "/");
        for path in [Some(path), with_slash].into_iter().flatten() {
            for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
                let body = r#"{"data": [{}]}"#.to_owned();
                let body = if method == Method::GET { String::new() } else { body };
                let call =
                    Call { method: method.clone(), path: path.clone(), body, ..Call::default() };
                if ![404, 405].contains(&world.call(&call).await.status.as_u16()) {
                    found.insert((method.to_string(), pattern));
                }
            }
        }
    }
    found
}
