//! Locks by car: a change of a car is made in the database and then in memory, and the next change of the same
//! car begins only afterwards.
//!
//! Without these locks two changes could reach memory in another order than the database, and memory would be
//! wrong until the next change: a free taxi would be missing from searches. They serve only the consistency
//! of memory; the database alone guarantees that one car is promised once.
//!
//! Changes of memory take a reference to the [`CarLock`], so releasing a lock too early does not compile.
//!
//! Several vehicles may be one car ([`registry::LicencePlate::car`]), and a hail of one is a change of all.
//!
//! **Invariants:** a lock is taken before a transaction begins, never within one, and no task that holds one waits for
//! another: so no deadlock is possible.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};

use tokio::sync::{Mutex, MutexGuard};

/// Number of locks. Cars that share one wait for each other occasionally.
const LOCKS: u64 = 1_024;

/// The lock of a car, held until it is dropped.
#[must_use = "a lock that is not kept is released at once"]
pub(in crate::app) struct CarLock<'a> {
    _guard: Option<MutexGuard<'a, ()>>,
}

impl CarLock<'_> {
    /// Replaces a lock if nobody else can change the car: at the start, and if memory does not know the car.
    pub(in crate::app) const NOT_NEEDED: Self = Self { _guard: None };
}

/// Locks of several cars, held until they are dropped.
pub(in crate::app) struct ManyLocks<'a> {
    _guards: HashMap<usize, Option<MutexGuard<'a, ()>>>,
}

/// Proof that the lock of each of these cars is held.
impl<'a> From<&'a ManyLocks<'_>> for CarLock<'a> {
    fn from(_held: &'a ManyLocks<'_>) -> Self {
        Self::NOT_NEEDED
    }
}

/// The locks of all cars.
pub(in crate::app) struct CarLocks {
    locks: Vec<Mutex<()>>,
    hasher: RandomState,
}

impl Default for CarLocks {
    fn default() -> Self {
        let locks = (0..LOCKS).map(|_| Mutex::default()).collect();
        Self { locks, hasher: RandomState::new() }
    }
}

impl CarLocks {
    /// Waits for the lock of a car.
    pub(in crate::app) async fn lock(&self, car: &str) -> CarLock<'_> {
        CarLock { _guard: Some(self.of(car).lock().await) }
    }

    /// The lock of a car, if it is free.
    pub(in crate::app) fn try_lock(&self, car: &str) -> Option<CarLock<'_>> {
        self.of(car).try_lock().ok().map(|guard| CarLock { _guard: Some(guard) })
    }

    /// The locks of those of these cars whose lock is free, without waiting; and for each car, whether its lock is
    /// held. A car that nobody knows needs none.
    pub(in crate::app) fn try_lock_all(
        &self,
        cars: &[Option<String>],
    ) -> (ManyLocks<'_>, Vec<bool>) {
        let mut held = HashMap::new();
        let are_held = cars.iter().map(|car| {
            let Some(car) = car else { return true };
            let number = self.number_of(car);
            let lock = held.entry(number).or_insert_with(|| self.locks[number].try_lock().ok());
            lock.is_some()
        });
        let are_held = are_held.collect();
        (ManyLocks { _guards: held }, are_held)
    }

    fn of(&self, car: &str) -> &Mutex<()> {
        &self.locks[self.number_of(car)]
    }

    fn number_of(&self, car: &str) -> usize {
        let number = self.hasher.hash_one(car) % LOCKS;
        usize::try_from(number).unwrap_or_default()
    }

    /// Like [`CarLocks::lock`], for a caller that may not know the car: then memory does not know it either.
    pub(in crate::app) async fn lock_known(&self, car: Option<&str>) -> CarLock<'_> {
        match car {
            Some(car) => self.lock(car).await,
            None => CarLock::NOT_NEEDED,
        }
    }
}
