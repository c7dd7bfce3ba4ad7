//! Creation and changes of accounts.

use registry::AccountFields;
use registry::{Account, AccountId, Password};
use storage::accounts::{AccountChange, Belongings, NewAccount, Taken};

use super::secrets;
use crate::app::App;

/// Reason for which an account is not created or changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Another account has this e-mail address.
    #[error("there is already an account {0}: choose another e-mail")]
    EmailTaken(String),
    /// Another account has this key.
    #[error("this API key is already another account's: give another, or none to have one made")]
    KeyTaken,
    /// An imported key belongs to another account.
    #[error("the API key of {0} is already another account's: give another, or none")]
    KeyOfAnother(String),
    /// There is no such account.
    #[error("there is no account {0}: `letaxi user list` shows those there are")]
    Unknown(String),
    /// Other data belong to it.
    #[error(
        "{0} cannot be deleted while anything belongs to it ({1}): type `letaxi user disable {0}`, and it may do nothing any more"
    )]
    NotAlone(String, Belongings),
    /// The store failed.
    #[error(transparent)]
    Broken(#[from] storage::Error),
}

impl App {
    /// Creates an account with a given or fresh API key, and returns both.
    ///
    /// # Errors
    ///
    /// If the e-mail address or the key is taken.
    pub async fn create_account(
        &self,
        account: AccountFields,
        password: Option<&Password>,
        key: Option<String>,
    ) -> Result<(Account, String), AccountError> {
        let key = key.unwrap_or_else(secrets::fresh_api_key);
        let new = NewAccount {
            account,
            password_hash: password.map(|password| secrets::hash_password(password.text())),
            key: self.secrets.seal(&key),
        };
        Ok((self.create_from(&new, &key).await?, key))
    }

    pub(super) async fn create_from(
        &self,
        new: &NewAccount,
        key: &str,
    ) -> Result<Account, AccountError> {
        let _lock = self.change_accounts().await;
        let created = self.store.create_account(new, self.now()).await?;
        let account = created.map_err(|taken| refused(taken, &new.account.email))?;
        self.remember_account(&account);
        self.remember_key(account.id, &new.key, key);
        Ok(account)
    }

    /// The account with this e-mail address, in any case.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub async fn account_of_email(&self, email: &str) -> Result<Account, AccountError> {
        let account = self.store.account_of_email(email).await?;
        account.ok_or_else(|| AccountError::Unknown(email.to_owned()))
    }

    /// All accounts, in the order of creation.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn all_accounts(&self) -> Result<Vec<Account>, AccountError> {
        Ok(self.store.accounts().await?.0)
    }

    /// Changes an account.
    ///
    /// # Errors
    ///
    /// If there is none with this id.
    pub async fn update_account(
        &self,
        id: AccountId,
        change: &AccountChange<'_>,
    ) -> Result<Account, AccountError> {
        let _lock = self.change_accounts().await;
        let account = self.store.update_account(id, change, None, &[], self.now()).await?;
        let account = account.ok_or_else(|| AccountError::Unknown(id.to_string()))?;
        self.remember_account(&account);
        Ok(account)
    }

    /// Deletes an account with its keys.
    ///
    /// # Errors
    ///
    /// If other data belong to it.
    pub async fn delete_account(&self, account: &Account) -> Result<(), AccountError> {
        let _lock = self.change_accounts().await;
        let deleted = self.store.delete_account(account.id).await?;
        deleted.map_err(|needs| AccountError::NotAlone(account.email.clone(), needs))?;
        Ok(self.load_accounts_in_turn().await?)
    }

    /// Sets or removes an account's password.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn set_password(
        &self,
        id: AccountId,
        password: Option<&Password>,
    ) -> Result<(), AccountError> {
        let hash = password.map(|password| secrets::hash_password(password.text()));
        self.store.set_password_hash(id, hash.as_deref(), self.now()).await?;
        self.end_access_of(id);
        Ok(())
    }

    /// Ends in memory all that a former password of an account has opened.
    pub(super) fn end_access_of(&self, id: AccountId) {
        self.sign_ins.end_all_of(id);
    }

    /// Replaces an account's API key by a given or fresh one, and returns it.
    ///
    /// # Errors
    ///
    /// If another account has the key.
    pub async fn set_key(
        &self,
        id: AccountId,
        key: Option<String>,
    ) -> Result<String, AccountError> {
        let key = key.unwrap_or_else(secrets::fresh_api_key);
        let _lock = self.change_accounts().await;
        let set = self.store.set_key(id, &self.secrets.seal(&key), self.now()).await?;
        set.map_err(|taken| refused(taken, ""))?;
        self.load_accounts_in_turn().await?;
        Ok(key)
    }

    /// The account's API key, for the answers in which the contract shows it.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn key(&self, id: AccountId) -> Result<Option<String>, AccountError> {
        let sealed = self.store.sealed_key(id).await?;
        Ok(sealed.and_then(|sealed| self.secrets.unseal(&sealed)))
    }
}

fn refused(taken: Taken, email: &str) -> AccountError {
    match taken {
        Taken::Email => AccountError::EmailTaken(email.to_owned()),
        Taken::Key => AccountError::KeyTaken,
    }
}
