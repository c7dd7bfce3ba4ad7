//! Plan of a round: actions and their delays.

use chrono::TimeDelta;
use dispatch::hail::Status;
use rand::RngExt;
use rand::rngs::StdRng;

use super::CLIENTS;

/// Kind of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Apps race for a free taxi, on two processes; no other action.
    HailsOnly,
    /// Apps, drivers, operators, customers and deadlines race.
    Everything,
}

/// An action.
#[derive(Clone, Debug)]
pub(super) enum Deed {
    /// An app hails one of the two taxis; with `beside` on the other process.
    Hail { client: usize, taxi: usize, customer: String, beside: bool },
    /// A driver sets the status.
    Wish { operator: usize, status: &'static str },
    /// A party takes the open hail, if any, a step further.
    Step { to: Status },
    /// Time passes, and due work is done.
    Tick { later: TimeDelta },
    /// Due work is done, and the operator's server answers late.
    Lease { patience: u32 },
}

/// Maximum number of times that a task yields before it begins.
const PAUSES: u32 = 40;
/// Maximum number of times that an operator's server yields.
const PATIENCE: u32 = 400;
/// Maximum time that passes with a tick, in seconds: positions stay live.
const LATER_S: i64 = 7;
/// Statuses that a driver may set; hails set the others.
const WISHES: [&str; 3] = ["free", "occupied", "off"];

/// Actions of a round, each with the number of times that it yields first.
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
