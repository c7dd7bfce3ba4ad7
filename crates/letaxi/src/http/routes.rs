//! Every route, in one list.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::header::ALLOW;
use axum::http::{Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};

use super::error::Error;
use super::{body, drivers, hails, licences, positions, search, taxis, vehicles};
use crate::app::App;

/// The public contract: paths and what answers them. Each path is also reached with a slash at its
/// end.
fn contract() -> [(&'static str, MethodRouter<Arc<App>>); 8] {
    [
        ("/drivers", post(drivers::put_driver)),
        ("/vehicles", post(vehicles::put_vehicle)),
        ("/ads", post(licences::put_licence)),
        ("/taxis", get(search::list_taxis).post(taxis::put_taxi)),
        ("/taxis/{id}", get(taxis::get_taxi).put(taxis::update_taxi)),
        ("/geotaxi", post(positions::report_positions)),
        ("/hails", post(hails::create_hail)),
        ("/hails/{id}", get(hails::get_hail).put(hails::update_hail)),
    ]
}

/// The service: every route with the layers around them.
pub fn router(app: Arc<App>) -> Router {
    let mut router = Router::new();
    for (path, methods) in contract() {
        router = router.route(path, methods.clone()).route(&format!("{path}/"), methods);
    }
    let inner =
        router.fallback(not_found).layer(middleware::from_fn(body::read_document)).with_state(app);
    // Around all of it, since a router says which methods a path takes only once its layers are
    // through.
    Router::new().fallback_service(inner).layer(middleware::from_fn(name_methods))
}

/// Every path there is, without the slash it may end with; `{id}` stands for an id.
pub fn paths() -> impl Iterator<Item = &'static str> {
    contract().into_iter().map(|(path, _)| path)
}

async fn not_found() -> Error {
    Error::of_url(StatusCode::NOT_FOUND, "API endpoint not found.")
}

/// Words the refusal of a method, naming those that the path takes.
async fn name_methods(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let response = next.run(request).await;
    if response.status() != StatusCode::METHOD_NOT_ALLOWED {
        return response;
    }
    if method == Method::GET && path == "/geotaxi" {
        // Without its slash this path is known to positions alone, as it always was.
        return not_found().await.into_response();
    }
    // The methods are named in the text alone, as partners have always been told them.
    let accepted = response.headers().get(ALLOW).and_then(|allow| allow.to_str().ok());
    let text = format!(
        "The method {method} is not allowed here: use {}.",
        accepted.unwrap_or_default().replace(',', ", ")
    );
    Error::of_url(StatusCode::METHOD_NOT_ALLOWED, &text).into_response()
}
