//! Which taxis may take a customer at a point? Memory only.

use std::sync::Arc;

use dispatch::eligibility::{COUNTED_WITHIN_M, Candidate, POSITION_LIFE_S};
use dispatch::ranking::{self, Found};
use positions::Fix;
use registry::directory::{DescriptionEntry, Slot};
use registry::{Account, AccountId, Role, TaxiId};
use storage::figures::SearchRecord;
use territory::{InseeCode, Point};

use super::App;
use super::caller::Caller;
use super::clock::seconds;

/// For how many taxis around a customer there is room before memory is asked for again.
const ROOM: usize = 128;

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
        let (mut shown, mut counted) = (Vec::with_capacity(ROOM), Vec::with_capacity(ROOM));
        let mut nearest_m: Option<f64> = None;
        let mut accounts = Accounts { app: self, known: Vec::new() };
        let fleet = self.directory.fleet();
        self.positions.near(point, COUNTED_WITHIN_M, not_before_s, |slot, fix, distance_m| {
            let Some(slot) = fleet.slot(slot) else { return };
            if own_only && slot.account != who.account.id {
                return;
            }
            let said = slot.description();
            let Some(description) = &*said else { return };
            let age_s = now_s.saturating_sub(fix.at_s);
            let Some(candidate) = candidate(slot, description, age_s, distance_m, allowed) else {
                return;
            };
            if candidate.is_counted() {
                counted.push(slot.number);
                nearest_m = Some(nearest_m.map_or(distance_m, |nearest| nearest.min(distance_m)));
            }
            if candidate.is_shown() {
                let details = accounts.of(slot.account).map(|operator| Shown {
                    id: self.shown_id(who, slot.taxi, slot.number),
                    names_operator: self.names_operators(who),
                    is_integration: self.is_integration(&operator.email),
                    operator,
                    description: Arc::clone(description),
                    fix,
                });
                shown.extend(details.map(|details| Found {
                    taxi: slot.taxi,
                    number: slot.number,
                    account: slot.account,
                    status_at: description.status_at,
                    distance_m,
                    details,
                }));
            }
        });
        drop(fleet);
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
}

/// What is known of a taxi that an account reports near the customer; `None` if its own operator says
/// nothing of it any more.
fn candidate(
    slot: &Slot,
    description: &DescriptionEntry,
    position_age_s: u32,
    distance_m: f64,
    allowed: &[InseeCode],
) -> Option<Candidate> {
    let own_status = if slot.is_own() { Some(description.status) } else { slot.own_status() };
    Some(Candidate {
        status: description.status,
        own_status: own_status?,
        in_open_hail: slot.in_open_hail(),
        position_age_s,
        distance_m,
        radius_m: description.radius_m,
        licence_allowed: allowed.binary_search(&slot.town).is_ok(),
    })
}

/// The accounts that a search has met: few, so that each is looked up once.
struct Accounts<'a> {
    app: &'a App,
    known: Vec<Arc<Account>>,
}

impl Accounts<'_> {
    fn of(&mut self, id: AccountId) -> Option<Arc<Account>> {
        if let Some(known) = self.known.iter().find(|account| account.id == id) {
            return Some(Arc::clone(known));
        }
        let account = self.app.directory.account(id)?;
        self.known.push(Arc::clone(&account));
        Some(account)
    }
}
