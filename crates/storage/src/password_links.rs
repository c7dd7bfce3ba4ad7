//! Links by which a person sets a password once: invitations, and for those who forgot theirs.

use async_trait::async_trait;
use registry::directory::KeyDigest;
use registry::{AccountId, Time};

use crate::{Activity, Result};

/// A link, without its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordLink {
    /// Digest of the token.
    pub digest: KeyDigest,
    /// The account whose password it sets.
    pub account: AccountId,
    /// Time at which it was made.
    pub made_at: Time,
    /// Time from which it is not valid any more.
    pub expires_at: Time,
}

/// The ways of a person into an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The account.
    pub account: AccountId,
    /// True if it has a password.
    pub has_password: bool,
    /// True if it has a second step.
    pub has_second_step: bool,
    /// Time at which the last of its links expires, if it has one.
    pub link_until: Option<Time>,
    /// Time of the last request of its sign-ins, if it has one, to a minute.
    pub last_seen_at: Option<Time>,
}

/// Links. A new password of an account deletes all of them, in the transaction that sets it.
#[async_trait]
pub trait PasswordLinks {
    /// Adds a link. Of the account's others, only the newest stay, so that it has at most `most`.
    async fn add_password_link(
        &self,
        link: &PasswordLink,
        most: u32,
        activity: &[Activity],
    ) -> Result<()>;

    /// The link with this digest.
    async fn password_link(&self, digest: &KeyDigest) -> Result<Option<PasswordLink>>;

    /// Sets the password of the account of a link, and ends its sign-ins and links; `None` if there is no such link, or it
    /// has expired.
    async fn use_password_link(
        &self,
        digest: &KeyDigest,
        password_hash: &str,
        activity: &[Activity],
        now: Time,
    ) -> Result<Option<AccountId>>;

    /// Deletes links that expired at a time or earlier; at most 500.
    async fn delete_password_links(&self, expired_until: Time) -> Result<u64>;

    /// The ways of people into these accounts; those that do not exist are left out.
    async fn access_of(&self, accounts: &[AccountId]) -> Result<Vec<Access>>;
}
