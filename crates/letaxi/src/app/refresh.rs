//! Keeping memory in step with the database: at start, and when somebody else changed it.

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError};

use registry::directory::{DescriptionEntry, TaxiEntry};
use registry::{AccountId, Description, Taxi, Vehicle, VehicleId};
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

    /// Reads a description again after a change of its status, in the vehicle's turn. If that fails, it
    /// is dropped, so that nothing old is shown, and the next tick tries again.
    pub(super) async fn reload_description(&self, vehicle: VehicleId, account: AccountId) {
        match self.store.description(vehicle, account).await {
            Ok(Some((vehicle, description))) => self.remember_description(&vehicle, &description),
            Ok(None) => self.directory.take_description(vehicle, account),
            Err(error) => {
                tracing::warn!(%error, %vehicle, %account, "a description could not be read again");
                self.directory.take_description(vehicle, account);
                self.unread().insert((vehicle, account));
            }
        }
    }

    /// Reads again what could not be read before.
    pub(super) async fn reload_unread(&self) {
        let unread = std::mem::take(&mut *self.unread());
        for (vehicle, account) in unread {
            let _turn = self.turns.at(vehicle).await;
            self.reload_description(vehicle, account).await;
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
