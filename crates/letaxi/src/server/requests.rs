//! Counts requests by route, and assigns request ids for the log.
//!
//! **Invariant:** nothing here allocates for a request of a known kind. An id is a number until it is
//! formatted, so that an unlogged request costs nothing.

use std::cell::Cell;
use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use axum::http::{Method, StatusCode};
use axum::response::Response;

use crate::app::clock::StopWatch;
use crate::app::monitor::metrics::{Exposition, Measured, Times, label};

/// Distinguished methods: those of HTTP; the last stands for all others.
const METHODS: [&str; 10] =
    ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "CONNECT", "TRACE", "other"];
/// Classes of statuses; the last stands for invalid ones.
const CLASSES: [&str; 6] = ["1xx", "2xx", "3xx", "4xx", "5xx", "other"];
/// Route of a path that does not exist.
const NO_ROUTE: &str = "none";

thread_local! {
    /// Number of the request that this thread is processing; 0: none.
    static AT: Cell<u64> = const { Cell::new(0) };
}

/// Id of the request being answered, as in the log.
pub(crate) fn request_id() -> impl fmt::Display {
    RequestId(AT.get())
}

struct RequestId(u64);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Counters of all requests, and the next id.
pub(crate) struct Requests {
    routes: Vec<Route>,
    /// Finds the route of a path like the router, because requests that are refused before routing are
    /// counted by route, too.
    paths: matchit::Router<usize>,
    nowhere: Route,
    next: AtomicU64,
}

/// Requests of one route, by method and class of status; allocated on first use.
struct Route {
    path: &'static str,
    times: [[OnceLock<Box<Times>>; CLASSES.len()]; METHODS.len()],
}

impl Route {
    fn new(path: &'static str) -> Self {
        Self { path, times: Default::default() }
    }

    fn add(&self, method: usize, status: StatusCode, watch: StopWatch) {
        let class = usize::from(status.as_u16() / 100).checked_sub(1);
        let class = class.unwrap_or(usize::MAX).min(CLASSES.len() - 1);
        self.times[method][class].get_or_init(Box::default).add(watch.elapsed());
    }

    fn seen(&self) -> impl Iterator<Item = (&'static str, &'static str, &Times)> {
        self.times.iter().zip(METHODS).flat_map(|(classes, method)| {
            let seen = classes.iter().zip(CLASSES);
            seen.filter_map(move |(times, class)| Some((method, class, &**times.get()?)))
        })
    }
}

impl Requests {
    /// Creates counters for the routes with these paths.
    pub(crate) fn of(paths: impl Iterator<Item = &'static str>) -> Arc<Self> {
        let routes: Vec<_> = paths.map(Route::new).collect();
        let mut paths = matchit::Router::new();
        for (index, route) in routes.iter().enumerate() {
            // Each path also exists with a slash at its end, but for those that take whatever follows.
            let is_open = route.path == "/" || route.path.contains("{*");
            let with_slash = Some(format!("{}/", route.path)).filter(|_| !is_open);
            for path in [Some(route.path.to_owned()), with_slash].into_iter().flatten() {
                paths.insert(path, index).expect("the router takes the same paths");
            }
        }
        let nowhere = Route::new(NO_ROUTE);
        // A random start, so that ids in yesterday's log are different.
        Arc::new(Self { routes, paths, nowhere, next: AtomicU64::new(rand::random()) })
    }

    /// Records the start of a request.
    pub(crate) fn begin(&self, method: &Method, path: &str) -> Begun<'_> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let route = self.route(path);
        let method = of_methods(method);
        // Log entries contain the route only: no id, no query.
        let span = tracing::debug_span!(
            "request",
            id = %RequestId(id),
            method = METHODS[method],
            route = route.path,
            // For traces.
            status = tracing::field::Empty,
        );
        Begun { route, method, id, span, watch: StopWatch::start() }
    }

    fn route(&self, path: &str) -> &Route {
        self.paths.at(path).map_or(&self.nowhere, |found| &self.routes[*found.value])
    }
}

