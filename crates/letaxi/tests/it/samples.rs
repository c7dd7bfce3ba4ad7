//! Sampled searches: their order and the reasons against each taxi, checked from kept facts.

use std::process::Command;
use std::time::Duration;

use letaxi::app::fleet::samples::{LeftOut, Sample};
use registry::Role;
use serde_json::{Value, json};

use crate::world::{Call, Engine, NewTaxi, World, key_of, secret_file};

const HERE: [f64; 2] = [2.35, 48.86];

/// Degrees of latitude of so many metres.
fn metres(metres: f64) -> f64 {
    metres / 111_195.0
}

/// Paris and Boulogne, which share no zone, with one app and two operators; all searches are sampled.
async fn towns(url: &str) -> World {
    let mut world = World::at(url).await;
    world.account("app", &[Role::Client]).await;
    world.account("op", &[Role::Operator]).await;
    world.account("other", &[Role::Operator]).await;
    world
        .land(|land| {
            land.town("75056", "Paris", [2.2, 48.8, 2.4, 48.9]);
            land.town("92012", "Boulogne", [2.4, 48.8, 2.5, 48.9]);
        })
        .await;
    world.set(|settings| settings.search_sampling = 1).await;
    world
}

/// A taxi that lies so many metres to the north of the customer.
async fn taxi_at(world: &World, operator: &str, name: &str, north_m: f64) -> String {
    let at = Some([HERE[0], HERE[1] + metres(north_m)]);
    let town = Some(if name == "ALIEN" { "92012" } else { "75056" });
    world.taxi(operator, &NewTaxi { name, town, plate: None, free: true, at }).await
}

async fn search(world: &World, who: &str) -> Vec<String> {
    let path = format!("/taxis?lon={}&lat={}", HERE[0], HERE[1]);
    let found = world.answer(&Call { key: Some(key_of(who)), path, ..Call::default() }).await;
    let found = found.json();
    let ids = found["data"].as_array().unwrap().iter().map(|taxi| taxi["id"].as_str().unwrap());
    ids.map(str::to_owned).collect()
}

async fn newest(world: &World) -> Option<Sample> {
    world.app().count().await.unwrap();
    let newest = world.app().newest_samples(1).await.unwrap();
    let id = newest.first()?.id;
    Some(world.app().sample(id).await.unwrap())
}

/// Ids of the taxis of a sample that are shown, as decided again.
fn decided_again(sample: &Sample) -> Vec<String> {
    let replay = sample.replay().unwrap();
    assert!(replay.is_same, "{replay:?}");
    let shown = replay.taxis.iter().filter(|judged| judged.place.is_some());
    shown.map(|judged| judged.taxi.taxi.clone()).collect()
}

#[tokio::test]
async fn the_order_of_a_search_follows_from_the_facts_of_its_sample() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let world = towns(&World::fresh_url(engine)).await;
        for (name, north_m) in [("T1", 90.0), ("T2", 40.0), ("T3", -40.0), ("T4", 40.0)] {
            taxi_at(&world, "op", name, north_m).await;
        }
        // One car that two operators report.
        taxi_at(&world, "other", "T2", 60.0).await;
        let mut orders = std::collections::BTreeSet::new();
        for _ in 0..20 {
            world.move_clock(Duration::from_millis(7));
            let shown = search(&world, "app").await;
            let sample = newest(&world).await.unwrap();
            assert_eq!(decided_again(&sample), shown);
            orders.insert(shown);
        }
        assert!(orders.len() > 1, "the key of the search orders taxis at one distance: {orders:?}");
        world.close().await;
    }
}

#[tokio::test]
async fn an_answer_that_does_not_follow_from_the_facts_is_told() {
    let world = towns("sqlite::memory:").await;
    taxi_at(&world, "op", "NEAR", 40.0).await;
    taxi_at(&world, "op", "FAR", 90.0).await;
    search(&world, "app").await;
    let mut sample = newest(&world).await.unwrap();
    assert!(sample.replay().unwrap().is_same);
    sample.facts.shown.reverse();
    assert!(!sample.replay().unwrap().is_same);
    sample.facts.shown.pop();
    assert!(!sample.replay().unwrap().is_same);
}

#[tokio::test]
async fn descriptions_of_others_and_of_disabled_accounts_are_left_out() {
    let world = towns("sqlite::memory:").await;
    taxi_at(&world, "op", "T1", 40.0).await;
    taxi_at(&world, "other", "T2", 50.0).await;
    let left_out = async |who| {
        search(&world, who).await;
        let sample = newest(&world).await.unwrap();
        decided_again(&sample);
        sample.facts.taxis.iter().filter_map(|taxi| taxi.left_out).collect::<Vec<_>>()
    };
    assert_eq!(left_out("app").await, []);
    assert_eq!(left_out("op").await, [LeftOut::OfAnother]);
    let now = world.clock.now();
    world.change_account("other", |account| account.disabled_at = Some(now)).await;
    assert_eq!(left_out("app").await, [LeftOut::AccountDisabled]);
}

