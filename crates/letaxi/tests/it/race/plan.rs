//! What is done in a round, and how soon.

use chrono::TimeDelta;
use dispatch::hail::Status;
use rand::RngExt;
use rand::rngs::StdRng;

use super::CLIENTS;

/// What a round is made of.
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
    /// What is due is done, but the operator's server takes its time to answer.
    Lease { patience: u32 },
}

/// How often a task lets others go first, at most, before it begins.
const PAUSES: u32 = 40;
/// How often an operator's server lets others go first, at most.
const PATIENCE: u32 = 400;
/// How much time a tick lets pass at most, in seconds: so little that positions stay live.
const LATER_S: i64 = 7;
/// What a driver may wish; the rest is for hails to give.
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
