//! Keeping memory in step with the database: at start, and when somebody else changed it.

use std::sync::atomic::Ordering;

use registry::directory::{DescriptionEntry, TaxiEntry};
use registry::{Description, Taxi, Vehicle};
use std::sync::Arc;
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
        if self.accounts_revision.swap(revision, Ordering::Relaxed) != revision {
            let (accounts, keys) = self.store.accounts().await?;
            self.directory.set_accounts(accounts, keys);
        }
        let revision = self.store.territory_revision().await?;
        if self.places.load().revision != revision {
            let content = self.store.territory().await?;
            self.places.store(Arc::new(Places {
                territory: Territory::new(content.towns, content.zones, content.exclusions),
                stations: content.stations,
                approximate: content.approximate,
                revision: content.revision,
            }));
        }
        Ok(())
    }

    pub(super) fn remember_taxi(&self, taxi: &Taxi) {
        let entry = TaxiEntry { vehicle: taxi.vehicle, town: taxi.town, operator: taxi.operator };
        self.directory.put_taxi(taxi.id, entry);
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