#[tokio::test]
async fn no_search_is_sampled_unless_it_is_wished() {
    let mut world = towns("sqlite::memory:").await;
    world.set(|settings| settings.search_sampling = 0).await;
    taxi_at(&world, "op", "T1", 40.0).await;
    assert_eq!(search(&world, "app").await.len(), 1);
    assert!(newest(&world).await.is_none());
    // Of many, about one in so many is.
    world.set(|settings| settings.search_sampling = 10).await;
    for _ in 0..300 {
        world.move_clock(Duration::from_millis(1));
        search(&world, "app").await;
    }
    world.app().count().await.unwrap();
    let sampled = world.app().newest_samples(300).await.unwrap().len();
    assert!((10..70).contains(&sampled), "{sampled} of 300");
}

#[tokio::test]
async fn samples_go_with_exact_places() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let world = towns(&World::fresh_url(engine)).await;
        taxi_at(&world, "op", "T1", 40.0).await;
        search(&world, "app").await;
        let at = newest(&world).await.unwrap().search.at;
        assert_eq!(world.store().oldest().await.unwrap().exact_place, Some(at));
        world.move_clock(Duration::from_hours(59 * 24));
        // The search, its sample, and no position: it is kept for a day only.
        assert!(world.app().due().await.unwrap().exact_places >= 2);
        assert!(world.app().purge().await.unwrap().is_complete);
        assert!(newest(&world).await.is_none());
        world.close().await;
    }
}

/// Runs `letaxi explain-search`; whether it succeeded, and its output.
fn explain(url: &str, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_letaxi"));
    command.env_clear().env("LETAXI_SECRET_KEY_FILE", secret_file());
    let ran = command.args(["--database", url, "explain-search"]).args(arguments).output().unwrap();
    let said = [ran.stdout, ran.stderr].concat();
    (ran.status.success(), String::from_utf8(said).unwrap())
}

#[tokio::test]
async fn the_command_tells_the_place_of_each_taxi_or_the_reasons_against_it() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("x.db").display());
    let world = towns(&url).await;
    let (good, said) = explain(&url, &[]);
    assert!(good && said.contains("no search was sampled: set search_sampling"), "{said}");

    let stale = taxi_at(&world, "op", "STALE", 70.0).await;
    world.move_clock(Duration::from_secs(119));
    let near = taxi_at(&world, "op", "NEAR", 40.0).await;
    let far = taxi_at(&world, "op", "FAR", 600.0).await;
    taxi_at(&world, "op", "ALIEN", 20.0).await;
    let off = taxi_at(&world, "op", "OFF", 30.0).await;
    let path = format!("/taxis/{off}");
    let body = json!({"data": [{"status": "off"}]}).to_string();
    let method = axum::http::Method::PUT;
    world.answer(&Call { key: Some(key_of("op")), method, path, body, ..Call::default() }).await;
    assert_eq!(search(&world, "app").await, [near.clone(), stale]);
    newest(&world).await.unwrap();

    let (good, said) = explain(&url, &[]);
    assert!(good && said.contains("75056"), "{said}");
    let (good, said) = explain(&url, &["1"]);
    assert!(good, "{said}");
    for fact in [
        "5 descriptions within a kilometre, 2 taxis shown",
        "licence of 92012, customer in 75056: no shared zone",
        "status off; status off in the account that receives the hails",
        "600.2 m away, limit 500.0 m",
        "Decided again from these facts, the answer is the same.",
    ] {
        assert!(said.contains(fact), "{fact}\n{said}");
    }
    let (good, said) = explain(&url, &["1", "--json"]);
    let explained: Value = serde_json::from_str(&said).unwrap();
    assert!(good && explained["is_same"] == true, "{said}");
    assert_eq!(
        (&explained["taxis"][0]["taxi"], &explained["taxis"][0]["place"]),
        (&json!(near), &json!(1))
    );
    assert_eq!(explained["taxis"][4]["taxi"], json!(far));
    let (good, said) = explain(&url, &["2"]);
    assert!(!good && said.contains("there is no sampled search 2"), "{said}");
    let (good, said) = explain(&url, &["x"]);
    assert!(!good && said.contains("invalid value 'x'"), "{said}");
}
