//! Keeping memory in step with the database: at start, and when somebody else changed it.

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError};

use registry::directory::{DescriptionEntry, TaxiEntry};
use registry::{AccountId, Description, Taxi, Vehicle, VehicleId, VehicleStatus};
use territory::Territory;

use super::{App, Places};

impl App {
    /// Reads taxis, descriptions and open hails into the directory.
    pub(super) async fn load_directory(&self) -> storage::Result<()> {
        for taxi in self.store.taxis().await? {
            self.remember_taxi(&taxi);
        }
        for (vehicle, description) in self.store.descriptions().await? {
            self.remember_description(&vehicle, &description);
        }
        for (vehicle, hail) in self.store.open_hails().await? {
            self.directory.open(vehicle, hail);
        }
        Ok(())
    }

    /// Reads accounts and territory again if the command line, or another process, changed them.
    /// Asks the database for two numbers when nothing did.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn notice_changes(&self) -> storage::Result<()> {
        let revision = self.store.accounts_revision().await?;
        if self.accounts_revision.load(Ordering::Relaxed) != revision {
            self.load_accounts().await?;
            // Only now: had it failed, the next tick would have to try again.
            self.accounts_revision.store(revision, Ordering::Relaxed);
        }
        let revision = self.store.territory_revision().await?;
        if self.places.load().revision != revision {
            let content = self.store.territory().await?;
            let territory = Territory::new(content.towns, content.zones, content.exclusions);
            let places =
                Places::new(territory, content.stations, content.approximate, content.revision);
            self.places.store(Arc::new(places));
        }
        Ok(())
    }

    /// Reads a description again after a change of its status, in the vehicle's turn. If that fails,
    /// nothing old is shown in a search, and the next tick tries again; positions are taken meanwhile.
    pub(super) async fn reload_description(&self, vehicle: VehicleId, account: AccountId) {
        match self.store.description(vehicle, account).await {
            Ok(Some((vehicle, description))) => self.remember_description(&vehicle, &description),
            Ok(None) => self.directory.take_description(vehicle, account),
            Err(error) => {
                tracing::warn!(%error, %vehicle, %account, "a description could not be read again");
                if let Some(known) = self.directory.description(vehicle, account) {
                    let hidden =
                        DescriptionEntry { status: VehicleStatus::Off, ..(*known).clone() };
                    self.directory.put_description(vehicle, account, hidden);
                }
                self.unread().insert((vehicle, account));
            }
        }
    }

    /// Begins a change of a vehicle, in its turn. Whoever does not say how it ended, because the store
    /// failed or nobody waits for the answer any more, may have made it: the next tick looks.
    pub(super) fn doubt(&self, vehicle: VehicleId, account: AccountId) -> Doubt<'_> {
        Doubt { app: self, vehicle, account, settled: false }
    }

    /// Reads again what could not be read before, and what may have changed unseen, until the store
    /// fails.
    pub(super) async fn reload_unread(&self) {
        let unread = std::mem::take(&mut *self.unread());
        let mut left = unread.into_iter();
        while let Some((vehicle, account)) = left.next() {
            let _turn = self.turns.at(vehicle).await;
            match self.store.open_hail_of(vehicle).await {
                Ok(open) => {
                    // The status first, as after every change.
                    self.reload_description(vehicle, account).await;
                    match (open, self.directory.open_hail(vehicle)) {
                        (Some(open), _) => self.directory.open(vehicle, open),
                        (None, Some(over)) => self.directory.close(vehicle, over),
                        (None, None) => {}
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, %vehicle, "an open hail could not be read again");
                    self.unread().extend(left.chain([(vehicle, account)]));
                    return;
                }
            }
        }
    }

    fn unread(&self) -> MutexGuard<'_, HashSet<(VehicleId, AccountId)>> {
        // Nothing can panic while it is held, so a poisoned lock still holds a whole set.
        self.unread.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn remember_taxi(&self, taxi: &Taxi) {
        self.directory.put_taxi(taxi.id, TaxiEntry::from(taxi));
    }

    pub(super) fn remember_description(&self, vehicle: &Vehicle, description: &Description) {
        let entry = DescriptionEntry {
            status: description.status,
            status_at: description.status_at,
            radius_m: description.radius_m,
            card: (self.wording.card)(vehicle, description),
        };
        self.directory.put_description(vehicle.id, description.account, entry);
    }
}

/// A change of a vehicle that memory has not been told of: see [`App::doubt`].
pub(super) struct Doubt<'a> {
    app: &'a App,
    vehicle: VehicleId,
    account: AccountId,
    settled: bool,
}

impl Doubt<'_> {
    /// Memory knows how it ended.
    pub(super) fn settle(mut self) {
        self.settled = true;
    }
}

impl Drop for Doubt<'_> {
    fn drop(&mut self) {
        if !self.settled {
            self.app.unread().insert((self.vehicle, self.account));
        }
    }
}
