//! Second steps of signing in: a secret that an app on the person's phone shares, and recovery codes.

use async_trait::async_trait;
use registry::directory::KeyDigest;
use registry::{AccountId, Time};

use crate::{Activity, Result};

/// The second step of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondStep {
    /// The secret, sealed.
    pub sealed: Vec<u8>,
    /// The last step of time whose code was used.
    pub used_step: i64,
    /// Time at which it was set up.
    pub set_at: Time,
    /// Number of recovery codes that were not used.
    pub recovery_codes: i64,
}

/// A second step to be set.
#[derive(Clone, Debug)]
pub struct NewSecondStep {
    /// The secret, sealed.
    pub sealed: Vec<u8>,
    /// The step of time whose code confirmed it.
    pub used_step: i64,
    /// Digests of its recovery codes.
    pub recovery_codes: Vec<KeyDigest>,
}

/// Second steps. A change of one ends the sign-ins of its account, but for the one that is kept.
#[async_trait]
pub trait SecondSteps {
    /// The accounts that have one.
    async fn accounts_with_second_step(&self) -> Result<Vec<AccountId>>;

    /// The second step of an account.
    async fn second_step(&self, account: AccountId) -> Result<Option<SecondStep>>;

    /// Sets the second step of an account; false if it has one already and must not have, or if it does not exist.
    async fn set_second_step(
        &self,
        account: AccountId,
        new: &NewSecondStep,
        may_replace: bool,
        kept_sign_in: Option<i64>,
        activity: &[Activity],
        now: Time,
    ) -> Result<bool>;

    /// Removes the second step of an account; false if it has none.
    async fn remove_second_step(
        &self,
        account: AccountId,
        kept_sign_in: Option<i64>,
        activity: &[Activity],
        now: Time,
    ) -> Result<bool>;

    /// Notes that the code of a step of time was used; false if a code of this or a later step was, or if the secret is
    /// another by now.
    async fn use_step(&self, account: AccountId, sealed: &[u8], step: i64) -> Result<bool>;

    /// Takes a recovery code, and returns the number of those that are left; `None` if there is no such one.
    async fn use_recovery_code(
        &self,
        account: AccountId,
        digest: &KeyDigest,
        activity: &[Activity],
        now: Time,
    ) -> Result<Option<i64>>;

    /// Replaces the recovery codes of an account; false if it has no second step.
    async fn set_recovery_codes(
        &self,
        account: AccountId,
        digests: &[KeyDigest],
        activity: &[Activity],
        now: Time,
    ) -> Result<bool>;
}
