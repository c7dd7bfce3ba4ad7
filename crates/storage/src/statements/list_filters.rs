//! Filters of lists as SQL conditions.

use std::collections::BTreeSet;

use dispatch::hail::Status;
use registry::{AccountId, Time};
use sqlx::{Encode, QueryBuilder, Type};

use super::{BYTEWISE, Db};
use crate::figures::{ALL_OUTCOMES, Scope, outcomes_of};
use crate::lists::{ActivityFilter, HailFilter, TaxiFilter, Whose};

/// Joins conditions: `where` before the first, `and` before the others.
#[derive(Default)]
pub(super) struct And {
    begun: bool,
}

impl And {
    /// After a first condition that was written by hand.
    pub(super) fn after_first() -> Self {
        Self { begun: true }
    }

    /// Begins a condition.
    pub(super) fn push<'q>(&mut self, query: &'q mut QueryBuilder<Db>) -> &'q mut QueryBuilder<Db> {
        query.push(if self.begun { " and " } else { " where " });
        self.begun = true;
        query
    }
}

/// A list of values in brackets; an empty one holds nothing.
pub(super) fn push_list<T>(query: &mut QueryBuilder<Db>, values: impl Iterator<Item = T>)
where
    T: for<'q> Encode<'q, Db> + Type<Db>,
{
    query.push("(");
    let mut list = query.separated(", ");
    let mut empty = true;
    for value in values {
        list.push_bind(value);
        empty = false;
    }
    if empty {
        query.push("null");
    }
    query.push(")");
}

/// ` where scope in (…)`.
pub(super) fn push_scopes(query: &mut QueryBuilder<Db>, scopes: &[Scope]) {
    query.push(" where scope in ");
    push_list(query, scopes.iter().map(Scope::key));
}

/// A text that begins with one of these, in any case of ASCII letters; `folded` is an expression
/// that gives it in lower case, compared byte by byte.
fn push_begins(query: &mut QueryBuilder<Db>, folded: &str, begins: &[String]) {
    query.push("(");
    for (index, begin) in begins.iter().enumerate() {
        let begin = begin.to_ascii_lowercase();
        query.push(if index > 0 { " or " } else { "" });
        // The last character there is comes after all texts that begin so.
        let end = format!("{begin}\u{10ffff}");
        query.push(folded).push(" >= ").push_bind(begin);
        query.push(" and ").push(folded).push(" < ").push_bind(end);
    }
    query.push(if begins.is_empty() { "1 = 0)" } else { ")" });
}

/// A column in lower case, of ASCII letters alone, compared byte by byte.
fn folded(column: &str) -> String {
    format!("lower({column}{BYTEWISE})")
}

fn push_accounts(query: &mut QueryBuilder<Db>, column: &str, accounts: &[AccountId]) {
    query.push(column).push(" in ");
    push_list(query, accounts.iter().map(|account| account.0));
}

/// Conditions on `hails h`.
pub(super) fn filter_hails(query: &mut QueryBuilder<Db>, and: &mut And, filter: &HailFilter) {
    match filter.whose {
        Whose::Everyones => {}
        Whose::Client(account) => {
            and.push(query).push("h.client_id = ").push_bind(account.0);
        }
        Whose::Operator(account) => {
            and.push(query).push("h.operator_id = ").push_bind(account.0);
        }
        Whose::Either(account) => {
            and.push(query).push("(h.client_id = ").push_bind(account.0);
            query.push(" or h.operator_id = ").push_bind(account.0).push(")");
        }
    }
    if let Some(since) = filter.since {
        and.push(query).push("h.created_at >= ").push_bind(since);
    }
    if let Some(until) = filter.until {
        and.push(query).push("h.created_at < ").push_bind(until);
    }
    if let Some(ids) = &filter.ids {
        push_begins(and.push(query), "h.id", ids);
    }
    if let Some(statuses) = &filter.statuses {
        // As it follows from the statuses, so that an index of just these hails can be used.
        let is_over = |status: &Status| !status.is_open();
        let column = if statuses.iter().all(is_over) { "h.outcome" } else { "h.status" };
        and.push(query).push(column).push(" in ");
        push_list(query, statuses.iter().map(|status| status.word()));
        if !statuses.iter().any(is_over) {
            and.push(query).push("h.ended_at is null");
        }
    }
    if let Some(operators) = &filter.operators {
        push_accounts(and.push(query), "h.operator_id", operators);
    }
    if let Some(clients) = &filter.clients {
        push_accounts(and.push(query), "h.client_id", clients);
    }
    if let Some(taxis) = &filter.taxis {
        push_begins(and.push(query), &folded("h.taxi_id"), taxis);
    }
    if let Some(customers) = &filter.customers {
        push_begins(and.push(query), &folded("h.customer_id"), customers);
    }
    if let Some(days) = &filter.days {
        and.push(query).push("(");
        for (index, day) in days.iter().enumerate() {
            let begin = day.and_time(chrono::NaiveTime::MIN).and_utc();
            query.push(if index > 0 { " or " } else { "" });
            query.push("h.created_at >= ").push_bind(begin).push(" and h.created_at < ");
            query.push_bind(begin + chrono::TimeDelta::days(1));
        }
        query.push(if days.is_empty() { "1 = 0)" } else { ")" });
    }
}

