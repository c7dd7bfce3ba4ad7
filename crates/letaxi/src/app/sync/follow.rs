//! Memory follows the changes of other servers, as the feed of the database tells them.
//!
//! Things that changed are read again, under the locks of the cars, so that the changes of this server come before or after,
//! in memory as in the database. A change that is read twice does no harm. What cannot be read again in its turn, because it
//! fails or its lock is held, goes to the dirty set: the rest does not wait for it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::TimeDelta;
use registry::{AccountId, TaxiId, VehicleId};
use storage::feed::{Changed, DescriptionNow, Feed, HailNow};
use tokio::time::timeout;

use super::dirty::Dirty;
use super::followed::Followed;
use super::locks::CarLock;
use crate::app::App;
use crate::app::clock::StopWatch;
use crate::app::events::Event;

/// Vehicles or taxis that are read again at once, under the locks of their cars.
const LOCKED_AT_ONCE: usize = 200;

/// Hails that are read again at once.
const HAILS_AT_ONCE: usize = 1_000;

/// Longest wait in one round for cars that others are changing.
const LOCKS_WITHIN: Duration = Duration::from_millis(500);

/// Time for which the feed is kept at least; a node that was away for longer reads everything again.
const KEPT_FOR: TimeDelta = TimeDelta::minutes(10);

/// Vehicles to read again, with the accounts whose descriptions changed.
pub(super) type Stale = BTreeMap<VehicleId, BTreeSet<AccountId>>;

impl App {
    /// Takes the changes of other servers into memory.
    pub(super) async fn follow_others(&self) -> storage::Result<()> {
        let mut followed = self.followed.lock().await;
        let Some(place) = &followed.place else { return Ok(()) };
        match self.store.feed(place).await? {
            Feed::Changes(changes, next) => {
                self.take_changes(&changes).await?;
                followed.place = Some(next);
            }
            Feed::Lost => {
                tracing::warn!(
                    "changes of other servers may be lost; everything is compared again"
                );
                let next = self.store.feed_place().await?;
                self.compare_all().await?;
                self.events.forget();
                *followed = Followed { place: next, kept: None };
            }
        }
        self.take_early_fixes();
        self.prune(&mut followed).await
    }

    async fn prune(&self, followed: &mut Followed) -> storage::Result<()> {
        let now = self.now();
        match &followed.kept {
            Some((at, _)) if (*at..*at + KEPT_FOR).contains(&now) => return Ok(()),
            Some((_, place)) => self.store.prune_feed(place).await?,
            None => {}
        }
        followed.kept = followed.place.clone().map(|place| (now, place));
        Ok(())
    }

    async fn take_changes(&self, changes: &[Changed]) -> storage::Result<()> {
        let (mut stale, mut taxis, mut hails) = (Stale::new(), Vec::new(), Vec::new());
        for change in changes {
            match change {
                Changed::Description(vehicle, account) => {
                    stale.entry(*vehicle).or_default().insert(*account);
                }
                Changed::Hail(hail) => hails.push(*hail),
                Changed::Taxi(taxi) => taxis.push(*taxi),
                Changed::Parts(account) => self.details_cache.forget(*account),
            }
        }
        self.read_taxis_again(&taxis).await?;
        let mut now = Vec::<HailNow>::new();
        for part in hails.chunks(HAILS_AT_ONCE) {
            now.extend(self.store.hails_now(part).await?);
        }
        for hail in &now {
            stale.entry(hail.vehicle).or_default().insert(hail.operator);
        }
        self.read_vehicles_again(&stale).await?;
        for hail in now {
            // Not of a status that only a newer server knows.
            let Some(status) = hail.status else { continue };
            self.events.tell(Event::hail((hail.id, status), hail.operator, hail.client));
        }
        Ok(())
    }

    /// Reads taxis again, under the locks of their cars: retention may be about to delete one here.
    pub(super) async fn read_taxis_again(&self, taxis: &[TaxiId]) -> storage::Result<()> {
        for part in taxis.chunks(LOCKED_AT_ONCE) {
            let car = |taxi: &TaxiId| self.directory.car(self.directory.taxi(*taxi)?.vehicle);
            let cars: Vec<_> = part.iter().map(car).collect();
            let (_locks, are_held) = self.car_locks.try_lock_all(&cars);
            let (held, others): (Vec<_>, Vec<_>) =
                part.iter().zip(are_held).partition(|(_, is_held)| *is_held);
            let held: Vec<_> = held.into_iter().map(|(taxi, _)| *taxi).collect();
            let mut left: Vec<_> = others.into_iter().map(|(taxi, _)| *taxi).collect();
            match self.store.taxis_now(&held).await {
                Ok(known) => self.take_taxis_now(held, &known),
                Err(error) if error.is_away() => return Err(error),
                Err(error) => {
                    tracing::error!(%error, "taxis could not be read again together; each is read alone");
                    left.extend(held);
                }
            }
            for taxi in left {
                self.mark_dirty(Dirty::Taxi(taxi));
            }
        }
        Ok(())
    }

