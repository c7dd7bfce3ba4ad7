//! Searches of the last weeks over the API, and `GET /stats/searches` from one after the other.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use rand::RngExt;
use registry::Time;
use serde_json::{Value, json};

use super::hail_figures::day;
use super::history::{APPS, History, Taxi, place_in, time};
use super::part::{Filter, NOWHERE, TOWNS, in_force, may_take, metres};
use crate::world::{Call, key_of};

/// Searches of a round.
const SEARCHES: usize = 350;
/// The rounds: the first month of figures begins with the second. It is the last one's time at the end.
const ROUNDS: [&str; 6] = [
    "2024-02-28T23:58:30Z",
    "2024-02-29T00:01:00Z",
    "2024-03-05T12:00:00Z",
    "2024-03-17T07:30:00Z",
    "2024-03-30T23:59:59Z",
    "2024-03-31T09:30:00Z",
];

/// A search in a known town.
pub(super) struct Search {
    at: Time,
    who: &'static str,
    town: &'static str,
    point: [f64; 2],
    found: usize,
    seen: usize,
    nearest_m: Option<f64>,
}

impl History {
    /// Rounds of searches. Some taxis fell silent before.
    pub(super) async fn search_for_weeks(&mut self) {
        for round in ROUNDS {
            let at = time(round);
            self.go_to(at - TimeDelta::seconds(121)).await;
            let late: Vec<_> = (0..self.taxis.len()).filter(|taxi| taxi % 7 == 3).collect();
            self.report(&late).await;
            self.go_to(at - TimeDelta::seconds(120)).await;
            let taxis: Vec<_> =
                (0..self.taxis.len()).filter(|taxi| ![0, 3].contains(&(taxi % 7))).collect();
            self.report(&taxis).await;
            self.go_to(at).await;
            for _ in 0..SEARCHES {
                self.search().await;
            }
        }
        // All that drive are connected at the end.
        let taxis: Vec<_> = (0..self.taxis.len()).filter(|taxi| taxi % 7 != 0).collect();
        self.report(&taxis).await;
    }

    async fn search(&mut self) {
        let dice = &mut self.dice;
        let apps = APPS.len();
        // The later the app in the list, the rarer it searches.
        let who = match dice.random_range(0..apps + 4) {
            place if place < apps => APPS[dice.random_range(0..=place)],
            place if place < apps + 2 => "both",
            _ => "op-c",
        };
        let code = TOWNS[dice.random_range(0..TOWNS.len())].code;
        let is_nowhere = dice.random_bool(0.03);
        let point @ [lon, lat] = if is_nowhere { NOWHERE } else { place_in(dice, code) };
        let path = format!("/taxis?lon={lon}&lat={lat}");
        let call = Call { key: Some(key_of(who)), path, ..Call::default() };
        assert!(self.world.answer(&call).await.status.is_success());
        if is_nowhere {
            return;
        }
        let around = self.around(who, code, point);
        self.searches.push(Search {
            at: self.world.clock.now(),
            who,
            town: in_force(code),
            point,
            found: around.len(),
            seen: around.iter().filter(|(_, metres, reach_m)| metres <= reach_m).count(),
            nearest_m: around.iter().map(|(_, metres, _)| *metres).min_by(f64::total_cmp),
        });
    }

    /// Taxis within a kilometre that could be hailed, with their distances and reaches in metres. An operator that is
    /// no app sees its own.
    fn around(&self, who: &str, code: &str, point: [f64; 2]) -> Vec<(&Taxi, f64, f64)> {
        let now = self.world.clock.now();
        let mut around = Vec::new();
        for taxi in &self.taxis {
            let Some((place, reported)) = taxi.fix else { continue };
            let is_shown_to = who != "op-c" || taxi.operator == who;
            let is_live = now - reported <= TimeDelta::seconds(120);
            let distance_m = metres(place, point);
            if is_shown_to
                && is_live
                && taxi.is_free
                && may_take(taxi.town, code)
                && distance_m <= 1_000.0
            {
                let radius_m = self.radii[&(taxi.plate.clone(), taxi.operator)];
                around.push((taxi, distance_m, radius_m.unwrap_or(500) as f64));
            }
        }
        around
    }
}

/// The value at a quarter, a half and three quarters, in proportion between two neighbours.
fn quarters(mut values: Vec<f64>) -> [Option<f64>; 3] {
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarters| {
        let (below, rest) =
            (quarters * values.len().checked_sub(1)? / 4, quarters * (values.len() - 1) % 4);
        let above = values.get(below + 1).unwrap_or(&values[below]);
        Some(values[below] + (above - values[below]) * rest as f64 / 4.0)
    })
}

/// The expected answer.
pub(super) fn of_searches(history: &History, filter: &Filter) -> Value {
    let is_meant = |search: &&Search| {
        search.at.date_naive() >= day("2024-02-29")
            && filter.holds_town(Some(search.town))
            && !filter.names_operators()
    };
    let searches: Vec<_> = history.searches.iter().filter(is_meant).collect();
    let [found, seen] = [|search: &&Search| search.found, |search: &&Search| search.seen]
        .map(|of| quarters(searches.iter().map(|search| of(search) as f64).collect()));
    // Distances are kept in decimetres.
    let decimetres = |metres: f64| (metres * 10.0).round() / 10.0;
    let nearest = searches.iter().filter_map(|search| search.nearest_m.map(decimetres));
    let nearest = quarters(nearest.collect());
    let mut apps: BTreeMap<_, (i64, &str)> = BTreeMap::new();
    for search in &searches {
        apps.entry(history.account(search.who).0).or_insert((0, search.who)).0 += 1;
    }
    let mut apps: Vec<_> = apps.into_values().collect();
    apps.sort_by_key(|(count, _)| -count);
    apps.truncate(10);
    let app = |(count, name): (i64, &str)| json!({"moteur": format!("{name}@example.org"), "count": count});
    json!({"data": [{
        "taxis": {
            "taxis_found_25": found[0], "taxis_found_50": found[1], "taxis_found_75": found[2],
            "taxis_seen_25": seen[0], "taxis_seen_50": seen[1], "taxis_seen_75": seen[2],
            "closest_taxi_25": nearest[0], "closest_taxi_50": nearest[1], "closest_taxi_75": nearest[2],
        },
        "moteurs": apps.into_iter().map(app).collect::<Vec<_>>(),
    }]})
}

/// Places of the newest searches.
pub(super) fn newest_searches(history: &History) -> Vec<[f64; 2]> {
    history.searches.iter().rev().take(2_000).map(|search| search.point).collect()
}
