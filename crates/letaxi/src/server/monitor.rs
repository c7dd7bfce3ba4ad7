//! Health checks and metrics, which are not part of the contract.
//!
//! Health checks reveal nothing that a call would not, so they are open. Metrics reveal traffic and sources
//! of errors: they are for programs on this machine, or at a separate address.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::{ConnectInfo, Extension, Request, State};
use axum::http::header::{CONTENT_TYPE, ORIGIN};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Serialize;

use super::refusal::{Error, caught};
use crate::app::App;

/// Content type of `OpenMetrics`.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Headers of requests that came through a proxy.
const OF_PROXIES: [&str; 4] = ["forwarded", "via", "x-forwarded-for", "x-real-ip"];

/// Their paths.
pub(crate) const PATHS: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

#[derive(Serialize)]
struct Health {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Of a server that shares its database with others.
    #[serde(skip_serializing_if = "Option::is_none")]
    bus: Option<&'static str>,
}

/// Routes beside the contract.
pub(crate) fn routes() -> Router<Arc<App>> {
    health().route("/metrics", get(metrics_here))
}

/// The service at the address of the setting `metrics`: metrics and health checks only.
pub fn router(app: Arc<App>) -> Router {
    let routes = health().route("/metrics", get(metrics)).with_state(Arc::clone(&app));
    routes.layer(middleware::from_fn_with_state(app, around))
}

async fn around(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    caught(&app, next.run(request)).await
}

fn health() -> Router<Arc<App>> {
    Router::new().route("/healthz", get(alive)).route("/readyz", get(ready))
}

/// A process that answers is alive.
async fn alive() -> Json<Health> {
    Json(Health { status: "alive", reason: None, bus: None })
}

/// Readiness, with the reason if it is not ready.
async fn ready(State(app): State<Arc<App>>) -> (StatusCode, Json<Health>) {
    // Without the bus it goes on: only positions that are reported to others are missing.
    let bus = app.bus_is_connected().map(|is| if is { "connected" } else { "away" });
    match app.not_ready() {
        None => (StatusCode::OK, Json(Health { status: "ready", reason: None, bus })),
        Some(why) => {
            let health = Health { status: "not ready", reason: Some(why.to_string()), bus };
            (StatusCode::SERVICE_UNAVAILABLE, Json(health))
        }
    }
}

/// Metrics at the public address, for this machine only. For other clients the path does not exist.
async fn metrics_here(
    State(app): State<Arc<App>>,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
) -> Response {
    let peer = peer.map(|Extension(ConnectInfo(peer))| peer);
    if app.settings().metrics_apart || !is_of_this_machine(peer, &headers) {
        return Error::no_such_path().into_response();
    }
    metrics(State(app)).await
}

async fn metrics(State(app): State<Arc<App>>) -> Response {
    ([(CONTENT_TYPE, OPEN_METRICS)], app.metrics()).into_response()
}

/// True if a program on this machine asks for itself: neither a proxy nor a page in a browser.
fn is_of_this_machine(peer: Option<SocketAddr>, headers: &HeaderMap) -> bool {
    peer.is_some_and(|peer| peer.ip().to_canonical().is_loopback())
        && !headers.contains_key(ORIGIN)
        && !OF_PROXIES.iter().any(|header| headers.contains_key(*header))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_shown_metrics_and_no_proxy_or_page_on_it() {
        for (peer, header, may) in [
            (Some("127.0.0.1:4000"), None, true),
            (Some("[::1]:4000"), None, true),
            (Some("[::ffff:127.0.0.1]:4000"), None, true),
            (Some("127.0.0.1:4000"), Some("user-agent"), true),
            (Some("127.0.0.1:4000"), Some("origin"), false),
            (Some("127.0.0.1:4000"), Some("x-forwarded-for"), false),
            (Some("127.0.0.1:4000"), Some("forwarded"), false),
            (Some("192.0.2.1:4000"), None, false),
            (Some("10.0.0.1:4000"), None, false),
            (None, None, false),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(header) = header {
                headers.insert(header, "x".parse().expect("a value"));
            }
            let peer = peer.map(|peer| peer.parse().expect("an address"));
            assert_eq!(is_of_this_machine(peer, &headers), may, "{peer:?} {header:?}");
        }
    }
}
