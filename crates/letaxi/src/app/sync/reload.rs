//! Keeping memory in step with the database: at start, and when somebody else changed it.

use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use registry::directory::{DescriptionEntry, TaxiEntry};
use registry::{AccountId, Description, Taxi, Vehicle, VehicleId, VehicleStatus};
use territory::{InseeCode, Territory};
use tokio::time::timeout;

use super::dirty::{Notes, Unread};
use super::locks::Turn;
use crate::app::App;
use crate::app::territory::places::Places;

/// How long reading one thing again may take: whoever wants to change it waits meanwhile.
const READ_WITHIN: Duration = Duration::from_secs(5);

impl App {
    /// Reads taxis, descriptions and open hails into the directory.
    pub(in crate::app) async fn load_directory(&self) -> storage::Result<()> {
        for taxi in self.store.taxis().await? {
            self.remember_taxi(&taxi);
        }
        for (vehicle, description) in self.store.descriptions().await? {
            self.remember_description(&Turn::NEEDLESS, &vehicle, &description);
        }
        for (vehicle, hail) in self.store.open_hails().await? {
            self.directory.open(vehicle, hail);
        }
        Ok(())
    }

    /// Brings memory in step with what others changed, and with what may have changed unseen.
    ///
    /// # Errors
    ///
    /// If the store fails; the next time tries all that is left.
    pub async fn keep_in_step(&self) -> storage::Result<()> {
        let kept = self.do_keep_in_step().await;
        self.keeping.ticked(kept.is_ok(), self.now());
        kept
    }

    async fn do_keep_in_step(&self) -> storage::Result<()> {
        let noticed = self.notice_changes().await;
        if noticed.as_ref().is_err_and(storage::Error::is_away) {
            return noticed;
        }
        // What cannot be read of others' changes keeps nobody from reading our own again, which logs its failures.
        let reloaded = self.reload_unread().await;
        noticed.and(reloaded)
    }

    /// Reads accounts and territory again if the command line, or another process, changed them.
    /// Asks the database for two numbers when nothing did.
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
        // Beside all else: a country takes a good part of a second.
        let made = tokio::task::spawn_blocking(move || {
            let territory = Territory::new(content.towns, content.zones, content.exclusions)
                .with_mergers(content.mergers);
            Places::new(territory, content.stations, content.approximate, content.revision)
        });
        self.places.store(Arc::new(made.await.expect("making places of rows does not panic")));
        // Licences moved with their towns. Whoever tells of a taxi later looks into the new places.
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

    /// The code in force for the town of a licence; its own if that is not known.
    fn town_in_force(&self, code: InseeCode) -> InseeCode {
        self.places.load().territory.in_force(code).unwrap_or(code)
    }

    /// Reads a description again after a change of its status, in the car's turn. If that fails,
    /// nothing old is shown in a search, and it is tried again soon; positions are taken meanwhile.
    pub(in crate::app) async fn reload_description(
        &self,
        turn: &Turn<'_>,
        vehicle: VehicleId,
        account: AccountId,
    ) {
        // Until it has been read: whoever waits for this may not wait to the end.
        let doubt = self.doubt(Unread::Description(vehicle, account));
        match self.store.description(vehicle, account).await {
            Ok(known) => {
                match known {
                    Some((vehicle, description)) => {
                        self.remember_description(turn, &vehicle, &description);
                    }
                    None => self.directory.take_description(vehicle, account),
                }
                doubt.settle();
            }
            Err(error) => {
                tracing::warn!(%error, %vehicle, %account, "a description could not be read again");
                if let Some(known) = self.directory.description(vehicle, account) {
                    let hidden =
                        DescriptionEntry { status: VehicleStatus::Off, ..(*known).clone() };
                    self.directory.put_description(vehicle, account, hidden);
                }
            }
        }
    }

