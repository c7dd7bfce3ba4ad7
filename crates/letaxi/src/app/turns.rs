//! Turns at a car: who changes what is known of it does so in the database and then in memory,
//! and the next one begins only afterwards.
//!
//! Without them two changes could reach memory in another order than the database, and memory would
//! be wrong until the next change: a taxi that is free would be in no search. They keep memory in
//! step and nothing else; that one car is promised once, the database alone sees to.
//!
//! Several vehicles may be one car ([`registry::LicencePlate::car`]), and a hail of one is a change of all.
//!
//! **Invariants:** a turn is taken before a transaction begins, never within one, and nobody holds
//! two: so nobody waits for one another.

use std::hash::{BuildHasher as _, RandomState};

use tokio::sync::{Mutex, MutexGuard};

/// How many turns there are. Cars that share one wait for each other now and then.
const TURNS: u64 = 1_024;

/// The turns at all cars.
pub(super) struct Turns {
    turns: Vec<Mutex<()>>,
    hasher: RandomState,
}

impl Default for Turns {
    fn default() -> Self {
        let turns = (0..TURNS).map(|_| Mutex::default()).collect();
        Self { turns, hasher: RandomState::new() }
    }
}

impl Turns {
    /// Waits for the turn at a car, which lasts until the guard is dropped.
    pub(super) async fn at(&self, car: &str) -> MutexGuard<'_, ()> {
        self.of(car).lock().await
    }

    /// The turn at a car, if nobody has it.
    pub(super) fn try_at(&self, car: &str) -> Option<MutexGuard<'_, ()>> {
        self.of(car).try_lock().ok()
    }

    fn of(&self, car: &str) -> &Mutex<()> {
        let turn = self.hasher.hash_one(car) % TURNS;
        &self.turns[usize::try_from(turn).unwrap_or_default()]
    }

    /// As [`Turns::at`], for who may not know the car: then memory does not know it either.
    pub(super) async fn at_known(&self, car: Option<&str>) -> Option<MutexGuard<'_, ()>> {
        match car {
            Some(car) => Some(self.at(car).await),
            None => None,
        }
    }
}
