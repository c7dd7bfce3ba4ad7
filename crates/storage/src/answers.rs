//! Answers that can be given again to an app that lost them: see [`Once`].

use async_trait::async_trait;
use registry::{AccountId, Time};

use crate::Result;
use crate::hails::HailRecord;

/// A hail that its app wants made once, however often it asks.
#[derive(Clone, Copy)]
pub struct Once<'a> {
    /// What the app calls this request; each app has names of its own.
    pub key: &'a str,
    /// SHA-256 of what is asked for.
    pub digest: [u8; 32],
    /// The answer for a hail that was made; called inside the transaction.
    pub answer: &'a (dyn Fn(&HailRecord) -> String + Send + Sync),
    /// Answers from then and before are forgotten: their keys are free again.
    pub forgotten: Time,
}

/// An answer that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenAnswer {
    /// SHA-256 of what was asked for.
    pub digest: Vec<u8>,
    /// The answer, to the letter.
    pub answer: String,
}

/// Questions and changes about answers that were given.
#[async_trait]
pub trait GivenAnswers {
    /// What an app was answered under a key, unless that is from `forgotten` or before.
    ///
    /// # Errors
    ///
    /// If the store fails.
    async fn given_answer(
        &self,
        client: AccountId,
        key: &str,
        forgotten: Time,
    ) -> Result<Option<GivenAnswer>>;

    /// Forgets the answers from this moment and before; how many there were.
    ///
    /// # Errors
    ///
    /// If the store fails.
    async fn forget_answers(&self, forgotten: Time) -> Result<u64>;
}
