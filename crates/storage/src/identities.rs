//! Identities at the identity provider that open accounts.

use async_trait::async_trait;
use registry::{AccountId, Time};

use crate::{Activity, Result};

/// An identity: whom a provider calls so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its number; 0 until it is written.
    pub id: i64,
    /// The account that it opens.
    pub account: AccountId,
    /// The provider.
    pub issuer: String,
    /// The provider's name of the person.
    pub subject: String,
    /// E-mail address that the provider told.
    pub email: Option<String>,
    /// Time at which it was linked.
    pub linked_at: Time,
}

/// Outcome of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linked {
    /// It opens the account now.
    New,
    /// It opened the account already.
    Already,
    /// It opens another account.
    Taken,
    /// The account has as many as it may have.
    Full,
}

/// Identities. A subject at an issuer opens one account at most.
#[async_trait]
pub trait Identities {
    /// The identities of an account, oldest first.
    async fn identities_of(&self, account: AccountId) -> Result<Vec<Identity>>;

    /// The account that an identity opens.
    async fn account_of_identity(&self, issuer: &str, subject: &str) -> Result<Option<AccountId>>;

    /// Links an identity, unless its account has `most`; the activity is written if it is new.
    async fn link_identity(
        &self,
        identity: &Identity,
        most: u32,
        activity: &[Activity],
    ) -> Result<Linked>;

    /// Unlinks an identity of an account, and ends the account's sign-ins but for one; false if there is no such identity.
    async fn unlink_identity(
        &self,
        account: AccountId,
        id: i64,
        kept_sign_in: Option<i64>,
        activity: &[Activity],
        now: Time,
    ) -> Result<bool>;
}
