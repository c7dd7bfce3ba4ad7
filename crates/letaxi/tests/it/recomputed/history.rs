//! A history of twenty-eight months from a fixed seed: accounts, a merger of towns, taxis, the hours in which they drove.

use std::collections::BTreeMap;

use axum::http::Method;
use chrono::{DateTime, DurationRound, TimeDelta, Timelike};
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use registry::{AccountId, Role, Time};
use serde_json::{Value, json};

use super::lives::{Hail, stored_lives};
use super::part::{
    MANAGERS, MERGED, MERGED_INTO, TOWNS, Town, ZONE, in_force, merged_square, square, town,
};
use super::searches::Search;
use crate::world::{Call, Engine, NewTaxi, World, key_of};

pub(super) const OPERATORS: [&str; 4] = ["op-a", "op-b", "op-c", "both"];
/// Apps; `both` is one, too.
pub(super) const APPS: [&str; 12] = [
    "app-0", "app-1", "app-2", "app-3", "app-4", "app-5", "app-6", "app-7", "app-8", "app-9",
    "app-10", "app-11",
];
/// Groups, with the sizes of their fleets as they say.
pub(super) const GROUPS: [(&str, Option<i32>); 3] =
    [("op-a", Some(20)), ("op-b", None), ("empty", Some(7))];
/// Number of publishers.
pub(super) const PUBLISHERS: usize = 2;
/// Taxis of the first month; one a month follows.
const FIRST_TAXIS: usize = 14;
/// The months, counted from November 2021.
const MONTHS: u32 = 28;
/// The time of the merger.
pub(super) const MERGED_AT: &str = "2023-06-15T08:10:00Z";

/// A registered taxi.
pub(super) struct Taxi {
    pub(super) id: String,
    pub(super) operator: &'static str,
    pub(super) town: &'static str,
    pub(super) plate: String,
    pub(super) added_at: Time,
    pub(super) last_seen_at: Time,
    pub(super) is_free: bool,
    /// Its last position, and when it was reported.
    pub(super) fix: Option<([f64; 2], Time)>,
}

/// An hour that was counted: its number in the day, and the taxis that reported in it.
pub(super) struct Hour {
    pub(super) of_day: u32,
    pub(super) taxis: Vec<usize>,
}

/// All rows of the history, and the registry that was told of them.
pub(super) struct History {
    pub(super) world: World,
    pub(super) dice: StdRng,
    pub(super) taxis: Vec<Taxi>,
    /// Radii by plate and describing operator; `None`: not chosen.
    pub(super) radii: BTreeMap<(String, &'static str), Option<i64>>,
    pub(super) hours: Vec<Hour>,
    pub(super) hails: Vec<Hail>,
    pub(super) searches: Vec<Search>,
    last_hour: Time,
}

/// A time of the history.
pub(super) fn time(text: &str) -> Time {
    text.parse::<DateTime<_>>().unwrap()
}

/// A place near the middle of a town.
pub(super) fn place_in(dice: &mut StdRng, code: &str) -> [f64; 2] {
    town(code).middle.map(|degrees| {
        let degrees: f64 = degrees + dice.random_range(-0.015..0.015);
        (degrees * 1e6).round() / 1e6
    })
}

fn hour_of(at: Time) -> Time {
    at.duration_trunc(TimeDelta::hours(1)).unwrap()
}

impl History {
    /// The whole history; it is the morning of 31 March 2024.
    pub(super) async fn generated(engine: Engine) -> Self {
        let mut world = World::new(engine).await;
        let begin = time("2021-11-15T08:00:00Z");
        world.clock.advance(begin - world.clock.now());
        world.restart().await;
        let mut history = Self {
            world,
            dice: StdRng::seed_from_u64(97),
            taxis: Vec::new(),
            radii: BTreeMap::new(),
            hours: Vec::new(),
            hails: Vec::new(),
            searches: Vec::new(),
            last_hour: hour_of(begin),
        };
        history.accounts_and_land().await;
        for month in 0..MONTHS {
            history.month(month).await;
        }
        history.hails = stored_lives(&history.world, &history.taxis, &mut history.dice).await;
        // Memory knows nothing of hails that were stored beside it.
        history.world.restart().await;
        history.statuses().await;
        history.search_for_weeks().await;
        history.open_hails().await;
        history
    }

