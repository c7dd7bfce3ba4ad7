//! Positions that are signed with an account's key instead of sent with it.
//!
//! Checking a signature needs the key itself, which the database holds only encrypted. So keys are kept in
//! memory, by the names of their accounts, and nowhere else: they are never shown, lent to one function at a
//! time, and overwritten when they are dropped.
//!
//! **Invariant:** changed together with the directory's accounts and keys.

use registry::AccountId;
use territory::Point;

use crate::app::App;
use crate::app::clock::seconds;

/// Reason for which a signer is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsigned {
    /// No account that may report positions has this name.
    UnknownName,
    /// No key of the accounts of this name fits; this is the first of them.
    WrongKey(AccountId),
}

/// Error: the account describes no such taxi.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the account describes no such taxi")]
pub struct UnknownTaxi;

impl App {
    /// The account of this name with a key for which `is_right` returns true. The name is an e-mail address
    /// or a commercial name exactly as written, or an e-mail address in any case. Memory only.
    ///
    /// # Errors
    ///
    /// If there is no such account, or none of its keys is right.
    pub fn signer(
        &self,
        name: &str,
        mut is_right: impl FnMut(&[u8]) -> bool,
    ) -> Result<AccountId, Unsigned> {
        let names = self.signers.names.load();
        let signers = names.of(name);
        let first = signers.first().ok_or(Unsigned::UnknownName)?;
        let signer = signers.iter().find(|signer| is_right(signer.key()));
        signer.map(|signer| signer.account).ok_or(Unsigned::WrongKey(first.account))
    }

    /// Stores one present position. Memory only.
    ///
    /// # Errors
    ///
    /// If the taxi is unknown, or the account does not describe its vehicle.
    pub fn report_one(
        &self,
        account: AccountId,
        taxi: &str,
        point: Point,
    ) -> Result<(), UnknownTaxi> {
        let taxi = taxi.parse().map_err(|_not_an_id| UnknownTaxi)?;
        let slot = self.directory.slot_to_report(taxi, account).ok_or(UnknownTaxi)?;
        let now_s = seconds(self.now());
        self.take_position(slot, point, now_s);
        if let Some(shared) = &self.shared {
            shared.outgoing.add(std::iter::once((slot, point, now_s)));
        }
        self.count_far(account, std::iter::once(point));
        Ok(())
    }
}
