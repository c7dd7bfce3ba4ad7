//! Positions of taxis for live maps. Memory only; it is no search, and no search waits for it.

use std::collections::HashSet;
use std::sync::Arc;

use dispatch::eligibility::POSITION_LIFE_S;
use positions::Fix;
use registry::directory::{DescriptionEntry, Fleet, Slot, SlotId};
use registry::{Account, AccountId, Role, TaxiId};
use territory::Bounds;

use crate::app::App;
use crate::app::account::caller::Caller;
use crate::app::account::identify::answers_for;
use crate::app::clock::seconds;
use crate::app::jobs::last_positions::KEPT_S;

/// Longest time since the last report of a taxi on a map, in seconds: positions are kept for as long.
pub const MAP_KEPT_S: u32 = KEPT_S;

/// The taxis that a map asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MapWish {
    /// Only taxis inside.
    pub bounds: Option<Bounds>,
    /// Only taxis that this account reports.
    pub operator: Option<AccountId>,
    /// Only taxis whose position or status is from this second or later.
    pub since_s: Option<u32>,
    /// Only taxis reported within so many seconds.
    pub within_s: u32,
}

impl Default for MapWish {
    /// All connected taxis.
    fn default() -> Self {
        Self { bounds: None, operator: None, since_s: None, within_s: POSITION_LIFE_S }
    }
}

/// A taxi on a map.
#[derive(Clone, Debug)]
pub struct OnMap {
    /// Its id.
    pub taxi: TaxiId,
    /// The account that reports it.
    pub account: AccountId,
    /// Its newest report.
    pub fix: Fix,
    /// That account's description.
    pub description: Arc<DescriptionEntry>,
}

/// Taxis of a moment.
#[derive(Clone, Debug)]
pub struct MapTaxis {
    /// The moment, in seconds since the epoch.
    pub at_s: u32,
    /// The taxis, each once, in the order of their first reports.
    pub taxis: Vec<OnMap>,
    /// The accounts that report them, sorted by id.
    pub accounts: Vec<Arc<Account>>,
}

/// Error: there is no such account, or the caller may not see its taxis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the caller knows no such operator")]
pub struct UnknownOperator;

/// Accounts whose reports a caller may see.
pub(super) struct Seen(Option<HashSet<AccountId>>);

impl Seen {
    pub(super) fn has(&self, account: AccountId) -> bool {
        self.0.as_ref().is_none_or(|seen| seen.contains(&account))
    }
}

impl App {
    /// The taxis that a caller may see on a map: those reported by itself, by the accounts that it manages, and for an
    /// admin all. A taxi that several of them report is shown once, as its own operator reports it if that does.
    ///
    /// # Errors
    ///
    /// If an operator is asked for whose taxis the caller may not see.
    pub fn taxis_on_map(&self, who: &Caller, wish: &MapWish) -> Result<MapTaxis, UnknownOperator> {
        let seen = self.accounts_seen(who, wish.operator).ok_or(UnknownOperator)?;
        let at_s = seconds(self.now());
        let mut heard = Vec::new();
        self.each_heard_of(wish.within_s, |id, fix| heard.push((id, fix)));
        // The index tells its keys in their order.
        let is_heard = |id: SlotId| heard.binary_search_by_key(&id, |(id, _)| *id).is_ok();
        let fleet = self.directory.fleet();
        let shown = |(id, fix): &(SlotId, Fix)| {
            let slot = fleet.slot(*id).filter(|slot| seen.has(slot.account))?;
            let description = slot.description().as_ref().map(Arc::clone)?;
            let changed_s = fix.at_s.max(seconds(description.status_at));
            let (lon, lat) = (fix.point.lon(), fix.point.lat());
            let is_wished = wish.since_s.is_none_or(|since_s| changed_s >= since_s)
                && wish.bounds.is_none_or(|bounds| bounds.holds(lon, lat))
                && stands_for_its_taxi(&fleet, *id, slot, &seen, is_heard);
            let account = slot.account;
            is_wished.then_some(OnMap { taxi: slot.taxi, account, fix: *fix, description })
        };
        let taxis: Vec<_> = heard.iter().filter_map(shown).collect();
        drop(fleet);
        let mut ids: Vec<_> = taxis.iter().map(|taxi| taxi.account).collect();
        ids.sort_unstable();
        ids.dedup();
        let accounts = ids.into_iter().filter_map(|id| self.directory.account(id)).collect();
        Ok(MapTaxis { at_s, taxis, accounts })
    }

    /// The accounts whose reports a caller may see, or one of them; `None` if it may not see that one.
    pub(super) fn accounts_seen(&self, who: &Caller, only: Option<AccountId>) -> Option<Seen> {
        if let Some(id) = only {
            let account = self.directory.account(id)?;
            return answers_for(&who.account, &account).then(|| Seen(Some(HashSet::from([id]))));
        }
        if who.account.is(Role::Admin) {
            return Some(Seen(None));
        }
        let accounts = self.directory.accounts().into_iter();
        let seen = accounts.filter(|account| answers_for(&who.account, account));
        Some(Seen(Some(seen.map(|account| account.id).collect())))
    }
}

/// True for one of the slots of a taxi that the caller sees and that are reported: that of the taxi's own operator, or
/// else that of the oldest account.
fn stands_for_its_taxi(
    fleet: &Fleet,
    id: SlotId,
    slot: &Slot,
    seen: &Seen,
    is_heard: impl Fn(SlotId) -> bool,
) -> bool {
    if fleet.state_word(id).state().is_some_and(|state| state.is_alone) {
        return true;
    }
    let slots = fleet.described_slots_of(slot.taxi).into_iter();
    let slots = slots.filter_map(|id| {
        let slot = fleet.slot(id).filter(|slot| seen.has(slot.account))?;
        is_heard(id).then_some((slot.account != slot.operator, slot.account, id))
    });
    slots.min().is_some_and(|(_, _, first)| first == id)
}