    pub(super) fn account(&self, name: &str) -> AccountId {
        self.world.account_id(name)
    }

    async fn accounts_and_land(&mut self) {
        let world = &mut self.world;
        for (name, role) in [("admin", Some(Role::Admin)), ("boss", None), ("chief", None)] {
            world.account(name, role.as_slice()).await;
        }
        for name in ["op-a", "op-b", "empty"] {
            world.account(name, &[Role::Operator, Role::Group]).await;
        }
        world.account("op-c", &[Role::Operator]).await;
        world.account("both", &[Role::Operator, Role::Client]).await;
        for name in APPS {
            world.account(name, &[Role::Client]).await;
        }
        for number in 0..PUBLISHERS {
            world.account(&format!("publisher-{number}"), &[Role::Publisher]).await;
        }
        for (name, fleet_size) in GROUPS {
            world.change_account(name, |fields| fields.fleet_size = fleet_size).await;
        }
        for (name, manager) in MANAGERS {
            world.manages(manager, name).await;
        }
        world
            .land(|land| {
                for Town { code, name, middle } in &TOWNS {
                    land.town(code, name, square(*middle));
                }
                land.zone("Lyon", &ZONE);
            })
            .await;
    }

    /// A month: taxis are registered, and those that still drive report in the hours of two trips.
    async fn month(&mut self, month: u32) {
        let day = time("2021-11-15T00:00:00Z") + chrono::Months::new(month);
        self.go_to(day + TimeDelta::minutes(490)).await;
        if self.world.clock.now() == time(MERGED_AT) {
            self.world.land(|land| land.merge(MERGED, MERGED_INTO, merged_square())).await;
        }
        for _ in 0..if month == 0 { FIRST_TAXIS } else { 1 } {
            self.register().await;
        }
        for from in [490, 490 + 60 * self.dice.random_range(3..12)] {
            self.go_to(day + TimeDelta::minutes(from)).await;
            let drives = |taxi: &usize| match taxi % 5 {
                0 => month < 13,
                1 => month < 20,
                _ => taxi % 11 != 3,
            };
            let all: Vec<_> = (0..self.taxis.len()).filter(drives).collect();
            let taxis: Vec<_> = all.sample(&mut self.dice, all.len() * 2 / 3).copied().collect();
            self.report(&taxis).await;
            self.go_to(day + TimeDelta::minutes(from + 55)).await;
        }
    }

    /// Moves the clock, and notes the hour that the registry counts then.
    pub(super) async fn go_to(&mut self, at: Time) {
        self.world.clock.advance(at - self.world.clock.now());
        self.world.tick().await;
        let hour = hour_of(at);
        if hour == self.last_hour {
            return;
        }
        let begin = hour - TimeDelta::hours(1);
        let was_seen = |taxi: &Taxi| taxi.fix.is_some_and(|(_, reported)| reported >= begin);
        let taxis: Vec<_> =
            (0..self.taxis.len()).filter(|index| was_seen(&self.taxis[*index])).collect();
        for taxi in &taxis {
            self.taxis[*taxi].last_seen_at = at;
        }
        self.hours.push(Hour { of_day: begin.hour(), taxis });
        self.last_hour = hour;
    }

