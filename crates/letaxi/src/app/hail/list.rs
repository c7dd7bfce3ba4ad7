//! Lists of hails, and of sessions.

use std::sync::Arc;

use chrono::{NaiveDate, TimeDelta};
use dispatch::hail::Status;
use dispatch::session::Outcome;
use registry::{Account, AccountId, Role, Roles, TaxiId, Time};
use storage::lists::{HailFilter, HailSummary, SessionFilter, Whose};

use super::view::VISIBLE_FOR;
use crate::app::App;
use crate::app::account::caller::Caller;
use crate::app::fleet::disguise;
use crate::app::page::{Page, Paged};
use crate::app::retention::clocks::Clock;

/// Age of a hail from which customer support may follow it up.
const FOLLOWED_UP_AFTER: TimeDelta = TimeDelta::hours(12);

/// Days of a list of sessions that all their hails decide, if its filter names no other period.
pub const SESSION_DAYS: i64 = 31;
/// Most days of such a list.
pub const MOST_SESSION_DAYS: i64 = 92;

/// Filter of a list of hails. One value of each list must match; `None` matches all. Texts match the
/// beginning of an id or e-mail address, in any case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HailQuery {
    /// Ids.
    pub ids: Option<Vec<String>>,
    /// Statuses; unknown words match no hail.
    pub statuses: Option<Vec<Status>>,
    /// E-mail addresses of operators; for admins only.
    pub operators: Option<Vec<String>>,
    /// E-mail addresses of apps.
    pub clients: Option<Vec<String>>,
    /// Ids of taxis.
    pub taxis: Option<Vec<String>>,
    /// Apps' identifiers of customers.
    pub customers: Option<Vec<String>>,
    /// Days (UTC) of creation.
    pub days: Option<Vec<NaiveDate>>,
}

/// Filter of a list of sessions, as [`HailQuery`]. Day, time and customer are those of the first hail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionQuery {
    /// Outcomes.
    pub outcomes: Option<Vec<Outcome>>,
    /// Statuses; a session fits if one of its hails has one of them, with one of `operators`.
    pub statuses: Option<Vec<Status>>,
    /// E-mail addresses of operators; for admins only.
    pub operators: Option<Vec<String>>,
    /// E-mail addresses of apps.
    pub clients: Option<Vec<String>>,
    /// Apps' identifiers of customers.
    pub customers: Option<Vec<String>>,
    /// Days (UTC).
    pub days: Option<Vec<NaiveDate>>,
    /// Earliest time.
    pub since: Option<Time>,
    /// End of the times: the first that is too late.
    pub until: Option<Time>,
}

/// Reasons to refuse a list of sessions.
#[derive(Debug, thiserror::Error)]
pub enum SessionsRefused {
    /// More than [`MOST_SESSION_DAYS`] would have to be read to see which sessions fit.
    #[error("more than {MOST_SESSION_DAYS} days")]
    TooLong,
    /// The store failed.
    #[error(transparent)]
    Broken(#[from] storage::Error),
}

/// A hail in a list, for display.
#[derive(Clone, Debug)]
pub struct HailRow {
    /// The hail.
    pub summary: HailSummary,
    /// App that created it.
    pub client: Option<Arc<Account>>,
    /// Its operator.
    pub operator: Option<Arc<Account>>,
    /// True if the viewer may see the operator.
    pub names_operator: bool,
    /// Id of the taxi for the viewer.
    pub taxi: TaxiId,
    /// Roles of the viewer.
    pub viewer: Roles,
}

impl App {
    /// The caller's hails of the last 60 days, newest first; for an admin all hails that are kept.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn hails(
        &self,
        who: &Caller,
        query: HailQuery,
        page: Page,
    ) -> storage::Result<Paged<HailRow>> {
        let operators = query.operators.filter(|_| who.is(Role::Admin));
        let filter = HailFilter {
            whose: whose(who),
            since: Some(self.listed_since(who)),
            until: None,
            ids: query.ids,
            statuses: query.statuses,
            operators: self.accounts_named(operators),
            clients: self.accounts_named(query.clients),
            taxis: query.taxis,
            customers: query.customers,
            days: query.days,
        };
        self.list_hails(who, &filter, page).await
    }