    /// Begins a change of what is known, a car's in its turn. Whoever does not say how it ended, because the
    /// store failed or nobody waits for the answer any more, may have made it: we look again soon.
    pub(in crate::app) fn doubt(&self, of: Unread) -> Doubt<'_> {
        Doubt { app: self, of: Some(of) }
    }

    /// Reads again what could not be read before, and what may have changed unseen, until the store is away.
    /// Each stays noted until it has been read for the last time, whoever stops us in between.
    async fn reload_unread(&self) -> storage::Result<()> {
        let mut outcome = Ok(());
        let due = self.notes().due(self.now());
        for (unread, note) in due {
            let read = timeout(READ_WITHIN, self.reload(&unread)).await;
            match read {
                Ok(Ok(true)) => self.notes().looked(&unread, note),
                // Whoever has the turn is at a change, and knows its end or notes it anew.
                Ok(Ok(false)) => {}
                Ok(Err(error)) if !error.is_away() => {
                    tracing::error!(%error, ?unread, "it could not be read again; the next time tries it");
                    outcome = outcome.and(Err(error));
                }
                Ok(away) => return away.map(drop),
                Err(_late) => {
                    tracing::error!(
                        ?unread,
                        "reading it again did not end in time; the next time tries it"
                    );
                    return outcome;
                }
            }
        }
        outcome
    }

    /// Reads something again; false if somebody is just changing it.
    async fn reload(&self, unread: &Unread) -> storage::Result<bool> {
        let (vehicle, account, car) = match unread {
            Unread::Description(vehicle, account) => {
                (*vehicle, *account, self.directory.car(*vehicle))
            }
            Unread::Plate(plate, account) => {
                let described = self.store.description_of_plate(*account, plate).await?;
                let Some(description) = described else { return Ok(true) };
                (description.vehicle, *account, Some(plate.car()))
            }
            Unread::Taxi(taxi, account) => {
                if let Some(details) = self.store.taxi_details(*account, *taxi).await? {
                    self.remember_taxi(&details.taxi);
                }
                return Ok(true);
            }
        };
        // Memory knows no car of a vehicle that nobody has told it of: then nobody is at a change of it, either.
        let turn = car.map_or(Some(Turn::NEEDLESS), |car| self.turns.try_at(&car));
        let Some(turn) = turn else { return Ok(false) };
        let open = self.store.open_hail_of(vehicle).await?;
        // The status first, as after every change.
        self.reload_description(&turn, vehicle, account).await;
        match (open, self.directory.open_hail(vehicle)) {
            (Some(open), _) => self.directory.open(vehicle, open),
            (None, Some(over)) => self.directory.close(vehicle, over),
            (None, None) => {}
        }
        Ok(true)
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        // Nothing can panic while it is held, so a poisoned lock still holds whole notes.
        self.unread.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(in crate::app) fn remember_taxi(&self, taxi: &Taxi) {
        let town = self.town_in_force(taxi.town);
        self.directory.put_taxi(taxi.id, TaxiEntry { town, ..TaxiEntry::from(taxi) });
    }

    /// Tells memory of a description, in the car's turn.
    pub(in crate::app) fn remember_description(
        &self,
        _turn: &Turn<'_>,
        vehicle: &Vehicle,
        description: &Description,
    ) {
        let entry = DescriptionEntry {
            status: description.status,
            status_at: description.status_at,
            radius_m: description.radius_m,
            card: (self.wording.card)(vehicle, description),
        };
        self.directory.put_vehicle(vehicle);
        self.directory.put_description(vehicle.id, description.account, entry);
    }
}

/// A change that memory has not been told of: see [`App::doubt`].
pub(in crate::app) struct Doubt<'a> {
    app: &'a App,
    of: Option<Unread>,
}

impl Doubt<'_> {
    /// Memory knows how it ended.
    pub(in crate::app) fn settle(mut self) {
        self.of = None;
    }
}

impl Drop for Doubt<'_> {
    fn drop(&mut self) {
        if let Some(unread) = self.of.take() {
            self.app.notes().note(unread, self.app.now());
        }
    }
}
