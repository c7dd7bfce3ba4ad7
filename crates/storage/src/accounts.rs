//! Accounts, their keys and their passwords.

use std::fmt;

use async_trait::async_trait;
use registry::directory::KeyDigest;
use registry::{Account, AccountFields, AccountId, Time};

use crate::{Activity, Result};

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// All but the id.
    pub account: AccountFields,
    /// The password's hash; none: no log-in by password.
    pub password_hash: Option<String>,
    /// Its first API key.
    pub key: SealedKey,
}

/// Changes some of what is said of an account. Called inside the transaction.
pub type AccountChange<'a> = dyn Fn(&mut AccountFields) + Send + Sync + 'a;

/// An API key that the database alone cannot reveal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedKey {
    /// Keyed digest, to look the key up.
    pub digest: KeyDigest,
    /// The key, encrypted under the secret key, to show it where the contract shows it.
    pub sealed: Vec<u8>,
}

/// Reason why an account was not created or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Another account has this e-mail, in whatever case.
    Email,
    /// Another account has this key.
    Key,
}

/// Belongings that keep an account from being deleted: the number of each kind, none of them zero. It is empty if the last
/// of them went at the same moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Belongings(pub Vec<(&'static str, i64)>);

impl fmt::Display for Belongings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds: Vec<_> = self.0.iter().map(|(kind, count)| format!("{kind}: {count}")).collect();
        f.write_str(&kinds.join(", "))
    }
}

/// Questions and changes about accounts.
#[async_trait]
pub trait Accounts {
    /// All accounts in the order of their ids, and which key opens which.
    async fn accounts(&self) -> Result<(Vec<Account>, Vec<(KeyDigest, AccountId)>)>;

    /// One account.
    async fn account(&self, id: AccountId) -> Result<Option<Account>>;

    /// The account with this e-mail, as [`registry::plain_email`] compares them. Of accounts of old whose
    /// e-mails differ by case alone, the one whose e-mail is written just like this, else the first.
    async fn account_of_email(&self, email: &str) -> Result<Option<Account>>;

    /// Makes an account, or says what is taken.
    async fn create_account(
        &self,
        new: &NewAccount,
        now: Time,
    ) -> Result<std::result::Result<Account, Taken>>;

    /// Changes what is said of an account, and its password if a hash is given; `None` if there is
    /// no account with this id.
    async fn update_account(
        &self,
        id: AccountId,
        change: &AccountChange<'_>,
        password_hash: Option<&str>,
        activity: &[Activity],
        now: Time,
    ) -> Result<Option<Account>>;

    /// Deletes an account with its keys, unless anything else belongs to it. Its id is never given again.
    async fn delete_account(&self, id: AccountId) -> Result<std::result::Result<(), Belongings>>;

    /// Sets or removes the password's hash.
    async fn set_password_hash(&self, id: AccountId, hash: Option<&str>, now: Time) -> Result<()>;

    /// The password's hash, if the account has one.
    async fn password_hash(&self, id: AccountId) -> Result<Option<String>>;

    /// Replaces the account's keys by one.
    async fn set_key(
        &self,
        id: AccountId,
        key: &SealedKey,
        now: Time,
    ) -> Result<std::result::Result<(), Taken>>;

    /// The account's first key, sealed.
    async fn sealed_key(&self, id: AccountId) -> Result<Option<Vec<u8>>>;

    /// The first key of each of these accounts, sealed.
    async fn sealed_keys(&self, ids: &[AccountId]) -> Result<Vec<(AccountId, Vec<u8>)>>;

    /// Every key that opens an account, sealed, oldest first.
    async fn all_sealed_keys(&self) -> Result<Vec<(AccountId, Vec<u8>)>>;

    /// A number that grows with every change of accounts or keys, whoever makes it: a running
    /// server looks at it to notice what the command line changed.
    async fn accounts_revision(&self) -> Result<i64>;
}