    /// All hails that are old enough for customer support to follow them up, newest first.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn hails_to_follow_up(
        &self,
        who: &Caller,
        query: HailQuery,
        page: Page,
    ) -> storage::Result<Paged<HailRow>> {
        let filter = HailFilter {
            since: Some(self.kept_since()),
            until: Some(self.now() - FOLLOWED_UP_AFTER),
            ids: query.ids,
            statuses: query.statuses,
            operators: self.accounts_named(query.operators),
            clients: self.accounts_named(query.clients),
            ..HailFilter::default()
        };
        self.list_hails(who, &filter, page).await
    }

    /// The sessions of the caller's customers, newest first, with their hails; for an admin all sessions. No
    /// session is without a hail.
    ///
    /// # Errors
    ///
    /// [`SessionsRefused`].
    pub async fn sessions(
        &self,
        who: &Caller,
        query: SessionQuery,
        page: Page,
    ) -> Result<Paged<Vec<HailRow>>, SessionsRefused> {
        let operators = query.operators.filter(|_| who.is(Role::Admin));
        let clients = self.accounts_named(query.clients);
        let filter = SessionFilter {
            clients: if who.is(Role::Admin) {
                clients
            } else {
                Some(only(who.account.id, clients))
            },
            since: query.since,
            until: query.until,
            days: query.days,
            customers: query.customers,
            statuses: query.statuses,
            operators: self.accounts_named(operators),
            outcomes: query.outcomes,
        };
        let filter = within_reach(filter, self.now())?;
        let kept_since = self.kept_since();
        let since = Some(filter.since.map_or(kept_since, |since| since.max(kept_since)));
        let filter = SessionFilter { since, ..filter };
        let listed = self.store.list_sessions(&filter, page.window()).await?;
        Ok(page.listed(listed, |hails| hails.into_iter().map(|hail| self.row(who, hail)).collect()))
    }

    /// Time since which the caller sees hails.
    fn listed_since(&self, who: &Caller) -> Time {
        if who.is(Role::Admin) { self.kept_since() } else { self.now() - VISIBLE_FOR }
    }

    /// Time since which hails are kept. Their sums are kept for longer, so lists must not count older ones.
    fn kept_since(&self) -> Time {
        self.settings.kept.before(Clock::Hails, self.now())
    }

    async fn list_hails(
        &self,
        who: &Caller,
        filter: &HailFilter,
        page: Page,
    ) -> storage::Result<Paged<HailRow>> {
        let listed = self.store.list_hails(filter, page.window()).await?;
        Ok(page.listed(listed, |hail| self.row(who, hail)))
    }

    fn row(&self, who: &Caller, summary: HailSummary) -> HailRow {
        let sees = disguise::sees_hail(who, summary.client);
        HailRow {
            client: self.directory.account(summary.client),
            operator: self.directory.account(summary.operator),
            names_operator: sees || !self.settings.neutral_operator,
            taxi: summary.shown_taxi.filter(|_| !sees).unwrap_or(summary.taxi),
            viewer: who.account.roles,
            summary,
        }
    }

    /// Accounts whose e-mail addresses begin with these texts.
    fn accounts_named(&self, begins: Option<Vec<String>>) -> Option<Vec<AccountId>> {
        let begins: Vec<String> = begins?.iter().map(|begin| begin.to_lowercase()).collect();
        let fits = |account: &Arc<Account>| {
            let email = account.email.to_lowercase();
            begins.iter().any(|begin| email.starts_with(begin))
        };
        Some(self.directory.accounts().iter().filter(|a| fits(a)).map(|a| a.id).collect())
    }
}

/// An account, if it is among these; without these, the account.
fn only(account: AccountId, named: Option<Vec<AccountId>>) -> Vec<AccountId> {
    let is_named = named.is_none_or(|named| named.contains(&account));
    Some(account).filter(|_| is_named).into_iter().collect()
}

/// Limits a filter that all hails of a session decide to a period that can be read: no sum tells which sessions fit.
fn within_reach(filter: SessionFilter, now: Time) -> Result<SessionFilter, SessionsRefused> {
    let is_limited = filter.days.is_some() || filter.customers.is_some();
    if !filter.asks_for_all_hails() || is_limited {
        return Ok(filter);
    }
    let end = filter.until.unwrap_or(now).min(now);
    let since = filter.since.unwrap_or(end - TimeDelta::days(SESSION_DAYS));
    // Days have an hour more where clocks are put back.
    if since < end - TimeDelta::days(MOST_SESSION_DAYS) - TimeDelta::hours(1) {
        return Err(SessionsRefused::TooLong);
    }
    Ok(SessionFilter { since: Some(since), ..filter })
}

fn whose(who: &Caller) -> Whose {
    let account = who.account.id;
    match (who.is(Role::Admin), who.is(Role::Client), who.is(Role::Operator)) {
        (true, ..) => Whose::Everyones,
        (_, true, true) => Whose::Either(account),
        (_, true, false) => Whose::Client(account),
        (_, false, _) => Whose::Operator(account),
    }
}
