//! Position reports: a batch is accepted as a whole or not at all.

use dispatch::eligibility::POSITION_LIFE_S;
use positions::Fix;
use registry::directory::SlotId;
use registry::{AccountId, TaxiId};
use territory::Point;

use super::signers::MAY_REPORT;
use crate::app::App;
use crate::app::account::caller::Caller;
use crate::app::clock::{MOMENT_S, age_s, seconds};

/// Maximum number of positions in a call.
pub const MAX_POSITIONS: usize = 50;

/// A reported position of a taxi.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The taxi's public id, not yet looked up; `None` if the sent text is not an id.
    pub taxi: Option<TaxiId>,
    /// Position.
    pub point: Point,
}

/// Indices of reports about taxis that the account does not describe. Nothing of the batch was stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the account describes no such taxi: reports {0:?} of the batch")]
pub struct UnknownTaxis(pub Vec<usize>);

impl App {
    /// Stores a batch of positions. Of several of one taxi the last wins. Memory only.
    ///
    /// # Errors
    ///
    /// If one of the taxis is unknown, or the caller does not describe its vehicle.
    pub fn report(&self, who: &Caller, reports: &[Report]) -> Result<(), UnknownTaxis> {
        debug_assert!(who.account.roles.has_any(MAY_REPORT));
        let account = who.account.id;
        let fleet = self.directory.fleet();
        let known = |report: &Report| fleet.described_slot_of(report.taxi?, account);
        let mut slots: Vec<Option<SlotId>> = reports.iter().map(known).collect();
        drop(fleet);
        // Taxis that this account never reported before, if any.
        for (slot, report) in slots.iter_mut().zip(reports).filter(|(slot, _)| slot.is_none()) {
            *slot = report.taxi.and_then(|taxi| self.directory.slot_to_report(taxi, account));
        }
        if slots.contains(&None) {
            let unknown = (0..slots.len()).filter(|index| slots[*index].is_none());
            return Err(UnknownTaxis(unknown.collect()));
        }
        let at_s = seconds(self.now());
        for (slot, report) in slots.iter().flatten().zip(reports) {
            self.take_position(*slot, report.point, at_s);
        }
        if let Some(shared) = &self.shared {
            let reported = slots.into_iter().flatten().zip(reports);
            shared.outgoing.add(reported.map(|(slot, report)| (slot, report.point, at_s)));
        }
        self.count_far(account, reports.iter().map(|report| report.point));
        Ok(())
    }

    /// Counts positions far from every town: their longitude and latitude were probably exchanged.
    pub(in crate::app) fn count_far(
        &self,
        account: AccountId,
        points: impl Iterator<Item = Point>,
    ) {
        let places = self.places.load();
        let far = points.filter(|point| places.territory.reach().is_far(*point)).count();
        if far > 0 {
            self.measures.far(account, far as u64);
        }
    }

    /// Stores a present position.
    pub(in crate::app) fn take_position(&self, slot: SlotId, point: Point, now_s: u32) {
        if self.positions.update(slot, point, now_s) {
            return;
        }
        // A newer one exists: from another thread, or from before the clock was set back; the latter would
        // block all others until the clock has caught up.
        let known = self.positions.get(slot);
        if known.is_some_and(|fix| fix.at_s > now_s.saturating_add(MOMENT_S)) {
            self.positions.remove(slot);
            self.positions.update(slot, point, now_s);
        }
    }

    /// Position of a taxi in the newest report of this account.
    pub(in crate::app) fn fix(&self, taxi: TaxiId, account: AccountId) -> Option<Fix> {
        let slot = self.directory.fleet().slot_of(taxi, account)?;
        self.positions.get(slot)
    }

    /// Position of a taxi in the newest report of any account that describes it.
    pub(in crate::app) fn newest_fix(&self, taxi: TaxiId) -> Option<Fix> {
        let slots = self.directory.fleet().described_slots_of(taxi);
        let now_s = seconds(self.now());
        let fixes = slots.into_iter().filter_map(|slot| self.positions.get(slot));
        fixes.min_by_key(|fix| age_s(fix.at_s, now_s))
    }

    /// Calls a function for every slot that was reported within so many seconds. It takes no lock.
    pub(in crate::app) fn each_heard_of(&self, within_s: u32, mut look: impl FnMut(SlotId, Fix)) {
        let now_s = seconds(self.now());
        self.positions.everyone(now_s.saturating_sub(within_s), |slot, fix| {
            if age_s(fix.at_s, now_s) <= within_s {
                look(slot, fix);
            }
        });
    }

    /// Position of the taxi of a hail, as reported by its own operator; if that is silent, the newest report,
    /// with which the hail was accepted.
    pub(in crate::app) fn fix_in_hail(&self, taxi: TaxiId, operator: AccountId) -> Option<Fix> {
        let now_s = seconds(self.now());
        let own = self.fix(taxi, operator).filter(|fix| age_s(fix.at_s, now_s) <= POSITION_LIFE_S);
        own.or_else(|| self.newest_fix(taxi))
    }
}
