//! The log of calls to operators' servers, for the operators, and the secret that proves their origin.
//!
//! Calls are written in batches, independently of their hails, and kept for `KEPT`.

use std::sync::atomic::Ordering;

use chrono::TimeDelta;
use storage::calls::CallRecord;

use super::operator_call::{CallOutcome, OperatorRequest};
use crate::app::App;
use crate::app::account::caller::Caller;
use crate::app::account::keys::KeysRefused;

/// Retention time of calls.
const KEPT: TimeDelta = TimeDelta::days(7);
/// Interval of the removal of old calls, in seconds.
const FORGOTTEN_EVERY_S: i64 = 600;
/// Maximum number of calls in a list.
pub const CALLS_LISTED: u32 = 100;

impl App {
    /// Secret of the signatures of calls to the caller's server.
    ///
    /// # Errors
    ///
    /// If the caller may not see it.
    pub fn call_secret(&self, who: &Caller) -> Result<String, KeysRefused> {
        self.may_see_secrets(who)?;
        Ok(self.secrets.call_secret(who.account.id))
    }

    /// The newest calls to the caller's server with a number below `before`.
    ///
    /// # Errors
    ///
    /// If the caller may not see them.
    pub async fn operator_calls(
        &self,
        who: &Caller,
        before: Option<i64>,
    ) -> Result<Vec<CallRecord>, KeysRefused> {
        self.may_see_secrets(who)?;
        Ok(self.store.list_calls(who.account.id, before, CALLS_LISTED).await?)
    }

    /// Number of waiting calls, and of those dropped because the queue was full.
    pub(in crate::app) fn waiting_calls(&self) -> (usize, u64) {
        (self.calls.waiting.len(), self.calls.waiting.dropped())
    }

    /// Makes a call and logs its outcome.
    pub(in crate::app) async fn call_operator(&self, request: OperatorRequest) -> CallOutcome {
        let at = self.now();
        let (account, hail) = (request.account, request.hail);
        let endpoint = without_secrets(&request.endpoint);
        let outcome = self.call(request).await;
        let failure = match &outcome {
            CallOutcome::Delivered { .. } => None,
            CallOutcome::Failed(reason) => Some(reason.clone()),
        };
        if let Some(reason) = &failure
            && let Some(left_out) = self.failed_calls.line(account, self.now())
        {
            let host = host_of(&endpoint);
            tracing::warn!(operator = %account, %host, %reason, left_out, "a call to an operator's server failed");
        }
        let took_ms = (self.now() - at).num_milliseconds();
        self.calls.waiting.push(CallRecord {
            id: 0,
            account,
            hail,
            endpoint,
            at,
            took_ms,
            failure,
            is_test: false,
        });
        outcome
    }

    /// Writes the waiting calls, and removes old ones.
    pub(in crate::app) async fn write_calls(&self) -> storage::Result<()> {
        let calls = self.calls.waiting.take();
        if !calls.is_empty() {
            self.store.record_calls(&calls).await?;
            drop(calls.all_written());
        }
        let now = self.now();
        let last = self.calls.forgotten_s.load(Ordering::Relaxed);
        // Also if the clock was set back meanwhile.
        if !(last..last + FORGOTTEN_EVERY_S).contains(&now.timestamp()) {
            self.store.forget_calls(now - KEPT).await?;
            self.calls.forgotten_s.store(now.timestamp(), Ordering::Relaxed);
        }
        Ok(())
    }
}

/// An endpoint without user, password, query and fragment; empty if it is not a URL.
pub(super) fn without_secrets(endpoint: &str) -> String {
    let Ok(mut url) = url::Url::parse(endpoint) else { return String::new() };
    // Only addresses without a host refuse, and they have neither.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}

/// Host of an endpoint, without its path; empty if it has none.
fn host_of(endpoint: &str) -> String {
    let url = url::Url::parse(endpoint).ok();
    url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_shown_without_what_may_be_secret() {
        let shown = without_secrets("https://user:pass@taxis.example/hails?token=x#y");
        assert_eq!(shown, "https://taxis.example/hails");
        assert_eq!(without_secrets("secret"), "");
    }
}
