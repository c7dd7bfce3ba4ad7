//! The service: routes of all interfaces, and the layer around them.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{ALLOW, LOCATION};
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::time::timeout;

use crate::api::document;
use crate::api::openapi::{self, Examples};
use crate::api::route::{Chapter, Route};
use crate::api::upload;
use crate::app::App;
use crate::app::account::limits::RequestKind;
use crate::app::monitor::metrics::Measured;
use crate::contract::positions;
use crate::server::refusal::{Error, caught};
use crate::server::requests::Requests;
use crate::server::{admission, body, cors, monitor};
use crate::traces;
use crate::v1::{french, imports};
use crate::web::console;
use crate::{contract, v1, web};

/// Time limit of an answer after the body has arrived: a database connection may hang without an error.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);

/// Routes of all interfaces by subject, as the reference of the API lists them.
fn chapters() -> Vec<Chapter> {
    let mut chapters: Vec<Chapter> = Vec::new();
    let ours = v1::chapters().into_iter().chain([web::chapter(french::SENTENCES)]);
    for (title, routes) in contract::chapters().into_iter().chain(ours) {
        match chapters.iter_mut().find(|(known, _)| *known == title) {
            Some((_, known)) => known.extend(routes),
            None => chapters.push((title, routes)),
        }
    }
    chapters
}

/// Routes of all interfaces, by path and method: in this order the refusal of a method names the others.
fn routes() -> Vec<Route> {
    let mut routes: Vec<Route> = chapters().into_iter().flat_map(|(_, routes)| routes).collect();
    routes.sort_by_key(Route::place);
    routes
}

/// The service: all routes with their layers. Create it once per registry, whose metrics count its requests.
pub fn router(app: Arc<App>) -> Router {
    let router = routes().into_iter().fold(Router::new(), |router, route| route.add_to(router));
    let inner = router.fallback(not_found).with_state(Arc::clone(&app));
    let beside = monitor::PATHS.into_iter().chain(console::PATHS);
    let requests = Requests::of(paths().into_iter().chain(beside));
    app.show_also(Arc::clone(&requests) as Arc<dyn Measured>);
    // Around everything, because a router reports the allowed methods of a path only outside of its layers.
    monitor::routes()
        .merge(console::routes())
        .with_state(Arc::clone(&app))
        .fallback_service(inner)
        .layer(middleware::from_fn_with_state((app, requests), around_all))
}

/// The OpenAPI document of the whole API, with examples if there are any.
pub fn openapi(examples: &Examples) -> Value {
    openapi::document(&chapters(), examples)
}

/// Every path, without the slash it may end with; a name in braces, as `{id}`, stands for anything.
pub fn paths() -> Vec<&'static str> {
    let mut paths: Vec<_> = routes().iter().map(Route::path).collect();
    paths.dedup();
    paths
}

/// Not found; a path with an extra slash is redirected.
async fn not_found(uri: Uri) -> Response {
    if !uri.path().contains("//") {
        return Error::no_such_path().into_response();
    }
    let mut path = uri.path().to_owned();
    while path.contains("//") {
        path = path.replace("//", "/");
    }
    if let Some(query) = uri.query() {
        path = format!("{path}?{query}");
    }
    (StatusCode::PERMANENT_REDIRECT, [(LOCATION, path)]).into_response()
}

/// The layer around all calls.
async fn around_all(
    State((app, requests)): State<(Arc<App>, Arc<Requests>)>,
    request: Request,
    next: Next,
) -> Response {
    let origin = cors::CorsRequest::of(&request);
    let in_french = french::is_asked(&request);
    let method = request.method().clone();
    let is_geotaxi = request.uri().path() == positions::PATH;
    let limit =
        if imports::are_sent(&method, request.uri()) { upload::ANSWER_LIMIT } else { ANSWER_LIMIT };
    let begun = requests.begin(&method, request.uri().path());
    if app.settings().accepts_traceparent {
        traces::continue_from(begun.span(), request.headers());
    }
    let answering = caught(&app, async {
        let taken = take(&app, request).await;
        let mut response = match taken {
            Ok(request) => {
                let answered = timeout(limit, next.run(request)).await;
                answered.unwrap_or_else(|_late| Error::unanswered(limit).into_response())
            }
            Err(error) => error.into_response(),
        };
        if response.status() == StatusCode::METHOD_NOT_ALLOWED {
            response = name_methods(&response, &method, is_geotaxi);
        }
        response
    });
    let mut response = begun.answered(answering).await;
    if in_french {
        french::say(&mut response);
    }
    origin.allow(&mut response);
    response
}

/// Admits a request and reads its document.
async fn take(app: &App, request: Request) -> Result<Request, Error> {
    let are_positions = positions::are_reported(request.method(), request.uri());
    let kind = if are_positions { RequestKind::Positions } else { RequestKind::Other };
    let request = admission::admit(app, kind, request)?;
    if imports::are_sent(request.method(), request.uri()) {
        return Ok(upload::attach(request));
    }
    let (mut request, bytes) = body::read(request).await?;
    match bytes {
        // Sent frequently by all operators, so their handler parses them in one pass. For invalid JSON it
        // gives the same answers.
        Some(bytes) if are_positions => document::attach_unparsed(&mut request, bytes),
        Some(bytes) => document::attach(&mut request, bytes)?,
        None => {}
    }
    Ok(request)
}

/// The refusal of a method, with the allowed ones, and the answer to OPTIONS.
fn name_methods(response: &Response, method: &Method, is_geotaxi: bool) -> Response {
    let accepted = response.headers().get(ALLOW).and_then(|allow| allow.to_str().ok());
    let accepted = accepted.unwrap_or_default().replace(',', ", ");
    if method == Method::OPTIONS {
        return cors::options(&format!("{accepted}, OPTIONS"));
    }
    if method == Method::GET && is_geotaxi {
        // As with the incumbent, this path without its slash exists for positions only.
        return Error::no_such_path().into_response();
    }
    // The methods are in the text only, as partners know it.
    let text = format!("The method {method} is not allowed here: use {accepted}.");
    Error::of_url(StatusCode::METHOD_NOT_ALLOWED, &text).into_response()
}
