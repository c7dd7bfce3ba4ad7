//! Lists a page at a time, newest first, and how long they are.

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use registry::{AccountId, TaxiDetails, Time};
use sqlx::{AssertSqlSafe, QueryBuilder, Row as _};

use super::engine::{Connection, Engine, Row, readable_rows};
use super::hail_rows::read_point;
use super::list_filters::{
    And, filter_activity, filter_hails, filter_taxis, filter_times, push_list, sums_for,
};
use super::taxi_rows::{DETAILS, read_details};
use super::{DAY_OF_AT, Db, FOR_UPDATE, WAITING_HAILS};
use crate::figures::Scope;
use crate::hails::CustomerPart;
use crate::lists::{
    ActivityFilter, ActivityLine, HailFilter, HailSummary, Listed, SessionFilter, TaxiFilter,
    Window,
};
use crate::{Lists, Result, words};

pub(super) const SUMMARY: &str = "
    select h.id, h.status, h.created_at, h.client_id, h.operator_id, h.taxi_id, h.shown_taxi_id,
        h.session_id, h.customer_id, h.customer_lon, h.customer_lat, h.customer_address,
        h.customer_phone, h.taxi_phone, h.initial_lon, h.initial_lat
    from hails h";

pub(super) fn read_summary(row: &Row) -> Result<HailSummary> {
    let initial: (Option<f64>, Option<f64>) =
        (row.try_get("initial_lon")?, row.try_get("initial_lat")?);
    Ok(HailSummary {
        id: words::read("a hail's id", row.try_get("id")?)?,
        status: words::read("a hail's status", row.try_get("status")?)?,
        created_at: row.try_get("created_at")?,
        client: AccountId(row.try_get("client_id")?),
        operator: AccountId(row.try_get("operator_id")?),
        taxi: words::read("a taxi's id", row.try_get("taxi_id")?)?,
        shown_taxi: words::read_optional("a taxi's id", row.try_get("shown_taxi_id")?)?,
        session: words::read("a session", row.try_get("session_id")?)?,
        customer: CustomerPart {
            id: registry::CustomerId(row.try_get("customer_id")?),
            point: read_point(row.try_get("customer_lon")?, row.try_get("customer_lat")?)?,
            address: row.try_get("customer_address")?,
            phone: row.try_get("customer_phone")?,
        },
        taxi_phone: row.try_get("taxi_phone")?,
        initial_position: match initial {
            (Some(lon), Some(lat)) => Some(read_point(lon, lat)?),
            _ => None,
        },
    })
}

fn read_activity(row: &Row) -> Result<ActivityLine> {
    Ok(ActivityLine {
        id: row.try_get("id")?,
        at: row.try_get("at")?,
        action: row.try_get("action")?,
        resource: row.try_get("resource")?,
        resource_id: row.try_get("resource_id")?,
        extra: row.try_get("extra")?,
    })
}

/// Asks for one part of a list, in the order given.
pub(super) async fn fetch_window(
    mut query: QueryBuilder<Db>,
    order: &str,
    window: Window,
    connection: &mut Connection,
) -> Result<Vec<Row>> {
    push_window(&mut query, order, window);
    Ok(query.build().fetch_all(connection).await?)
}

pub(super) const NEWEST_FIRST: &str = "h.created_at desc, h.id desc";

/// The ids of the newest hails of all these filters together, for one part of their list: those of each
/// are read off an index, where all together would have to be sorted. `push` adds the conditions of a filter.
pub(super) fn push_newest_of_each<F>(
    query: &mut QueryBuilder<Db>,
    each: &[F],
    push: impl Fn(&mut QueryBuilder<Db>, &F),
    window: Window,
) {
    let whole = Window { skip: 0, take: window.skip.saturating_add(window.take) };
    query.push("(select id from (");
    for (index, filter) in each.iter().enumerate() {
        query.push(if index > 0 { " union all " } else { "" });
        query.push("select id, created_at from (select h.id, h.created_at from hails h");
        push(query, filter);
        push_window(query, NEWEST_FIRST, whole);
        query.push(format!(") newest_{index}"));
    }
    query.push(") h");
    push_window(query, NEWEST_FIRST, window);
    query.push(")");
}

