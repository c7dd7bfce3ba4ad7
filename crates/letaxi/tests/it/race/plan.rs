//! Plan of a round: its actions and their order.

use chrono::TimeDelta;
use dispatch::hail::Status;
use rand::RngExt;
use rand::rngs::StdRng;

use super::CLIENTS;

/// Action of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Apps race for a taxi that is free, by way of two processes; nothing else happens.
    HailsOnly,
    /// Apps, drivers, operators, customers and deadlines race.
    Everything,
}

/// One thing that somebody does.
#[derive(Clone, Debug)]
pub(super) enum Deed {
    /// An app hails one of the two taxis, `beside` by way of another process.
    Hail { client: usize, taxi: usize, customer: String, beside: bool },
    /// A driver says what they are doing.
    Wish { operator: usize, status: &'static str },
    /// Somebody takes the open hail, if there is one, a step further.
    Step { to: Status },
    /// Time passes, and what is due is done.
    Tick { later: TimeDelta },
    /// Due work is done, but the operator's server answers late.
    Lease { patience: u32 },
}

/// Most times that a task yields before it begins.
const PAUSES: u32 = 40;
/// Most times that an operator's server yields.
const PATIENCE: u32 = 400;
/// Longest step of time of a tick, in seconds: positions stay live.
const LATER_S: i64 = 7;
/// Statuses that a driver may set; hails set the others.
const WISHES: [&str; 3] = ["free", "occupied", "off"];

/// The deeds of a round, each with how often it lets others go first.
pub(super) fn plan(dice: &mut StdRng, kind: Kind, seed: u64) -> Vec<(Deed, u32)> {
    let mut deeds = Vec::new();
    let pauses = |dice: &mut StdRng| dice.random_range(0..PAUSES);
    for one in 0..dice.random_range(4..=12) {
        let (client, taxi) = (dice.random_range(0..CLIENTS.len()), dice.random_range(0..2));
        let customer = format!("customer-{seed}-{one}");
        let beside = kind == Kind::HailsOnly && dice.random();
        let soon = if kind == Kind::HailsOnly { 0 } else { pauses(dice) };
        deeds.push((Deed::Hail { client, taxi, customer, beside }, soon));
    }
    if kind == Kind::HailsOnly {
        return deeds;
    }
    for _ in 0..dice.random_range(4..=16) {
        let deed = match dice.random_range(0..10) {
            0..2 => Deed::Wish {
                operator: dice.random_range(0..2),
                status: WISHES[dice.random_range(0..WISHES.len())],
            },
            2..6 => Deed::Step { to: Status::ALL[dice.random_range(1..Status::ALL.len())] },
            6..8 => Deed::Tick { later: TimeDelta::seconds(dice.random_range(0..=LATER_S)) },
            _ => Deed::Lease { patience: dice.random_range(0..PATIENCE) },
        };
        deeds.push((deed, pauses(dice)));
    }
    deeds
}
