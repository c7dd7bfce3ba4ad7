//! Synchronises memory with the database: at start, and after changes by other processes.

use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use registry::directory::{DescriptionEntry, TaxiEntry};
use registry::{AccountId, Description, Taxi, TaxiId, Time, Vehicle, VehicleId, VehicleStatus};
use territory::{InseeCode, Territory};
use tokio::time::timeout;

use super::dirty::{Dirty, DirtySet};
use super::locks::CarLock;
use crate::app::territory::places::Places;
use crate::app::{App, Parts};

/// Time limit for rereading an entry: changes of it wait meanwhile.
const READ_WITHIN: Duration = Duration::from_secs(5);

impl App {
    /// Starts a registry: loads the data of the hot paths into memory.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub async fn start(parts: Parts) -> storage::Result<Arc<Self>> {
        let app = Self::open(parts);
        app.steer_clock().await?;
        // First, so that no change of another server is missed.
        app.followed.lock().await.place = app.store.feed_place().await?;
        app.load_directory().await?;
        app.notice_changes().await?;
        app.read_positions().await?;
        app.retention.started(app.now());
        Ok(Arc::new(app))
    }

    /// Reads taxis, descriptions and open hails into the directory.
    pub(in crate::app) async fn load_directory(&self) -> storage::Result<()> {
        for taxi in self.store.taxis().await? {
            self.remember_taxi(&taxi);
        }
        for (vehicle, description) in self.store.descriptions().await? {
            self.remember_description(&CarLock::NOT_NEEDED, &vehicle, &description);
        }
        for (vehicle, hail) in self.store.open_hails().await? {
            self.directory.open(vehicle, hail);
        }
        Ok(())
    }

    /// Updates memory with changes of other processes, and with own ones that may have been missed.
    ///
    /// # Errors
    ///
    /// If the store fails; the next call continues.
    pub async fn sync_memory(&self) -> storage::Result<()> {
        let synced = self.try_sync_memory().await;
        self.sync.ticked(synced.is_ok(), self.now());
        synced
    }

    async fn try_sync_memory(&self) -> storage::Result<()> {
        let noticed = self.notice_changes().await;
        if noticed.as_ref().is_err_and(storage::Error::is_away) {
            return noticed;
        }
        // A failure to read others' changes does not prevent the reload of own ones, which logs its failures.
        let followed = self.follow_others().await;
        let reloaded = self.reload_dirty().await;
        noticed.and(followed).and(reloaded)
    }

    /// Reloads accounts and territory if another process changed them. Reads two numbers from the database if
    /// nothing changed.
    pub(in crate::app) async fn notice_changes(&self) -> storage::Result<()> {
        let revision = self.store.accounts_revision().await?;
        if self.accounts_revision.load(Ordering::Relaxed) != revision {
            self.load_accounts().await?;
        }
        let revision = self.store.territory_revision().await?;
        if self.places.load().revision != revision {
            self.load_places().await?;
        }
        Ok(())
    }

    async fn load_places(&self) -> storage::Result<()> {
        let content = self.store.territory().await?;
        // On a separate thread: a country takes a good part of a second.
        let made = tokio::task::spawn_blocking(move || {
            let territory = Territory::new(content.towns, content.zones, content.exclusions)
                .with_mergers(content.mergers);
            Places::new(territory, content.stations, content.approximate, content.revision)
        });
        self.places.store(Arc::new(made.await.expect("making places of rows does not panic")));
        self.details_cache.forget_all();
        // Licences moved with their towns. Later updates of taxis use the new places.
        let mut known = Vec::with_capacity(self.directory.taxi_count());
        self.directory.each_taxi(|id, taxi| known.push((id, *taxi)));
        for (id, taxi) in known {
            let town = self.town_in_force(taxi.town);
            if town != taxi.town {
                self.directory.put_taxi(id, TaxiEntry { town, ..taxi });
            }
        }
        Ok(())
    }

    /// The code in force of a licence's town; the code itself if none is known.
    fn town_in_force(&self, code: InseeCode) -> InseeCode {
        self.places.load().territory.in_force(code).unwrap_or(code)
    }

    /// Rereads a description after a change of its status, under the car's lock. If that fails, searches do
    /// not show the old one, and it is retried soon; positions are accepted meanwhile.
    pub(in crate::app) async fn reload_description(
        &self,
        lock: &CarLock<'_>,
        vehicle: VehicleId,
        account: AccountId,
    ) {
        // Dropped without confirmation if the caller is cancelled.
        let unconfirmed = self.unconfirmed(Dirty::Description(vehicle, account));
        match self.store.description(vehicle, account).await {
            Ok(known) => {
                match known {
                    Some((vehicle, description)) => {
                        self.remember_description(lock, &vehicle, &description);
                    }
                    None => self.directory.take_description(vehicle, account),
                }
                unconfirmed.confirm();
            }
            Err(error) => {
                tracing::warn!(%error, %vehicle, %account, "a description could not be read again");
                if let Some(known) = self.directory.description(vehicle, account) {
                    let hidden =
                        DescriptionEntry { status: VehicleStatus::Off, ..(*known).clone() };
                    self.directory.put_description(vehicle, account, hidden);
                }
                if error.is_unreadable() {
                    // Reading it once more changes nothing.
                    unconfirmed.confirm();
                }
            }
        }
    }

    /// Updates the status of a description in memory, under the car's lock.
    pub(in crate::app) async fn remember_status(
        &self,
        lock: &CarLock<'_>,
        (vehicle, account): (VehicleId, AccountId),
        status: VehicleStatus,
        status_at: Time,
    ) {
        let Some(known) = self.directory.description(vehicle, account) else {
            return self.reload_description(lock, vehicle, account).await;
        };
        let changed = DescriptionEntry { status, status_at, ..(*known).clone() };
        self.directory.put_description(vehicle, account, changed);
    }

    /// Updates status and radius in memory, under the car's lock. The features stay: memory may know newer ones than were
    /// answered with.
    pub(in crate::app) fn remember_wish(
        &self,
        _lock: &CarLock<'_>,
        before: &DescriptionEntry,
        is: &Description,
    ) {
        let (status, status_at, radius_m) = (is.status, is.status_at, is.radius_m);
        let entry = DescriptionEntry { status, status_at, radius_m, ..before.clone() };
        self.directory.put_description(is.vehicle, is.account, entry);
    }

    /// Begins a change, that of a car under its lock. If the store fails or the caller is cancelled, the
    /// change may have been made nevertheless: it is marked dirty and reread soon.
    pub(in crate::app) fn unconfirmed(&self, of: Dirty) -> Unconfirmed<'_> {
        Unconfirmed { app: self, of: Some(of) }
    }

    /// Rereads the dirty entries that are due, until the store is away. Each stays marked until its last
    /// reading, whatever interrupts this.
    async fn reload_dirty(&self) -> storage::Result<()> {
        let mut outcome = Ok(());
        let due = self.dirty_set().due(self.now());
        for (dirty, mark) in due {
            let read = timeout(READ_WITHIN, self.reload(&dirty)).await;
            match read {
                Ok(Ok(true)) => self.dirty_set().reread(&dirty, mark),
                // Another change of the car is under way; it is confirmed or marks the entry again.
                Ok(Ok(false)) => {}
                Ok(Err(error)) if !error.is_away() => {
                    // It counts as a reading, so that one that always fails ends.
                    self.dirty_set().reread(&dirty, mark);
                    tracing::error!(%error, ?dirty, "it could not be read again; the next time tries it");
                    outcome = outcome.and(Err(error));
                }
                Ok(away) => return away.map(drop),
                Err(_late) => {
                    tracing::error!(
                        ?dirty,
                        "reading it again did not end in time; the next time tries it"
                    );
                    return outcome;
                }
            }
        }
        outcome
    }

    /// Rereads an entry; false if a change of it is under way.
    async fn reload(&self, dirty: &Dirty) -> storage::Result<bool> {
        let (vehicle, account, car) = match dirty {
            Dirty::Description(vehicle, account) => {
                (*vehicle, *account, self.directory.car(*vehicle))
            }
            Dirty::Plate(plate, account) => {
                let described = self.store.description_of_plate(*account, plate).await?;
                let Some(description) = described else { return Ok(true) };
                (description.vehicle, *account, Some(plate.car()))
            }
            Dirty::Taxi(taxi) => return self.reload_taxi(*taxi).await,
        };
        // If memory knows no car of a vehicle, no change of it is under way.
        let lock = car.map_or(Some(CarLock::NOT_NEEDED), |car| self.car_locks.try_lock(&car));
        let Some(lock) = lock else { return Ok(false) };
        let open = self.store.open_hail_of(vehicle).await?;
        // The status first, as after every change.
        self.reload_description(&lock, vehicle, account).await;
        match (open, self.directory.open_hail(vehicle)) {
            (Some(open), _) => self.directory.open(vehicle, open),
            (None, Some(over)) => self.directory.close(vehicle, over),
            (None, None) => {}
        }
        Ok(true)
    }

    async fn reload_taxi(&self, taxi: TaxiId) -> storage::Result<bool> {
        let vehicle = self.directory.taxi(taxi).map(|known| known.vehicle);
        let car = vehicle.and_then(|vehicle| self.directory.car(vehicle));
        let lock = car.map_or(Some(CarLock::NOT_NEEDED), |car| self.car_locks.try_lock(&car));
        let Some(_lock) = lock else { return Ok(false) };
        match self.store.taxi(taxi).await? {
            Some(taxi) => self.remember_taxi(&taxi),
            None => self.directory.take_taxi(taxi),
        }
        Ok(true)
    }

    /// Marks an entry as dirty.
    pub(super) fn mark_dirty(&self, dirty: Dirty) {
        self.dirty_set().mark(dirty, self.now());
    }

    fn dirty_set(&self) -> MutexGuard<'_, DirtySet> {
        // No code panics while it holds the lock, so a poisoned lock still guards a consistent set.
        self.dirty.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(in crate::app) fn remember_taxi(&self, taxi: &Taxi) {
        self.directory.put_taxi(taxi.id, self.taxi_entry(taxi));
    }

    /// A taxi, for a change of its car. One that was made through another server a moment ago is read first: without it
    /// memory would not know the lock under which the change and the reading of the feed come one after the other.
    pub(in crate::app) async fn known_taxi(
        &self,
        id: TaxiId,
    ) -> storage::Result<Option<TaxiEntry>> {
        let known = self.directory.taxi(id);
        let has_car = known.is_some_and(|taxi| self.directory.car(taxi.vehicle).is_some());
        if has_car || self.membership.is_none() {
            return Ok(known);
        }
        if let Some(taxi) = self.store.taxis_now(&[id]).await?.first() {
            for vehicle in self.store.vehicles_now(&[taxi.vehicle]).await? {
                self.directory.put_vehicle(&vehicle);
            }
            self.remember_taxi(taxi);
        }
        Ok(self.directory.taxi(id))
    }

    /// A taxi as memory holds it.
    pub(super) fn taxi_entry(&self, taxi: &Taxi) -> TaxiEntry {
        TaxiEntry { town: self.town_in_force(taxi.town), ..TaxiEntry::from(taxi) }
    }

    /// Updates memory with a description, under the car's lock.
    pub(in crate::app) fn remember_description(
        &self,
        _lock: &CarLock<'_>,
        vehicle: &Vehicle,
        description: &Description,
    ) {
        self.directory.put_vehicle(vehicle);
        let entry = self.entry_of(vehicle, description);
        self.directory.put_description(vehicle.id, description.account, entry);
    }

    /// A description as memory holds it.
    pub(super) fn entry_of(
        &self,
        vehicle: &Vehicle,
        description: &Description,
    ) -> DescriptionEntry {
        DescriptionEntry {
            status: description.status,
            status_at: description.status_at,
            radius_m: description.radius_m,
            card: (self.wording.card)(vehicle, description),
        }
    }
}

/// A change that memory does not have yet: see [`App::unconfirmed`].
pub(in crate::app) struct Unconfirmed<'a> {
    app: &'a App,
    of: Option<Dirty>,
}

impl Unconfirmed<'_> {
    /// Confirms that memory has the result.
    pub(in crate::app) fn confirm(mut self) {
        self.of = None;
        self.app.announce();
    }
}

impl Drop for Unconfirmed<'_> {
    fn drop(&mut self) {
        if let Some(dirty) = self.of.take() {
            self.app.mark_dirty(dirty);
            self.app.announce();
        }
    }
}
