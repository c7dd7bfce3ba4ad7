//! Idempotency: a hail that is repeated with the same key is created once, and an app that lost the answer
//! gets it again.
//!
//! Only created hails are stored. A refusal changed nothing, so a repetition is decided again.

use std::sync::{Mutex, PoisonError};

use chrono::TimeDelta;
use registry::Time;
use storage::hails::HailRecord;

use super::create::{HailRefused, HailRequest};
use super::view::HailView;
use crate::app::App;
use crate::app::account::caller::Caller;

/// Retention time of answers. They contain personal data, so they are kept only as long as apps retry.
pub const ANSWERS_KEPT: TimeDelta = TimeDelta::days(1);

/// Identity of a request.
#[derive(Clone, Debug)]
pub struct Once {
    /// The app's key of the request.
    pub key: String,
    /// SHA-256 of the request.
    pub digest: [u8; 32],
    /// Serialises the answer.
    pub answer: fn(&HailView) -> String,
}

impl App {
    /// Like [`App::create_hail`], once for each key of the account; returns the first answer.
    ///
    /// # Errors
    ///
    /// See [`HailRefused`]; nothing changes then.
    pub async fn create_hail_once(
        &self,
        who: &Caller,
        request: HailRequest,
        once: &Once,
    ) -> Result<String, HailRefused> {
        loop {
            let refused = match self.try_once(who, &request, once).await {
                Ok(Some(answer)) => return Ok(answer),
                Ok(None) => None,
                Err(HailRefused::Broken(error)) => return Err(error.into()),
                Err(refused) => Some(refused),
            };
            // The same request may have taken the taxi before.
            let forgotten = self.forgotten();
            let given = self.store.given_answer(who.account.id, &once.key, forgotten).await?;
            match (given, refused) {
                (Some(given), _) if given.digest == once.digest => return Ok(given.answer),
                (Some(_), _) => return Err(HailRefused::KeyUsed),
                (None, Some(refused)) => return Err(refused),
                // The answer was removed between the two queries, so the key is free.
                (None, None) => {}
            }
        }
    }

    /// Removes answers older than [`ANSWERS_KEPT`].
    pub(in crate::app) async fn forget_answers(&self) -> storage::Result<()> {
        self.store.forget_answers(self.forgotten()).await.map(drop)
    }

    /// Creates the hail, if possible; `None` if the key is taken.
    async fn try_once(
        &self,
        who: &Caller,
        request: &HailRequest,
        once: &Once,
    ) -> Result<Option<String>, HailRefused> {
        // Serialised inside the transaction, so that all answers are the same.
        let worded = Mutex::new(String::new());
        let answer = |hail: &HailRecord| {
            let answer = (once.answer)(&self.hail_view(hail.clone(), who, true));
            worded.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&answer);
            answer
        };
        let Once { key, digest, .. } = once;
        let stored = storage::hails::Once {
            key,
            digest: *digest,
            answer: &answer,
            forgotten: self.forgotten(),
        };
        let made = self.make(who, request, Some(&stored)).await?;
        Ok(made.map(|_| worded.into_inner().unwrap_or_else(PoisonError::into_inner)))
    }

    /// Answers of that time and before are removed.
    fn forgotten(&self) -> Time {
        self.now() - ANSWERS_KEPT
    }
}
