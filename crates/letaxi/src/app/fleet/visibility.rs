//! Explanation of a search: the conditions that a taxi meets at a point, or anywhere, and those that it does not.
//!
//! The conditions are those of [`App::search`]: the same [`Candidate`], the same state of the directory, the same
//! territory. Those on the taxi's vehicle are checked for each description that the caller may see.

use std::sync::Arc;

use dispatch::eligibility::{Candidate, Condition, limit_m};
use positions::Fix;
use registry::directory::{State, TaxiEntry};
use registry::{Account, AccountId, TaxiId, Time, VehicleStatus};
use territory::{InseeCode, Point, Territory, Town};

use super::search::may_take;
use crate::app::App;
use crate::app::account::caller::Caller;
use crate::app::account::identify::answers_for;
use crate::app::clock::{age_s, seconds};

/// The conditions of a search on a taxi, through one account's description.
#[derive(Clone, Debug)]
pub struct Visibility {
    /// The account of the description.
    pub account: Arc<Account>,
    /// Each condition, with what was found. Those about the customer's place are missing if no point was given.
    pub checks: Vec<Check>,
    /// True if a search shows the taxi through this description; `None` if that depends on the place.
    pub is_shown: Option<bool>,
}

/// A condition of a search with what was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// True if the condition is met.
    pub holds: bool,
    /// The condition and the facts that decide about it.
    pub found: Found,
}

/// Facts that decide about a condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// The account of the description is enabled, or disabled since then.
    AccountEnabled(Option<Time>),
    /// The account that receives the hails is enabled, or disabled since then.
    OperatorEnabled(Option<Time>),
    /// Time of the last position, if one is known.
    PositionKnown(Option<Time>),
    /// Age of the last position, in seconds, if it is known.
    PositionLive(Option<u32>),
    /// Status in the description.
    Free(VehicleStatus),
    /// Status in the description of the account that receives the hails.
    OperatorFree(VehicleStatus),
    /// Creation of the car's open hail, if it is known.
    NoOpenHail(Option<Time>),
    /// Name of the exclusion zone around the customer, if there is one.
    NotExcluded(Option<String>),
    /// The town around the customer.
    InTown {
        /// The town, if there is one.
        town: Option<Place>,
        /// The town if longitude and latitude are swapped, where there is none.
        swapped: Option<Place>,
    },
    /// The town of the licence and that of the customer.
    LicenceAllowed {
        /// Town of the licence.
        licence: Place,
        /// Town of the customer, if there is one.
        customer: Option<Place>,
        /// Name of a zone that both share, if they are different towns.
        zone: Option<String>,
    },
    /// The distance to the customer and its limit.
    WithinRadius {
        /// Distance in metres, if a position is known.
        distance_m: Option<f64>,
        /// Radius that the driver chose, in metres.
        radius_m: Option<i32>,
        /// The limit that applies, in metres.
        limit_m: f64,
    },
}

/// A town by its code and its name, which is empty if the territory does not hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// INSEE code.
    pub code: InseeCode,
    /// Name.
    pub name: String,
}

impl From<&Town> for Place {
    fn from(town: &Town) -> Self {
        Self { code: town.code, name: town.name.clone() }
    }
}

/// A taxi as one account describes and reports it.
struct Seen {
    state: State,
    fix: Option<Fix>,
    now_s: u32,
}

impl App {
    /// Explains for a taxi, through each description that the caller may see, whether a search at this point
    /// shows it; without a point only the conditions that are the same everywhere. `None` if there is no such taxi,
    /// or the caller may see none of its descriptions.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn visibility(
        &self,
        who: &Caller,
        taxi: &str,
        point: Option<Point>,
    ) -> storage::Result<Option<Vec<Visibility>>> {
        let Ok(id) = taxi.parse() else { return Ok(None) };
        let Some(entry) = self.directory.taxi(id) else { return Ok(None) };
        let hailed_at = match self.directory.open_hail(entry.vehicle) {
            Some(hail) => self.store.hail(hail).await?.map(|hail| hail.created_at),
            None => None,
        };
        let seen = self.descriptions_seen(who, id).into_iter();
        let seen = seen
            .filter_map(|account| self.visibility_through(account, id, entry, hailed_at, point));
        Ok(Some(seen.collect()).filter(|seen: &Vec<_>| !seen.is_empty()))
    }

    /// Accounts whose descriptions of the vehicle of a taxi the caller may see: itself, the accounts that it
    /// manages, and for an admin all.
    pub(in crate::app) fn descriptions_seen(&self, who: &Caller, taxi: TaxiId) -> Vec<AccountId> {
        let mut accounts = self.directory.fleet().describing(taxi);
        accounts.retain(|id| {
            let account = self.directory.account(*id);
            account.is_some_and(|account| answers_for(&who.account, &account))
        });
        accounts
    }

    /// Explains a taxi through the description of one account; `None` if there is none. The time of an open hail is
    /// given where it is known.
    pub(super) fn visibility_through(
        &self,
        account: AccountId,
        taxi: TaxiId,
        entry: TaxiEntry,
        hailed_at: Option<Time>,
        point: Option<Point>,
    ) -> Option<Visibility> {
        let state = self.directory.fleet().state(taxi, account)?;
        let account = self.directory.account(account)?;
        let seen = Seen { state, fix: self.fix(taxi, account.id), now_s: seconds(self.now()) };
        let operator = self.directory.account(entry.operator);
        let mut checks =
            self.checks_of_accounts(&account, entry.operator, operator.as_deref()).to_vec();
        checks.extend(seen.checks_anywhere(hailed_at));
        if let Some(point) = point {
            checks.extend(seen.checks_at(&self.places.load().territory, point));
        }
        let all = checks.iter().all(|check| check.holds);
        Some(Visibility {
            account,
            checks,
            is_shown: Some(all).filter(|all| point.is_some() || !all),
        })
    }

    fn checks_of_accounts(
        &self,
        account: &Account,
        operator: AccountId,
        its_account: Option<&Account>,
    ) -> [Check; 2] {
        let disabled = self.directory.disabled();
        let disabled_at = its_account.and_then(|operator| operator.disabled_at);
        [
            Check {
                holds: !disabled.contains(&account.id),
                found: Found::AccountEnabled(account.disabled_at),
            },
            Check {
                holds: !disabled.contains(&operator),
                found: Found::OperatorEnabled(disabled_at),
            },
        ]
    }
}

