//! The history of a taxi: the changes of its status, with who made them and why.

use dispatch::hail::Status;
use registry::{AccountId, TaxiId, Time};
use storage::history::StatusChange;

use crate::app::App;
use crate::app::account::caller::Caller;
use crate::app::jobs::scheduler::SILENCE;

/// Number of changes in an answer. Those of the same moment as the last come in addition.
pub const CHANGES_LISTED: u32 = 100;

/// The last second of the year 9999, the last one that both databases sort.
const LAST_S: i64 = 253_402_300_799;

/// A change of a taxi's status.
#[derive(Clone, Debug)]
pub struct HistoryLine {
    /// Time.
    pub at: Time,
    /// The change.
    pub change: StatusChange,
    /// E-mail address of the account in whose description the status changed.
    pub operator_email: String,
    /// Kind of its cause.
    pub cause: Cause,
}

/// Kind of cause of a change of a taxi's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The account of the description set it.
    Set,
    /// The taxi was hailed.
    Hailed,
    /// A party to the hail took a step.
    Step,
    /// The registry took a step of the hail, because a deadline had passed.
    Deadline,
    /// The registry took a step of the hail, for the outcome of its call to the operator's server.
    Call,
}

impl App {
    /// The changes of a taxi's status before a time (without one, all), newest first, in each description that the caller may see.
    /// `None` if there is no such taxi, or the caller may see none of its descriptions.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn history(
        &self,
        who: &Caller,
        taxi: &str,
        before: Option<Time>,
    ) -> storage::Result<Option<Vec<HistoryLine>>> {
        let Ok(id) = taxi.parse::<TaxiId>() else { return Ok(None) };
        let accounts = self.descriptions_seen(who, id);
        if accounts.is_empty() {
            return Ok(None);
        }
        let before = before.or_else(|| Time::from_timestamp_secs(LAST_S)).unwrap_or_default();
        let changes = self.store.status_changes(id, &accounts, before, CHANGES_LISTED).await?;
        let lines = changes.into_iter().map(|(at, change)| HistoryLine {
            at,
            operator_email: self.email_of(change.account),
            cause: cause(&change),
            change,
        });
        Ok(Some(lines.collect()))
    }

    fn email_of(&self, account: AccountId) -> String {
        self.directory.account(account).map(|account| account.email.clone()).unwrap_or_default()
    }
}

fn cause(change: &StatusChange) -> Cause {
    match (change.hail, change.by) {
        (None, _) => Cause::Set,
        (Some((_, Status::Received)), _) => Cause::Hailed,
        (Some(_), Some(_)) => Cause::Step,
        (Some(_), None) if change.reason.as_deref() == Some(SILENCE) => Cause::Deadline,
        (Some(_), None) => Cause::Call,
    }
}
