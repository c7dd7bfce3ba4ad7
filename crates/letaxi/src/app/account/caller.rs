//! Identification of callers: an account by its key, which may act as another account.

use std::sync::Arc;

use registry::{Account, AccountId, HailId, Role, VehicleStatus};

/// Caller of a request, and the account as which it acts.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Account for which the call counts; its roles decide.
    pub account: Arc<Account>,
    /// The account whose key was sent.
    pub key_owner: AccountId,
    /// The call, for the activity log.
    pub call: ApiCall,
}

/// A request, for the activity log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiCall {
    /// The method: `POST`.
    pub method: String,
    /// The path, with its query: `/taxis/abc`.
    pub location: String,
}

/// Reason for which a caller is not identified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unidentified {
    /// No account has this key.
    #[error("no account has this key")]
    UnknownKey,
    /// The key's account may not act as the one named, or there is no such key or account.
    #[error("the key's account may not act as this one")]
    MayNotActAs,
}

/// Additional data of an entry in the activity log; `contract` words it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extra<'a> {
    /// None.
    Nothing,
    /// An action of this account for another.
    By(AccountId),
    /// A write with the account's own key.
    Own(&'a ApiCall),
    /// A write as another account.
    As(&'a ApiCall, AccountId),
    /// A change of a taxi's status (from, to), and the hail that caused it, if any.
    Status(VehicleStatus, VehicleStatus, Option<HailId>),
    /// A hail for a customer: its id and its taxi's.
    Hail(&'a str, &'a str),
    /// An export.
    Export {
        /// Its table.
        table: &'a str,
        /// Its month.
        month: &'a str,
        /// Its purpose, which the law requires (code des transports R.3121-33).
        purpose: &'a str,
    },
    /// An import of territory.
    Import {
        /// Its parts, as `towns, zones`.
        parts: &'a str,
        /// SHA-256 of its files, in hexadecimal digits.
        digest: &'a str,
    },
}

impl Caller {
    /// True if the account has this role.
    pub fn is(&self, role: Role) -> bool {
        self.account.is(role)
    }
}
