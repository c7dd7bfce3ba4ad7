//! Response headers, which stories do not show: for pages in browsers, and for redirects.

use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ALLOW,
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, EXPIRES, HeaderName, LOCATION,
    REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{Method, StatusCode};

use crate::world::{Answer, Call, Engine, World};

const PAGE: &str = "https://console.example.org";

fn header(answer: &Answer, name: HeaderName) -> Option<&str> {
    answer.headers.get(name).map(|value| value.to_str().unwrap())
}

fn get(path: &str) -> Call {
    Call { path: path.to_owned(), ..Call::default() }
}

#[tokio::test]
async fn a_page_is_allowed_every_header_that_it_asks_for() {
    let world = World::new(Engine::Sqlite).await;
    let headers = [
        ("origin", PAGE),
        ("access-control-request-method", "PUT"),
        ("access-control-request-headers", "x-api-key, x-logas, x-version"),
    ];
    let headers = headers.map(|(name, value)| (name, value.to_owned())).to_vec();
    let question = Call { method: Method::OPTIONS, headers, ..get("/hails/zzzzzzz") };
    let answer = world.call(&question).await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, ""));
    for (name, expected) in [
        (ACCESS_CONTROL_ALLOW_ORIGIN, PAGE),
        (ACCESS_CONTROL_ALLOW_METHODS, "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"),
        (ACCESS_CONTROL_ALLOW_HEADERS, "x-api-key, x-logas, x-version"),
        (VARY, "Origin, Cookie"),
        (ALLOW, "GET, HEAD, PUT, OPTIONS"),
    ] {
        assert_eq!(header(&answer, name.clone()), Some(expected), "{name}");
    }
}

#[tokio::test]
async fn pages_may_read_every_answer_also_a_refusal() {
    let world = World::new(Engine::Sqlite).await;
    for (path, status) in [("/stations/all", 200), ("/towns", 401), ("/no/such/path", 404)] {
        for (origin, allowed) in [(Some(PAGE), PAGE), (None, "*")] {
            let headers = origin.map(|origin| ("origin", origin.to_owned()));
            let call = Call { headers: headers.into_iter().collect(), ..get(path) };
            let answer = world.call(&call).await;
            assert_eq!(answer.status.as_u16(), status, "{path}");
            assert_eq!(header(&answer, ACCESS_CONTROL_ALLOW_ORIGIN), Some(allowed), "{path}");
            assert_eq!(header(&answer, ACCESS_CONTROL_ALLOW_METHODS), None, "{path}");
        }
    }
}

#[tokio::test]
async fn a_slash_too_many_is_taken_out_by_a_redirect() {
    let world = World::new(Engine::Sqlite).await;
    for (path, location) in [
        ("//taxis?lon=2.35&lat=48.86", "/taxis?lon=2.35&lat=48.86"),
        ("/taxis///all//", "/taxis/all/"),
        ("//", "/"),
    ] {
        let answer = world.call(&get(path)).await;
        assert_eq!(answer.status, StatusCode::PERMANENT_REDIRECT, "{path}");
        assert_eq!(header(&answer, LOCATION), Some(location), "{path}");
    }
}

#[tokio::test]
async fn people_are_sent_to_the_console_and_the_reference_where_the_settings_name_them() {
    let mut world = World::new(Engine::Sqlite).await;
    for path in ["/", "/doc"] {
        assert_eq!(world.call(&get(path)).await.status, StatusCode::OK, "{path}");
    }
    let (console, reference) = (PAGE, "https://doc.example.org/letaxi");
    world
        .set(|settings| {
            settings.console_url = Some(console.to_owned());
            settings.swagger_url = Some(reference.to_owned());
        })
        .await;
    for (path, location) in [("/", console), ("/doc", reference)] {
        let answer = world.call(&get(path)).await;
        assert_eq!(answer.status, StatusCode::MOVED_PERMANENTLY, "{path}");
        assert_eq!(header(&answer, LOCATION), Some(location), "{path}");
    }
}

#[tokio::test]
async fn a_page_runs_nothing_and_stands_in_no_other_page() {
    let world = World::new(Engine::Sqlite).await;
    for path in [
        "/",
        "/doc",
        "/doc/api",
        "/doc/app",
        "/doc/stories/ride",
        "/doc/search?q=taxi",
        "/legal/privacy",
    ] {
        let answer = world.call(&get(path)).await;
        let policy = header(&answer, CONTENT_SECURITY_POLICY).unwrap();
        for part in ["default-src 'none'", "frame-ancestors 'none'", "style-src 'sha256-"] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert_eq!(answer.body.matches("<style>").count(), 1, "{path}: the policy knows one style");
        for banned in ["style=", "<script", "onclick"] {
            assert!(!answer.body.contains(banned), "{path} holds {banned}");
        }
        assert_eq!(header(&answer, X_CONTENT_TYPE_OPTIONS), Some("nosniff"));
        assert_eq!(header(&answer, REFERRER_POLICY), Some("no-referrer"));
    }
}

#[tokio::test]
async fn published_ranks_have_a_name_to_be_stored_under_and_may_be_kept_for_a_day() {
    let world = World::new(Engine::Sqlite).await;
    for ending in ["csv", "json"] {
        let answer = world.call(&get(&format!("/stations/stations.{ending}"))).await;
        let name = format!("inline; filename=\"stationstaxi_LeTaxi_20240229.{ending}\"");
        assert_eq!(header(&answer, CONTENT_DISPOSITION), Some(name.as_str()));
        assert_eq!(header(&answer, CACHE_CONTROL), Some("public,max-age=86400"));
        assert_eq!(header(&answer, EXPIRES), Some("Fri, 01 Mar 2024 12:00:00 GMT"));
    }
}
