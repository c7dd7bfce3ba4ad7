//! Positions come in: a whole batch or nothing of it.

use positions::Fix;
use registry::directory::SlotId;
use registry::{AccountId, TaxiId};
use territory::Point;

use super::App;
use super::caller::Caller;
use super::clock::seconds;
use super::signed::MAY_REPORT;

/// How many positions one call may bring.
pub const MAX_POSITIONS: usize = 50;

/// A taxi is here, says an account.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The taxi's public id, not yet known to exist; none if what was sent is no id of a taxi.
    pub taxi: Option<TaxiId>,
    /// Where it is.
    pub point: Point,
}

/// Reports that name taxis the account does not describe, by their place in the batch. Nothing of
/// the batch was taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the account describes no such taxi: reports {0:?} of the batch")]
pub struct UnknownTaxis(pub Vec<usize>);

impl App {
    /// Takes a batch of positions. Of several of one taxi the last counts. Memory only.
    ///
    /// # Errors
    ///
    /// If one of the taxis is unknown, or its vehicle is not described by the caller.
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
        for (slot, report) in slots.into_iter().flatten().zip(reports) {
            self.positions.update(slot, report.point, at_s);
        }
        Ok(())
    }

    /// Where a taxi is, by the newest report of this account.
    pub(super) fn fix(&self, taxi: TaxiId, account: AccountId) -> Option<Fix> {
        let slot = self.directory.fleet().slot_of(taxi, account)?;
        self.positions.get(slot)
    }
}