/// From which taxis, and which of them.
fn push_taxis(query: &mut QueryBuilder<Db>, account: AccountId, filter: &TaxiFilter) {
    query.push("from taxis t");
    filter_taxis(query, &mut And::default(), account, filter);
}

pub(super) fn push_window(query: &mut QueryBuilder<Db>, order: &str, window: Window) {
    query.push(" order by ").push(order).push(" limit ").push_bind(window.take);
    query.push(" offset ").push_bind(window.skip);
}

pub(super) async fn count(mut query: QueryBuilder<Db>, connection: &mut Connection) -> Result<i64> {
    Ok(query.build_query_scalar().fetch_one(connection).await?)
}

/// The last day that times of callers reach.
const LAST_DAY: NaiveDate = NaiveDate::from_ymd_opt(9999, 12, 31).expect("it is a day");

/// Whole days between two times: the first of them, and the first after them.
pub(super) fn whole_days(since: Option<Time>, until: Option<Time>) -> (NaiveDate, NaiveDate) {
    let since = since.unwrap_or(DateTime::UNIX_EPOCH);
    let first = match since.time() {
        NaiveTime::MIN => since.date_naive(),
        // Years of five digits sort before all others as text.
        _ => (since.date_naive() + TimeDelta::days(1)).min(LAST_DAY),
    };
    let end = until.map_or(NaiveDate::MAX, |until| until.date_naive());
    (first, end.max(first))
}

/// Times between two others that lie before and after their [`whole_days`].
pub(super) fn edges(
    since: Option<Time>,
    until: Option<Time>,
) -> impl Iterator<Item = (Time, Time)> {
    let (first, end) = whole_days(since, until);
    let first_at = midnight(first);
    let before = (since, Some(until.map_or(first_at, |until| until.min(first_at))));
    let after = (Some(midnight(end)), until);
    let within = |(since, until): (Option<Time>, Option<Time>)| Some((since?, until?));
    [before, after].into_iter().filter_map(within).filter(|(since, until)| since < until)
}

