//! Searches and positions: over the wire, compared with a floor; and searches by the size of the fleet.

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use tower::ServiceExt;

use super::{number, rounds};
use crate::country::{self, now, since};
use crate::fleet::{BATCH, Fleet};
use crate::floor::ANSWERS;
use crate::report::{Better, Report, median};
use crate::server::Server;
use crate::wire::{self, Load, Rate};
use letaxi::service;

/// Number of taxis.
const TAXIS: usize = 10_000;
const CONNECTIONS: u32 = 64;

/// Measures searches, positions or both.
pub(crate) async fn over_the_wire(report: &mut Report, searches: bool, positions: bool) {
    let mut fleet = Fleet::new("sqlite", TAXIS).await;
    let server = fleet.serve().await;
    fleet.report(&server).await;
    let answers = fleet.answers(&server).await;
    std::fs::write(fleet.folder.path().join(ANSWERS), answers.join("\n")).unwrap();
    let floor = Server::floor(fleet.folder.path()).await;
    let seconds = number("SECONDS", 4);
    if searches {
        let bytes: usize = answers.iter().map(String::len).sum();
        let shown: usize = answers.iter().map(|answer| answer.matches("crowfly").count()).sum();
        report.remark(format!(
            "searches: {:.1} taxis are shown and {:.0} bytes sent on average",
            shown as f64 / answers.len() as f64,
            bytes as f64 / answers.len() as f64
        ));
        let load = Load {
            method: "GET",
            requests: &fleet.searches.clone(),
            path: "",
            key: "key of app0",
            connections: CONNECTIONS,
            seconds,
        };
        let row = format!("GET /taxis, {TAXIS} live taxis, {CONNECTIONS} connections");
        beside(report, &row, &mut fleet, (&floor, &server), &load, (0.5, 0.8)).await;
    }
    if positions {
        let own = fleet.batches().into_iter().filter(|(operator, _)| *operator == 0);
        let bodies: Vec<String> = own.map(|(_, body)| body).collect();
        let load = Load {
            method: "POST",
            requests: &bodies,
            path: "/geotaxi/",
            key: "key of op0",
            connections: CONNECTIONS,
            seconds,
        };
        let row = format!("POST /geotaxi, {BATCH} positions, {CONNECTIONS} connections");
        beside(report, &row, &mut fleet, (&floor, &server), &load, (0.6, 0.85)).await;
    }
}

/// The same load on the floor and on the program, alternately.
async fn beside(
    report: &mut Report,
    row: &str,
    fleet: &mut Fleet,
    (floor, ours): (&Server, &Server),
    load: &Load<'_>,
    limits: (f64, f64),
) {
    let folder = fleet.folder.path().to_owned();
    let mut rates: [Vec<Rate>; 2] = [Vec::new(), Vec::new()];
    for _ in 0..rounds() {
        fleet.report(ours).await;
        rates[0].push(wire::load(floor, &folder, load));
        rates[1].push(wire::load(ours, &folder, load));
    }
    let [floor, ours] = rates.map(|rates| {
        let of = |figure: fn(&Rate) -> f64| median(rates.iter().map(figure).collect());
        [of(|r| r.per_s), of(|r| r.cpu_us), of(|r| r.p50_ms), of(|r| r.p99_ms)]
    });
    report.row(row, "/s", (floor[0], ours[0]), Better::Higher, limits);
    report.remark(format!(
        "{row}: processor time {:.1} µs each, the floor {:.1} µs; p50 {:.2} ms, p99 {:.2} ms",
        ours[1], floor[1], ours[2], ours[3]
    ));
}

/// A search inside the process, without the socket, with growing fleets of the same density.
pub(crate) async fn at_scale(report: &mut Report) {
    let micros = micros_by_size().await;
    for (taxis, micros) in &micros {
        report.remark(format!("a search in the process among {taxis} taxis: {micros:.1} µs"));
    }
    let (small, large) = (micros[0].1, micros[micros.len() - 1].1);
    let row = "a search among 1,000,000 live taxis, beside 10,000 as dense";
    report.row(row, "µs", (small, large), Better::Lower, (1.5, 1.1));
}

/// The median time of a search in microseconds, by the size of the fleet.
pub(crate) async fn micros_by_size() -> Vec<(f64, f64)> {
    let mut micros = Vec::new();
    for taxis in [TAXIS, 100_000, 1_000_000] {
        let mut fleet = Fleet::new("sqlite", taxis).await;
        micros.push((taxis as f64, search_micros(&mut fleet).await));
    }
    micros
}

/// The median time of a search, in microseconds.
async fn search_micros(fleet: &mut Fleet) -> f64 {
    let (app, _store) = country::start(&fleet.url, &fleet.key_file, false).await;
    let router = service::router(app);
    let call = async |request: Request<Body>| {
        let response = router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        response.into_body().collect().await.unwrap().to_bytes().len()
    };
    for (operator, body) in fleet.batches() {
        let request =
            Request::post("/geotaxi/").header("x-api-key", format!("key of op{operator}"));
        call(request.body(Body::from(body)).unwrap()).await;
    }
    let mut times = Vec::new();
    for _ in 0..rounds() {
        for path in &fleet.searches {
            let request = Request::get(path).header("x-api-key", "key of app0");
            let request = request.body(Body::empty()).unwrap();
            let begin = now();
            std::hint::black_box(call(request).await);
            times.push(since(begin).as_secs_f64() * 1e6);
        }
    }
    median(times)
}
