//! Search for taxis that may take a customer at a point. Memory only.

use std::array;
use std::collections::HashSet;
use std::sync::Arc;

use dispatch::eligibility::{COUNTED_WITHIN_M, Candidate, POSITION_LIFE_S};
use dispatch::ranking::{self, Found, SearchKey};
use positions::Fix;
use registry::directory::{CardText, Fleet, Slot, SlotId, StateWord};
use registry::{Account, AccountId, Role, TaxiId};
use storage::figures::SearchRecord;
use territory::{InseeCode, Point};

use super::samples::{Facts, LeftOut, LookedAt, sampled_taxis};
use crate::app::App;
use crate::app::account::caller::Caller;
use crate::app::clock::{age_s, seconds};

/// Initial capacity for the taxis around a customer.
const ROOM: usize = 160;

/// Number of descriptions held at a time: `arc_swap` has eight fast slots per thread.
const SHOWN_AT_ONCE: usize = 8;

/// Data to show a taxi.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// Id of the taxi for the caller.
    pub id: TaxiId,
    /// Account of the shown description.
    pub operator: &'a Account,
    /// True if the caller may see that account.
    pub names_operator: bool,
    /// True if that is the integration account.
    pub is_integration: bool,
    /// Serialised part of the answer.
    pub card: CardText<'a>,
    /// Position of the taxi.
    pub fix: Fix,
    /// Distance to the customer, in metres.
    pub distance_m: f64,
}

/// Error: the point lies in an exclusion zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("taxis may not look for customers here")]
pub struct Excluded;