pub(super) fn midnight(day: NaiveDate) -> Time {
    day.and_time(NaiveTime::MIN)
        .and_local_timezone(Utc)
        .single()
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// Begins a statement with the hails that are in no sum yet, as `waiting`: few, and looked up as such,
/// whatever else is asked of them.
pub(super) fn with_waiting() -> QueryBuilder<Db> {
    let mut query = QueryBuilder::new(
        "with waiting as materialized (
            select h.client_id, h.operator_id, h.status, h.created_at, h.ended_at, h.outcome, h.opens_session
            from ",
    );
    query.push(WAITING_HAILS).push(") ");
    query
}

/// Counts the hails that fit a filter; ended hails of whole days are counted already.
async fn count_hails(connection: &mut Connection, filter: &HailFilter) -> Result<i64> {
    let Some(sums) = sums_for(filter) else {
        let mut query = QueryBuilder::<Db>::new("select count(*) from hails h");
        filter_hails(&mut query, &mut And::default(), filter);
        return count(query, connection).await;
    };
    let (first, end) = whole_days(filter.since, filter.until);
    let ends = end < NaiveDate::MAX;
    let mut query = with_waiting();
    query.push("select cast(0");
    for (sign, scopes) in [(" + ", &sums.plus), (" - ", &sums.minus)] {
        if scopes.is_empty() {
            continue;
        }
        query.push(sign).push("(select coalesce(sum(hails), 0) from hail_days where scope in ");
        push_list(&mut query, scopes.iter().map(Scope::key));
        query.push(" and day >= ").push_bind(first);
        if ends {
            query.push(" and day < ").push_bind(end);
        }
        query.push(" and outcome in ");
        push_list(&mut query, sums.outcomes.iter().copied());
        query.push(")");
    }
    // Those of these days that are not counted yet.
    let whole = HailFilter {
        since: Some(midnight(first)),
        until: ends.then(|| midnight(end)),
        ..filter.clone()
    };
    query.push(" + (select count(*) from waiting h");
    filter_hails(&mut query, &mut And::default(), &whole);
    query.push(")");
    // And what lies before and after the whole days.
    for (since, until) in edges(filter.since, filter.until) {
        query.push(" + (select count(*) from hails h");
        let part = HailFilter { since: Some(since), until: Some(until), ..filter.clone() };
        filter_hails(&mut query, &mut And::default(), &part);
        query.push(")");
    }
    query.push(" as bigint)");
    count(query, connection).await
}

/// Counts the lines that fit a filter; those of whole days are counted already.
async fn count_lines(connection: &mut Connection, filter: &ActivityFilter) -> Result<i64> {
    if filter.resource_ids.is_some() {
        let mut query = QueryBuilder::<Db>::new("select count(*) from activity a");
        let mut and = And::default();
        filter_activity(&mut query, &mut and, filter);
        filter_times(&mut query, &mut and, filter.since, filter.until);
        return count(query, connection).await;
    }
    let (first, end) = whole_days(filter.since, filter.until);
    let mut query = QueryBuilder::<Db>::new(
        "with fresh as materialized (
            select a.action, a.resource, a.at from activity a
            where a.at >= (select until_at from activity_counted)
        ) select cast((select coalesce(sum(lines), 0) from activity_days a where a.day >= ",
    );
    query.push_bind(first);
    if end < NaiveDate::MAX {
        query.push(" and a.day < ").push_bind(end);
    }
    let mut and = And::after_first();
    filter_activity(&mut query, &mut and, filter);
    query.push(") + (select count(*) from fresh a");
    let mut and = And::default();
    filter_activity(&mut query, &mut and, filter);
    filter_times(&mut query, &mut and, filter.since, filter.until);
    query.push(")");
    // And what was counted, but lies before and after the whole days.
    for (since, until) in edges(filter.since, filter.until) {
        query.push(" + (select count(*) from activity a");
        let mut and = And::default();
        filter_activity(&mut query, &mut and, filter);
        filter_times(&mut query, &mut and, Some(since), Some(until));
        and.push(&mut query).push("a.at < (select until_at from activity_counted))");
    }
    query.push(" as bigint)");
    count(query, connection).await
}

#[async_trait]
impl Lists for Engine {
    // Two statements.
    async fn list_hails(&self, filter: &HailFilter, window: Window) -> Result<Listed<HailSummary>> {
        let mut tx = self.snapshot().await?;
        let total = count_hails(&mut tx, filter).await?;
        let mut query = QueryBuilder::<Db>::new(SUMMARY);
        let each = filter.of_each_part();
        if each.len() > 1 {
            query.push(" where h.id in ");
            let push = |query: &mut QueryBuilder<Db>, filter: &HailFilter| {
                filter_hails(query, &mut And::default(), filter);
            };
            push_newest_of_each(&mut query, &each, push, window);
            query.push(" order by ").push(NEWEST_FIRST);
        } else {
            filter_hails(&mut query, &mut And::default(), filter);
            push_window(&mut query, NEWEST_FIRST, window);
        }
        let rows = query.build().fetch_all(&mut *tx).await?;
        let elements = readable_rows(&rows, "hails", "id", read_summary)?;
        Ok(Listed { elements, total })
    }

    async fn list_sessions(
        &self,
        filter: &SessionFilter,
        window: Window,
    ) -> Result<Listed<Vec<HailSummary>>> {
        self.sessions(filter, window).await
    }

    // Two statements.
    async fn list_activity(
        &self,
        filter: &ActivityFilter,
        window: Window,
    ) -> Result<Listed<ActivityLine>> {
        let mut tx = self.snapshot().await?;
        let total = count_lines(&mut tx, filter).await?;
        let mut query = QueryBuilder::<Db>::new(
            "select a.id, a.at, a.action, a.resource, a.resource_id, a.extra from activity a",
        );
        let mut and = And::default();
        filter_activity(&mut query, &mut and, filter);
        filter_times(&mut query, &mut and, filter.since, filter.until);
        let rows = fetch_window(query, "a.at desc, a.id desc", window, &mut tx).await?;
        let elements = readable_rows(&rows, "activity", "id", read_activity)?;
        Ok(Listed { elements, total })
    }

    // Three statements.
    async fn list_taxis(
        &self,
        account: AccountId,
        filter: &TaxiFilter,
        window: Window,
    ) -> Result<Listed<TaxiDetails>> {
        const ORDER: &str = "t.added_at desc, t.id desc";
        let mut tx = self.snapshot().await?;
        let mut query = QueryBuilder::<Db>::new("select count(*) ");
        push_taxis(&mut query, account, filter);
        let total = count(query, &mut tx).await?;
        // Which taxis are shown is decided first: they are read off an index.
        let mut query = QueryBuilder::<Db>::new("select t.id ");
        push_taxis(&mut query, account, filter);
        let shown = fetch_window(query, ORDER, window, &mut tx).await?;
        if shown.is_empty() {
            return Ok(Listed { elements: Vec::new(), total });
        }
        let ids = shown.iter().map(|row| row.try_get("id"));
        let ids = ids.collect::<sqlx::Result<Vec<String>>>()?;
        let mut query = QueryBuilder::<Db>::new(DETAILS.as_str());
        query.push(" where d.account_id = ").push_bind(account.0).push(" and t.id in ");
        push_list(&mut query, ids.into_iter());
        query.push(" order by ").push(ORDER);
        let rows = query.build().persistent(false).fetch_all(&mut *tx).await?;
        let elements = readable_rows(&rows, "taxis", "id", read_details)?;
        Ok(Listed { elements, total })
    }

    // Five statements for each day that has lines, each day for itself: others write in between.
    async fn count_activity(&self, until: Time) -> Result<()> {
        while self.count_activity_of_a_day(until).await? {}
        Ok(())
    }
}

impl Engine {
    /// Counts the lines of the activity log of the first day that has uncounted ones; true if there may be more.
    async fn count_activity_of_a_day(&self, until: Time) -> Result<bool> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            let counted: Time = sqlx::query_scalar(AssertSqlSafe(format!(
                "select until_at from activity_counted {FOR_UPDATE}"
            )))
            .fetch_one(&mut tx)
            .await?;
            if counted >= until {
                return Ok(false);
            }
            let first: Option<Time> = sqlx::query_scalar(
                "select at from activity where at >= $1 and at < $2 order by at limit 1",
            )
            .bind(counted)
            .bind(until)
            .fetch_optional(&mut tx)
            .await?;
            let day_end = first.map_or(until, |first| until.min(first + TimeDelta::days(1)));
            sqlx::query(AssertSqlSafe(format!(
                "insert into activity_days (day, action, resource, lines)
                select {DAY_OF_AT}, action, resource, count(*)
                from activity
                where at >= $1 and at < $2
                group by 1, 2, 3
                on conflict (day, action, resource)
                    do update set lines = activity_days.lines + excluded.lines"
            )))
            .bind(counted)
            .bind(day_end)
            .execute(&mut tx)
            .await?;
            sqlx::query("update activity_counted set until_at = $1")
                .bind(day_end)
                .execute(&mut tx)
                .await?;
            tx.commit().await?;
            Ok(day_end < until)
        })
        .await
    }
}
