//! A hail that is made once, however often its app asks: who lost the answer asks again with the
//! same key, and gets the very answer that was given.
//!
//! Only hails that were made are remembered. A refusal changed nothing, so who asks again after one
//! is judged anew.

use std::sync::{Mutex, PoisonError};

use chrono::TimeDelta;
use registry::Time;
use storage::hails::HailRecord;

use super::create::{HailRefused, HailRequest};
use super::view::HailView;
use crate::app::App;
use crate::app::account::caller::Caller;

/// How long an answer can be had again. It tells of a customer, so no longer than apps retry.
pub const ANSWERS_KEPT: TimeDelta = TimeDelta::days(1);

/// By what a request is known again.
#[derive(Clone, Debug)]
pub struct Once {
    /// What the app calls the request.
    pub key: String,
    /// SHA-256 of what it asks for.
    pub digest: [u8; 32],
    /// Words the answer.
    pub answer: fn(&HailView) -> String,
}

impl App {
    /// As [`App::create_hail`], once for each key of the account; gives the answer as it was worded
    /// then.
    ///
    /// # Errors
    ///
    /// See [`HailRefused`]; nothing changed then.
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
            // A taxi that is not free may have been taken by this very request, the first time.
            let forgotten = self.forgotten();
            let given = self.store.given_answer(who.account.id, &once.key, forgotten).await?;
            match (given, refused) {
                (Some(given), _) if given.digest == once.digest => return Ok(given.answer),
                (Some(_), _) => return Err(HailRefused::KeyUsed),
                (None, Some(refused)) => return Err(refused),
                // The answer was forgotten between these two questions, so the key is free.
                (None, None) => {}
            }
        }
    }

    /// Forgets answers that are too old to be had again.
    pub(in crate::app) async fn forget_answers(&self) -> storage::Result<()> {
        self.store.forget_answers(self.forgotten()).await.map(drop)
    }

    /// Makes the hail, if it can be made; `None` if the key is taken.
    async fn try_once(
        &self,
        who: &Caller,
        request: &HailRequest,
        once: &Once,
    ) -> Result<Option<String>, HailRefused> {
        // Worded inside the transaction: what is answered now is what is answered later.
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

    /// Answers from then and before are forgotten.
    fn forgotten(&self) -> Time {
        self.now() - ANSWERS_KEPT
    }
}
