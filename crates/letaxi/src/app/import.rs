//! Putting an imported territory and imported accounts in place.

use std::collections::{HashMap, HashSet};

use registry::{Account, AccountId, Password, same_email};
use storage::accounts::AccountFields;
use storage::territory_rows::{ImportReport, TerritoryImport};
use territory::InseeCode;

use super::App;
use super::account::AccountError;
use super::secrets;

/// An account to be made or changed.
#[derive(Clone)]
pub struct UserRow {
    /// All but who manages it.
    pub fields: AccountFields,
    /// E-mail of the account that may act for it.
    pub manager: Option<String>,
    /// Its password; none: no log-in by password.
    pub password: Option<Password>,
    /// The API key it brings along; none: a fresh one, if it is new.
    pub api_key: Option<String>,
}

/// What an import of accounts changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UsersReport {
    /// Accounts that were not there before.
    pub added: usize,
    /// Accounts of which something is different now.
    pub updated: usize,
}

impl App {
    /// Codes of all towns there are.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn known_towns(&self) -> storage::Result<HashSet<InseeCode>> {
        let territory = self.store.territory().await?;
        Ok(territory.towns.iter().map(|town| town.code).collect())
    }

    /// Puts parts of a territory in place, all or nothing.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn import_territory(
        &self,
        import: TerritoryImport,
        progress: &(dyn Fn(usize) + Send + Sync),
    ) -> storage::Result<ImportReport> {
        self.store.import_territory(import, progress).await
    }

    /// Makes sure that accounts can be imported, before any is.
    ///
    /// # Errors
    ///
    /// If a key is an account's that is not in the import under the same e-mail, in whatever case.
    pub async fn check_users(&self, users: &[UserRow]) -> Result<(), AccountError> {
        let (accounts, keys) = self.store.accounts().await?;
        let email_of: HashMap<AccountId, &str> =
            accounts.iter().map(|account| (account.id, account.email.as_str())).collect();
        let owner_of: HashMap<_, AccountId> = keys.into_iter().collect();
        for user in users {
            let digest = user.api_key.as_ref().map(|key| self.secrets.digest(key));
            let owner = digest.and_then(|digest| owner_of.get(&digest));
            let is_own = |owner| {
                let email = email_of.get(owner);
                email.is_some_and(|email| same_email(email, &user.fields.email))
            };
            if owner.is_some_and(|owner| !is_own(owner)) {
                return Err(AccountError::KeyOfAnother(user.fields.email.clone()));
            }
        }
        Ok(())
    }

    /// Makes accounts, or changes those that are there under the same e-mail, in whatever case, in their order.
    ///
    /// # Errors
    ///
    /// If the store fails; see [`App::check_users`] for what is to be checked before.
    pub async fn import_users(&self, users: Vec<UserRow>) -> Result<UsersReport, AccountError> {
        let (mut made, mut changed) = (HashSet::new(), HashSet::new());
        for user in &users {
            if let Some(account) = self.store.account_of_email(&user.fields.email).await? {
                if self.import_secrets(&account, user).await? {
                    changed.insert(account.id);
                }
            } else {
                let (password, key) = (user.password.as_ref(), user.api_key.clone());
                let (account, _) = self.create_account(user.fields.clone(), password, key).await?;
                made.insert(account.id);
            }
        }
        // Managers come last: one may stand after the accounts it manages.
        for user in &users {
            let account = self.account_of_email(&user.fields.email).await?;
            let manager = match &user.manager {
                Some(email) => Some(self.account_of_email(email).await?.id),
                None => None,
            };
            let import = |known: &mut AccountFields| {
                *known = AccountFields {
                    manager,
                    // What an import does not know stays as it is.
                    email_customer: std::mem::take(&mut known.email_customer),
                    email_technical: std::mem::take(&mut known.email_technical),
                    phone_customer: std::mem::take(&mut known.phone_customer),
                    phone_technical: std::mem::take(&mut known.phone_technical),
                    requests_per_s: known.requests_per_s,
                    ..user.fields.clone()
                };
            };
            let mut fields = AccountFields::of(&account);
            import(&mut fields);
            if fields != AccountFields::of(&account) {
                self.update_account(account.id, &import).await?;
                changed.insert(account.id);
            }
        }
        Ok(UsersReport { added: made.len(), updated: changed.difference(&made).count() })
    }

    /// Sets password and key of an account that is there, if they are different.
    async fn import_secrets(
        &self,
        account: &Account,
        user: &UserRow,
    ) -> Result<bool, AccountError> {
        let mut changed = false;
        let hash = self.store.password_hash(account.id).await?;
        let same_password = match (&user.password, &hash) {
            (Some(password), Some(hash)) => secrets::verify_password(password.text(), hash),
            (None, None) => true,
            _ => false,
        };
        if !same_password {
            self.set_password(account.id, user.password.as_ref()).await?;
            changed = true;
        }
        if let Some(key) = &user.api_key
            && self.key(account.id).await?.as_ref() != Some(key)
        {
            self.set_key(account.id, Some(key.clone())).await?;
            changed = true;
        }
        Ok(changed)
    }
}
