//! The several API keys of one account, each with a name.

use async_trait::async_trait;
use registry::directory::KeyDigest;
use registry::{AccountId, Time};

use crate::accounts::SealedKey;
use crate::{Activity, Result};

/// A key that opens its account, without the key itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// Its number; the lowest of an account is the one that the older contract shows.
    pub id: i64,
    /// Name; empty for the account's first key.
    pub name: String,
    /// Time of creation.
    pub created_at: Time,
    /// Last use, to a minute; none if it was never used since uses are recorded.
    pub last_used_at: Option<Time>,
}

/// Reason why a key was not created or revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefused {
    /// The account has as many as it may.
    #[error("the account has as many keys as it may: close one")]
    TooMany,
    /// Somebody has, or had, this very key.
    #[error("this key is taken: try again")]
    Taken,
    /// The account has no such key.
    #[error("the account has no such key")]
    Unknown,
    /// It is the account's only one.
    #[error("this is the only key of the account: make another first")]
    Last,
}

/// Questions and changes about keys.
#[async_trait]
pub trait Keys {
    /// The keys that open an account, the first one first.
    async fn keys(&self, account: AccountId) -> Result<Vec<KeyRecord>>;

    /// Adds a key, unless the account has `most`.
    async fn add_key(
        &self,
        account: AccountId,
        key: &SealedKey,
        name: &str,
        most: usize,
        activity: &[Activity],
        now: Time,
    ) -> Result<std::result::Result<KeyRecord, KeyRefused>>;

    /// Closes a key for good, and tells its digest.
    async fn revoke_key(
        &self,
        account: AccountId,
        id: i64,
        activity: &[Activity],
        now: Time,
    ) -> Result<std::result::Result<KeyDigest, KeyRefused>>;

    /// Notes when keys were used last. No revision is raised: nothing that decides has changed.
    async fn note_use(&self, used: &[(KeyDigest, Time)]) -> Result<()>;
}
