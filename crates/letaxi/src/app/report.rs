//! Positions come in: a whole batch or nothing of it.

use registry::{Role, TaxiId};
use territory::Point;

use super::App;
use super::caller::Caller;
use super::clock::seconds;

/// How many positions one call may bring.
pub const MAX_POSITIONS: usize = 50;

/// A taxi is here, says an account.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The taxi's public id, not yet known to exist.
    pub taxi: String,
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
        debug_assert!(who.account.roles.has_any(&[Role::Operator, Role::Admin]));
        let account = who.account.id;
        let described = |taxi: &str| -> Option<TaxiId> {
            let id = taxi.parse().ok()?;
            let entry = self.directory.taxi(id)?;
            self.directory.description(entry.vehicle, account).map(|_| id)
        };
        let ids: Vec<Option<TaxiId>> =
            reports.iter().map(|report| described(&report.taxi)).collect();
        let unknown: Vec<usize> = (0..ids.len()).filter(|index| ids[*index].is_none()).collect();
        if !unknown.is_empty() {
            return Err(UnknownTaxis(unknown));
        }
        let at_s = seconds(self.now());
        for (id, report) in ids.into_iter().flatten().zip(reports) {
            self.positions.update((id, account), report.point, at_s);
        }
        Ok(())
    }
}
