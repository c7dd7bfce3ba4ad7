//! Turns at a car: who changes what is known of it does so in the database and then in memory,
//! and the next one begins only afterwards.
//!
//! Without them two changes could reach memory in another order than the database, and memory would
//! be wrong until the next change: a taxi that is free would be in no search. They keep memory in
//! step and nothing else; that one car is promised once, the database alone sees to.
//!
//! Changes of memory take a reference to the [`Turn`], so a turn that was given back too early does not compile.
//!
//! Several vehicles may be one car ([`registry::LicencePlate::car`]), and a hail of one is a change of all.
//!
//! **Invariants:** a turn is taken before a transaction begins, never within one, and nobody holds
//! two: so nobody waits for one another.

use std::hash::{BuildHasher as _, RandomState};

use tokio::sync::{Mutex, MutexGuard};

/// Number of locks. Cars that share one wait for each other now and then.
const TURNS: u64 = 1_024;

/// The turn at a car, until it is dropped.
#[must_use = "a turn that is not kept is over at once"]
pub(in crate::app) struct Turn<'a> {
    _guard: Option<MutexGuard<'a, ()>>,
}

impl Turn<'_> {
    /// Stands for a turn where nobody else can be at the car: at the start, and where memory does not know the car.
    pub(in crate::app) const NEEDLESS: Self = Self { _guard: None };
}

/// The turns at all cars.
pub(in crate::app) struct Turns {
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
    /// Waits for the turn at a car.
    pub(in crate::app) async fn at(&self, car: &str) -> Turn<'_> {
        Turn { _guard: Some(self.of(car).lock().await) }
    }

    /// The turn at a car, if nobody has it.
    pub(in crate::app) fn try_at(&self, car: &str) -> Option<Turn<'_>> {
        self.of(car).try_lock().ok().map(|guard| Turn { _guard: Some(guard) })
    }

    fn of(&self, car: &str) -> &Mutex<()> {
        let turn = self.hasher.hash_one(car) % TURNS;
        &self.turns[usize::try_from(turn).unwrap_or_default()]
    }

    /// As [`Turns::at`], for who may not know the car: then memory does not know it either.
    pub(in crate::app) async fn at_known(&self, car: Option<&str>) -> Turn<'_> {
        match car {
            Some(car) => self.at(car).await,
            None => Turn::NEEDLESS,
        }
    }
}
