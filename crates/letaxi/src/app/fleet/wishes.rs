//! Statuses and radii that drivers choose.

use registry::directory::DescriptionEntry;
use registry::{Description, TaxiDetails, TaxiId, VehicleStatus};
use storage::enrolment::Wish;
use storage::history::StatusChange;

use super::enrol::TaxiView;
use crate::app::App;
use crate::app::account::caller::Caller;
use crate::app::events::Event;
use crate::app::sync::dirty::Dirty;
use crate::app::sync::locks::CarLock;
use crate::app::sync::reload::Unconfirmed;

impl App {
    /// Stores the driver's status and radius, as sent by the caller; `None` as in [`App::taxi`].
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn wish(
        &self,
        who: &Caller,
        taxi: &str,
        wish: Wish,
    ) -> storage::Result<Option<TaxiView>> {
        let Ok(id) = taxi.parse::<TaxiId>() else { return Ok(None) };
        let activity = |before: VehicleStatus| {
            let changed = wish.status.filter(|status| *status != before);
            let change = changed.map(|to| {
                let (by, key_owner) = (Some(who.account.id), Some(who.key_owner));
                let (account, hail, reason) = (who.account.id, None, None);
                let change =
                    StatusChange { account, from: before, to, by, key_owner, hail, reason };
                self.activity_of_status(id, change)
            });
            [self.activity_of_call(who)].into_iter().chain(change).collect()
        };
        let vehicle = self.known_taxi(id).await?.map(|taxi| taxi.vehicle);
        let car = vehicle.and_then(|vehicle| self.directory.car(vehicle));
        let lock = self.car_locks.lock_known(car.as_deref()).await;
        let unconfirmed =
            vehicle.map(|id| self.unconfirmed(Dirty::Description(id, who.account.id)));
        let before = vehicle.and_then(|id| self.directory.description(id, who.account.id));
        let now = self.now();
        let known = before.as_ref().and_then(|before| self.as_known(who, id, before));
        let mut details = None;
        if let Some(known) = known {
            details = self.store.wish_known(known, wish, &activity, now).await?;
        }
        if let Some((before, details)) = before.as_ref().zip(details.as_ref()) {
            self.remember_wish(&lock, before, &details.description);
        } else {
            let moment = self.known_taxis.moment();
            details = self.store.wish(who.account.id, id, wish, &activity, now).await?;
            if let Some(details) = &details {
                self.known_taxis.note(moment, details, now);
                self.remember_description(&lock, &details.vehicle, &details.description);
            }
        }
        unconfirmed.into_iter().for_each(Unconfirmed::confirm);
        Ok(details.map(|details| {
            let status = details.description.status;
            if before.is_none_or(|before| before.status != status) {
                self.events.tell(Event::taxi(id, status, who.account.id));
            }
            self.view(who, details)
        }))
    }

    /// Updates status and radius in memory, under the car's lock. The features stay: memory may know newer ones than were
    /// answered with.
    fn remember_wish(&self, _lock: &CarLock<'_>, before: &DescriptionEntry, is: &Description) {
        let (status, status_at, radius_m) = (is.status, is.status_at, is.radius_m);
        let entry = DescriptionEntry { status, status_at, radius_m, ..before.clone() };
        self.directory.put_description(is.vehicle, is.account, entry);
    }

    /// A taxi of the caller as memory knows it, with its description as it is in memory.
    fn as_known(
        &self,
        who: &Caller,
        taxi: TaxiId,
        described: &DescriptionEntry,
    ) -> Option<TaxiDetails> {
        let known = self.known_taxis.get(who.account.id, taxi, self.now())?;
        let mut known = TaxiDetails::clone(&known);
        known.description.status = described.status;
        known.description.status_at = described.status_at;
        known.description.radius_m = described.radius_m;
        Some(known)
    }
}
