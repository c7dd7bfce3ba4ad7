//! Open data: for everyone, by the rules of their schemas, and only sent again if they changed.

use std::collections::BTreeSet;

use regex_lite::Regex;
use registry::Role;
use serde_json::{Value, json};

use crate::world::{Answer, Call, Engine, NewRank, NewTaxi, Square, Stand, World};

async fn get(world: &World, path: &str) -> Answer {
    get_with(world, path, Vec::new()).await
}

async fn get_with(world: &World, path: &str, headers: Vec<(&'static str, String)>) -> Answer {
    world.call(&Call { path: path.to_owned(), headers, ..Call::default() }).await
}

const PARIS: Square = [2.2, 48.8, 2.5, 48.9];

/// The standard's own fields, patterns and needs: `stationstaxi` 0.1.2.
const FIELDS: [(&str, Option<&str>, bool); 8] = [
    ("id", Some(r"^([013-9]\d|2[AB1-9])\d{3}-T-\d{3}$"), true),
    ("nom", None, true),
    ("insee", Some(r"^([013-9]\d|2[AB1-9])\d{3}$"), true),
    ("geopoint", Some(r"^-?\d+(\.\d+)?, -?\d+(\.\d+)?$"), true),
    ("adresse", None, false),
    ("emplacements", Some(r"^\d+$"), false),
    ("no_appel", None, false),
    ("info", None, false),
];

fn fits(name: &str, value: &str) -> bool {
    let (_, pattern, required) = FIELDS.iter().find(|(field, ..)| *field == name).unwrap();
    if value.is_empty() {
        return !required;
    }
    pattern.is_none_or(|pattern| Regex::new(pattern).unwrap().is_match(value))
}

#[tokio::test]
async fn taxi_ranks_are_published_by_the_rules_of_their_schemas() {
    let mut world = World::new(Engine::Sqlite).await;
    world.land(|land| land.town("75056", "Paris", PARIS)).await;
    world
        .land(|land| {
            for (id, spaces) in
                [("75056-T-001", Some(6)), ("75056-T-002", None), ("75056-T-3", None)]
            {
                land.rank(&NewRank {
                    id: id.to_owned(),
                    name: "Gare; « Nord »".to_owned(),
                    stand: Stand::At([2.35, 48.88]),
                    spaces,
                    phone: spaces.map(|_| "0140000000".to_owned()),
                });
            }
        })
        .await;
    let csv = get(&world, "/v1/open-data/taxi-ranks.csv").await;
    assert_eq!(csv.content_type, "text/csv; charset=utf-8");
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(csv.body.as_bytes());
    let names: Vec<_> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(names, FIELDS.map(|(name, ..)| name));
    let mut ids = BTreeSet::new();
    for row in reader.records() {
        let row = row.unwrap();
        for (name, value) in names.iter().zip(&row) {
            assert!(fits(name, value), "{name}: {value}");
        }
        ids.insert(row[0].to_owned());
    }
    assert_eq!(ids.len(), 2, "each with an id that the schema allows");

    let collection = get(&world, "/v1/open-data/taxi-ranks.geojson").await.json();
    assert_eq!(collection["type"], "FeatureCollection");
    let features = collection["features"].as_array().unwrap();
    assert_eq!(features.len(), 2);
    for feature in features {
        assert_eq!(feature["type"], "Feature");
        assert_eq!(feature["geometry"], json!({"type": "Point", "coordinates": [2.35, 48.88]}));
        let properties = feature["properties"].as_object().unwrap();
        for (name, value) in properties {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            assert!(fits(name, &text), "{name}: {value}");
            assert_eq!(name == "emplacements", value.is_u64(), "{name}: {value}");
        }
        for required in ["id", "nom", "insee"] {
            assert!(properties.contains_key(required), "{required}");
        }
    }
}

#[tokio::test]
async fn a_reader_gets_a_file_again_only_if_it_changed() {
    let mut world = World::new(Engine::Sqlite).await;
    world.land(|land| land.town("75056", "Paris", PARIS)).await;
    let path = "/v1/open-data/towns.geojson";
    let first = get(&world, path).await;
    assert_eq!(first.headers["cache-control"], "public, max-age=3600");
    let tag = first.headers["etag"].to_str().unwrap().to_owned();
    for known in [tag.clone(), format!("\"x\", {tag}"), "*".to_owned(), tag.replace("W/", "")] {
        let again = get_with(&world, path, vec![("if-none-match", known.clone())]).await;
        assert_eq!((again.status.as_u16(), again.body.len()), (304, 0), "{known}");
        assert_eq!(again.headers["etag"], tag);
    }
    world.land(|land| land.town("93066", "Saint-Denis", [2.2, 48.9, 2.5, 49.0])).await;
    let changed = get_with(&world, path, vec![("if-none-match", tag)]).await;
    assert_eq!(changed.status, 200);
    let changed = changed.json();
    assert_eq!(changed["features"][1]["properties"]["nom"], "Saint-Denis");
    assert_eq!(changed["import"], first.json()["import"].as_i64().unwrap() + 1);
}

#[tokio::test]
async fn zones_are_published_with_their_land_and_towns() {
    let mut world = World::new(Engine::Sqlite).await;
    world
        .land(|land| {
            land.town("75056", "Paris", PARIS);
            land.town("93066", "Saint-Denis", [2.2, 48.9, 2.5, 49.0]);
            land.zone("Capital", &["75056", "93066"]);
        })
        .await;
    let path = "/v1/open-data/zones.geojson";
    let zones = get(&world, path).await.json();
    assert_eq!(zones["features"][0]["properties"]["in_force_since"], Value::Null);
    assert_eq!(zones["features"][0]["properties"]["in_force_until"], Value::Null);
    world.land(|land| land.in_force("2021-03-01", Some("2030-12-31"))).await;
    let zones = get(&world, path).await.json();
    let zone = &zones["features"][0];
    assert_eq!(zone["properties"]["in_force_since"], "2021-03-01");
    assert_eq!(zone["properties"]["in_force_until"], "2030-12-31");
    assert_eq!(zone["properties"]["insee"], json!(["75056", "93066"]));
    assert_eq!(zone["geometry"]["type"], "Polygon");
    let towns = get(&world, "/v1/open-data/towns.geojson").await.json();
    assert_eq!(towns["features"][1]["properties"]["zupc"], json!([zone["id"]]));
}

#[tokio::test]
async fn few_free_taxis_are_hidden_and_none_too() {
    let mut world = World::new(Engine::Sqlite).await;
    world.account("op", &[Role::Operator]).await;
    world
        .land(|land| {
            land.town("75056", "Paris", PARIS);
            land.town("93066", "Saint-Denis", [2.2, 48.9, 2.5, 49.0]);
        })
        .await;
    let taxi = async |world: &World, n: usize, town| {
        let name = format!("T{n}");
        let at = Some([2.35, 48.86]);
        let new = NewTaxi { name: &name, town: Some(town), plate: None, free: true, at };
        world.taxi("op", &new).await;
    };
    for n in 0..9 {
        taxi(&world, n, "75056").await;
        taxi(&world, n + 100, "93066").await;
    }
    let towns = async |world: &World| {
        let free = get(world, "/v1/open-data/free-taxis.json").await;
        assert_eq!(free.headers["cache-control"], "public, max-age=60");
        free.json()["communes"].clone()
    };
    assert_eq!(towns(&world).await, json!([]));
    taxi(&world, 9, "75056").await;
    // The counts are those of the minute.
    assert_eq!(towns(&world).await, json!([]));
    world.move_clock(std::time::Duration::from_mins(1));
    assert_eq!(towns(&world).await, json!([{"insee": "75056", "taxis_libres": 10}]));
    world.move_clock(std::time::Duration::from_mins(3));
    assert_eq!(towns(&world).await, json!([]), "not heard of for two minutes");
}

/// Texts under a name, anywhere in a document.
fn ids(value: &Value, name: &str) -> Vec<String> {
    match value {
        Value::Object(fields) => {
            let here = fields.get(name).and_then(|field| field["@id"].as_str()).map(str::to_owned);
            here.into_iter().chain(fields.values().flat_map(|value| ids(value, name))).collect()
        }
        Value::Array(values) => values.iter().flat_map(|value| ids(value, name)).collect(),
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn each_file_of_the_catalogue_can_be_fetched_by_everyone() {
    let mut world = World::new(Engine::Sqlite).await;
    world.land(|land| land.town("75056", "Paris", PARIS)).await;
    let answer = get(&world, "/v1/open-data").await;
    assert_eq!(answer.content_type, "application/ld+json");
    assert!(answer.headers.contains_key("etag"));
    let catalogue = answer.json();
    assert_eq!(catalogue["@type"], "dcat:Catalog");
    let datasets = catalogue["dcat:dataset"].as_array().unwrap();
    for dataset in datasets {
        // The mandatory and recommended properties of DCAT-AP that portals show.
        for needed in [
            "dct:title",
            "dct:description",
            "dct:publisher",
            "dct:spatial",
            "dct:accrualPeriodicity",
        ] {
            assert!(!dataset[needed].is_null(), "{needed}: {dataset}");
        }
        for needed in ["dcat:accessURL", "dct:license", "dcat:mediaType"] {
            assert!(!dataset["dcat:distribution"][0][needed].is_null(), "{needed}: {dataset}");
        }
    }
    let files = ids(&catalogue, "dcat:downloadURL");
    assert_eq!(files.len(), datasets.len());
    for file in files {
        let answer = get(&world, &file).await;
        assert_eq!(answer.status, 200, "{file}");
        assert!(!answer.body.is_empty(), "{file}");
    }
}
