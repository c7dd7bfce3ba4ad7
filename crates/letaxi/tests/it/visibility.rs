//! The explanation of a search says of each taxi what the search itself does.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::http::Method;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use registry::Role;
use serde_json::{Value, json};

use crate::chosen::chosen;
use crate::generated::check;
use crate::world::{Answer, Call, Engine, NewTaxi, World, key_of};

/// Default number of rounds.
const ROUNDS: u64 = 150;
/// Taxis: name, operator, town of the licence, plate. Two share a vehicle, and a third is the same car.
const TAXIS: [(&str, &str, &str, &str); 4] = [
    ("T0", "alpha", "75056", "ONE-CAR"),
    ("T1", "beta", "75056", "ONE-CAR"),
    ("T2", "beta", "93066", "one car"),
    ("T3", "alpha", "92012", "TWO-CAR"),
];
const OPERATORS: [&str; 2] = ["alpha", "beta"];

/// A registry of three towns, of which two share a zone, with an airport in one of them.
struct Place {
    world: World,
    ids: Vec<String>,
}

impl Place {
    async fn new() -> Self {
        let mut world = World::new(Engine::Sqlite).await;
        world.account("app", &[Role::Client]).await;
        world.account("admin", &[Role::Admin]).await;
        for operator in OPERATORS {
            world.account(operator, &[Role::Operator]).await;
        }
        world
            .land(|land| {
                land.town("75056", "Paris", [2.30, 48.80, 2.35, 48.90]);
                land.town("93066", "Saint-Denis", [2.35, 48.80, 2.352, 48.90]);
                land.town("92012", "Boulogne", [2.352, 48.80, 2.354, 48.90]);
                land.zone("Capital", &["75056", "93066"]);
                land.exclusion("Airport", [2.353, 48.859, 2.3536, 48.861]);
            })
            .await;
        let mut ids = Vec::new();
        for (name, operator, town, plate) in TAXIS {
            let (town, plate) = (Some(town), Some(plate));
            let taxi = NewTaxi { name, town, plate, free: true, at: None };
            ids.push(world.taxi(operator, &taxi).await);
        }
        Self { world, ids }
    }

    async fn call(&self, who: &str, method: Method, path: &str, element: Value) -> Value {
        let body = match element {
            Value::Null => String::new(),
            element => json!({"data": [element]}).to_string(),
        };
        let (key, path) = (Some(key_of(who)), path.to_owned());
        let answer = self.world.answer(&Call { key, method, path, body, ..Call::default() }).await;
        // Positions are answered without a document.
        if answer.body.is_empty() { Value::Null } else { answer.json() }
    }

    /// The ids of the taxis that a search shows; none where no taxi may cruise.
    async fn search(&self, who: &str, query: &str) -> BTreeSet<String> {
        let found = self.call(who, Method::GET, &format!("/taxis?{query}"), Value::Null).await;
        let found = found["data"].as_array().into_iter().flatten();
        found.map(|taxi| taxi["id"].as_str().unwrap().to_owned()).collect()
    }

    /// The descriptions of a taxi that the caller may see, with their conditions.
    async fn explain(&self, who: &str, taxi: &str, query: &str) -> Vec<Value> {
        let path = format!("/v1/taxis/{taxi}/visibility?{query}");
        let seen = self.call(who, Method::GET, &path, Value::Null).await;
        seen["data"].as_array().cloned().unwrap_or_default()
    }

    async fn change(&self, dice: &mut StdRng) {
        let taxi = dice.random_range(0..TAXIS.len());
        let id = &self.ids[taxi];
        // Beta also describes the vehicle of alpha's first taxi, and the other way round.
        let operator = match taxi {
            0 | 1 => OPERATORS[dice.random_range(0..2)],
            _ => TAXIS[taxi].1,
        };
        match dice.random_range(0..16) {
            0..8 => {
                let [lon, lat] = point(dice);
                let position = json!({"positions": [{"taxi_id": id, "lon": lon, "lat": lat}]});
                self.call(operator, Method::POST, "/geotaxi", position).await;
            }
            8..12 => {
                let status = ["free", "free", "free", "occupied", "off"][dice.random_range(0..5)];
                let radius = [Value::Null, json!(150), json!(300), json!(500)]
                    [dice.random_range(0..4)]
                .clone();
                let wish = json!({"status": status, "radius": radius});
                self.call(operator, Method::PUT, &format!("/taxis/{id}"), wish).await;
            }
            12 => {
                let [lon, lat] = point(dice);
                let hail = json!({
                    "taxi_id": id, "customer_id": "ada", "customer_phone_number": "0611223344",
                    "customer_lon": lon, "customer_lat": lat, "customer_address": "Paris",
                });
                self.call("app", Method::POST, "/hails", hail).await;
            }
            13 => {
                let now = self.world.clock.now();
                let disabled_at = dice.random_bool(0.3).then_some(now);
                self.world.change_account(operator, |it| it.disabled_at = disabled_at).await;
            }
            _ => self.world.pass(Duration::from_secs(dice.random_range(0..100))).await,
        }
    }
}

/// A point around the towns and the airport.
fn point(dice: &mut StdRng) -> [f64; 2] {
    [dice.random_range(2.346..2.356), dice.random_range(48.859..48.861)]
}