    fn take_taxis_now(&self, asked: Vec<TaxiId>, known: &[registry::Taxi]) {
        let mut gone: BTreeSet<_> = asked.into_iter().collect();
        for taxi in known {
            gone.remove(&taxi.id);
            self.remember_taxi(taxi);
        }
        for taxi in gone {
            self.directory.take_taxi(taxi);
        }
    }

    /// Reads vehicles again: those whose locks are free together, the others one by one.
    pub(super) async fn read_vehicles_again(&self, stale: &Stale) -> storage::Result<()> {
        let all: Vec<_> = stale.iter().map(|(vehicle, accounts)| (*vehicle, accounts)).collect();
        let waited = StopWatch::start();
        for part in all.chunks(LOCKED_AT_ONCE) {
            self.learn_cars(part).await?;
            let car = |one: &OneStale<'_>| self.directory.car(one.0);
            let cars: Vec<_> = part.iter().map(car).collect();
            let (locks, are_held) = self.car_locks.try_lock_all(&cars);
            let held = |is_held: bool| {
                let chosen = part.iter().zip(&are_held).filter(move |(_, held)| **held == is_held);
                chosen.map(|(one, _)| *one)
            };
            self.read_locked(&CarLock::from(&locks), &held(true).collect::<Vec<_>>()).await?;
            drop(locks);
            for one in held(false) {
                let car = self.directory.car(one.0);
                let wait = self.car_locks.lock_known(car.as_deref());
                match timeout(LOCKS_WITHIN.saturating_sub(waited.elapsed()), wait).await {
                    Ok(lock) => self.read_locked(&lock, &[one]).await?,
                    Err(_late) => self.leave_dirty(&[one]),
                }
            }
        }
        Ok(())
    }

    /// Learns which cars vehicles are that memory does not know: a call that names the plate may be changing one of them
    /// here, under the lock of its car.
    async fn learn_cars(&self, part: &[OneStale<'_>]) -> storage::Result<()> {
        let unknown = part.iter().filter(|(vehicle, _)| self.directory.car(*vehicle).is_none());
        let unknown: Vec<_> = unknown.map(|(vehicle, _)| *vehicle).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        match self.store.vehicles_now(&unknown).await {
            Ok(vehicles) => {
                for vehicle in &vehicles {
                    self.directory.put_vehicle(vehicle);
                }
                Ok(())
            }
            Err(error) if error.is_away() => Err(error),
            // The reading that follows has its own say about it.
            Err(error) => {
                tracing::error!(%error, "vehicles could not be read");
                Ok(())
            }
        }
    }

    /// Reads descriptions and open hails of these vehicles again, under their locks.
    async fn read_locked(&self, lock: &CarLock<'_>, stale: &[OneStale<'_>]) -> storage::Result<()> {
        if stale.is_empty() {
            return Ok(());
        }
        match self.try_read_locked(lock, stale).await {
            Err(error) if !error.is_away() => {
                tracing::error!(%error, "vehicles could not be read again together; each is read alone");
                self.leave_dirty(stale);
                Ok(())
            }
            outcome => outcome,
        }
    }

    async fn try_read_locked(
        &self,
        lock: &CarLock<'_>,
        stale: &[OneStale<'_>],
    ) -> storage::Result<()> {
        let pairs: Vec<_> = pairs(stale).collect();
        let vehicles: Vec<_> = stale.iter().map(|(vehicle, _)| *vehicle).collect();
        let descriptions = self.store.descriptions_now(&pairs).await?;
        let open = self.store.open_hails_now(&vehicles).await?;
        let mut gone: BTreeSet<_> = pairs.into_iter().collect();
        // The statuses first, as after every change.
        for now in &descriptions {
            gone.remove(&(now.vehicle.id, now.description.account));
            self.take_description_now(lock, now);
        }
        for (vehicle, account) in gone {
            self.directory.take_description(vehicle, account);
        }
        let open: BTreeMap<_, _> = open.into_iter().collect();
        for vehicle in vehicles {
            match (open.get(&vehicle), self.directory.open_hail(vehicle)) {
                (Some(open), _) => self.directory.open(vehicle, *open),
                (None, Some(over)) => self.directory.close(vehicle, over),
                (None, None) => {}
            }
        }
        Ok(())
    }

    /// Leaves vehicles to the dirty set.
    fn leave_dirty(&self, stale: &[OneStale<'_>]) {
        for (vehicle, account) in pairs(stale) {
            self.mark_dirty(Dirty::Description(vehicle, account));
        }
    }

    fn take_description_now(&self, lock: &CarLock<'_>, now: &DescriptionNow) {
        let description = &now.description;
        let before = self.directory.description(now.vehicle.id, description.account);
        self.remember_description(lock, &now.vehicle, description);
        if before.is_none_or(|before| before.status != description.status) {
            for taxi in &now.taxis {
                self.events.tell(Event::taxi(*taxi, description.status, description.account));
            }
        }
    }
}

/// One of [`Stale`].
type OneStale<'a> = (VehicleId, &'a BTreeSet<AccountId>);

fn pairs<'a>(stale: &'a [OneStale<'_>]) -> impl Iterator<Item = (VehicleId, AccountId)> + 'a {
    stale
        .iter()
        .flat_map(|(vehicle, accounts)| accounts.iter().map(move |account| (*vehicle, *account)))
}
