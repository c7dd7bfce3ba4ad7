//! Who calls: an account by its key, perhaps acting as another.

use std::sync::Arc;

use registry::{Account, AccountId, HailId, Role, VehicleStatus};

/// Who makes a call, as whom, and what it asks for.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The account the call counts for; its roles decide.
    pub account: Arc<Account>,
    /// The account whose key was sent.
    pub key_owner: AccountId,
    /// The call, for the activity log.
    pub call: ApiCall,
}

/// What a call asks for, as the activity log keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiCall {
    /// The method: `POST`.
    pub method: String,
    /// The path, with its query: `/taxis/abc`.
    pub location: String,
}

/// Why a call is nobody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unidentified {
    /// No account has this key.
    #[error("no account has this key")]
    UnknownKey,
    /// The key's account may not act as the one named, or there is no such key or account.
    #[error("the key's account may not act as this one")]
    MayNotActAs,
}

/// What the activity log keeps beside an action; `http` words it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extra<'a> {
    /// All is said already.
    Nothing,
    /// A write with the account's own key.
    Own(&'a ApiCall),
    /// A write as another account.
    As(&'a ApiCall, AccountId),
    /// A change of a taxi's status, from and to, and the hail that made it, if one did.
    Status(VehicleStatus, VehicleStatus, Option<HailId>),
    /// A hail made for a customer: its id and its taxi's.
    Hail(&'a str, &'a str),
}

impl Caller {
    /// Whether the account holds this role.
    pub fn is(&self, role: Role) -> bool {
        self.account.is(role)
    }
}
