//! Lists of sessions: the hails by which a customer looks for one ride. A list shows sessions by the hail that opened each.

use dispatch::hail::Status;
use dispatch::session::{GIVEN_UP, Outcome};
use registry::AccountId;
use sqlx::{QueryBuilder, Row as _};

use super::Db;
use super::engine::{Connection, Engine, readable_rows};
use super::list_filters::{And, filter_hails, push_list};
use super::lists::{
    NEWEST_FIRST, SUMMARY, count, edges, fetch_window, midnight, push_newest_of_each, read_summary,
    whole_days, with_waiting,
};
use crate::Result;
use crate::figures::{ALL_OUTCOMES, Scope};
use crate::lists::{HailSummary, Listed, SessionFilter, Window};

/// Conditions of `hails o` that belong to the session that `hails h` opened. Nothing in the tables keeps two apps from
/// using one session's id.
const IN_SESSION: &str =
    "from hails o where o.session_id = h.session_id and o.client_id = h.client_id";

/// Conditions on `hails h` that opened sessions.
fn filter_sessions(query: &mut QueryBuilder<Db>, filter: &SessionFilter) {
    query.push(" where h.opens_session");
    filter_hails(query, &mut And::after_first(), &filter.opening());
    if filter.statuses.is_some() || filter.operators.is_some() {
        query.push(" and exists (select 1 ").push(IN_SESSION);
        if let Some(statuses) = &filter.statuses {
            query.push(" and o.status in ");
            push_list(query, statuses.iter().map(|status| status.word()));
        }
        if let Some(operators) = &filter.operators {
            query.push(" and o.operator_id in ");
            push_list(query, operators.iter().map(|account| account.0));
        }
        query.push(")");
    }
    match filter.outcomes.as_deref() {
        None => {}
        // Open hails are few and have an index of their own: nothing else is looked at.
        Some([Outcome::Open]) => push_has_open(query.push(" and ")),
        Some(outcomes) => {
            push_outcome(query.push(" and "));
            query.push(" in ");
            push_list(query, outcomes.iter().map(|outcome| outcome.word()));
        }
    }
}

/// The session that `hails h` opened has an open hail.
fn push_has_open(query: &mut QueryBuilder<Db>) {
    query.push("exists (select 1 ").push(IN_SESSION).push(" and o.ended_at is null)");
}

/// The word of the [`Outcome`] of the session that `hails h` opened.
fn push_outcome(query: &mut QueryBuilder<Db>) {
    push_has_open(query.push("case when "));
    query.push(" then ").push_bind(Outcome::Open.word());
    query.push(" when exists (select 1 ").push(IN_SESSION);
    query.push(" and o.status = ").push_bind(Status::Finished.word()).push(") then ");
    query.push_bind(Outcome::Ride.word());
    query.push(" when (select o.status ").push(IN_SESSION);
    query.push(" order by o.created_at desc, o.id desc limit 1) in ");
    push_list(query, GIVEN_UP.iter().map(|status| status.word()));
    query.push(" then ").push_bind(Outcome::Customer.word());
    query.push(" else ").push_bind(Outcome::None.word()).push(" end");
}

/// Counts the sessions that fit a filter. Where it asks for nothing but apps and times, those of whole days are counted
/// already.
async fn count_sessions(connection: &mut Connection, filter: &SessionFilter) -> Result<i64> {
    let is_counted =
        filter.customers.is_none() && filter.days.is_none() && !filter.asks_for_all_hails();
    if !is_counted {
        let mut query = QueryBuilder::<Db>::new("select count(*) from hails h");
        filter_sessions(&mut query, filter);
        return count(query, connection).await;
    }
    let (first, end) = whole_days(filter.since, filter.until);
    let scopes = match &filter.clients {
        None => vec![Scope::All],
        Some(clients) => clients.iter().copied().map(Scope::Client).collect(),
    };
    let mut query = with_waiting();
    query.push("select cast((select coalesce(sum(sessions), 0) from hail_days where scope in ");
    push_list(&mut query, scopes.iter().map(Scope::key));
    query.push(" and outcome = ").push_bind(ALL_OUTCOMES);
    query.push(" and day >= ").push_bind(first);
    if filter.until.is_some() {
        query.push(" and day < ").push_bind(end);
    }
    query.push(") + (select count(*) from waiting h");
    let whole = SessionFilter {
        since: Some(midnight(first)),
        until: filter.until.map(|_| midnight(end)),
        ..filter.clone()
    };
    filter_sessions(&mut query, &whole);
    query.push(")");
    for (since, until) in edges(filter.since, filter.until) {
        query.push(" + (select count(*) from hails h");
        let part = SessionFilter { since: Some(since), until: Some(until), ..filter.clone() };
        filter_sessions(&mut query, &part);
        query.push(")");
    }
    query.push(" as bigint)");
    count(query, connection).await
}

impl Engine {
    // Three statements; two for an empty part.
    pub(super) async fn sessions(
        &self,
        filter: &SessionFilter,
        window: Window,
    ) -> Result<Listed<Vec<HailSummary>>> {
        let mut tx = self.snapshot().await?;
        let total = count_sessions(&mut tx, filter).await?;
        let mut query = QueryBuilder::<Db>::new("select h.session_id, h.client_id from hails h");
        let each = filter.of_each_client();
        let rows = if each.len() > 1 {
            query.push(" where h.id in ");
            push_newest_of_each(&mut query, &each, filter_sessions, window);
            query.push(" order by ").push(NEWEST_FIRST);
            query.build().fetch_all(&mut *tx).await?
        } else {
            filter_sessions(&mut query, filter);
            fetch_window(query, NEWEST_FIRST, window, &mut tx).await?
        };
        let sessions = rows
            .iter()
            .map(|row| Ok((row.try_get("session_id")?, AccountId(row.try_get("client_id")?))))
            .collect::<Result<Vec<(String, AccountId)>>>()?;
        if sessions.is_empty() {
            return Ok(Listed { elements: Vec::new(), total });
        }
        let mut query = QueryBuilder::<Db>::new(SUMMARY);
        query.push(" where h.session_id in ");
        push_list(&mut query, sessions.iter().map(|(session, _)| session.as_str()));
        query.push(" order by h.created_at, h.id");
        let rows = query.build().persistent(false).fetch_all(&mut *tx).await?;
        let hails = readable_rows(&rows, "hails", "id", read_summary)?;
        let of = |(session, client): &(String, AccountId)| {
            let of_session = |hail: &&HailSummary| {
                hail.client == *client && hail.session.to_string() == *session
            };
            hails.iter().filter(of_session).cloned().collect::<Vec<_>>()
        };
        let elements = sessions.iter().map(of).filter(|hails| !hails.is_empty()).collect();
        Ok(Listed { elements, total })
    }
}
