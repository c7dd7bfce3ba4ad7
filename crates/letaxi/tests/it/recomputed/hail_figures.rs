//! `GET /stats/hails`, from one hail after the other.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use dispatch::hail::Status;
use serde_json::{Map, Value, json};

use super::history::History;
use super::lives::Hail;
use super::part::{Filter, metres};

/// Words of outcomes.
const OUTCOMES: [&str; 10] = [
    "failure",
    "declined_by_taxi",
    "incident_taxi",
    "timeout_taxi",
    "declined_by_customer",
    "incident_customer",
    "timeout_customer",
    "timeout_accepted_by_customer",
    "finished",
    "timeout_ride",
];

/// Outcomes of which means are shown.
const MEANS: [&str; 4] =
    ["timeout_customer", "declined_by_customer", "incident_taxi", "declined_by_taxi"];

/// The end of today, and the beginning of the same day three, six and twelve months ago.
const MILESTONES: [(&str, &str); 4] = [
    ("today", "2024-04-01"),
    ("three_months_ago", "2023-12-31"),
    ("six_months_ago", "2023-09-30"),
    ("twelve_months_ago", "2023-03-31"),
];

/// A day.
pub(super) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A figure of each milestone.
pub(super) fn past<T: Into<Value>>(figure: impl Fn(NaiveDate) -> T) -> Value {
    let figures = MILESTONES.map(|(word, before)| (word.to_owned(), figure(day(before)).into()));
    Value::Object(figures.into_iter().collect())
}

fn day_of(hail: &Hail) -> NaiveDate {
    hail.at().date_naive()
}

/// The word of an outcome; a ride that nobody ended is not a driver who never answered.
fn outcome(hail: &Hail) -> &'static str {
    match hail.status() {
        Status::TimeoutTaxi if hail.reached(Status::CustomerOnBoard).is_some() => "timeout_ride",
        status => status.word(),
    }
}

/// Ended hails of a part.
pub(super) fn ended<'a>(history: &'a History, filter: &Filter) -> Vec<&'a Hail> {
    let is_meant = |hail: &&Hail| hail.status().is_over() && filter.holds(hail.town, hail.operator);
    history.hails.iter().filter(is_meant).collect()
}

/// The history has hails of every outcome, and open ones.
pub(super) fn assert_all_outcomes(history: &History) {
    let found: BTreeSet<_> = history.hails.iter().map(outcome).collect();
    for word in OUTCOMES.into_iter().chain(["received"]) {
        assert!(found.contains(word), "no hail is {word}: {found:?}");
    }
}

/// The expected answer.
pub(super) fn of_hails(history: &History, filter: &Filter) -> Value {
    let hails = ended(history, filter);
    // Since the decree.
    let counted: Vec<_> =
        hails.iter().copied().filter(|hail| day_of(hail) >= day("2022-01-01")).collect();
    let mut figures = Map::new();
    let before = |end| counted.iter().filter(move |hail| day_of(hail) < end);
    figures.insert("hails_received".to_owned(), past(|end| before(end).count()));
    for word in OUTCOMES {
        let number = |end| before(end).filter(|hail| outcome(hail) == word).count();
        figures.insert(format!("hails_{word}"), past(number));
    }
    let distance = |end| mean(before(end).map(|hail| metres(hail.taxi, hail.customer)));
    figures.insert("average_hail_distance".to_owned(), past(distance));
    figures.insert(
        "hails_total".to_owned(),
        json!({
            "current_year": months(&hails, 2024), "last_year": months(&hails, 2023),
        }),
    );
    figures.insert(
        "hails_average".to_owned(),
        json!({
            "last_three_months": means(&hails, "2023-12-31", "2024-03-31"),
            "current_year": means(&hails, "2024-01-01", "2025-01-01"),
            "last_year": means(&hails, "2023-01-01", "2024-01-01"),
        }),
    );
    figures.insert("average_times".to_owned(), times(&hails));
    json!({"data": [figures]})
}

/// The mean; 0 of nothing.
fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<_> = values.collect();
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Months of a year with hails, each with their number.
fn months(hails: &[&Hail], year: i32) -> Value {
    let mut months: BTreeMap<u32, i64> = BTreeMap::new();
    for hail in hails.iter().filter(|hail| day_of(hail).year() == year) {
        *months.entry(day_of(hail).month()).or_default() += 1;
    }
    json!(months.into_iter().collect::<Vec<_>>())
}

/// Means of the days, weeks and months that have hails of an outcome, from one day to another, which is excluded.
fn means(hails: &[&Hail], since: &str, until: &str) -> Value {
    let of = |number: &dyn Fn(NaiveDate) -> (i32, u32)| {
        let of_outcome = |word: Option<&str>| {
            let is_in = |hail: &&&Hail| {
                (day(since)..day(until)).contains(&day_of(hail))
                    && word.is_none_or(|word| outcome(hail) == word)
            };
            let found: Vec<_> = hails.iter().filter(is_in).collect();
            let parts: BTreeSet<_> = found.iter().map(|hail| number(day_of(hail))).collect();
            found.len() as f64 / parts.len().max(1) as f64
        };
        let mut figures = Map::from_iter([("total".to_owned(), of_outcome(None).into())]);
        figures.extend(MEANS.map(|word| (word.to_owned(), of_outcome(Some(word)).into())));
        figures
    };
    json!({
        "daily": of(&|day| (day.year(), day.ordinal())),
        "weekly": of(&|day| (day.iso_week().year(), day.iso_week().week())),
        "monthly": of(&|day| (day.year(), day.month())),
    })
}

/// Mean durations of steps, over all times.
fn times(hails: &[&Hail]) -> Value {
    use Status::{
        AcceptedByCustomer, AcceptedByTaxi, CustomerOnBoard, DeclinedByCustomer, IncidentTaxi,
        ReceivedByTaxi, TimeoutCustomer, TimeoutTaxi,
    };
    let of = |from, to| {
        let took = hails.iter().filter_map(|hail| Some(hail.reached(to)? - hail.reached(from)?));
        mean(took.map(|took| took.num_microseconds().unwrap() as f64 / 1e6))
    };
    json!({
        "accepted_by_taxi": of(ReceivedByTaxi, AcceptedByTaxi),
        "accepted_by_customer": of(AcceptedByTaxi, AcceptedByCustomer),
        "timeout_customer": of(AcceptedByTaxi, TimeoutCustomer),
        "declined_by_customer": of(AcceptedByTaxi, DeclinedByCustomer),
        "timeout_taxi": of(ReceivedByTaxi, TimeoutTaxi),
        "incident_taxi": of(AcceptedByTaxi, IncidentTaxi),
        "customer_on_board_incident_taxi": of(CustomerOnBoard, IncidentTaxi),
        "customer_on_board": of(AcceptedByTaxi, CustomerOnBoard),
    })
}

/// Places of the customers of the newest hails.
pub(super) fn newest_hails(history: &History) -> Vec<[f64; 2]> {
    let mut hails: Vec<_> = history.hails.iter().collect();
    hails.sort_by_key(|hail| std::cmp::Reverse(hail.at()));
    hails.iter().take(2_000).map(|hail| hail.customer).collect()
}
