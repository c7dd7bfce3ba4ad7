//! Routes of the pages: `/`, `/doc` and below, `/legal`, and the description of the API at `/swagger.json`.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::guides::Documentation;
use super::guides::fill::Refusals;
use super::reader::{Asked, Reader};
use super::{home, legal, reference};
use crate::api::route::{Described, Route, Words};
use crate::app::App;
use crate::server::refusal::Error;

/// Description of the name of a page.
const NAME: &str = "The name of the page, as the documentation lists it.";

/// Routes of pages; `refusals` are sentences that the documentation lists.
pub(super) fn routes(refusals: Refusals) -> Vec<Route> {
    let mut routes = vec![
        page("GET /", home_page, ["Home page", "Page d'accueil"]),
        page("GET /doc", start, ["Documentation", "Documentation"]),
        page("GET /doc/api", reference_page, ["API reference", "Référence de l'API"]),
        page("GET /doc/stories/{story}", story, ["A story of the API", "Un récit de l'API"])
            .of(NAME),
        page("GET /legal/{page}", legal_page, ["Legal pages", "Mentions légales"])
            .of("`privacy` or `accessibility`."),
        Route::new(
            "GET /swagger.json",
            description,
            [
                "API reference for programs (OpenAPI 3.1)",
                "Référence de l'API pour les programmes (OpenAPI 3.1)",
            ],
        )
        .answers_with(
            200,
            "An OpenAPI document.",
            "application/json",
            || json!({"type": "object"}),
        ),
    ];
    routes.extend(documentation(&Documentation::new(refusals)));
    routes
}

/// Routes of guides.
fn documentation(documentation: &Arc<Documentation>) -> [Route; 2] {
    let [guide, search] = [(); 2].map(|()| Arc::clone(documentation));
    [
        page(
            "GET /doc/{page}",
            move |State(app): State<Arc<App>>, reader: Reader, Path(slug): Path<String>| async move {
                guide.guide(&app, &reader, &slug)
            },
            ["A guide", "Un guide"],
        )
        .of(NAME),
        page(
            "GET /doc/search",
            move |State(app): State<Arc<App>>, reader: Reader, asked: Asked| async move {
                search.search(&app, &reader, &asked.0)
            },
            ["Search the documentation", "Chercher dans la documentation"],
        ),
    ]
}

fn page<T: 'static, H: Described<T>>(name: &'static str, handler: H, summary: Words) -> Route {
    Route::new(name, handler, summary).answers_with(
        200,
        "A page.",
        "text/html",
        || json!({"type": "string"}),
    )
}

/// The home page: the console, or our own.
async fn home_page(State(app): State<Arc<App>>, reader: Reader) -> Response {
    match app.settings().console_url.as_deref() {
        Some(url) => moved(url),
        None => home::page(&app, &reader),
    }
}

/// The first screen of the documentation.
async fn start(State(app): State<Arc<App>>, reader: Reader) -> Response {
    match app.settings().swagger_url.as_deref() {
        Some(url) => moved(url),
        None => Documentation::start(&app, &reader),
    }
}

/// The reference of the API.
async fn reference_page(State(app): State<Arc<App>>, reader: Reader) -> Response {
    reference::page(&app, &reader)
}

/// A story of the API.
async fn story(State(app): State<Arc<App>>, reader: Reader, Path(name): Path<String>) -> Response {
    Documentation::story(&app, &reader, &name)
}

/// The privacy page, or the accessibility statement.
async fn legal_page(
    State(app): State<Arc<App>>,
    reader: Reader,
    Path(name): Path<String>,
) -> Result<Response, Error> {
    legal::page(&app, &reader, &name).ok_or_else(Error::no_such_path)
}

/// The OpenAPI 3.1 document.
async fn description(State(app): State<Arc<App>>) -> Response {
    let document = reference::description(&app.settings().identity.name);
    ([(CONTENT_TYPE, "application/json")], document).into_response()
}

fn moved(url: &str) -> Response {
    let html = [(CONTENT_TYPE.as_str(), "text/html; charset=utf-8"), (LOCATION.as_str(), url)];
    (StatusCode::MOVED_PERMANENTLY, html, "").into_response()
}