    /// Registers a taxi. Every seventh shares the car of the one before, and every sixth is described by another
    /// operator, too.
    async fn register(&mut self) {
        let index = self.taxis.len();
        let operator = OPERATORS[index % OPERATORS.len()];
        let towns: Vec<_> = TOWNS.iter().map(|town| town.code).collect();
        let code = towns[index * 5 % towns.len()];
        let code = if self.world.clock.now() < time(MERGED_AT) { code } else { in_force(code) };
        let plate = match self.taxis.last().filter(|_| index % 7 == 6) {
            Some(before) => before.plate.clone(),
            None => format!("TAXI-{index:03}"),
        };
        let (name, plate_sent) = (format!("T{index}"), Some(plate.as_str()));
        let new =
            NewTaxi { name: &name, town: Some(code), plate: plate_sent, free: false, at: None };
        let id = self.world.taxi(operator, &new).await;
        let added_at = self.world.clock.now();
        self.radii.entry((plate.clone(), operator)).or_default();
        if index.is_multiple_of(3) {
            let radius_m = 200 + 10 * i64::try_from(index % 20).unwrap();
            self.send(operator, Method::PUT, &format!("/taxis/{id}"), json!({"radius": radius_m}))
                .await;
            self.radii.insert((plate.clone(), operator), Some(radius_m));
        }
        if index % 6 == 5 {
            let other = OPERATORS[(index + 1) % OPERATORS.len()];
            self.send(other, Method::POST, "/vehicles", json!({"licence_plate": plate})).await;
            self.radii.entry((plate.clone(), other)).or_default();
        }
        self.taxis.push(Taxi {
            id,
            operator,
            town: code,
            plate,
            added_at,
            last_seen_at: added_at,
            is_free: false,
            fix: None,
        });
    }

    /// Positions of taxis: mostly in their towns, sometimes in others.
    pub(super) async fn report(&mut self, taxis: &[usize]) {
        for operator in OPERATORS {
            let mut positions = Vec::new();
            for index in taxis {
                let taxi = &mut self.taxis[*index];
                if taxi.operator != operator {
                    continue;
                }
                let abroad = TOWNS[self.dice.random_range(0..TOWNS.len())].code;
                let code = if self.dice.random_bool(0.2) { abroad } else { taxi.town };
                let at @ [lon, lat] = place_in(&mut self.dice, code);
                positions.push(json!({"taxi_id": taxi.id, "lon": lon, "lat": lat}));
                taxi.fix = Some((at, self.world.clock.now()));
            }
            let positions = json!({ "positions": positions });
            self.send(operator, Method::POST, "/geotaxi", positions).await;
        }
    }

    /// Three taxis in four look for customers.
    async fn statuses(&mut self) {
        for index in 0..self.taxis.len() {
            let Taxi { operator, id, .. } = &self.taxis[index];
            let is_free = index % 4 != 2;
            let status = json!({"status": if is_free { "free" } else { "off" }});
            self.send(operator, Method::PUT, &format!("/taxis/{id}"), status).await;
            self.taxis[index].is_free = is_free;
        }
    }

    /// Hails that nobody has answered yet: they count in no figure of ended hails.
    async fn open_hails(&mut self) {
        let now = self.world.clock.now();
        let is_ready = |taxi: &Taxi| taxi.is_free && taxi.fix.is_some_and(|(_, at)| at == now);
        let ready: Vec<_> =
            (0..self.taxis.len()).filter(|index| is_ready(&self.taxis[*index])).collect();
        for index in ready.into_iter().step_by(5) {
            let taxi = &self.taxis[index];
            if !taxi.is_free {
                continue;
            }
            let customer = place_in(&mut self.dice, taxi.town);
            self.world.hail("app-0", &taxi.id, customer).await;
            self.hails.push(Hail::open(taxi, customer, now));
            let plate = taxi.plate.clone();
            for taxi in self.taxis.iter_mut().filter(|taxi| taxi.plate == plate) {
                taxi.is_free = false;
            }
        }
    }

    /// Makes a successful call.
    pub(super) async fn send(
        &self,
        who: &str,
        method: Method,
        path: &str,
        element: Value,
    ) -> Value {
        let (key, body) = (Some(key_of(who)), json!({"data": [element]}).to_string());
        let call = Call { key, method, path: path.to_owned(), body, ..Call::default() };
        let answer = self.world.answer(&call).await;
        assert!(answer.status.is_success(), "{call:?} is answered by {answer:?}");
        if answer.body.is_empty() { Value::Null } else { answer.json() }
    }
}
