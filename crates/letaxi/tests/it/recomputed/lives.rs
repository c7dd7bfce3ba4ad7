//! Lives of hails, drawn along the table of rules and stored with their times as arguments.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{Datelike, TimeDelta};
use dispatch::hail::{Cause, RULES, Rule, Status, deadline_at};
use rand::seq::IndexedRandom;
use rand::{RngExt, rngs::StdRng};
use registry::{AccountId, CustomerId, Time};
use storage::Store;
use storage::hails::{
    Applied, CustomerPart, HailChange, HailFacts, HailRecord, HailWish, Made, NewHail, Step,
};
use territory::Point;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::history::{APPS, MERGED_AT, Taxi, place_in, time};
use super::part::{NOWHERE, TOWNS, in_force};
use crate::world::World;

/// Hails of each taxi.
const HAILS: usize = 60;
/// The last day of the history.
const LAST_DAY: &str = "2024-03-31T00:00:00Z";

/// Creation times at the edges of days, months, years and milestones, one for each of the first taxis.
const EDGES: [&str; 14] = [
    "2021-12-31T23:59:59.999999Z",
    "2022-01-01T00:00:00Z",
    "2022-12-31T23:59:59.999999Z",
    "2023-01-01T00:00:00Z",
    "2023-03-30T23:59:59.999999Z",
    "2023-03-31T00:00:00Z",
    "2023-09-30T00:00:00Z",
    "2023-12-30T23:59:59.999999Z",
    "2023-12-31T00:00:00Z",
    "2024-01-01T00:00:00Z",
    "2024-02-28T23:59:59.999999Z",
    "2024-02-29T00:00:00Z",
    "2024-03-30T23:59:59.999999Z",
    "2024-03-31T00:00:00Z",
];

/// A hail.
#[derive(Clone)]
pub(super) struct Hail {
    pub(super) operator: &'static str,
    /// The town of the customer at that time, if any.
    pub(super) town: Option<&'static str>,
    pub(super) customer: [f64; 2],
    pub(super) taxi: [f64; 2],
    /// Its statuses with their times, from its creation on.
    pub(super) steps: Vec<(Status, Time)>,
    client: AccountId,
    taxi_id: String,
}

impl Hail {
    /// A hail that was just made over the API.
    pub(super) fn open(taxi: &Taxi, customer: [f64; 2], at: Time) -> Self {
        let steps = vec![(Status::Received, at)];
        let (operator, client) = (taxi.operator, AccountId(0));
        let (town, taxi_id) = (Some(taxi.town), taxi.id.clone());
        Self { operator, town, customer, taxi: customer, steps, client, taxi_id }
    }

    /// Time of its creation.
    pub(super) fn at(&self) -> Time {
        self.steps[0].1
    }

    /// Its last status.
    pub(super) fn status(&self) -> Status {
        self.steps.last().unwrap().0
    }

    /// Time of a status, if it was taken.
    pub(super) fn reached(&self, status: Status) -> Option<Time> {
        self.steps.iter().find(|(taken, _)| *taken == status).map(|(_, at)| *at)
    }
}

/// Draws the hails of all taxis, stores them, and counts them.
pub(super) async fn stored_lives(world: &World, taxis: &[Taxi], dice: &mut StdRng) -> Vec<Hail> {
    let mut cars: BTreeMap<&str, Vec<Hail>> = BTreeMap::new();
    let mut taken = BTreeSet::new();
    for (index, taxi) in taxis.iter().enumerate() {
        let edge = EDGES.get(index).map(|edge| time(edge));
        let drawn = (0..HAILS).filter_map(|_| slot(dice, taxi));
        for at in edge.into_iter().chain(drawn.collect::<Vec<_>>()) {
            // A car is in one hail at a time.
            let four_hours = at.timestamp().div_euclid(4 * 3_600);
            if (four_hours..four_hours + 2).all(|part| taken.insert((&taxi.plate, part))) {
                let hail = drawn_life(world, dice, taxi, at);
                cars.entry(&taxi.plate).or_default().push(hail);
            }
        }
    }
    let mut tasks = JoinSet::new();
    let mut number = 0;
    for hails in cars.values() {
        tasks.spawn(store_hails(world.store.clone(), hails.clone(), number));
        number += hails.len();
    }
    tasks.join_all().await;
    while world.app.count_hails().await.unwrap() > 0 {}
    cars.into_values().flatten().collect()
}

