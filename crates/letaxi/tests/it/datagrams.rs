//! Position datagrams, sent to a socket like those of operators' servers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::Method;
use chrono::TimeDelta;
use letaxi::udp::counts::Outcome;
use letaxi::udp::serve::Datagrams;
use registry::Role;
use sha1::{Digest, Sha1};
use tokio::net::UdpSocket;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::world::{Call, Engine, NewTaxi, World, email_of, key_of};

const HERE: [f64; 2] = [2.35, 48.86];

/// A datagram about a taxi that is [`HERE`].
fn datagram(operator: &str, taxi: &str, key: &str) -> Vec<u8> {
    let signed = format!("1430076493{operator}{taxi}48,86002.35mobilefree1{key}");
    let hash =
        Sha1::digest(signed).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    format!(
        r#"{{"timestamp": "1430076493", "operator": "{operator}", "taxi": "{taxi}", "lat": "48,8600",
            "lon": 2.35, "device": "mobile", "status": "free", "version": "1", "hash": "{hash}"}}"#
    )
    .into_bytes()
}

/// A registry that accepts datagrams, with an app and two operators. `op` has a free taxi without a position.
struct Place {
    world: World,
    taxi: String,
    datagrams: Arc<Datagrams>,
    sender: UdpSocket,
    stopper: watch::Sender<bool>,
    serving: JoinHandle<std::io::Result<()>>,
}

impl Place {
    async fn new() -> Self {
        let mut world = World::new(Engine::Sqlite).await;
        world.account("app", &[Role::Client]).await;
        world.account("op", &[Role::Operator]).await;
        world.account("other-op", &[Role::Operator]).await;
        world.land(|land| land.town("75056", "Paris", [2.2, 48.8, 2.5, 48.9])).await;
        let taxi = NewTaxi { name: "T1", town: None, plate: None, free: true, at: None };
        let taxi = world.taxi("op", &taxi).await;
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        let datagrams = Arc::new(Datagrams::listen(any_port).await.unwrap());
        let sender = UdpSocket::bind(any_port).await.unwrap();
        sender.connect(datagrams.address().unwrap()).await.unwrap();
        let (stopper, stop) = watch::channel(false);
        let serving = tokio::spawn({
            let (datagrams, app) = (datagrams.clone(), world.app());
            async move { datagrams.serve(app, stop).await }
        });
        Self { world, taxi, datagrams, sender, stopper, serving }
    }

    /// Sends a datagram and returns its outcome.
    async fn send(&self, bytes: &[u8]) -> Outcome {
        let counts = || Outcome::ALL.map(|outcome| self.datagrams.counts().of(outcome));
        let before = counts();
        self.sender.send(bytes).await.unwrap();
        loop {
            let changed = Outcome::ALL.into_iter().zip(counts()).zip(before);
            if let Some(((outcome, _), _)) = { changed }.find(|((_, now), before)| now > before) {
                return outcome;
            }
            tokio::task::yield_now().await;
        }
    }

    /// Number of taxis that the app finds [`HERE`].
    async fn found(&self) -> usize {
        let [lon, lat] = HERE;
        let call = Call {
            key: Some(key_of("app")),
            method: Method::GET,
            path: format!("/taxis?lon={lon}&lat={lat}"),
            ..Call::default()
        };
        let answer = self.world.call(&call).await;
        answer.json()["data"].as_array().unwrap().len()
    }
}

