//! Lists a page at a time, newest first: hails, sessions, the activity log, an account's taxis.
//!
//! A list also tells how many elements there are in all. Counting a million rows for each page would
//! be what takes the time, so what is over is counted once (`hail_days`, `activity_days`) and only the
//! rest is counted again. What cannot be read is counted, and not listed.

use std::collections::BTreeSet;

use async_trait::async_trait;
use chrono::NaiveDate;
use dispatch::hail::Status;
use dispatch::session::Outcome;
use registry::{AccountId, HailId, TaxiDetails, TaxiId, Time};
use territory::Point;
use uuid::Uuid;

use crate::Result;
use crate::hails::CustomerPart;

/// A part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Elements before the page.
    pub skip: i64,
    /// Most elements on the page.
    pub take: i64,
}

/// A part of a list, and how long the whole is.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed<T> {
    /// The elements of the part.
    pub elements: Vec<T>,
    /// Elements of the whole list.
    pub total: i64,
}

/// A hail as lists show it.
#[derive(Clone, Debug, PartialEq)]
pub struct HailSummary {
    /// Its public id.
    pub id: HailId,
    /// Status.
    pub status: Status,
    /// Time of creation.
    pub created_at: Time,
    /// The app that made it.
    pub client: AccountId,
    /// The account it went to.
    pub operator: AccountId,
    /// The taxi.
    pub taxi: TaxiId,
    /// The id by which its app knows the taxi, where that is not the real one.
    pub shown_taxi: Option<TaxiId>,
    /// The visit it belongs to.
    pub session: Uuid,
    /// Customer, as the app described them.
    pub customer: CustomerPart,
    /// The number at which the driver can be called, once told.
    pub taxi_phone: Option<String>,
    /// Place of the taxi when it was hailed.
    pub initial_position: Option<Point>,
}

/// Owner of the hails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Whose {
    /// Everyone's.
    #[default]
    Everyones,
    /// Those an app made.
    Client(AccountId),
    /// Those that went to an operator.
    Operator(AccountId),
    /// Those an account made or received.
    Either(AccountId),
}

/// Filter of hails: a hail must fit every field. Of a list of values, one must fit; `None` fits all,
/// and an empty list none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HailFilter {
    /// Owner.
    pub whose: Whose,
    /// Made at this time or later.
    pub since: Option<Time>,
    /// Made before this time.
    pub until: Option<Time>,
    /// Begins of ids, in any case.
    pub ids: Option<Vec<String>>,
    /// Statuses.
    pub statuses: Option<Vec<Status>>,
    /// Accounts they went to.
    pub operators: Option<Vec<AccountId>>,
    /// Apps that made them.
    pub clients: Option<Vec<AccountId>>,
    /// Begins of taxis' ids, in any case.
    pub taxis: Option<Vec<String>>,
    /// Begins of what apps call their customers, in any case of ASCII letters.
    pub customers: Option<Vec<String>>,
    /// Days (UTC) on which they were made.
    pub days: Option<Vec<NaiveDate>>,
}

/// Most parts of a list that are queried one by one.
const MOST_PARTS: usize = 50;

impl HailFilter {
    /// The same, once for each of several operators, apps and statuses that it names, or for each part
    /// of an account that is both. Itself alone if it names one, none, or too many to be asked for one
    /// by one.
    pub(crate) fn of_each_part(&self) -> Vec<Self> {
        let of_accounts = self.of_each_account();
        let statuses = self.statuses.iter().flatten().collect::<BTreeSet<_>>();
        if !(2..=MOST_PARTS / of_accounts.len()).contains(&statuses.len()) {
            return of_accounts;
        }
        let of_one = |filter: Self| {
            let with =
                move |status: &&Status| Self { statuses: Some(vec![**status]), ..filter.clone() };
            statuses.iter().map(with).collect::<Vec<_>>()
        };
        of_accounts.into_iter().flat_map(of_one).collect()
    }

    fn of_each_account(&self) -> Vec<Self> {
        let few = |accounts: &Option<Vec<AccountId>>| {
            let mut accounts = accounts.clone()?;
            accounts.sort_unstable();
            accounts.dedup();
            (2..=MOST_PARTS).contains(&accounts.len()).then_some(accounts)
        };
        let one = |account| Some(vec![account]);
        if let Whose::Either(account) = self.whose {
            return [Whose::Client(account), Whose::Operator(account)]
                .map(|whose| Self { whose, ..self.clone() })
                .into();
        }
        if let Some(operators) = few(&self.operators) {
            let of = |account| Self { operators: one(account), ..self.clone() };
            operators.into_iter().map(of).collect()
        } else if let Some(clients) = few(&self.clients) {
            let of = |account| Self { clients: one(account), ..self.clone() };
            clients.into_iter().map(of).collect()
        } else {
            vec![self.clone()]
        }
    }
}

