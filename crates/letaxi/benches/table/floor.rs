//! The floor: the same web stack without work. It copies prepared answers, and parses positions only to drop
//! them.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use letaxi::server::listener;
use serde::Deserialize;
use tokio::sync::watch;

/// File of the answers, one per line.
pub(crate) const ANSWERS: &str = "answers";

struct Answers {
    all: Vec<Bytes>,
    next: AtomicUsize,
}

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    data: Vec<Batch<'a>>,
}

#[derive(Deserialize)]
struct Batch<'a> {
    #[serde(borrow)]
    positions: Vec<Position<'a>>,
}

#[derive(Deserialize)]
struct Position<'a> {
    taxi_id: &'a str,
    lon: f64,
    lat: f64,
}

/// Serves until the process is stopped.
pub(crate) fn serve(folder: &Path) {
    let text = std::fs::read_to_string(folder.join(ANSWERS)).unwrap_or_default();
    let all = text.lines().map(|line| Bytes::from(line.to_owned())).collect();
    let answers = Arc::new(Answers { all, next: AtomicUsize::new(0) });
    let address = std::env::var("LETAXI_BENCH_ADDRESS").unwrap();
    let router = Router::new()
        .route("/taxis", get(copy))
        .route("/geotaxi/", post(parse))
        .with_state(answers);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(address).await.unwrap();
        let (_stopper, stop) = watch::channel(false);
        listener::serve(
            listener,
            router,
            letaxi::config::Settings::default().connection_limits(),
            stop,
        )
        .await;
    });
}

async fn copy(State(answers): State<Arc<Answers>>) -> impl IntoResponse {
    let next = answers.next.fetch_add(1, Relaxed) % answers.all.len();
    ([(CONTENT_TYPE, "application/json")], answers.all[next].clone())
}

async fn parse(body: Bytes) -> impl IntoResponse {
    let Ok(document) = serde_json::from_slice::<Document<'_>>(&body) else {
        return (StatusCode::BAD_REQUEST, [(CONTENT_TYPE, "text/html; charset=utf-8")], "");
    };
    for position in document.data.iter().flat_map(|batch| &batch.positions) {
        std::hint::black_box((position.taxi_id, position.lon, position.lat));
    }
    (StatusCode::OK, [(CONTENT_TYPE, "text/html; charset=utf-8")], "")
}
