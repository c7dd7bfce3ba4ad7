//! Which taxis may take a customer at a point? Memory only.

use std::sync::Arc;

use dispatch::eligibility::{COUNTED_WITHIN_M, Candidate, POSITION_LIFE_S};
use dispatch::ranking::{self, Found};
use positions::Fix;
use registry::directory::DescriptionEntry;
use registry::{Account, Role, TaxiId};
use storage::figures::SearchRecord;
use territory::{InseeCode, Point};

use super::App;
use super::Slot;
use super::caller::Caller;
use super::clock::seconds;

/// What is needed to show a taxi.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The id under which the caller is shown the taxi.
    pub id: TaxiId,
    /// The account through whose description it is shown.
    pub operator: Arc<Account>,
    /// Whether the caller is told who that is.
    pub names_operator: bool,
    /// Whether that is the account that anyone may act for.
    pub is_integration: bool,
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

        let now = self.now();
        let now_s = seconds(now);
        let not_before_s = now_s.saturating_sub(POSITION_LIFE_S);
        let (mut shown, mut counted) = (Vec::new(), Vec::new());
        let mut nearest_m: Option<f64> = None;
        self.positions.near(point, COUNTED_WITHIN_M, not_before_s, |slot, fix, distance_m| {
            if own_only && slot.1 != who.account.id {
                return;
            }
            let Some((candidate, seen)) = self.candidate(slot, fix, distance_m, now_s, allowed)
            else {
                return;
            };
            if candidate.is_counted() {
                counted.push(slot.0);
                nearest_m = Some(nearest_m.map_or(distance_m, |nearest| nearest.min(distance_m)));
            }
            if candidate.is_shown() {
                shown.extend(self.shown(who, slot, fix, distance_m, seen));
            }
        });
        let shown = ranking::rank(shown);
        counted.sort_unstable();
        counted.dedup();
        self.remember_search(SearchRecord {
            at: now,
            account: who.account.id,
            point,
            town: town.code,
            found: i32::try_from(counted.len()).unwrap_or(i32::MAX),
            seen: i32::try_from(shown.len()).unwrap_or(i32::MAX),
            nearest_m,
        });
        Ok(shown)
    }

    /// What is known of a taxi that an account reports near the customer; `None` if the directory
    /// does not know it.
    fn candidate(
        &self,
        (taxi, account): Slot,
        fix: Fix,
        distance_m: f64,
        now_s: u32,
        allowed: &[InseeCode],
    ) -> Option<(Candidate, Seen)> {
        let taxi = self.directory.taxi(taxi)?;
        let description = self.directory.description(taxi.vehicle, account)?;
        let own_status = if account == taxi.operator {
            description.status
        } else {
            self.directory.description(taxi.vehicle, taxi.operator)?.status
        };
        let candidate = Candidate {
            status: description.status,
            own_status,
            in_open_hail: self.directory.open_hail(taxi.vehicle).is_some(),
            position_age_s: now_s.saturating_sub(fix.at_s),
            distance_m,
            radius_m: description.radius_m,
            licence_allowed: allowed.binary_search(&taxi.town).is_ok(),
        };
        Some((candidate, Seen { number: taxi.number, description }))
    }

    fn shown(
        &self,
        who: &Caller,
        (taxi, account): Slot,
        fix: Fix,
        distance_m: f64,
        Seen { number, description }: Seen,
    ) -> Option<Found<Shown>> {
        let operator = self.directory.account(account)?;
        let status_at = description.status_at;
        let details = Shown {
            id: self.shown_id(who, taxi, number),
            names_operator: self.names_operators(who),
            is_integration: self.is_integration(&operator.email),
            operator,
            description,
            fix,
        };
        Some(Found { taxi, number, account, status_at, distance_m, details })
    }
}

/// What of a candidate is shown.
struct Seen {
    number: i64,
    description: Arc<DescriptionEntry>,
}
