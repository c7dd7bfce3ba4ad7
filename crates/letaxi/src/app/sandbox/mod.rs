//! The sandbox: test taxis that answer hails by themselves, for developers of apps.
//!
//! They belong to an account of their own, [`SANDBOX_EMAIL`], and everything is done in its name by the use cases that
//! calls of an operator go through. The registry itself takes the hails that an operator's server would be sent.
//!
//! Invariants: no timer is in memory, so a restart loses nothing; without the setting `sandbox` nothing happens here.

mod answers;
pub mod taxis;

use std::sync::Arc;

use registry::{Account, AccountFields, AccountId, Role};

use crate::app::App;
use crate::app::account::accounts::AccountError;
use crate::app::account::caller::{ApiCall, Caller};

/// E-mail address of the account of all test taxis. The domain is one that nobody can have (RFC 2606).
pub const SANDBOX_EMAIL: &str = "sandbox@registry.invalid";
/// Name of that account.
const SANDBOX_NAME: &str = "Sandbox";

impl App {
    /// The account of all test taxis, if the registry has a sandbox and it was used.
    pub(in crate::app) fn sandbox_account(&self) -> Option<Arc<Account>> {
        if !self.settings.sandbox {
            return None;
        }
        let account = self.directory.account_of_email(SANDBOX_EMAIL)?;
        Some(account).filter(|account| account.is_enabled() && account.is(Role::Operator))
    }

    /// The account of all test taxis, made where there is none: nobody knows its key, and it has no password. `None` if
    /// another account has the address.
    async fn make_sandbox_account(&self) -> storage::Result<Option<Arc<Account>>> {
        if self.directory.account_of_email(SANDBOX_EMAIL).is_none() {
            let fields = AccountFields {
                email: SANDBOX_EMAIL.to_owned(),
                commercial_name: Some(SANDBOX_NAME.to_owned()),
                roles: [Role::Operator].into_iter().collect(),
                ..AccountFields::default()
            };
            if let Err(AccountError::Broken(error)) = self.create_account(fields, None, None).await
            {
                return Err(error);
            }
        }
        Ok(self.sandbox_account())
    }

    /// True if the registry itself takes hails for this account: for test taxis, and for the integration account where
    /// that has no server, so that both sides of a hail can be tried out by hand.
    pub fn takes_hails_of(&self, operator: AccountId) -> bool {
        let Some(account) = self.directory.account(operator) else { return false };
        let has_no_server = account.hail_endpoint.trim().is_empty();
        let is_sandbox = self.sandbox_account().is_some_and(|sandbox| sandbox.id == operator);
        has_no_server && (is_sandbox || self.is_integration(&account.email))
    }
}

/// A call in the name of the account of all test taxis.
fn calls_as(account: Arc<Account>, method: &str, location: String) -> Caller {
    let key_owner = account.id;
    Caller { account, key_owner, call: ApiCall { method: method.to_owned(), location } }
}
