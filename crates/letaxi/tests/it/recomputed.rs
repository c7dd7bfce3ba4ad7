//! The figures of the contract on a generated history, compared with a plain recomputation.
//!
//! The registry adds up what happens in sums and bars, for parts of everything. Here the same figures are computed from
//! the generated rows, by loops over all of them, for each part that is asked for. Nothing of `app::figures` is used.

use axum::http::Method;
use serde_json::{Value, json};

use crate::world::{Call, Engine, key_of};

mod hail_figures;
mod history;
mod lives;
mod part;
mod searches;
mod taxi_figures;

use history::History;
use part::Filter;

/// A list of an input, and the filter that it means.
fn filters(history: &History) -> Vec<(String, Filter)> {
    let id = |name: &str| history.account(name).0;
    let none = Filter::default;
    let of = |departements: &[&'static str], towns: &[&'static str]| Filter {
        departements: departements.to_vec(),
        towns: towns.to_vec(),
        ..none()
    };
    let by =
        |groups: &[&'static str], manager| Filter { groups: groups.to_vec(), manager, ..none() };
    let both = |places: Filter, operators: Filter| Filter {
        groups: operators.groups,
        manager: operators.manager,
        ..places
    };
    let (a, b, c, client) = (id("op-a"), id("op-b"), id("op-c"), id("both"));
    let (boss, chief) = (id("boss"), id("chief"));
    vec![
        (String::new(), none()),
        ("departements=75".to_owned(), of(&["75"], &[])),
        ("departements=971,2A,69".to_owned(), of(&["971", "2A", "69"], &[])),
        // A number of three digits overseas, of which two mean all of them.
        ("departements=97".to_owned(), of(&["97"], &[])),
        ("departements=97,974".to_owned(), of(&["97"], &[])),
        ("departements=75,".to_owned(), of(&["75"], &[])),
        ("departements=7".to_owned(), of(&["7"], &[])),
        ("insee=69266".to_owned(), of(&[], &["69266"])),
        ("insee=69029".to_owned(), of(&[], &["69266"])),
        ("insee=75056,97105,97411".to_owned(), of(&[], &["75056", "97105", "97411"])),
        ("departements=97&insee=75056,97105".to_owned(), of(&["97"], &["75056", "97105"])),
        ("departements=75&insee=69123".to_owned(), of(&["75"], &["69123"])),
        ("departements=13".to_owned(), of(&["13"], &[])),
        (format!("groups={a},{client}"), by(&["op-a", "both"], None)),
        (format!("manager={boss}"), by(&[], Some("boss"))),
        (format!("manager={boss}&groups={b},{c}"), by(&["op-b", "op-c"], Some("boss"))),
        (format!("manager={chief}&groups={a}"), by(&["op-a"], Some("chief"))),
        (
            format!("departements=69,93&groups={b},{client}"),
            both(of(&["69", "93"], &[]), by(&["op-b", "both"], None)),
        ),
        (
            format!("insee=69029,38185&manager={boss}"),
            both(of(&[], &["69266", "38185"]), by(&[], Some("boss"))),
        ),
        (
            format!("departements=97&groups={a},{b},{c}"),
            both(of(&["97"], &[]), by(&["op-a", "op-b", "op-c"], None)),
        ),
    ]
}

async fn answer(history: &History, path: &str, query: &str) -> Value {
    let (key, path) = (Some(key_of("admin")), format!("/stats/{path}?{query}"));
    let call = Call { key, method: Method::GET, path, ..Call::default() };
    let answer = history.world.answer(&call).await;
    assert_eq!(answer.status, 200, "{call:?} is answered by {answer:?}");
    answer.json()
}

/// Notes what differs, apart from the last digits of fractions.
fn compare(place: &str, expected: &Value, answered: &Value, differences: &mut Vec<String>) {
    match (expected, answered) {
        (Value::Object(one), Value::Object(other)) if one.keys().eq(other.keys()) => {
            for (key, value) in one {
                compare(&format!("{place}.{key}"), value, &other[key], differences);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                compare(&format!("{place}[{index}]"), one, other, differences);
            }
        }
        (Value::Number(one), Value::Number(other)) => {
            let (one, other) = (one.as_f64().unwrap(), other.as_f64().unwrap());
            if (one - other).abs() > 1e-9 * one.abs().max(1.0) {
                differences.push(format!("{place}: {one} is right, and {other} was answered"));
            }
        }
        _ if expected == answered => {}
        _ => differences.push(format!("{place}: {expected} is right, and {answered} was answered")),
    }
}

/// An answer of these places, sorted; answers have the latitude first.
fn points(places: Vec<[f64; 2]>) -> Value {
    let points: Vec<_> = places.into_iter().map(|[lon, lat]| [lat, lon]).collect();
    sorted(json!({"data": [{"points": points}]}))
}

fn sorted(mut answer: Value) -> Value {
    answer["data"][0]["points"].as_array_mut().unwrap().sort_by_key(Value::to_string);
    answer
}

async fn figures_are_right(engine: Engine) {
    let history = History::generated(engine).await;
    hail_figures::assert_all_outcomes(&history);
    let differences = &mut Vec::new();
    for (query, filter) in filters(&history) {
        let map = answer(&history, "adsmap", &query).await;
        let map = taxi_figures::without_points(&history, map);
        for (path, expected, answered) in [
            ("hails", hail_figures::of_hails(&history, &filter), None),
            ("taxis", taxi_figures::of_taxis(&history, &filter), None),
            ("searches", searches::of_searches(&history, &filter), None),
            ("groupements", taxi_figures::of_groups(&history, &filter), None),
            ("adsmap", taxi_figures::of_departements(&history, &filter), Some(map)),
        ] {
            let answered = match answered {
                Some(answered) => answered,
                None => answer(&history, path, &query).await,
            };
            compare(&format!("{path}?{query}"), &expected, &answered, differences);
        }
    }
    compare(
        "letaxi",
        &taxi_figures::of_everyone(&history),
        &answer(&history, "letaxi", "").await,
        differences,
    );
    for (path, expected) in [
        ("heatmap_taxis", taxi_figures::free_taxis(&history)),
        ("heatmap_hails", hail_figures::newest_hails(&history)),
        ("heatmap_searches", searches::newest_searches(&history)),
    ] {
        let answered = answer(&history, path, "").await;
        compare(path, &points(expected), &sorted(answered), differences);
    }
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
    history.world.close().await;
}

#[tokio::test]
async fn figures_of_a_generated_history_are_right_on_sqlite() {
    figures_are_right(Engine::Sqlite).await;
}

#[tokio::test]
async fn figures_of_a_generated_history_are_right_on_postgres() {
    figures_are_right(Engine::Postgres).await;
}
