//! Hails without an address: the geocoder is used for them and for nothing else.

use std::sync::Arc;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use letaxi::app::account::secrets::Secrets;
use letaxi::app::clock::Clock;
use letaxi::app::{App, Parts, Settings};
use letaxi::contract;
use letaxi::operator::{GeocoderClient, Guard};
use letaxi::service;
use registry::Role;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::world::{Answer, Call, Engine, NewTaxi, World, key_of, secret_file};

const HERE: [f64; 2] = [2.35, 48.86];
const NO_ADDRESS: &str =
    "Customer can't be located, please provide an pickup address for the taxi.";

/// Answer of a geocoder; `None`: no answer.
type Says = Option<(StatusCode, &'static str)>;

/// A fake geocoder that records its requests.
struct Fake {
    address: String,
    says: watch::Sender<Says>,
    asked: watch::Sender<Vec<String>>,
}

async fn reverse(
    State((says, asked)): State<(watch::Sender<Says>, watch::Sender<Vec<String>>)>,
    RawQuery(query): RawQuery,
) -> Response {
    asked.send_modify(|asked| asked.push(query.unwrap_or_default()));
    let says = *says.borrow();
    match says {
        Some(answer) => answer.into_response(),
        None => std::future::pending().await,
    }
}

impl Fake {
    async fn start() -> Self {
        let (says, asked) = (watch::Sender::new(None), watch::Sender::default());
        let state = (says.clone(), asked.clone());
        let router = Router::new().route("/ban/reverse/", get(reverse)).with_state(state);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, says, asked }
    }

    fn asked(&self) -> usize {
        self.asked.borrow().len()
    }
}

/// A server process with this geocoder, on the database of a world.
async fn process(world: &World, fake: &Fake, private: &[String]) -> Router {
    let private = private.iter().map(|host| host.parse().unwrap()).collect();
    let url = format!("http://{}/ban/", fake.address);
    let geocoder = GeocoderClient::new(Guard::new(private).unwrap(), &url);
    let parts = Parts {
        store: Arc::clone(&world.store),
        clock: Clock::Hand(world.clock.clone()),
        secrets: Secrets::open(&secret_file(), true).unwrap(),
        settings: Settings::default(),
        wording: contract::WORDING,
        operators: world.servers.clone(),
        geocoder: Some(Arc::new(geocoder)),
        post: None,
        provider: None,
        membership: None,
    };
    service::router(App::start(parts).await.unwrap())
}

async fn post(router: &Router, who: &str, path: &str, document: Value) -> Answer {
    let call = Call {
        key: Some(key_of(who)),
        method: Method::POST,
        path: path.to_owned(),
        content_type: Some("application/json".to_owned()),
        body: document.to_string(),
        ..Call::default()
    };
    World::answer_by(router, &call).await
}

/// Hails a taxi with a fresh position, without an address.
async fn hail(router: &Router, taxi: &str) -> Answer {
    let position = json!({"positions": [{"taxi_id": taxi, "lon": HERE[0], "lat": HERE[1]}]});
    let reported = post(router, "op", "/geotaxi", json!({"data": [position]})).await;
    assert_eq!(reported.status, 200, "{reported:?}");
    let hail = json!({
        "taxi_id": taxi, "customer_id": "ada", "customer_phone_number": "0611223344",
        "customer_lon": HERE[0], "customer_lat": HERE[1], "customer_address": "",
    });
    post(router, "app", "/hails", json!({"data": [hail]})).await
}

#[tokio::test]
async fn a_hail_that_lacks_an_address_alone_gets_that_of_the_geocoder() {
    let mut world = World::new(Engine::Sqlite).await;
    world.account("app", &[Role::Client]).await;
    world.account("op", &[Role::Operator]).await;
    world.land(|land| land.town("75056", "Paris", [2.2, 48.8, 2.5, 48.9])).await;
    let taxi = NewTaxi { name: "T1", town: None, plate: None, free: true, at: None };
    let taxi = world.taxi("op", &taxi).await;
    let fake = Fake::start().await;

    // A private geocoder that is not listed is never called.
    let unlisted = process(&world, &fake, &[]).await;
    let refused = hail(&unlisted, &taxi).await;
    assert!(refused.status == 400 && refused.body.contains(NO_ADDRESS), "{refused:?}");
    assert_eq!(fake.asked(), 0);

    let router = process(&world, &fake, std::slice::from_ref(&fake.address)).await;
    let nothing = r#"{"type": "FeatureCollection", "features": []}"#;
    for (number, says) in [
        Some((StatusCode::OK, nothing)),
        Some((StatusCode::OK, "certainly not json")),
        Some((StatusCode::OK, r#"{"features": [{"properties": {"label": " "}}]}"#)),
        Some((StatusCode::BAD_GATEWAY, nothing)),
        None,
    ]
    .into_iter()
    .enumerate()
    {
        fake.says.send_replace(says);
        let refused = hail(&router, &taxi).await;
        assert!(refused.status == 400 && refused.body.contains(NO_ADDRESS), "{refused:?}");
        assert_eq!(fake.asked(), number + 1);
    }

    let found = r#"{"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"label": "5 Place du Châtelet 75001 Paris"}},
        {"type": "Feature", "properties": {"label": "6 Place du Châtelet 75001 Paris"}}]}"#;
    fake.says.send_replace(Some((StatusCode::OK, found)));
    let made = hail(&router, &taxi).await;
    assert_eq!(made.status, 201, "{made:?}");
    let address = &made.json()["data"][0]["customer_address"];
    assert_eq!(address, "5 Place du Châtelet 75001 Paris");
    assert_eq!(fake.asked.borrow().last().unwrap(), "lon=2.35&lat=48.86");

    // Other refusals come first and call no geocoder.
    let asked = fake.asked();
    let refused = hail(&router, &taxi).await;
    assert!(refused.status == 400 && refused.body.contains("Taxi is not free."), "{refused:?}");
    assert_eq!(fake.asked(), asked);
}
