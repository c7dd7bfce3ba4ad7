//! Memory follows the changes of other servers, as the feed of the database tells them.
//!
//! Things that changed are read again, under the locks of the cars, so that the changes of this server come before or after,
//! in memory as in the database. A change that is read twice does no harm.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use registry::{AccountId, VehicleId};
use storage::feed::{Changed, DescriptionNow, Feed, HailNow};
use tokio::time::timeout;

use super::followed::Followed;
use super::locks::CarLock;
use super::reload::READ_WITHIN;
use crate::app::App;
use crate::app::events::Event;

/// Vehicles that are read again at once.
const AT_ONCE: usize = 200;

/// Time for which the feed is kept at least; a node that was away for longer reads everything again.
const KEPT_FOR: TimeDelta = TimeDelta::minutes(10);

/// Vehicles to read again, with the accounts whose descriptions changed.
type Stale = BTreeMap<VehicleId, BTreeSet<AccountId>>;

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
        let (mut stale, mut hails) = (Stale::new(), Vec::new());
        for change in changes {
            match change {
                Changed::Description(vehicle, account) => {
                    stale.entry(*vehicle).or_default().insert(*account);
                }
                Changed::Hail(hail) => hails.push(*hail),
                Changed::Taxi(taxi) => match self.store.taxi(*taxi).await? {
                    Some(taxi) => self.remember_taxi(&taxi),
                    None => self.directory.take_taxi(*taxi),
                },
            }
        }
        let hails: Vec<HailNow> =
            if hails.is_empty() { Vec::new() } else { self.store.hails_now(&hails).await? };
        for hail in &hails {
            stale.entry(hail.vehicle).or_default().insert(hail.operator);
        }
        self.read_again(&stale).await?;
        for hail in hails {
            self.events.tell(Event::hail((hail.id, hail.status), hail.operator, hail.client));
        }
        Ok(())
    }

    /// Reads vehicles again: those whose locks are free together, the others one by one.
    async fn read_again(&self, stale: &Stale) -> storage::Result<()> {
        let all: Vec<_> = stale.iter().collect();
        for part in all.chunks(AT_ONCE) {
            let cars: Vec<_> =
                part.iter().map(|(vehicle, _)| self.directory.car(**vehicle)).collect();
            let (locks, are_held) = self.car_locks.try_lock_all(&cars);
            let held = |is_held: bool| {
                let chosen = part.iter().zip(&are_held).filter(move |(_, held)| **held == is_held);
                chosen.map(|((vehicle, accounts), _)| (**vehicle, *accounts))
            };
            self.read_locked(&CarLock::from(&locks), &held(true).collect::<Vec<_>>()).await?;
            drop(locks);
            for one in held(false) {
                let car = self.directory.car(one.0);
                let read = async {
                    let lock = self.car_locks.lock_known(car.as_deref()).await;
                    self.read_locked(&lock, &[one]).await
                };
                match timeout(READ_WITHIN, read).await {
                    Ok(read) => read?,
                    // Whoever holds the lock this long reads it again: see the dirty set.
                    Err(_late) => tracing::warn!(vehicle = %one.0, "a vehicle was not read again"),
                }
            }
        }
        Ok(())
    }

    /// Reads descriptions and open hails of these vehicles again, under their locks.
    async fn read_locked(
        &self,
        lock: &CarLock<'_>,
        stale: &[(VehicleId, &BTreeSet<AccountId>)],
    ) -> storage::Result<()> {
        let pairs = stale.iter().flat_map(|(vehicle, accounts)| {
            accounts.iter().map(move |account| (*vehicle, *account))
        });
        let pairs: Vec<_> = pairs.collect();
        let vehicles: Vec<_> = stale.iter().map(|(vehicle, _)| *vehicle).collect();
        if vehicles.is_empty() {
            return Ok(());
        }
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

    /// Compares all of memory with the database, and reads again what differs.
    async fn compare_all(&self) -> storage::Result<()> {
        let mut unknown = BTreeSet::new();
        self.directory.each_taxi(|id, _| {
            unknown.insert(id);
        });
        for taxi in self.store.taxis().await? {
            unknown.remove(&taxi.id);
            self.remember_taxi(&taxi);
        }
        for taxi in unknown {
            self.directory.take_taxi(taxi);
        }
        let (mut stale, mut closed) = (Stale::new(), BTreeMap::new());
        self.directory.fleet().each_vehicle(|vehicle, accounts, open| {
            stale.insert(vehicle, accounts.collect());
            closed.extend(open.map(|hail| (vehicle, hail)));
        });
        for (vehicle, description) in self.store.descriptions().await? {
            let known = self.directory.description(vehicle.id, description.account);
            let same = known.is_some_and(|known| *known == self.entry_of(&vehicle, &description));
            let accounts = stale.entry(vehicle.id).or_default();
            if same {
                accounts.remove(&description.account);
            } else {
                accounts.insert(description.account);
            }
        }
        stale.retain(|_, accounts| !accounts.is_empty());
        for (vehicle, hail) in self.store.open_hails().await? {
            if closed.remove(&vehicle) != Some(hail) {
                stale.entry(vehicle).or_default();
            }
        }
        for vehicle in closed.into_keys() {
            stale.entry(vehicle).or_default();
        }
        self.read_again(&stale).await
    }
}