/// Filter of sessions, as [`HailFilter`]. Time and customer are those of the hail that opened it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SessionFilter {
    /// Apps of the customers.
    pub clients: Option<Vec<AccountId>>,
    /// Opened at this time or later.
    pub since: Option<Time>,
    /// Opened before this time.
    pub until: Option<Time>,
    /// Days (UTC) on which they were opened.
    pub days: Option<Vec<NaiveDate>>,
    /// Begins of what apps call their customers, in any case of ASCII letters.
    pub customers: Option<Vec<String>>,
    /// Statuses and operators: one hail fits both.
    pub statuses: Option<Vec<Status>>,
    /// See `statuses`.
    pub operators: Option<Vec<AccountId>>,
    /// Outcomes.
    pub outcomes: Option<Vec<Outcome>>,
}

impl SessionFilter {
    /// True if all hails of a session decide, and not only the one that opened it.
    pub fn asks_for_all_hails(&self) -> bool {
        self.statuses.is_some() || self.operators.is_some() || self.outcomes.is_some()
    }

    /// Filter of the hail that opened a session.
    pub(crate) fn opening(&self) -> HailFilter {
        HailFilter {
            since: self.since,
            until: self.until,
            clients: self.clients.clone(),
            customers: self.customers.clone(),
            days: self.days.clone(),
            ..HailFilter::default()
        }
    }

    /// The same, once for each of several apps: as [`HailFilter::of_each_part`].
    pub(crate) fn of_each_client(&self) -> Vec<Self> {
        let each = self.opening().of_each_part().into_iter();
        each.map(|opening| Self { clients: opening.clients, ..self.clone() }).collect()
    }
}

/// Filter of taxis, as [`HailFilter`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaxiFilter {
    /// Begins of ids, in any case.
    pub ids: Option<Vec<String>>,
    /// Begins of plates, in any case, blanks and hyphens apart.
    pub plates: Option<Vec<String>>,
}

/// Filter of lines of the activity log, as [`HailFilter`]. The words are those of
/// [`Action`](crate::Action) and [`Resource`](crate::Resource).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActivityFilter {
    /// Actions.
    pub actions: Option<Vec<&'static str>>,
    /// Kinds of resources.
    pub resources: Option<Vec<&'static str>>,
    /// To which one, exactly.
    pub resource_ids: Option<Vec<String>>,
    /// Written at this time or later.
    pub since: Option<Time>,
    /// Written before this time.
    pub until: Option<Time>,
}

/// A line of the activity log, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivityLine {
    /// Its number.
    pub id: i64,
    /// Time.
    pub at: Time,
    /// Word of the action.
    pub action: String,
    /// The word of the kind of thing it was done to.
    pub resource: String,
    /// Id of the resource.
    pub resource_id: String,
    /// More about it, a JSON object as text.
    pub extra: String,
}

/// Questions for lists. Each is two statements or three, whatever the length of the list.
#[async_trait]
pub trait Lists {
    /// Hails, newest first.
    async fn list_hails(&self, filter: &HailFilter, window: Window) -> Result<Listed<HailSummary>>;

    /// Sessions by their first hail, newest first; each with all its hails, oldest first.
    async fn list_sessions(
        &self,
        filter: &SessionFilter,
        window: Window,
    ) -> Result<Listed<Vec<HailSummary>>>;

    /// The activity log, newest line first.
    async fn list_activity(
        &self,
        filter: &ActivityFilter,
        window: Window,
    ) -> Result<Listed<ActivityLine>>;

    /// The taxis an account bound, newest first.
    async fn list_taxis(
        &self,
        account: AccountId,
        filter: &TaxiFilter,
        window: Window,
    ) -> Result<Listed<TaxiDetails>>;

    /// Counts the lines of the activity log from before `until`, once and for all. Lines that are
    /// written later with an earlier time are in the list, but not in its length: `until` must be
    /// so long ago that there are none.
    async fn count_activity(&self, until: Time) -> Result<()>;
}
