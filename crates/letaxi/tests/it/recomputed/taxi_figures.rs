//! `GET /stats/taxis`, `groupements`, `adsmap` and `letaxi`, from one taxi after the other.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Months, NaiveDate, TimeDelta};
use serde_json::{Map, Value, json};

use super::hail_figures::{day, ended, past};
use super::history::{GROUPS, History, PUBLISHERS, Taxi};
use super::lives::Hail;
use super::part::{Filter, ZONE, departement, in_force, manager_of, town};

const DEPARTEMENTS: [(&str, &str); 7] = [
    ("2A", "Corse-du-Sud"),
    ("38", "Isère"),
    ("69", "Rhône"),
    ("75", "Paris"),
    ("93", "Seine-Saint-Denis"),
    ("971", "Guadeloupe"),
    ("974", "La Réunion"),
];

/// Large towns by their words, with the towns whose taxis may serve them and the number of their licences.
const GREAT_TOWNS: [(&str, &[&str], f64); 2] =
    [("lyon", &ZONE, 1_417.0), ("grenoble", &["38185"], 213.0)];

fn taxis<'a>(history: &'a History, filter: &'a Filter) -> impl Iterator<Item = &'a Taxi> {
    history.taxis.iter().filter(|taxi| filter.holds(Some(taxi.town), taxi.operator))
}

/// The expected answer of `/stats/taxis`.
pub(super) fn of_taxis(history: &History, filter: &Filter) -> Value {
    let now = history.world.clock.now();
    let taxis: Vec<_> = taxis(history, filter).collect();
    let since = day("2022-01-01");
    let registered = |from: NaiveDate, end| {
        taxis.iter().filter(|taxi| (from..end).contains(&taxi.added_at.date_naive())).count()
    };
    let connected = |from: NaiveDate, end| {
        taxis.iter().filter(|taxi| (from..end).contains(&taxi.last_seen_at.date_naive())).count()
    };
    let is_live =
        |taxi: &&&Taxi| taxi.fix.is_some_and(|(_, at)| now - at <= TimeDelta::seconds(120));
    // Figures by the hour and of this moment are known by place only.
    let is_by_place = !filter.names_operators();
    let month = day("2024-02-29")..day("2024-03-31");
    let is_in_month = |hail: &&&Hail| month.contains(&hail.at().date_naive());
    let hails = ended(history, filter);
    let hails = hails.iter().filter(is_in_month).count();
    let radii: Vec<_> = taxis.iter().flat_map(|taxi| radii_of(history, taxi)).collect();
    let chosen: Vec<_> = radii.iter().flatten().map(|radius_m| *radius_m as f64).collect();
    let share = |part: f64, all: usize| (all > 0).then(|| part / all as f64);
    json!({"data": [{
        "registered_taxis": past(|end| registered(NaiveDate::MIN, end)),
        "registered_taxis_since_threshold": past(|end| registered(since, end)),
        "connected_taxis": past(|end| connected(NaiveDate::MIN, end)),
        "connected_taxis_since_threshold": past(|end| connected(since, end)),
        "connected_taxis_now": if is_by_place { taxis.iter().filter(is_live).count() } else { 0 },
        "monthly_hails_per_taxi": share(hails as f64, taxis.len()),
        "average_radius": share(chosen.iter().sum(), chosen.len()),
        "average_radius_change": share(100.0 * chosen.len() as f64, radii.len()),
        "connected_taxis_per_hour": if is_by_place { by_hour(history, filter) } else { json!({}) },
    }]})
}

/// The radii in all descriptions of a taxi's car.
fn radii_of(history: &History, taxi: &Taxi) -> Vec<Option<i64>> {
    let of_car = history.radii.iter().filter(|((plate, _), _)| *plate == taxi.plate);
    of_car.map(|(_, radius_m)| *radius_m).collect()
}

/// Mean of the connected taxis over all times that an hour of the day was counted. A part has the hours in which
/// any of its taxis was ever connected.
fn by_hour(history: &History, filter: &Filter) -> Value {
    let mut hours: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for hour in &history.hours {
        let of_part =
            hour.taxis.iter().filter(|taxi| filter.holds_town(Some(history.taxis[**taxi].town)));
        hours.entry(hour.of_day).or_default().push(of_part.count());
    }
    hours.retain(|_, counts| !filter.is_local() || counts.iter().sum::<usize>() > 0);
    let mean = |counts: Vec<usize>| counts.iter().sum::<usize>() as f64 / counts.len() as f64;
    let means = hours.into_iter().map(|(hour, counts)| (hour.to_string(), mean(counts).into()));
    Value::Object(means.collect())
}