#[tokio::test]
async fn a_signed_datagram_makes_a_taxi_appear_and_another_does_not() {
    let place = Place::new().await;
    let (op, taxi) = (email_of("op"), place.taxi.as_str());
    let (key, other_key) = (key_of("op"), key_of("other-op"));
    let cut = &datagram(&op, taxi, &key)[1..];
    for (bytes, outcome) in [
        (datagram(&op, taxi, "wrong"), Outcome::BadSignature),
        (datagram(&op, taxi, &other_key), Outcome::BadSignature),
        (datagram(&email_of("other-op"), taxi, &other_key), Outcome::UnknownTaxi),
        (datagram(&email_of("nobody"), taxi, &key), Outcome::UnknownOperator),
        (datagram(&email_of("app"), taxi, &key_of("app")), Outcome::UnknownOperator),
        (datagram(&op, "zzzzzzz", &key), Outcome::UnknownTaxi),
        (cut.to_vec(), Outcome::Malformed),
        (vec![b' '; 3_000], Outcome::TooLong),
        (Vec::new(), Outcome::Malformed),
    ] {
        assert_eq!(place.send(&bytes).await, outcome, "{}", String::from_utf8_lossy(&bytes));
    }
    assert_eq!(place.found().await, 0);
    assert_eq!(place.send(&datagram(&op, taxi, &key)).await, Outcome::Taken);
    assert_eq!(place.found().await, 1);
    // Its position lives for 120 seconds from its arrival, regardless of its timestamp.
    place.world.pass(Duration::from_mins(2)).await;
    assert_eq!(place.found().await, 1);
    place.world.pass(Duration::from_secs(1)).await;
    assert_eq!(place.found().await, 0);
    assert_eq!(place.datagrams.kernel_drops(), Some(0));
    place.stopper.send(true).unwrap();
    place.serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn numbers_may_be_signed_as_python_prints_them() {
    let place = Place::new().await;
    let (op, taxi, key) = (email_of("op"), place.taxi.as_str(), key_of("op"));
    let send = async |lat_lon: &str, signed: &str, key: &str| {
        let signed = format!("1430076493{op}{taxi}{signed}mobilefree1{key}");
        let hash = Sha1::digest(signed)
            .iter()
            .fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        let datagram = format!(
            r#"{{"timestamp": 1430076493, "operator": "{op}", "taxi": "{taxi}", {lat_lon},
                "device": "mobile", "status": "free", "version": "1", "hash": "{hash}"}}"#
        );
        place.send(datagram.as_bytes()).await
    };
    for (lat_lon, signed) in [
        (r#""lat": 48.8600, "lon": 2.350"#, "48.862.35"),
        (r#""lat": 48, "lon": 2.350"#, "48.02.35"),
        (r#""lat": 48, "lon": 2.350"#, "482.35"),
        (r#""lat": 4886e-2, "lon": "2.350""#, "48.862.350"),
    ] {
        assert_eq!(send(lat_lon, signed, &key).await, Outcome::Taken, "{lat_lon}");
        assert_eq!(send(lat_lon, signed, "wrong").await, Outcome::BadSignature, "{lat_lon}");
    }
    let as_text = send(r#""lat": "48.8600", "lon": "2.350""#, "48.862.35", &key).await;
    assert_eq!(as_text, Outcome::BadSignature, "a text is signed as it is");
}

#[tokio::test]
async fn what_the_kernel_drops_is_counted_and_all_else_is_taken() {
    /// More bytes than the requested receive buffer.
    const SENT: u64 = 20_000;
    let world = World::new(Engine::Sqlite).await;
    let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
    let datagrams = Arc::new(Datagrams::listen(any_port).await.unwrap());
    let sender = std::net::UdpSocket::bind(any_port).unwrap();
    sender.connect(datagrams.address().unwrap()).unwrap();
    // No task reads them yet.
    for _ in 0..SENT {
        sender.send(&[b' '; 2_000]).unwrap();
    }
    let dropped = datagrams.kernel_drops().unwrap();
    assert!(0 < dropped && dropped < SENT, "{dropped} of {SENT} were dropped");
    let (_stopper, stop) = watch::channel(false);
    let serving = tokio::spawn({
        let (datagrams, app) = (datagrams.clone(), world.app());
        async move { datagrams.serve(app, stop).await }
    });
    let taken = async {
        while datagrams.counts().of(Outcome::Malformed) < SENT - dropped {
            tokio::task::yield_now().await;
        }
    };
    let all = tokio::time::timeout(Duration::from_mins(1), taken).await;
    assert!(all.is_ok(), "{} of {}", datagrams.counts().of(Outcome::Malformed), SENT - dropped);
    serving.abort();
}

#[tokio::test]
async fn new_names_and_keys_count_at_once_and_old_ones_no_more() {
    let place = Place::new().await;
    let (op, taxi) = (email_of("op"), place.taxi.as_str());
    let of_name = datagram("Taxis Bleus", taxi, &key_of("op"));
    assert_eq!(place.send(&of_name).await, Outcome::UnknownOperator);
    let name = |name: &'static str| {
        place
            .world
            .change_account("op", move |fields| fields.commercial_name = Some(name.to_owned()))
    };
    name("Taxis Bleus").await;
    assert_eq!(place.send(&of_name).await, Outcome::Taken);
    name("Taxis Verts").await;
    assert_eq!(place.send(&of_name).await, Outcome::UnknownOperator);

    let fresh = place.world.app().set_key(place.world.account_id("op"), None).await.unwrap();
    assert_eq!(place.send(&datagram(&op, taxi, &fresh)).await, Outcome::Taken);
    assert_eq!(place.send(&datagram(&op, taxi, &key_of("op"))).await, Outcome::BadSignature);
    // A command beside the server replaces it again: the server applies it within a second.
    let command = place.world.command().await;
    let newest = command.set_key(place.world.account_id("op"), None).await.unwrap();
    assert_eq!(place.send(&datagram(&op, taxi, &newest)).await, Outcome::BadSignature);
    place.world.tick().await;
    assert_eq!(place.send(&datagram(&op, taxi, &newest)).await, Outcome::Taken);
    assert_eq!(place.send(&datagram(&op, taxi, &fresh)).await, Outcome::BadSignature);
}

#[tokio::test]
async fn a_key_signs_from_when_it_is_added_until_it_is_closed() {
    let place = Place::new().await;
    let (op, taxi, app) = (email_of("op"), place.taxi.as_str(), place.world.app());
    let account = place.world.account_id("op");
    let (second, key) = app.add_key_to(account, "office", &[]).await.unwrap();
    assert_eq!(place.send(&datagram(&op, taxi, &key)).await, Outcome::Taken);
    assert_eq!(place.send(&datagram(&op, taxi, &key_of("op"))).await, Outcome::Taken);
    app.revoke_key_of(account, second.id, &[]).await.unwrap();
    assert_eq!(place.send(&datagram(&op, taxi, &key)).await, Outcome::BadSignature);
    assert_eq!(place.send(&datagram(&op, taxi, &key_of("op"))).await, Outcome::Taken);
}

#[tokio::test]
async fn taxis_go_on_when_the_clock_is_set_back() {
    let place = Place::new().await;
    let (op, taxi) = (email_of("op"), place.taxi.as_str());
    let other = NewTaxi { name: "T2", town: None, plate: None, free: true, at: Some(HERE) };
    let other = place.world.taxi("op", &other).await;
    let same_vehicle = Call {
        key: Some(key_of("other-op")),
        method: Method::POST,
        path: "/vehicles".to_owned(),
        body: r#"{"data": [{"licence_plate": "T2-TAXI"}]}"#.to_owned(),
        ..Call::default()
    };
    assert_eq!(place.world.call(&same_vehicle).await.status, 201);
    place.world.report("other-op", &other, HERE).await;
    assert_eq!(place.send(&datagram(&op, taxi, &key_of("op"))).await, Outcome::Taken);
    assert_eq!(place.found().await, 2);
    place.world.clock.advance(TimeDelta::hours(-1));
    // The age of earlier reports is now unknown.
    assert_eq!(place.found().await, 0);
    assert_eq!(place.send(&datagram(&op, taxi, &key_of("op"))).await, Outcome::Taken);
    assert_eq!(place.found().await, 1);
    place.world.report("op", &other, HERE).await;
    assert_eq!(place.found().await, 2);
    // A taxi that is shown can be hailed, although the other account's report is older.
    place.world.hails("app", &other, 1, HERE).await;
    // From here on all is normal, and the next start keeps it.
    place.world.pass(Duration::from_mins(1)).await;
    let mut place = place;
    place.world.restart().await;
    assert_eq!(place.found().await, 2);
    // A restart after the clock was set back keeps positions, but shows none of unknown age.
    place.world.clock.advance(TimeDelta::hours(-1));
    place.world.restart().await;
    assert_eq!(place.found().await, 0);
    place.world.report("op", &other, HERE).await;
    assert_eq!(place.found().await, 1);
}

#[tokio::test]
async fn two_accounts_of_one_commercial_name_are_told_apart_by_their_keys() {
    let place = Place::new().await;
    for account in ["op", "other-op"] {
        let bleus = |fields: &mut registry::AccountFields| {
            fields.commercial_name = Some("Taxis Bleus".to_owned());
        };
        place.world.change_account(account, bleus).await;
    }
    let taxi = NewTaxi { name: "T2", town: None, plate: None, free: true, at: None };
    let others = place.world.taxi("other-op", &taxi).await;
    let signed = |taxi: &str, account| datagram("Taxis Bleus", taxi, &key_of(account));
    assert_eq!(place.send(&signed(&place.taxi, "op")).await, Outcome::Taken);
    assert_eq!(place.send(&signed(&others, "other-op")).await, Outcome::Taken);
    assert_eq!(place.send(&signed(&others, "op")).await, Outcome::UnknownTaxi);
    assert_eq!(place.found().await, 2);
}