#[tokio::test]
async fn a_taxi_is_visible_exactly_where_a_search_shows_it() {
    let (seed, rounds) = (chosen("SEED").unwrap_or(1), chosen("ROUNDS").unwrap_or(ROUNDS));
    let mut dice = StdRng::seed_from_u64(seed);
    let place = Place::new().await;
    let (mut visible, mut hiding) = (0, BTreeSet::new());
    for round in 0..rounds {
        println!("SEED={seed}: round {round}");
        for _ in 0..2 {
            place.change(&mut dice).await;
        }
        let [lon, lat] = point(&mut dice);
        let query = format!("lon={lon}&lat={lat}");
        for (searching, explained_to) in [("app", "admin"), ("alpha", "alpha"), ("beta", "beta")] {
            let shown = place.search(searching, &query).await;
            for id in &place.ids {
                let descriptions = place.explain(explained_to, id, &query).await;
                let is_visible = descriptions.iter().any(|one| one["visible"] == json!(true));
                assert_eq!(
                    is_visible,
                    shown.contains(id),
                    "{explained_to}, {id}: {descriptions:#?}"
                );
                visible += usize::from(is_visible);
                for one in &descriptions {
                    let conditions = one["conditions"].as_array().unwrap();
                    let unmet =
                        conditions.iter().filter(|condition| condition["holds"] == json!(false));
                    let unmet: Vec<_> =
                        unmet.map(|it| it["condition"].as_str().unwrap().to_owned()).collect();
                    assert_eq!(one["visible"], json!(unmet.is_empty()));
                    hiding.extend(unmet);
                }
            }
        }
    }
    assert!(visible > 50, "taxis were visible {visible} times only");
    assert_eq!(hiding.len(), 11, "each condition hides a taxi at times: {hiding:?}");
}

/// The answers about a taxi whose conditions all hold at one of these queries and fail at another.
async fn answers(language: &str) -> Vec<Answer> {
    let place = Place::new().await;
    let (world, taxi) = (&place.world, &place.ids[3]);
    let mut answers = Vec::new();
    let explain = async |query: &str| {
        let headers = vec![("accept-language", language.to_owned())];
        let (key, path) = (Some(key_of("admin")), format!("/v1/taxis/{taxi}/visibility?{query}"));
        world.answer(&Call { key, path, headers, ..Call::default() }).await
    };
    // Without a position; then with one, near, excluded, in no town, exchanged, in the zone, out of it, and busy.
    answers.push(explain("lon=2.3525&lat=48.86").await);
    world.report("alpha", taxi, [2.3525, 48.8601]).await;
    let wish = json!({"radius": 300});
    place.call("alpha", Method::PUT, &format!("/taxis/{taxi}"), wish).await;
    for at in ["2.3525&lat=48.86", "2.3533&lat=48.86", "2.5&lat=48.86", "48.86&lat=2.3525"] {
        answers.push(explain(&format!("lon={at}")).await);
    }
    answers.push(explain("lon=2.351&lat=48.86").await);
    world.hail("app", taxi, [2.3525, 48.86]).await;
    answers.push(explain("").await);
    world.move_clock(Duration::from_secs(143));
    let disabled_at = Some(world.clock.now());
    world.change_account("alpha", |it| it.disabled_at = disabled_at).await;
    answers.push(explain("").await);
    answers
}

#[tokio::test]
async fn every_sentence_is_said_in_the_language_that_is_preferred() {
    let sentences = |answer: &Answer| -> Vec<String> {
        let conditions = answer.json()["data"][0]["conditions"].clone();
        let conditions = conditions.as_array().unwrap_or_else(|| panic!("{answer:?}")).clone();
        conditions.iter().map(|one| one["sentence"].as_str().unwrap().to_owned()).collect()
    };
    let (english, french) = (answers("en, fr;q=0.5").await, answers("fr-FR, en;q=0.5").await);
    let mut said = BTreeSet::new();
    for (english, french) in english.iter().zip(&french) {
        for (answer, language) in [(english, "en"), (french, "fr")] {
            assert_eq!(answer.headers["content-language"], language);
        }
        for (english, french) in sentences(english).into_iter().zip(sentences(french)) {
            assert_ne!(english, french);
            said.extend([english, french]);
        }
    }
    for sentence in [
        "No position within a day.",
        "Position of unknown age.",
        "Position 143 s old, limit 120 s.",
        "Position vieille de 143 s, limite 120 s.",
        "In an open hail since 12:00 UTC.",
        "Course en cours depuis 12:00 UTC.",
        "The account is disabled since 2024-02-29 12:02:23 UTC.",
        "Customer in the exclusion zone Airport.",
        "Licence of 92012 Boulogne, customer in 93066 Saint-Denis: no shared zone.",
        "ADS de 92012 Boulogne, client dans 93066 Saint-Denis : pas de ZUPC commune.",
        "Licence of 92012 Boulogne, customer in no town.",
        "Customer in no town; in 92012 Boulogne if longitude and latitude are exchanged.",
        "11.2 m from the customer, limit 300 m (radius chosen by the driver).",
    ] {
        assert!(said.contains(sentence), "{sentence}\nis not among\n{said:#?}");
    }
}

#[tokio::test]
async fn generated_sample_of_an_explanation_is_up_to_date() {
    let answers = answers("en").await;
    let sample = serde_json::to_string_pretty(&answers[6].json()).unwrap();
    check("docs/samples/visibility.json", &format!("{sample}\n"));
}