impl Seen {
    /// The taxi as a search sees it from this distance; without a position it is infinitely old and far.
    fn candidate(&self, distance_m: Option<f64>, licence_allowed: bool) -> Candidate {
        Candidate {
            status: self.state.status,
            own_status: self.state.own_status,
            in_open_hail: self.state.in_open_hail,
            position_age_s: self.age_s().unwrap_or(u32::MAX),
            distance_m: distance_m.unwrap_or(f64::INFINITY),
            radius_m: self.state.radius_m,
            licence_allowed,
        }
    }

    fn age_s(&self) -> Option<u32> {
        // The largest age stands for an unknown one.
        self.fix.map(|fix| age_s(fix.at_s, self.now_s)).filter(|age_s| *age_s < u32::MAX)
    }

    fn checks_anywhere(&self, hailed_at: Option<Time>) -> [Check; 5] {
        let candidate = self.candidate(None, true);
        let check = |condition, found| Check { holds: candidate.meets(condition), found };
        let fix_at = self.fix.and_then(|fix| Time::from_timestamp_secs(fix.at_s.into()));
        [
            Check { holds: self.fix.is_some(), found: Found::PositionKnown(fix_at) },
            check(Condition::PositionLive, Found::PositionLive(self.age_s())),
            check(Condition::Free, Found::Free(self.state.status)),
            check(Condition::OperatorFree, Found::OperatorFree(self.state.own_status)),
            check(Condition::NoOpenHail, Found::NoOpenHail(hailed_at)),
        ]
    }

    fn checks_at(&self, territory: &Territory, point: Point) -> [Check; 4] {
        let exclusion = territory.exclusion_at(point);
        let town = territory.town_at(point);
        let allowed = town.map_or(&[][..], |town| territory.licences_allowed(town.code));
        let distance_m = self.fix.map(|fix| point.sphere_distances().metres_to(fix.point));
        let candidate = self.candidate(distance_m, may_take(allowed, self.state.town));
        let check = |condition, found| Check { holds: candidate.meets(condition), found };
        let radius_m = self.state.radius_m;
        [
            Check {
                holds: exclusion.is_none(),
                found: Found::NotExcluded(exclusion.map(|zone| zone.name.clone())),
            },
            Check { holds: town.is_some(), found: found_town(territory, point, town) },
            check(Condition::LicenceAllowed, found_licence(territory, self.state.town, town)),
            check(
                Condition::WithinRadius,
                Found::WithinRadius { distance_m, radius_m, limit_m: limit_m(radius_m) },
            ),
        ]
    }
}

fn found_town(territory: &Territory, point: Point, town: Option<&Town>) -> Found {
    let swapped = point.swapped().filter(|_| town.is_none());
    let swapped = swapped.and_then(|point| territory.town_at(point));
    Found::InTown { town: town.map(Place::from), swapped: swapped.map(Place::from) }
}

fn found_licence(territory: &Territory, licence: InseeCode, town: Option<&Town>) -> Found {
    let of_both = |town: &Town| {
        let mut zones = territory.zones_of(town.code);
        zones.find(|zone| zone.towns.contains(&licence)).map(|zone| zone.name.clone())
    };
    let unknown = || Place { code: licence, name: String::new() };
    Found::LicenceAllowed {
        licence: territory.town(licence).map_or_else(unknown, Place::from),
        customer: town.map(Place::from),
        zone: town.filter(|town| town.code != licence).and_then(of_both),
    }
}
