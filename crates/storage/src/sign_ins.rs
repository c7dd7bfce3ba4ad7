//! Sign-ins of people in browsers: each is a cookie that opens an account.

use async_trait::async_trait;
use registry::directory::KeyDigest;
use registry::{AccountId, Time};

use crate::{Activity, Result};

/// A sign-in, without its cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// Its number; 0 until it is written.
    pub id: i64,
    /// Digest of the cookie.
    pub digest: KeyDigest,
    /// The account that it opens.
    pub account: AccountId,
    /// Browser and system, as the browser names them.
    pub device: String,
    /// Time of the sign-in.
    pub created_at: Time,
    /// Time of the last request, to a minute.
    pub last_seen_at: Time,
    /// True if an identity provider asked for the second step.
    pub second_step_elsewhere: bool,
}

/// A sign-in that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The identity provider's token, sealed, if the person came from there.
    pub id_token: Option<Vec<u8>>,
}

/// Sign-ins. A new password of an account ends all of its sign-ins, in the transaction that sets it.
#[async_trait]
pub trait SignIns {
    /// All sign-ins.
    async fn sign_ins(&self) -> Result<Vec<SignIn>>;

    /// Adds a sign-in and returns its number. Of the account's others, only the newest stay, so that it has at most
    /// `most`. The identity provider's token of the sign-in, sealed, is kept with it if there is one.
    async fn add_sign_in(
        &self,
        sign_in: &SignIn,
        id_token: Option<&[u8]>,
        most: u32,
        activity: &[Activity],
        now: Time,
    ) -> Result<i64>;

    /// Ends a sign-in of an account, and returns what was kept for its end; `None` if the account has no such one.
    async fn end_sign_in(&self, account: AccountId, id: i64) -> Result<Option<Ended>>;

    /// Notes the times of last requests. No revision is raised: nothing that decides has changed.
    async fn note_seen(&self, seen: &[(i64, Time)]) -> Result<()>;

    /// Deletes sign-ins that began at a time or earlier, and those that were last seen at another or earlier; at most 500.
    async fn delete_sign_ins(&self, created_until: Time, seen_until: Time) -> Result<u64>;
}
