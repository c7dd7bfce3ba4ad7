//! Which taxis may take a customer at a point? Memory only.

use std::sync::Arc;

use dispatch::eligibility::{COUNTED_WITHIN_M, Candidate, POSITION_LIFE_S};
use dispatch::ranking::{self, Found};
use positions::Fix;
use registry::directory::DescriptionEntry;
use registry::{Account, Role};
use territory::{InseeCode, Point};

use super::App;
use super::Slot;
use super::caller::Caller;
use super::clock::seconds;

/// What is needed to show a taxi.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The account through whose description it is shown.
    pub operator: Arc<Account>,
    /// That description.
    pub description: Arc<DescriptionEntry>,
    /// Where the taxi is.
    pub fix: Fix,
}

/// The point lies in a zone where taxis may not look for customers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("taxis may not look for customers here")]
pub struct Excluded;

impl App {
    /// The taxis that may take a customer at this point now, nearest first.
    ///
    /// An operator that is no app sees only what it describes itself.
    ///
    /// # Errors
    ///
    /// If the point lies in an exclusion zone.
    pub fn search(&self, who: &Caller, point: Point) -> Result<Vec<Found<Shown>>, Excluded> {
        let places = self.places.load();
        if places.territory.exclusion_at(point).is_some() {
            return Err(Excluded);
        }
        let Some(town) = places.territory.town_at(point) else { return Ok(Vec::new()) };
        let allowed = places.territory.licences_allowed(town.code);
        let own_only = !who.account.roles.has_any(&[Role::Admin, Role::Client]);

        let now_s = seconds(self.now());
        let not_before_s = now_s.saturating_sub(POSITION_LIFE_S);
        let mut shown = Vec::new();
        self.positions.near(point, COUNTED_WITHIN_M, not_before_s, |slot, fix, distance_m| {
            if own_only && slot.1 != who.account.id {
                return;
            }
            shown.extend(self.shown(slot, fix, distance_m, now_s, allowed));
        });
        Ok(ranking::rank(shown))
    }

    fn shown(
        &self,
        (taxi, account): Slot,
        fix: Fix,
        distance_m: f64,
        now_s: u32,
        allowed: &[InseeCode],
    ) -> Option<Found<Shown>> {
        let entry = self.directory.taxi(taxi)?;
        let description = self.directory.description(entry.vehicle, account)?;
        let own_status = if account == entry.operator {
            description.status
        } else {
            self.directory.description(entry.vehicle, entry.operator)?.status
        };
        let candidate = Candidate {
            status: description.status,
            own_status,
            in_open_hail: self.directory.open_hail(entry.vehicle).is_some(),
            position_age_s: now_s.saturating_sub(fix.at_s),
            distance_m,
            radius_m: description.radius_m,
            licence_allowed: allowed.binary_search(&entry.town).is_ok(),
        };
        candidate.is_shown().then(|| {
            let operator = self.directory.account(account)?;
            let status_at = description.status_at;
            let details = Shown { operator, description, fix };
            Some(Found { taxi, account, status_at, distance_m, details })
        })?
    }
}