impl App {
    /// Shows the taxis that may take a customer at this point now, nearest first.
    ///
    /// An operator that is not an app sees only its own descriptions. `show` must be quick, because it delays
    /// registrations.
    ///
    /// # Errors
    ///
    /// If the point lies in an exclusion zone.
    pub fn search(
        &self,
        who: &Caller,
        point: Point,
        show: impl FnMut(Shown<'_>),
    ) -> Result<(), Excluded> {
        let places = self.places.load();
        if places.territory.exclusion_at(point).is_some() {
            return Err(Excluded);
        }
        let Some(town) = places.territory.town_at(point) else {
            let swapped = point.swapped().and_then(|point| places.territory.town_at(point));
            if swapped.is_some() {
                let account = who.account.id;
                // The place is not logged, because it is a customer's.
                tracing::debug!(%account, "a search outside of all towns is in one if longitude and latitude are swapped");
            }
            return Ok(());
        };
        let allowed = places.territory.licences_allowed(town.code);

        let now = self.now();
        let now_s = seconds(now);
        let not_before_s = now_s.saturating_sub(POSITION_LIFE_S);
        let fleet = self.directory.fleet();
        let mut around = Vec::with_capacity(ROOM);
        self.positions.near(point, COUNTED_WITHIN_M, not_before_s, |id, fix, distance_m| {
            around.push((id, fix, distance_m));
        });
        // The states are read in a pass of their own, without a branch, so that the processor fetches many
        // slots at once.
        let states: Vec<_> = around.iter().map(|(id, ..)| fleet.state_word(*id)).collect();
        let around = around.into_iter().zip(states);
        let disabled = self.directory.disabled();
        let key = SearchKey::new(now, point.lon(), point.lat());
        let mut looked_at = key.is_one_in(self.settings.search_sampling).then(Vec::new);
        let seen = look(&fleet, around, who, &disabled, now_s, allowed, looked_at.as_mut());
        let sample = looked_at.map(|looked_at| sampled_taxis(&fleet, &looked_at, &seen.shown));
        let shown = ranking::rank(seen.shown, key);
        if let Some(taxis) = sample {
            let shown = shown.iter().map(|found| (found.number, found.account.0)).collect();
            self.remember_sample(who, now, point, town.code, &Facts { taxis, shown });
        }
        self.remember_search(SearchRecord {
            at: now,
            account: who.account.id,
            point,
            town: town.code,
            found: i32::try_from(seen.counted).unwrap_or(i32::MAX),
            seen: i32::try_from(shown.len()).unwrap_or(i32::MAX),
            nearest_m: seen.nearest_m,
        });
        // Release this guard: arc-swap has eight fast slots per thread and the descriptions need them.
        drop((places, disabled));
        self.show(who, &fleet, &shown, show);
        Ok(())
    }

    fn show(
        &self,
        who: &Caller,
        fleet: &Fleet,
        found: &[Found<(SlotId, Fix)>],
        mut show: impl FnMut(Shown<'_>),
    ) {
        // A search meets few accounts, so each is looked up once.
        let mut accounts: Vec<Arc<Account>> = Vec::new();
        let names_operator = self.names_operators(who);
        for found in found.chunks(SHOWN_AT_ONCE) {
            let said: [_; SHOWN_AT_ONCE] = array::from_fn(|place| {
                fleet.slot(found.get(place)?.details.0).map(Slot::description)
            });
            // All texts are found before the first is copied, as above.
            let texts = said.each_ref().map(|said| Some(said.as_ref()?.as_ref()?.card.text()));
            for (found, text) in found.iter().zip(texts) {
                let Found { taxi, number, account, distance_m, details: (_, fix), .. } = found;
                // It may have been removed meanwhile.
                let Some(card) = text else { continue };
                let known = accounts.iter().position(|known| known.id == *account);
                let Some(place) = known.or_else(|| {
                    accounts.push(self.directory.account(*account)?);
                    Some(accounts.len() - 1)
                }) else {
                    continue;
                };
                let operator = &accounts[place];
                show(Shown {
                    id: self.shown_id(who, *taxi, *number),
                    names_operator,
                    is_integration: self.is_integration(&operator.email),
                    operator,
                    card,
                    fix: *fix,
                    distance_m: *distance_m,
                });
            }
        }
    }
}

/// True if the licence of a town is among those that are allowed where the customer stands; they are sorted.
pub(super) fn may_take(allowed: &[InseeCode], licence: InseeCode) -> bool {
    allowed.binary_search(&licence).is_ok()
}

/// Reason for which a search leaves a description out before its conditions, if it does.
fn left_out(
    slot: &Slot,
    who: &Caller,
    own_only: bool,
    disabled: &HashSet<AccountId>,
) -> Option<LeftOut> {
    if own_only && slot.account != who.account.id {
        Some(LeftOut::OfAnother)
    } else if disabled.contains(&slot.account) {
        Some(LeftOut::AccountDisabled)
    } else {
        disabled.contains(&slot.operator).then_some(LeftOut::OperatorDisabled)
    }
}

/// Taxis found around a customer.
struct Seen {
    shown: Vec<Found<(SlotId, Fix)>>,
    counted: usize,
    nearest_m: Option<f64>,
}

fn look(
    fleet: &Fleet,
    around: impl Iterator<Item = ((SlotId, Fix, f64), StateWord)>,
    who: &Caller,
    disabled: &HashSet<AccountId>,
    now_s: u32,
    allowed: &[InseeCode],
    mut looked_at: Option<&mut Vec<LookedAt>>,
) -> Seen {
    let own_only = !who.account.roles.has_any(&[Role::Admin, Role::Client]);
    // Accounts are rarely disabled, and only then each slot must be read for its account.
    let all_are_meant = !own_only && disabled.is_empty();
    // Neighbours often have licences of the same town.
    let mut asked: Option<(InseeCode, bool)> = None;
    let mut is_allowed = |town| {
        let known = asked.filter(|(known, _)| *known == town);
        let (_, is_allowed) = known.unwrap_or_else(|| (town, may_take(allowed, town)));
        asked = Some((town, is_allowed));
        is_allowed
    };
    let (mut shown, mut alone, mut others) = (Vec::with_capacity(ROOM / 4), 0, Vec::new());
    let mut nearest_m: Option<f64> = None;
    for ((id, fix, distance_m), state) in around {
        let Some(state) = state.state() else { continue };
        let candidate = Candidate {
            status: state.status,
            own_status: state.own_status,
            in_open_hail: state.in_open_hail,
            position_age_s: age_s(fix.at_s, now_s),
            distance_m,
            radius_m: state.radius_m,
            licence_allowed: is_allowed(state.town),
        };
        let left_out = if all_are_meant {
            None
        } else {
            let Some(slot) = fleet.slot(id) else { continue };
            left_out(slot, who, own_only, disabled)
        };
        if let Some(looked_at) = &mut looked_at {
            looked_at.push(LookedAt { id, candidate, licence: state.town, left_out });
        }
        if left_out.is_some() {
            continue;
        }
        if candidate.is_counted() {
            if state.is_alone {
                alone += 1;
            } else {
                others.extend(fleet.slot(id).map(|slot| slot.number));
            }
            nearest_m = Some(nearest_m.map_or(distance_m, |nearest| nearest.min(distance_m)));
        }
        if candidate.is_shown() {
            shown.extend(fleet.slot(id).map(|slot| (slot, state.is_alone, distance_m, (id, fix))));
        }
    }
    // Several accounts may report one taxi.
    others.sort_unstable();
    others.dedup();
    // All slots are fetched in one pass, like the states: one field of each before the others.
    let numbers: Vec<_> = shown.iter().map(|(slot, ..)| slot.number).collect();
    let found = |((slot, is_alone, distance_m, details), number): (Shortlisted<'_>, i64)| Found {
        taxi: slot.taxi,
        number,
        account: slot.account,
        status_at: slot.status_at(),
        is_alone,
        distance_m,
        details,
    };
    let shown = shown.into_iter().zip(numbers).map(found).collect();
    Seen { shown, counted: alone + others.len(), nearest_m }
}

/// A taxi to be shown: its slot, true if it is alone, its distance, and the data to show it.
type Shortlisted<'a> = (&'a Slot, bool, f64, (SlotId, Fix));
