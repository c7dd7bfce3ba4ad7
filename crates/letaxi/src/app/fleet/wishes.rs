//! Statuses and radii that drivers choose.

use registry::directory::DescriptionEntry;
use registry::{TaxiDetails, TaxiId, Time, VehicleStatus};
use storage::enrolment::Wish;
use storage::history::StatusChange;

use super::enrol::TaxiView;
use crate::app::App;
use crate::app::account::caller::Caller;
use crate::app::events::Event;
use crate::app::sync::dirty::Dirty;
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
        let known = before.as_ref().and_then(|before| self.cached_details(who, id, before, now));
        let mut details = None;
        if let Some(known) = known {
            details = self.store.wish_known(known, wish, &activity, now).await?;
        }
        if let Some((before, details)) = before.as_ref().zip(details.as_ref()) {
            self.remember_wish(&lock, before, &details.description);
        } else {
            let moment = self.details_cache.moment();
            details = self.store.wish(who.account.id, id, wish, &activity, now).await?;
            if let Some(details) = &details {
                self.details_cache.note(moment, details, now);
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

    /// A taxi of the caller from the cache, with its description as it is in memory.
    fn cached_details(
        &self,
        who: &Caller,
        taxi: TaxiId,
        described: &DescriptionEntry,
        now: Time,
    ) -> Option<TaxiDetails> {
        let cached = self.details_cache.get(who.account.id, taxi, now)?;
        let mut details = TaxiDetails::clone(&cached);
        details.description.status = described.status;
        details.description.status_at = described.status_at;
        details.description.radius_m = described.radius_m;
        Some(details)
    }
}
