//! The queue of changes that wait for SQLite's only writer.

use std::pin::Pin;
use std::sync::{Mutex, mpsc};

use axum::http::Method;
use axum::http::header::RETRY_AFTER;
use futures_util::future::join_all;
use futures_util::poll;
use registry::{CustomerId, Role};
use storage::hails::{HailFacts, HailWish, Made};
use storage::{Action, Activity, Resource, Result};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::world::{CUSTOMER, Call, NewTaxi, World, key_of};

/// Limit of changes that wait.
const WAITING: usize = 1_024;

const HERE: [f64; 2] = [2.35, 48.86];

/// Begins a change that does not end until it is told.
async fn long_change(world: &World, taxi: &str) -> (mpsc::Sender<()>, JoinHandle<Result<Made>>) {
    let (end, told) = mpsc::channel();
    let (told, (begun, has_begun)) = (Mutex::new(told), oneshot::channel());
    let (store, client, now) = (world.store.clone(), world.account_id("app"), world.clock.now());
    let (taxi, begun) = (taxi.parse().unwrap(), Mutex::new(Some(begun)));
    let change = tokio::spawn(async move {
        let decide = |_: Option<&HailFacts>| {
            begun.lock().unwrap().take().unwrap().send(()).unwrap();
            told.lock().unwrap().recv().unwrap();
            None
        };
        let customer = CustomerId(CUSTOMER.to_owned());
        let wish = HailWish { taxi, client, customer: &customer, named_session: None };
        store.create_hail(wish, &decide, None, now).await
    });
    has_begun.await.unwrap();
    (end, change)
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_full_queue_changes_are_refused_and_searches_answered_until_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("queue.db").display());
    let mut world = World::at(&url).await;
    world.account("op", &[Role::Operator]).await;
    world.account("app", &[Role::Client]).await;
    world.land(|land| land.town("75056", "Paris", [2.2, 48.8, 2.5, 48.9])).await;
    let taxi = NewTaxi { name: "T1", town: None, plate: None, free: true, at: Some(HERE) };
    let taxi = world.taxi("op", &taxi).await;
    let occupied = Call {
        key: Some(key_of("op")),
        method: Method::PUT,
        path: format!("/taxis/{taxi}"),
        body: r#"{"data": [{"status": "occupied"}]}"#.to_owned(),
        ..Call::default()
    };
    let search = Call {
        key: Some(key_of("app")),
        path: format!("/taxis/?lon={}&lat={}", HERE[0], HERE[1]),
        ..Call::default()
    };

    let now = world.clock.now();
    let (end, first) = long_change(&world, &taxi).await;
    let line = Activity {
        action: Action::AuthApikey,
        resource: Resource::User,
        resource_id: "1".to_owned(),
        extra: "{}".to_owned(),
        change: None,
    };
    let lines = [(line, now)];
    let mut waiting: Vec<Pin<Box<dyn Future<Output = Result<()>> + Send + '_>>> = Vec::new();
    for _ in 0..WAITING {
        let mut change = world.store.record(&lines);
        assert!(poll!(&mut change).is_pending());
        waiting.push(change);
    }

    let refused = world.answer(&occupied).await;
    assert_eq!(refused.status, 503, "{refused:?}");
    assert_eq!(refused.headers[RETRY_AFTER], "2");
    let sentence = "Too many changes wait for the database: try again in 2 s.";
    assert!(refused.body.contains(sentence), "{refused:?}");
    assert_eq!(world.answer(&search).await.json()["data"][0]["status"], "free");

    end.send(()).unwrap();
    assert_eq!(first.await.unwrap().unwrap(), Made::Refused);
    for made in join_all(waiting).await {
        made.unwrap();
    }
    let made = world.answer(&occupied).await;
    assert_eq!(made.json()["data"][0]["status"], "occupied", "{made:?}");
}
