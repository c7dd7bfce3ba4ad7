//! Every route, in one list.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{ALLOW, LOCATION};
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, post, put};
use tokio::time::timeout;

use super::error::{Error, caught};
use super::metered::Requests;
use super::{
    activity, admit, body, calls, cors, customers, drivers, french, hail_lists, hails, internal,
    keys, licences, monitor, pages, positions, search, stations, stats, taxis, users, vehicles,
    zones,
};
use crate::app::App;
use crate::app::metrics::Measured;

/// How long an answer may take once the body is there: a database connection may be broken in a way that
/// nothing tells of.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);

/// The public contract: paths and what answers them. Each path is also reached with a slash at its
/// end.
fn contract() -> Vec<(&'static str, MethodRouter<Arc<App>>)> {
    vec![
        // What operators register, and where their taxis are.
        ("/drivers", post(drivers::put_driver)),
        ("/vehicles", post(vehicles::put_vehicle)),
        ("/ads", post(licences::put_licence)),
        ("/taxis", get(search::list_taxis).post(taxis::put_taxi)),
        ("/taxis/all", get(taxis::list_taxis)),
        ("/taxis/{id}", get(taxis::get_taxi).put(taxis::update_taxi)),
        ("/geotaxi", post(positions::report_positions)),
        // Hails, from the request to the end of the ride.
        ("/hails", get(hail_lists::list_hails).post(hails::create_hail)),
        ("/hails/{id}", get(hails::get_hail).put(hails::update_hail)),
        ("/sessions", get(hail_lists::list_sessions)),
        ("/customers/{id}", put(customers::update_customer)),
        // The land.
        ("/zupc", get(zones::list_zones)),
        ("/zupc/live", get(zones::list_zone_shapes)),
        ("/towns", get(zones::list_towns)),
        ("/stations/all", get(stations::list_stations)),
        ("/stations/stations.csv", get(stations::stations_csv)),
        ("/stations/stations.json", get(stations::stations_geojson)),
        // Accounts, and who did what.
        ("/users", get(users::list_users)),
        ("/users/{id}", get(users::get_user).put(users::update_user)),
        ("/internal/auth", post(internal::log_in)),
        ("/internal/customers", get(internal::list_customers)),
        ("/activity_logs", get(activity::list_activity)),
        ("/v1/operator-calls", get(calls::list_calls)),
        ("/v1/operator-secret", get(calls::get_secret)),
        ("/v1/keys", get(keys::list_keys).post(keys::create_key)),
        ("/v1/keys/{id}", delete(keys::revoke_key)),
        // Figures.
        ("/stats/taxis", get(stats::taxis)),
        ("/stats/hails", get(stats::hails)),
        ("/stats/groupements", get(stats::fleets)),
        ("/stats/adsmap", get(stats::taxi_map)),
        ("/stats/groups", get(stats::groups)),
        ("/stats/managers", get(stats::managers)),
        ("/stats/searches", get(stats::searches)),
        ("/stats/heatmap_hails", get(stats::hail_points)),
        ("/stats/heatmap_taxis", get(stats::taxi_points)),
        ("/stats/heatmap_searches", get(stats::search_points)),
        ("/stats/letaxi", get(stats::public)),
        // What people and programs read about all this.
        ("/doc", get(pages::reference_page)),
        ("/swagger.json", get(pages::description)),
    ]
}

/// The service: every route with the layers around them. To be made once for a registry, whose
/// metrics show its requests.
pub fn router(app: Arc<App>) -> Router {
    let mut router = Router::new().route("/", get(pages::home));
    for (path, methods) in contract() {
        router = router.route(path, methods.clone()).route(&format!("{path}/"), methods);
    }
    let inner = router.fallback(not_found).with_state(Arc::clone(&app));
    let requests = Requests::of(paths().chain(monitor::PATHS));
    app.show_also(Arc::clone(&requests) as Arc<dyn Measured>);
    // Around all of it, since a router says which methods a path takes only once its layers are
    // through.
    monitor::routes()
        .with_state(Arc::clone(&app))
        .fallback_service(inner)
        .layer(middleware::from_fn_with_state((app, requests), around_all))
}

/// Every path there is, without the slash it may end with; a name in braces, as `{id}`, stands for anything.
pub fn paths() -> impl Iterator<Item = &'static str> {
    ["/"].into_iter().chain(contract().into_iter().map(|(path, _)| path))
}

/// Nothing is here; who has put one slash too many between address and path is shown the way.
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

/// The one layer: what holds for every call, whatever it is.
async fn around_all(
    State((app, requests)): State<(Arc<App>, Arc<Requests>)>,
    request: Request,
    next: Next,
) -> Response {
    let origin = cors::Origin::of(&request);
    let in_french = french::is_asked(&request);
    let method = request.method().clone();
    let is_geotaxi = request.uri().path() == "/geotaxi";
    let begun = requests.begin(&method, request.uri().path());
    let answering = caught(&app, async {
        let taken = match admit::admit(&app, request) {
            Ok(request) => body::read_document(request).await,
            Err(error) => Err(error),
        };
        let mut response = match taken {
            Ok(request) => {
                let answered = timeout(ANSWER_LIMIT, next.run(request)).await;
                answered.unwrap_or_else(|_late| Error::unanswered(ANSWER_LIMIT).into_response())
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

/// Words the refusal of a method, naming those that the path takes, and answers who asks for them.
fn name_methods(response: &Response, method: &Method, is_geotaxi: bool) -> Response {
    let accepted = response.headers().get(ALLOW).and_then(|allow| allow.to_str().ok());
    let accepted = accepted.unwrap_or_default().replace(',', ", ");
    if method == Method::OPTIONS {
        return cors::options(&format!("{accepted}, OPTIONS"));
    }
    if method == Method::GET && is_geotaxi {
        // Without its slash this path is known to positions alone, as it always was.
        return Error::no_such_path().into_response();
    }
    // The methods are named in the text alone, as partners have always been told them.
    let text = format!("The method {method} is not allowed here: use {accepted}.");
    Error::of_url(StatusCode::METHOD_NOT_ALLOWED, &text).into_response()
}
