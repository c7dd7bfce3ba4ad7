//! Positions that are signed with an account's key rather than sent with it.
//!
//! Whoever takes them must know the keys themselves, which the database holds only sealed. So they
//! are kept in memory, by the names their accounts go by, and nowhere else: they are never shown,
//! lent to one function at a time, and overwritten when they are dropped.
//!
//! **Invariant:** changed wherever the directory's accounts and keys are.

use registry::AccountId;
use territory::Point;

use crate::app::App;
use crate::app::clock::seconds;

/// Why nobody is known to have signed something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsigned {
    /// No account that may report positions goes by this name.
    UnknownName,
    /// It was not signed with a key of the accounts of this name, of which this is the first.
    WrongKey(AccountId),
}

/// The account describes no such taxi.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the account describes no such taxi")]
pub struct UnknownTaxi;

impl App {
    /// The account of this name one of whose keys is the right one, as `is_right` says: an e-mail or a
    /// commercial name exactly as written, or an e-mail in any case. Memory only.
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

    /// Takes one position, as of now. Memory only.
    ///
    /// # Errors
    ///
    /// If the taxi is unknown, or its vehicle is not described by the account.
    pub fn report_one(
        &self,
        account: AccountId,
        taxi: &str,
        point: Point,
    ) -> Result<(), UnknownTaxi> {
        let taxi = taxi.parse().map_err(|_not_an_id| UnknownTaxi)?;
        let slot = self.directory.slot_to_report(taxi, account).ok_or(UnknownTaxi)?;
        self.take_position(slot, point, seconds(self.now()));
        self.count_far(account, std::iter::once(point));
        Ok(())
    }
}
