//! Turns at a vehicle: who changes what is known of it does so in the database and then in memory,
//! and the next one begins only afterwards.
//!
//! Without them two changes could reach memory in another order than the database, and memory would
//! be wrong until the next change: a taxi that is free would be in no search. They keep memory in
//! step and nothing else; that one vehicle is promised once, the database alone sees to.
//!
//! **Invariants:** a turn is taken before a transaction begins, never within one, and nobody holds
//! two: so nobody waits for one another.

use registry::VehicleId;
use tokio::sync::{Mutex, MutexGuard};

/// How many turns there are. Vehicles that share one wait for each other now and then.
const TURNS: usize = 1_024;

/// The turns at all vehicles.
pub(super) struct Turns(Vec<Mutex<()>>);

impl Default for Turns {
    fn default() -> Self {
        Self((0..TURNS).map(|_| Mutex::default()).collect())
    }
}

impl Turns {
    /// Waits for the turn at a vehicle, which lasts until the guard is dropped.
    pub(super) async fn at(&self, vehicle: VehicleId) -> MutexGuard<'_, ()> {
        self.of(vehicle).lock().await
    }

    /// The turn at a vehicle, if nobody has it.
    pub(super) fn try_at(&self, vehicle: VehicleId) -> Option<MutexGuard<'_, ()>> {
        self.of(vehicle).try_lock().ok()
    }

    fn of(&self, vehicle: VehicleId) -> &Mutex<()> {
        let turn = usize::try_from(vehicle.0.unsigned_abs()).unwrap_or_default() % TURNS;
        &self.0[turn]
    }

    /// As [`Turns::at`], for who may not know the vehicle: then memory does not know it either.
    pub(super) async fn at_known(&self, vehicle: Option<VehicleId>) -> Option<MutexGuard<'_, ()>> {
        match vehicle {
            Some(vehicle) => Some(self.at(vehicle).await),
            None => None,
        }
    }
}