/// A random time after the registration, with no hail in August.
fn slot(dice: &mut StdRng, taxi: &Taxi) -> Option<Time> {
    let seconds = dice.random_range(taxi.added_at.timestamp()..time(LAST_DAY).timestamp());
    let at = Time::from_timestamp(seconds, dice.random_range(0..1_000_000) * 1_000).unwrap();
    (at.month() != 8).then_some(at)
}

fn drawn_life(world: &World, dice: &mut StdRng, taxi: &Taxi, at: Time) -> Hail {
    let client = match dice.random_range(0..APPS.len() + 2) {
        app if app < APPS.len() => APPS[app],
        _ => "both",
    };
    let code = TOWNS[dice.random_range(0..TOWNS.len())].code;
    let code = if dice.random_bool(0.5) { code } else { taxi.town };
    let (town, customer) =
        if dice.random_bool(0.05) { (None, NOWHERE) } else { (Some(code), place_in(dice, code)) };
    let town = town.map(|code| if at < time(MERGED_AT) { code } else { in_force(code) });
    Hail {
        operator: taxi.operator,
        town,
        customer,
        taxi: place_in(dice, code),
        steps: drawn_steps(dice, at),
        client: world.account_id(client),
        taxi_id: taxi.id.clone(),
    }
}

/// Steps along the rules to an end. Most hails go on for a while.
fn drawn_steps(dice: &mut StdRng, at: Time) -> Vec<(Status, Time)> {
    let mut steps = vec![(Status::Received, at)];
    loop {
        let (status, at) = *steps.last().unwrap();
        let rules: Vec<&Rule> = RULES.iter().filter(|rule| rule.from == status).collect();
        let goes_on: Vec<&Rule> = rules.iter().copied().filter(|rule| rule.to.is_open()).collect();
        let rule = match goes_on.choose(dice).filter(|_| dice.random_bool(0.75)) {
            Some(rule) => rule,
            None => match rules.choose(dice) {
                Some(rule) => rule,
                None => return steps,
            },
        };
        let took = match rule.cause {
            Cause::Silence(limit) => TimeDelta::from_std(limit).unwrap(),
            _ => TimeDelta::milliseconds(dice.random_range(500..29_000)),
        };
        steps.push((rule.to, at + took));
    }
}

async fn store_hails(store: Arc<dyn Store>, hails: Vec<Hail>, first: usize) {
    for (number, hail) in (first..).zip(hails) {
        let mut record = made(&*store, &hail, number).await;
        for (to, at) in &hail.steps[1..] {
            let deadline_at = deadline_at(*to, *at);
            let step = Step { to: *to, by: None, reason: None, deadline_at, taxi_becomes: None };
            let change = HailChange { step: Some(step), ..HailChange::default() };
            let applied = store.change_hail(&record, &change, &[], &|_| Vec::new(), *at).await;
            let Applied::Hail(next) = applied.unwrap() else { panic!("{record:?} is stale") };
            record = *next;
        }
    }
}

async fn made(store: &dyn Store, hail: &Hail, number: usize) -> HailRecord {
    let point = |[lon, lat]: [f64; 2]| Point::new(lon, lat).unwrap();
    let at = hail.at();
    let new = NewHail {
        id: format!("{number:07x}").parse().unwrap(),
        client: hail.client,
        taxi: hail.taxi_id.parse().unwrap(),
        shown_taxi: None,
        customer: CustomerPart {
            id: CustomerId(format!("customer-{number}")),
            point: point(hail.customer),
            address: "1 rue de Rivoli".to_owned(),
            phone: "0611223344".to_owned(),
        },
        town: hail.town.map(|code| code.parse().unwrap()),
        session: Uuid::from_u128(number as u128),
        opens_session: true,
        initial_position: point(hail.taxi),
        deadline_at: deadline_at(Status::Received, at).unwrap(),
        call_leased_until: None,
    };
    let decide = |facts: Option<&HailFacts>| facts.map(|_| (new.clone(), Vec::new()));
    let (taxi, client, customer) = (new.taxi, new.client, &new.customer.id);
    let wish = HailWish { taxi, client, customer, named_session: None };
    match store.create_hail(wish, &decide, None, at).await.unwrap() {
        Made::Hail(record) => *record,
        other => panic!("hail {number} was not made: {other:?}"),
    }
}
