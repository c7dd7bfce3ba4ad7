//! Heat maps: cells of any count for admins, of ten and more for everyone.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use h3o::{CellIndex, Resolution};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use registry::{AccountId, Role};
use serde_json::{Value, json};
use storage::figures::SearchRecord;
use territory::Point;

use crate::world::{Answer, Call, Engine, NewTaxi, World, key_of};

/// A search by `app` at a place.
fn search(world: &World, [lon, lat]: [f64; 2]) -> SearchRecord {
    SearchRecord {
        at: world.app.now(),
        account: AccountId(3),
        point: Point::new(lon, lat).unwrap(),
        town: "75056".parse().unwrap(),
        found: 1,
        seen: 1,
        nearest_m: Some(10.0),
    }
}

/// A cell of Paris with 10 searches, one with 9, and a hail; all in February 2024. It is March.
async fn searched(engine: Engine) -> World {
    let mut world = World::new(engine).await;
    for (name, role) in [("admin", Role::Admin), ("op", Role::Operator), ("app", Role::Client)] {
        world.account(name, &[role]).await;
    }
    world.land(|land| land.town("75056", "Paris", [2.2, 48.8, 2.5, 48.9])).await;
    let new = NewTaxi { name: "T1", town: None, plate: None, free: true, at: Some([2.35, 48.86]) };
    let taxi = world.taxi("op", &new).await;
    world.hail("app", &taxi, [2.35, 48.86]).await;
    let search = |lon: f64| search(&world, [lon, 48.86]);
    let searches = [vec![search(2.35); 10], vec![search(2.45); 9]].concat();
    world.store.record_searches(&searches, &[], &[]).await.unwrap();
    world.move_clock(TimeDelta::days(2).to_std().unwrap());
    world
}

async fn heat(world: &World, key: Option<&str>, query: &str) -> Answer {
    let (key, path) = (key.map(key_of), format!("/v1/heatmap?{query}"));
    world.call(&Call { key, path, ..Call::default() }).await
}

async fn cells(world: &World, key: Option<&str>, query: &str) -> Value {
    let answer = heat(world, key, query).await;
    assert_eq!(answer.status, 200, "{query}: {answer:?}");
    answer.json()["data"][0]["cells"].clone()
}

async fn counts_by_cell(engine: Engine) {
    let world = searched(engine).await;
    let [ten, nine] = ["881fb4662dfffff", "881fb46693fffff"];
    let all = cells(&world, Some("admin"), "of=searches&resolution=8").await;
    assert_eq!(all.as_array().unwrap().len(), 2, "{all}");
    assert_eq!(all[0], json!([ten, 10]));
    assert_eq!(all[1][1], 9, "{nine}");
    let public = json!([[ten, 10]]);
    assert_eq!(cells(&world, None, "of=searches&resolution=8").await, public);
    // Any other key is the public's.
    assert_eq!(cells(&world, Some("app"), "of=searches&resolution=8").await, public);
    assert_eq!(cells(&world, None, "of=hails&resolution=8").await, json!([]));
    assert_eq!(cells(&world, Some("admin"), "of=hails&resolution=8").await, json!([[ten, 1]]));
    // One larger cell holds both.
    let wide = cells(&world, Some("admin"), "of=searches&resolution=5").await;
    assert_eq!(wide[0][1], 19, "{wide}");
    let east = "of=searches&resolution=8&bbox=2.4,48.8,2.5,48.9";
    assert_eq!(cells(&world, Some("admin"), east).await, json!([all[1]]));
    let day = "of=searches&resolution=8&since=2024-02-28&until=2024-02-29";
    assert_eq!(cells(&world, Some("admin"), day).await, json!([]));
}

#[tokio::test]
async fn counts_by_cell_on_sqlite() {
    counts_by_cell(Engine::Sqlite).await;
}

#[tokio::test]
async fn counts_by_cell_on_postgres() {
    counts_by_cell(Engine::Postgres).await;
}

#[tokio::test]
async fn the_public_heat_map_is_of_a_whole_month_that_is_over() {
    let world = searched(Engine::Sqlite).await;
    let month = "of=searches&resolution=8&since=2024-02-01";
    assert_eq!(heat(&world, None, month).await.status, 200);
    for span in ["since=2024-02-02", "since=2024-02-01&until=2024-02-29", "since=2024-03-01"] {
        let query = format!("of=searches&resolution=8&{span}");
        let answer = heat(&world, None, &query).await;
        assert_eq!(answer.status, 400, "{query}");
        assert!(answer.body.contains("one whole month"), "{answer:?}");
        assert_eq!(heat(&world, Some("admin"), &query).await.status, 200, "{query}");
    }
    for query in [
        "of=taxis&resolution=8",
        "of=hails&resolution=4",
        "of=hails&resolution=10",
        "of=hails&resolution=8&bbox=2,48",
        "of=hails&resolution=8&bbox=3,48,2,49",
        "of=hails&resolution=8&since=2023-01-01&until=2024-01-01",
        "of=hails&resolution=8&since=2024-02-01&until=2024-02-01",
    ] {
        assert_eq!(heat(&world, Some("admin"), query).await.status, 400, "{query}");
    }
}

/// Public counts by cell; empty if there is no public map of this resolution.
async fn public_counts(world: &World, resolution: u8) -> BTreeMap<CellIndex, u64> {
    let query = format!("of=searches&resolution={resolution}&since=2024-02-01");
    let answer = heat(world, None, &query).await;
    if answer.status == 400 {
        return BTreeMap::new();
    }
    let document = answer.json();
    let cells = document["data"][0]["cells"].as_array().unwrap();
    let count = |cell: &Value| (cell[0].as_str()?.parse().ok()).zip(cell[1].as_u64());
    cells.iter().map(|cell| count(cell).unwrap()).collect()
}

#[tokio::test]
async fn no_difference_of_public_counts_tells_of_fewer_than_ten() {
    for seed in 0..4 {
        let mut dice = StdRng::seed_from_u64(seed);
        let mut world = World::new(Engine::Sqlite).await;
        for name in ["admin", "op", "app"] {
            world.account(name, &[Role::Client]).await;
        }
        world.land(|land| land.town("75056", "Paris", [2.2, 48.8, 2.5, 48.9])).await;
        let mut searches = Vec::new();
        for _ in 0..60 {
            let at = [dice.random_range(2.2..2.5), dice.random_range(48.8..48.9)];
            searches.extend(vec![search(&world, at); dice.random_range(1..20)]);
        }
        world.store.record_searches(&searches, &[], &[]).await.unwrap();
        world.move_clock(TimeDelta::days(2).to_std().unwrap());
        let mut maps = Vec::new();
        for resolution in 5..=9 {
            let counts = public_counts(&world, resolution).await;
            maps.push((Resolution::try_from(resolution).unwrap(), counts));
        }
        assert!(maps.iter().any(|(_, counts)| !counts.is_empty()), "seed {seed}: nothing is shown");
        for (place, (coarse, wide)) in maps.iter().enumerate() {
            for (_, narrow) in &maps[place + 1..] {
                let mut hidden = wide.clone();
                for (cell, count) in narrow {
                    let parent = cell.parent(*coarse).unwrap();
                    hidden.entry(parent).and_modify(|left| *left = left.saturating_sub(*count));
                }
                let told = hidden.iter().find(|(_, left)| (1..10).contains(*left));
                assert_eq!(told, None, "seed {seed}, resolution {coarse}");
            }
        }
    }
}