impl Measured for Requests {
    fn show(&self, exposition: &mut Exposition<'_>) -> fmt::Result {
        let mut routes: Vec<_> = self.routes.iter().collect();
        routes.push(&self.nowhere);
        routes.sort_unstable_by_key(|route| route.path);
        let rows = routes.into_iter().flat_map(|route| {
            route.seen().map(|(method, class, times)| {
                let labels = vec![
                    label("route", route.path),
                    label("method", method),
                    label("status", class),
                ];
                (labels, times)
            })
        });
        let help = "Requests, from their head to the head of the answer";
        exposition.times("http_request_seconds", help, rows)
    }
}

/// A request being answered.
pub(crate) struct Begun<'a> {
    route: &'a Route,
    method: usize,
    id: u64,
    span: tracing::Span,
    watch: StopWatch,
}

impl Begun<'_> {
    /// The span of its log entries.
    pub(crate) fn span(&self) -> &tracing::Span {
        &self.span
    }

    /// Awaits the answer and counts it. Log entries meanwhile carry the request's id.
    pub(crate) async fn answered(self, answering: impl Future<Output = Response>) -> Response {
        let mut answering = pin!(answering);
        let answered = poll_fn(|context| {
            let _span = self.span.enter();
            let before = AT.replace(self.id);
            let polled = answering.as_mut().poll(context);
            AT.set(before);
            polled
        });
        let response = answered.await;
        let status = response.status();
        self.span.record("status", status.as_u16());
        self.span.in_scope(|| {
            tracing::debug!(status = status.as_u16(), took = ?self.watch.elapsed(), "answered");
        });
        self.route.add(self.method, status, self.watch);
        response
    }
}

fn of_methods(method: &Method) -> usize {
    METHODS.iter().position(|known| *known == method.as_str()).unwrap_or(METHODS.len() - 1)
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;

    use super::*;

    #[test]
    fn a_path_is_told_by_its_route_alone() {
        let routes = [
            "/",
            "/taxis",
            "/taxis/all",
            "/taxis/{id}",
            "/stations/stations.csv",
            "/v1/{kind}/{name}/log",
        ];
        let requests = Requests::of(routes.into_iter());
        for (path, route) in [
            ("/", "/"),
            ("/taxis", "/taxis"),
            ("/taxis/", "/taxis"),
            ("/taxis/all", "/taxis/all"),
            ("/taxis/abc2345", "/taxis/{id}"),
            ("/taxis/abc2345/", "/taxis/{id}"),
            ("/taxis/abc/def", "none"),
            ("/stations/stations.csv", "/stations/stations.csv"),
            ("/stations/secret", "none"),
            ("/v1/cars/7/log", "/v1/{kind}/{name}/log"),
            ("/v1/cars/7/log/", "/v1/{kind}/{name}/log"),
            ("/v1/cars/7", "none"),
            ("/taxis/", "/taxis"),
            ("//", "none"),
            ("//taxis", "none"),
            ("", "none"),
            ("*", "none"),
        ] {
            assert_eq!(requests.route(path).path, route, "{path}");
        }
    }

    #[tokio::test]
    async fn requests_are_counted_by_route_method_and_class() {
        let requests = Requests::of(["/taxis/{id}"].into_iter());
        let mut ids = Vec::new();
        let made_up = Method::from_bytes(b"SECRET").expect("a method");
        for (name, status) in [
            (Method::GET, 200),
            (Method::GET, 204),
            (Method::DELETE, 405),
            (Method::OPTIONS, 200),
            (made_up.clone(), 405),
            (made_up, 999),
        ] {
            let status = StatusCode::from_u16(status).expect("a status");
            let answering = async {
                ids.push(request_id().to_string());
                status.into_response()
            };
            requests.begin(&name, "/taxis/secret").answered(answering).await;
        }
        let route = &requests.routes[0];
        let seen: Vec<_> =
            route.seen().map(|(m, class, times)| (m, class, times.count())).collect();
        assert_eq!(
            seen,
            [
                ("GET", "2xx", 2),
                ("DELETE", "4xx", 1),
                ("OPTIONS", "2xx", 1),
                ("other", "4xx", 1),
                ("other", "other", 1),
            ]
        );
        ids.dedup();
        assert_eq!(ids.len(), 6, "each has its own name");
        assert_eq!(request_id().to_string(), "0000000000000000");
    }
}
