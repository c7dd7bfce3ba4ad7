//! Answers that can be given again to an app that lost them: see [`crate::hails::Once`].

use async_trait::async_trait;
use registry::{AccountId, Time};

use crate::Result;

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
    /// Returns the answer that an app was given for a key, unless it dates from `forgotten` or before.
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
