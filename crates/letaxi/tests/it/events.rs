//! Events for open pages: who hears of what, what a page that comes back has missed, and the end of a stream.

use std::sync::Arc;

use axum::http::Method;
use registry::Role;
use tokio::sync::watch;

use crate::world::{Answer, Call, Engine, NewTaxi, World, key_of};

const AT: [f64; 2] = [2.35, 48.86];

/// Two operators, one of them with a manager, an app, an admin, and a free taxi of the first operator.
async fn registry() -> (World, String) {
    let mut world = World::new(Engine::Sqlite).await;
    world.account("op", &[Role::Operator]).await;
    world.account("other-op", &[Role::Operator]).await;
    world.account("fleet", &[Role::Group]).await;
    world.account("app", &[Role::Client]).await;
    world.account("admin", &[Role::Admin]).await;
    world.manages("fleet", "op").await;
    world.land(|land| land.town("75056", "Paris", [2.2, 48.8, 2.5, 48.9])).await;
    let one = NewTaxi { name: "one", town: None, plate: None, free: true, at: Some(AT) };
    let taxi = world.taxi("op", &one).await;
    (world, taxi)
}

fn call(name: &str, wait_s: &str, last: Option<&str>) -> Call {
    Call {
        key: Some(key_of(name)),
        method: Method::GET,
        path: format!("/v1/events{wait_s}"),
        headers: last.iter().map(|last| ("last-event-id", (*last).to_owned())).collect(),
        ..Call::default()
    }
}

/// The stream up to now.
async fn stream(world: &World, name: &str, last: Option<&str>) -> Answer {
    let answer = world.call(&call(name, "?wait_s=0", last)).await;
    assert_eq!((answer.status.as_u16(), &*answer.content_type), (200, "text/event-stream"));
    answer
}

/// The place that a stream tells last.
fn place(answer: &Answer) -> String {
    let mut ids = answer.body.lines().filter_map(|line| line.strip_prefix("id: "));
    ids.next_back().unwrap().to_owned()
}

/// Names and data of the events, without the first one, `ready`.
fn events(answer: &Answer) -> Vec<String> {
    let field = |event: &str, name: &str| {
        event.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned)
    };
    let events = answer.body.split("\n\n").filter_map(|event| {
        Some(format!("{} {}", field(event, "event: ")?, field(event, "data: ")?))
    });
    events.filter(|event| event != "ready {}").collect()
}

#[tokio::test]
async fn the_parties_of_a_hail_hear_of_it_and_nobody_else() {
    let (world, taxi) = registry().await;
    let start = place(&stream(&world, "admin", None).await);
    let hail = world.declined_hail("app", ("op", &taxi), AT).await;

    let of_hail = format!(r#"hail {{"id":"{hail}","status":"declined_by_taxi"}}"#);
    let of_taxi = format!(r#"taxi {{"id":"{taxi}","status":"off"}}"#);
    for (who, heard) in [
        ("app", vec![&of_hail]),
        ("op", vec![&of_taxi, &of_hail]),
        ("fleet", vec![&of_taxi, &of_hail]),
        ("admin", vec![&of_taxi, &of_hail]),
        ("other-op", vec![]),
    ] {
        let stream = stream(&world, who, Some(&start)).await;
        assert_eq!(events(&stream).iter().collect::<Vec<_>>(), heard, "{who}");
    }
}

#[tokio::test]
async fn a_page_that_comes_back_hears_what_it_has_missed_and_nothing_twice() {
    let (world, taxi) = registry().await;
    let start = place(&stream(&world, "op", None).await);
    let off = Call {
        method: Method::PUT,
        path: format!("/taxis/{taxi}"),
        body: r#"{"data": [{"status": "off"}]}"#.to_owned(),
        headers: Vec::new(),
        ..call("op", "", None)
    };
    assert_eq!(world.call(&off).await.status.as_u16(), 200);
    // The same status again is no change.
    assert_eq!(world.call(&off).await.status.as_u16(), 200);

    let first = stream(&world, "op", Some(&start)).await;
    assert_eq!(events(&first), [format!(r#"taxi {{"id":"{taxi}","status":"off"}}"#)]);
    let again = stream(&world, "op", Some(&place(&first))).await;
    assert_eq!(events(&again), [""; 0]);
}

#[tokio::test]
async fn a_page_that_has_missed_too_much_is_told_to_read_everything_again() {
    let (mut world, _taxi) = registry().await;
    let place = place(&stream(&world, "op", None).await);
    world.restart().await;
    for last in [&place, "1-1", "", "x", "-", "99999999999999999999-1"] {
        assert_eq!(events(&stream(&world, "op", Some(last)).await), ["reset {}"], "{last}");
    }
}

#[tokio::test]
async fn an_open_stream_tells_what_happens_and_ends_when_the_server_stops() {
    let (world, taxi) = registry().await;
    let world = Arc::new(world);
    let start = place(&stream(&world, "app", None).await);
    let (stopper, stop) = watch::channel(false);
    let running = tokio::spawn(world.app().run(stop));
    let open = tokio::spawn({
        let world = Arc::clone(&world);
        async move { world.answer(&call("app", "", Some(&start))).await }
    });
    let hail = world.hail("app", &taxi, AT).await;
    // Heard on the open stream, so it is the first event of another one that reads from the same place.
    stopper.send(true).unwrap();
    running.await.unwrap().unwrap();
    let answer = open.await.unwrap();
    assert_eq!(answer.status.as_u16(), 200);
    let heard = events(&answer);
    assert!(heard.is_empty() || heard[0].contains(&hail), "{heard:?}");
}

#[tokio::test]
async fn a_wait_that_is_none_is_refused() {
    let (world, _taxi) = registry().await;
    for wait in ["?wait_s=-1", "?wait_s=121", "?wait_s=x", "?other=1"] {
        assert_eq!(world.call(&call("op", wait, None)).await.status.as_u16(), 400, "{wait}");
    }
}