/// Expression of `taxis.plain_plate` for a row `v` of `vehicles`.
///
/// This is not `LicencePlate::car`. A filter passes over hyphens and blanks alone, so that `AB%` finds nothing, and
/// takes the beginning of a plate, whose form must be the beginning of the form of the whole: that does not hold for
/// NFKC.
pub(super) const PLAIN_PLATE: &str = "lower(replace(replace(v.licence_plate, '-', ''), ' ', ''))";

/// [`PLAIN_PLATE`] of a plate that is looked for: nobody need know how it is written on the car.
fn plain_plate(plate: &str) -> String {
    plate.replace(['-', ' '], "").to_ascii_lowercase()
}

/// Conditions on `taxis t`.
pub(super) fn filter_taxis(
    query: &mut QueryBuilder<Db>,
    and: &mut And,
    account: AccountId,
    filter: &TaxiFilter,
) {
    and.push(query).push("t.account_id = ").push_bind(account.0);
    if let Some(ids) = &filter.ids {
        push_begins(and.push(query), &folded("t.id"), ids);
    }
    if let Some(plates) = &filter.plates {
        let plates: Vec<String> = plates.iter().map(|plate| plain_plate(plate)).collect();
        push_begins(and.push(query), "t.plain_plate", &plates);
    }
}

/// Conditions on the time of a row of `activity a`.
pub(super) fn filter_times(
    query: &mut QueryBuilder<Db>,
    and: &mut And,
    since: Option<Time>,
    until: Option<Time>,
) {
    if let Some(since) = since {
        and.push(query).push("a.at >= ").push_bind(since);
    }
    if let Some(until) = until {
        and.push(query).push("a.at < ").push_bind(until);
    }
}

/// A list of our own words as text: the indexes of PostgreSQL's log have lines of some words only, and a parameter does not
/// say which it is about.
fn push_words(query: &mut QueryBuilder<Db>, words: &[&'static str]) {
    let words: Vec<_> = words.iter().map(|word| format!("'{word}'")).collect();
    let list = if words.is_empty() { "null".to_owned() } else { words.join(", ") };
    query.push("(").push(list).push(")");
}

/// Conditions on `activity a` and on `activity_days a`, but for the time.
pub(super) fn filter_activity(
    query: &mut QueryBuilder<Db>,
    and: &mut And,
    filter: &ActivityFilter,
) {
    if let Some(actions) = &filter.actions {
        and.push(query).push("a.action in ");
        push_words(query, actions);
    }
    if let Some(resources) = &filter.resources {
        and.push(query).push("a.resource in ");
        push_words(query, resources);
    }
    if let Some(ids) = &filter.resource_ids {
        and.push(query).push("a.resource_id in ");
        push_list(query, ids.iter().cloned());
    }
}

/// Sums of `hail_days` that count a filter: those of some scopes, less those of others, of some outcomes.
pub(super) struct Sums {
    pub(super) plus: Vec<Scope>,
    pub(super) minus: Vec<Scope>,
    pub(super) outcomes: Vec<&'static str>,
}

/// Sums that count the hails of a filter, whenever they were created; `None` if `hail_days` cannot.
pub(super) fn sums_for(filter: &HailFilter) -> Option<Sums> {
    let HailFilter {
        whose,
        since: _,
        until: _,
        ids: None,
        statuses,
        operators,
        clients,
        taxis: None,
        customers: None,
        days: None,
    } = filter
    else {
        return None;
    };
    let minus = match whose {
        // Those it made and received are in both.
        Whose::Either(account) => vec![Scope::Own(*account)],
        _ => Vec::new(),
    };
    let each = |accounts: &[AccountId], scope: fn(AccountId) -> Scope| {
        accounts.iter().copied().collect::<BTreeSet<_>>().into_iter().map(scope).collect()
    };
    let plus = match (whose, operators, clients) {
        (Whose::Everyones, None, None) => vec![Scope::All],
        (Whose::Everyones, Some(operators), None) => each(operators, Scope::Operator),
        (Whose::Everyones, None, Some(clients)) => each(clients, Scope::Client),
        (Whose::Client(account), None, None) => vec![Scope::Client(*account)],
        (Whose::Operator(account), None, None) => vec![Scope::Operator(*account)],
        (Whose::Either(account), None, None) => {
            vec![Scope::Client(*account), Scope::Operator(*account)]
        }
        _ => return None,
    };
    let outcomes = match statuses {
        Some(statuses) => outcomes_of(statuses),
        None => vec![ALL_OUTCOMES],
    };
    Some(Sums { plus, minus, outcomes })
}
