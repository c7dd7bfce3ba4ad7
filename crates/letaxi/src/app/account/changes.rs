//! Changes of accounts by administrators: one use case for the command line and the console.

use registry::{Account, AccountFields, AccountId, Role, Roles, Time};
use storage::accounts::NewAccount;

use super::accounts::AccountError;
use super::caller::Caller;
use super::secrets;
use crate::app::App;
use crate::app::hail::operator_call::EndpointFault;

/// Changes of an account; `None` leaves a field as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountChanges {
    /// Name known to customers, if any.
    pub name: Option<Option<String>>,
    /// Roles, in place of the present ones.
    pub roles: Option<Roles>,
    /// Numbers of the départements in which an inspector may look drivers up, with commas between them.
    pub departements: Option<String>,
    /// URL to which an operator's hails are delivered; empty: none.
    pub hail_endpoint: Option<String>,
    /// The account that may act for it, if any.
    pub manager: Option<Option<AccountId>>,
    /// Rate limit of each of its keys, in requests per second; `None`: the general limit.
    pub requests_per_s: Option<Option<i32>>,
    /// True if it may do what its roles say.
    pub is_enabled: Option<bool>,
}

/// Reason for which an account is not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeRefused {
    /// The e-mail address is not valid.
    #[error("{0:?} is not a valid e-mail address: write it as name@example.org")]
    Email(String),
    /// An inspector has no other role.
    #[error("an inspector has no other role: create an account for each")]
    InspectorAlone,
    /// An account acts for itself anyway.
    #[error("an account acts for itself anyway: name another account as its manager")]
    OwnManager,
    /// The hail endpoint is refused.
    #[error(
        "the hail endpoint is refused: {0}; give a public address, or name it in the setting private_endpoints"
    )]
    Endpoint(EndpointFault),
    /// An admin must not lock itself out.
    #[error("an admin neither disables itself nor gives its role away: another admin may")]
    Yourself,
    /// The account is refused.
    #[error(transparent)]
    Account(#[from] AccountError),
}

impl From<storage::Error> for ChangeRefused {
    fn from(error: storage::Error) -> Self {
        Self::Account(error.into())
    }
}

impl App {
    /// Changes an account; `who` does, or the command line.
    ///
    /// # Errors
    ///
    /// If there is no such account, or the changes do not fit it.
    pub async fn change_account(
        &self,
        id: AccountId,
        changes: &AccountChanges,
        who: Option<&Caller>,
    ) -> Result<Account, ChangeRefused> {
        let roles = changes.roles;
        if roles.is_some_and(|roles| !roles.fit_together()) {
            return Err(ChangeRefused::InspectorAlone);
        }
        if changes.manager == Some(Some(id)) {
            return Err(ChangeRefused::OwnManager);
        }
        let gives_up =
            roles.is_some_and(|roles| !roles.has(Role::Admin)) || changes.is_enabled == Some(false);
        if gives_up && who.is_some_and(|who| who.key_owner == id) {
            return Err(ChangeRefused::Yourself);
        }
        if let Some(endpoint) = &changes.hail_endpoint {
            let known = self.store.account(id).await?;
            // An unchanged endpoint is never refused, as in the contract.
            if known.is_none_or(|known| known.hail_endpoint != *endpoint) {
                self.check_endpoint(id, endpoint).await?;
            }
        }
        let now = self.now();
        let apply = |fields: &mut AccountFields| changes.apply(fields, now);
        let activity = who.map(|who| self.activity_of_call(who));
        let _lock = self.change_accounts().await;
        let account = self.store.update_account(id, &apply, None, activity.as_slice(), now).await?;
        let account = account.ok_or_else(|| AccountError::Unknown(id.to_string()))?;
        self.remember_account(&account);
        Ok(account)
    }

    /// Creates an account with an API key, and returns both; `who` does, or the command line.
    ///
    /// # Errors
    ///
    /// If the fields do not fit together, or the e-mail address or the key is taken.
    pub async fn make_account(
        &self,
        fields: AccountFields,
        password_hash: Option<String>,
        key: Option<String>,
        who: Option<&Caller>,
    ) -> Result<(Account, String), ChangeRefused> {
        if !registry::is_email(&fields.email) {
            return Err(ChangeRefused::Email(fields.email));
        }
        if !fields.roles.fit_together() {
            return Err(ChangeRefused::InspectorAlone);
        }
        self.check_endpoint(AccountId(0), &fields.hail_endpoint).await?;
        let key = key.unwrap_or_else(secrets::fresh_api_key);
        let new = NewAccount { account: fields, password_hash, key: self.secrets.seal(&key) };
        let account = self.create_from(&new, &key).await?;
        if let Some(who) = who {
            self.record_call(&[self.activity_of_call(who)]).await?;
        }
        Ok((account, key))
    }

    /// Deletes an account as [`App::delete_account`], for an admin, who does not delete itself.
    ///
    /// # Errors
    ///
    /// If other data belong to it, or it is the caller's own.
    pub async fn delete_account_by(
        &self,
        who: &Caller,
        account: &Account,
    ) -> Result<(), ChangeRefused> {
        if who.key_owner == account.id {
            return Err(ChangeRefused::Yourself);
        }
        self.delete_account(account).await?;
        Ok(self.record_call(&[self.activity_of_call(who)]).await?)
    }

    async fn check_endpoint(&self, id: AccountId, endpoint: &str) -> Result<(), ChangeRefused> {
        match self.endpoint_fault(id, endpoint).await {
            None => Ok(()),
            Some(fault) => Err(ChangeRefused::Endpoint(fault)),
        }
    }
}

impl AccountChanges {
    fn apply(&self, fields: &mut AccountFields, now: Time) {
        if let Some(name) = &self.name {
            fields.commercial_name = name.clone().filter(|name| !name.is_empty());
        }
        if let Some(departements) = &self.departements {
            fields.departements.clone_from(departements);
        }
        if let Some(endpoint) = &self.hail_endpoint {
            fields.hail_endpoint.clone_from(endpoint);
        }
        fields.roles = self.roles.unwrap_or(fields.roles);
        fields.manager = self.manager.unwrap_or(fields.manager);
        fields.requests_per_s = self.requests_per_s.unwrap_or(fields.requests_per_s);
        match self.is_enabled {
            // An account that is disabled already keeps its time.
            Some(false) => fields.disabled_at = fields.disabled_at.or(Some(now)),
            Some(true) => fields.disabled_at = None,
            None => {}
        }
    }
}
