//! Comparison of towns' lists of licences with the registered ones.

use axum::http::Method;
use registry::Role;
use serde_json::{Value, json};
use storage::territory_rows::TerritoryImport;
use territory::InseeCode;

use crate::world::{Call, Engine, NewTaxi, World, key_of};

/// Imports lists of licences.
async fn import(world: &World, lists: Vec<(InseeCode, Vec<String>)>) {
    let app = world.command().await;
    let (licence_lists, at) = (Some(lists), app.now());
    let import = TerritoryImport { licence_lists, at, ..TerritoryImport::default() };
    app.import_territory(import, &|_| {}).await.unwrap();
}

#[tokio::test]
async fn a_towns_list_is_compared_with_what_operators_registered() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let mut world = World::new(engine).await;
        for (name, role) in
            [("admin", Role::Admin), ("op", Role::Operator), ("other", Role::Operator)]
        {
            world.account(name, &[role]).await;
        }
        world.land(|land| land.town("75056", "Paris", [2.2, 48.8, 2.5, 48.9])).await;
        let at = Some([2.35, 48.86]);
        // Their licences are `ads-T1` and `ads-T2`; the second is registered by both.
        for (operator, name) in [("op", "T1"), ("op", "T2"), ("other", "T2")] {
            let plate = format!("{}-{name}-75", &operator[..2]);
            let plate = Some(plate.as_str());
            world.taxi(operator, &NewTaxi { name, town: None, plate, free: true, at }).await;
        }
        let lists = [("75056".parse().unwrap(), vec!["ADS T2".to_owned(), "0042".to_owned()])];
        import(&world, lists.to_vec()).await;

        let get = async |path: &str| -> Value {
            let key = Some(key_of("admin"));
            let call = Call { key, method: Method::GET, path: path.to_owned(), ..Call::default() };
            let answer = world.call(&call).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            answer.json()["data"].clone()
        };
        let mut expected = json!([{
            "insee": "75056", "listed_at": "2024-02-29T12:00:00", "listed": 2, "registered": 2, "connected": 1,
            "connected_percent": 50.0, "not_registered_count": 1, "not_listed_count": 1,
            "not_registered": [], "not_listed": [],
        }]);
        assert_eq!(get("/v1/licence-lists").await, expected);
        expected[0]["not_registered"] = json!(["0042"]);
        expected[0]["not_listed"] = json!(["ads-T1"]);
        assert_eq!(get("/v1/licence-lists?insee=75056").await, expected);
        world.move_clock(std::time::Duration::from_hours(25));
        assert_eq!(get("/v1/licence-lists").await[0]["connected"], 0);
        assert_eq!(get("/v1/licence-lists?insee=06088").await, json!([]));
        world.close().await;
    }
}

/// The shares of Lyon that everyone sees: those of the last month, and the licences of which they are.
async fn lyon(world: &World) -> (Value, Value) {
    let get = async |path: &str| {
        let call = Call { path: path.to_owned(), ..Call::default() };
        world.call(&call).await.json()
    };
    let figures = get("/stats/letaxi").await;
    let shares = figures["taxis_connected"].as_array().unwrap();
    let last = shares.last().map_or(Value::Null, |share| share[1]["lyon"].clone());
    let published = get("/v1/open-data/public-figures.json").await;
    let months = published["part_ads_enregistrees"].as_array().unwrap();
    let published_last = months.last().map_or(Value::Null, |it| it["pourcentages"]["lyon"].clone());
    assert_eq!(published_last, last, "both say the same");
    (last, published["metropoles"][0].clone())
}

#[tokio::test]
async fn a_large_town_with_a_list_is_compared_with_it_and_else_with_the_national_register() {
    let mut world = World::new(Engine::Sqlite).await;
    world.account("op", &[Role::Operator]).await;
    world.account("other", &[Role::Operator]).await;
    world
        .land(|land| {
            land.town("69123", "Lyon", [4.8, 45.7, 4.9, 45.8]);
            land.town("69266", "Villeurbanne", [4.9, 45.7, 5.0, 45.8]);
            land.town("69029", "Bron", [5.0, 45.7, 5.1, 45.8]);
            land.zone("Lyon", &["69123", "69266", "69029"]);
        })
        .await;
    // One licence of Lyon that two operators registered, one that its list will lack, one of each neighbour.
    for (operator, name, town) in [
        ("op", "T1", "69123"),
        ("other", "T1", "69123"),
        ("op", "T2", "69123"),
        ("op", "T3", "69266"),
        ("op", "T4", "69029"),
    ] {
        let plate = format!("{}-{name}-69", &operator[..2]);
        let (town, plate) = (Some(town), Some(plate.as_str()));
        world.taxi(operator, &NewTaxi { name, town, plate, free: true, at: None }).await;
    }
    world.move_clock(std::time::Duration::from_hours(24));
    let national = json!({
        "nom": "lyon", "insee": "69123", "ads": 1417, "source_ads": "Mes ADS", "communes_ads": [],
    });
    // Five taxis of 1,417 licences.
    assert_eq!(lyon(&world).await, (json!(0.35), national.clone()));

    let list = async |world: &World, town: &str, numbers: &[&str]| {
        let numbers = numbers.iter().map(ToString::to_string).collect();
        let lists = [(town.parse().unwrap(), numbers)];
        import(world, lists.to_vec()).await;
        world.move_clock(std::time::Duration::from_mins(1));
    };
    // A neighbour's list says too little of Lyon.
    list(&world, "69266", &["ads T3", "1", "2"]).await;
    assert_eq!(lyon(&world).await, (json!(0.35), national));

    // Listed licences that are registered: T1 once, and T3; not T2, nor Bron, which has no list.
    list(&world, "69123", &["ADS T1", "3", "4", "5", "6"]).await;
    let listed = json!({
        "nom": "lyon", "insee": "69123", "ads": 8, "source_ads": "listes des communes",
        "communes_ads": ["69123", "69266"],
    });
    assert_eq!(lyon(&world).await, (json!(25.0), listed));
}