/// The expected answer of `/stats/groupements`.
pub(super) fn of_groups(history: &History, filter: &Filter) -> Value {
    let mut fleets = Vec::new();
    for (name, size) in GROUPS {
        let own: Vec<_> = taxis(history, filter).filter(|taxi| taxi.operator == name).collect();
        if !filter.holds_operator(name) || (filter.is_local() && own.is_empty()) {
            continue;
        }
        let last = own.iter().map(|taxi| taxi.added_at).max();
        fleets.push(json!({
            "id": history.account(name).0,
            "email": format!("{name}@example.org"),
            "fleet_size": size,
            "count": own.len(),
            "ratio": size.map(|size| 100.0 * own.len() as f64 / f64::from(size)),
            "last_taxi": last.map(|at| at.format("%Y-%m-%dT%H:%M:%S").to_string()),
            "manager": manager_of(name).map(|manager| format!("{manager}@example.org")),
        }));
    }
    fleets.sort_by_key(|fleet| fleet["email"].as_str().unwrap().to_owned());
    json!({"data": [{"registered_groupements": 0, "fleet_data": fleets}]})
}

/// The expected answer of `/stats/adsmap`, without the points.
pub(super) fn of_departements(history: &History, filter: &Filter) -> Value {
    let mut counts = Vec::new();
    for (number, name) in DEPARTEMENTS {
        let count = taxis(history, filter).filter(|taxi| departement(taxi.town) == number).count();
        if count > 0 {
            counts.push(json!({"count": count, "insee": number, "name": name}));
        }
    }
    json!({ "data": counts })
}

/// Takes the points out of an answer of `/stats/adsmap`. Each must be in a town that licensed a taxi.
pub(super) fn without_points(history: &History, mut answer: Value) -> Value {
    for row in answer["data"].as_array_mut().unwrap() {
        let row = row.as_object_mut().unwrap();
        let point = row.remove("position").unwrap();
        assert_eq!(point["type"], "Point");
        let place = [0, 1].map(|axis| point["coordinates"][axis].as_f64().unwrap());
        let licensed: BTreeSet<_> = history.taxis.iter().map(|taxi| taxi.town).collect();
        let is_inside = |code: &&&str| {
            let middle = town(code).middle;
            departement(code) == row["insee"]
                && (0..2).all(|axis| (place[axis] - middle[axis]).abs() <= 0.05 + 1e-9)
        };
        assert!(licensed.iter().any(|code| is_inside(&code)), "{row:?}: {point}");
    }
    answer
}

/// The expected answer of `/stats/letaxi`.
pub(super) fn of_everyone(history: &History) -> Value {
    let mut months = Vec::new();
    for back in (0..=12).rev() {
        let month = day("2024-03-01") - Months::new(back);
        let mut towns = Map::new();
        for (word, members, licences) in GREAT_TOWNS {
            let is_counted = |taxi: &&Taxi| {
                members.contains(&in_force(taxi.town)) && taxi.added_at.date_naive() < month
            };
            let count = history.taxis.iter().filter(is_counted).count() as f64;
            let percent = (10_000.0 * count / licences).round() / 100.0;
            towns.extend((count > 0.0).then(|| (word.to_owned(), percent.into())));
        }
        months.push(json!([format!("{month}T00:00:00+00:00"), towns]));
    }
    let hails_of = |year| {
        let is_counted = |hail: &&&Hail| {
            let is_there = hail.town.is_some_and(|town| ZONE.contains(&in_force(town)));
            let day = hail.at().date_naive();
            is_there && (day.year(), day.month()) == (year, 2)
        };
        ended(history, &Filter::default()).iter().filter(is_counted).count() as f64
    };
    let (now, then) = (hails_of(2024), hails_of(2023));
    json!({
        "groups": GROUPS.len(),
        "apps": PUBLISHERS,
        "taxis_connected": months,
        "hails_growth": {"lyon": 100.0 * (now - then) / then},
    })
}

/// Positions of free connected taxis.
pub(super) fn free_taxis(history: &History) -> Vec<[f64; 2]> {
    let now = history.world.clock.now();
    let is_live = |at| now - at <= TimeDelta::seconds(120);
    let free = history.taxis.iter().filter(|taxi| taxi.is_free);
    let fixes = free.filter_map(|taxi| taxi.fix.filter(|(_, at)| is_live(*at)));
    fixes.map(|(place, _)| place).collect()
}
