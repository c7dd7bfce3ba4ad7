//! Figures about hails that are over.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{Datelike, NaiveDate, TimeDelta};
use registry::{AccountId, Time};
use sqlx::{AssertSqlSafe, QueryBuilder, Row as _};
use territory::Point;

use super::change::Change;
use super::day_bars::OF_HAILS;
use super::engine::{Engine, Row, key_of, readable_rows};
use super::hail_rows::{read_place, read_point, read_transition};
use super::list_filters::{push_list, push_scopes};
use super::live::add_live;
use super::{Db, FOR_UPDATE_SKIP_LOCKED};
use crate::figures::{
    ALL_OUTCOMES, AddUp, AddUpGrounds, EndedHail, GivenGround, HailSums, MILESTONES, OutcomeCount,
    PeriodCount, Scope,
};
use crate::unreadable::readable;
use crate::{HailFigures, Result, words};

/// Most rows of one statement: ten values each.
const ROWS_A_STATEMENT: usize = 500;

fn read_ended(row: &Row) -> Result<EndedHail> {
    let taxi: (Option<f64>, Option<f64>) =
        (row.try_get("initial_lon")?, row.try_get("initial_lat")?);
    Ok(EndedHail {
        id: words::read("a hail's id", row.try_get("id")?)?,
        status: words::read("a hail's status", row.try_get("status")?)?,
        created_at: row.try_get("created_at")?,
        client: AccountId(row.try_get("client_id")?),
        operator: AccountId(row.try_get("operator_id")?),
        town: words::read_optional("a town's code", row.try_get("insee")?)?,
        opens_session: row.try_get("opens_session")?,
        customer: read_point(row.try_get("customer_lon")?, row.try_get("customer_lat")?)?,
        taxi: match taxi {
            (Some(lon), Some(lat)) => Some(read_point(lon, lat)?),
            _ => None,
        },
        transitions: Vec::new(),
    })
}

/// Hails that are over and not counted, for this transaction to count.
async fn ended_hails(tx: &mut Change, limit: u32) -> Result<Vec<EndedHail>> {
    let mut skip = 0;
    loop {
        let rows = sqlx::query(AssertSqlSafe(format!(
            "select id, status, created_at, client_id, operator_id, insee, opens_session,
                customer_lon, customer_lat, initial_lon, initial_lat
            from hails
            where ended_at is not null and counted_at is null
            order by ended_at
            limit $1 offset $2
            {FOR_UPDATE_SKIP_LOCKED}"
        )))
        .bind(i64::from(limit))
        .bind(skip)
        .fetch_all(&mut *tx)
        .await?;
        let hails = with_transitions(tx, readable_rows(&rows, "hails", "id", read_ended)?).await?;
        if !hails.is_empty() || rows.is_empty() {
            return Ok(hails);
        }
        // Those behind them must not wait for what nobody can read.
        skip += i64::from(limit);
    }
}

fn read_ground(row: &Row) -> Result<GivenGround> {
    Ok(GivenGround {
        hail: words::read("a hail's id", row.try_get("id")?)?,
        ground: words::read("a ground of a refusal", row.try_get("refusal_ground")?)?,
        created_at: row.try_get("created_at")?,
        client: AccountId(row.try_get("client_id")?),
        operator: AccountId(row.try_get("operator_id")?),
        town: words::read_optional("a town's code", row.try_get("insee")?)?,
    })
}

/// Grounds that are not counted, for this transaction to count.
async fn new_grounds(tx: &mut Change, limit: u32) -> Result<Vec<GivenGround>> {
    let mut skip = 0;
    loop {
        let rows = sqlx::query(AssertSqlSafe(format!(
            "select id, refusal_ground, created_at, client_id, operator_id, insee
            from hails
            where refusal_ground is not null and ground_counted_at is null
            order by id
            limit $1 offset $2
            {FOR_UPDATE_SKIP_LOCKED}"
        )))
        .bind(i64::from(limit))
        .bind(skip)
        .fetch_all(&mut *tx)
        .await?;
        let grounds = readable_rows(&rows, "hails", "id", read_ground)?;
        if !grounds.is_empty() || rows.is_empty() {
            return Ok(grounds);
        }
        // Those behind them must not wait for what nobody can read.
        skip += i64::from(limit);
    }
}

/// Hails with their transitions, without those of which one cannot be read.
async fn with_transitions(tx: &mut Change, mut hails: Vec<EndedHail>) -> Result<Vec<EndedHail>> {
    if hails.is_empty() {
        return Ok(hails);
    }
    let mut query = QueryBuilder::<Db>::new(
        "select t.hail_id, t.from_status, t.to_status, t.at, t.by_account_id, t.reason
        from hail_transitions t where t.hail_id in ",
    );
    push_list(&mut query, hails.iter().map(|hail| hail.id.to_string()));
    query.push(" order by t.hail_id, t.revision");
    let rows = query.build().persistent(false).fetch_all(tx).await?;
    let mut transitions: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for rows in rows.chunk_by(|one, other| key_of(one, "hail_id") == key_of(other, "hail_id")) {
        let hail = key_of(&rows[0], "hail_id");
        let read = rows.iter().map(read_transition).collect();
        if let Some(read) = readable(read, "hails", || hail.clone())? {
            transitions.insert(hail, read);
        }
    }
    hails.retain_mut(|hail| {
        let found = transitions.remove(hail.id.as_str());
        found.map(|found| hail.transitions = found).is_some()
    });
    Ok(hails)
}

/// The Monday on or before a day.
fn week_of(day: NaiveDate) -> NaiveDate {
    day - TimeDelta::days(day.weekday().num_days_from_monday().into())
}

fn month_of(day: NaiveDate) -> NaiveDate {
    day.with_day(1).expect("every month has a first day")
}

async fn add_sums(tx: &mut Change, sums: &HailSums) -> Result<()> {
    for rows in sums.days.chunks(ROWS_A_STATEMENT) {
        let mut insert = QueryBuilder::<Db>::new(
            "insert into hail_days (scope, day, outcome, week, month, hails, sessions, distance_m,
                distances) ",
        );
        insert.push_values(rows, |mut row, ((scope, day, outcome), sum)| {
            row.push_bind(scope.key()).push_bind(day).push_bind(outcome);
            row.push_bind(week_of(*day)).push_bind(month_of(*day));
            row.push_bind(sum.hails).push_bind(sum.sessions);
            row.push_bind(sum.distance_m).push_bind(sum.distances);
        });
        insert.push(
            " on conflict (scope, day, outcome) do update set
                hails = hail_days.hails + excluded.hails,
                sessions = hail_days.sessions + excluded.sessions,
                distance_m = hail_days.distance_m + excluded.distance_m,
                distances = hail_days.distances + excluded.distances",
        );
        insert.build().persistent(false).execute(&mut *tx).await?;
    }
    for rows in sums.times.chunks(ROWS_A_STATEMENT) {
        let mut insert =
            QueryBuilder::<Db>::new("insert into hail_times (scope, step, seconds, hails) ");
        insert.push_values(rows, |mut row, ((scope, step), sum)| {
            row.push_bind(scope.key()).push_bind(step).push_bind(sum.seconds).push_bind(sum.hails);
        });
        insert.push(
            " on conflict (scope, step) do update set
                seconds = hail_times.seconds + excluded.seconds,
                hails = hail_times.hails + excluded.hails",
        );
        insert.build().persistent(false).execute(&mut *tx).await?;
    }
    OF_HAILS.add(tx, &sums.bars).await?;
    add_live(tx, &sums.live).await
}

#[async_trait]
impl HailFigures for Engine {
    // One statement if there is nothing to count, else five for each 500 rows.
    async fn count_hails(&self, limit: u32, add_up: &AddUp<'_>, now: Time) -> Result<usize> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            let hails = ended_hails(&mut tx, limit).await?;
            if hails.is_empty() {
                return Ok(0);
            }
            add_sums(&mut tx, &add_up(&hails)).await?;
            let mut query = QueryBuilder::<Db>::new("update hails set counted_at = ");
            query.push_bind(now).push(" where id in ");
            push_list(&mut query, hails.iter().map(|hail| hail.id.to_string()));
            query.build().persistent(false).execute(&mut tx).await?;
            tx.commit().await?;
            Ok(hails.len())
        })
        .await
    }

    // One statement if there is nothing to count, else three for each 500 rows.
    async fn count_grounds(
        &self,
        limit: u32,
        add_up: &AddUpGrounds<'_>,
        now: Time,
    ) -> Result<usize> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            let grounds = new_grounds(&mut tx, limit).await?;
            if grounds.is_empty() {
                return Ok(0);
            }
            OF_HAILS.add(&mut tx, &add_up(&grounds)).await?;
            let mut query = QueryBuilder::<Db>::new("update hails set ground_counted_at = ");
            query.push_bind(now).push(" where id in ");
            push_list(&mut query, grounds.iter().map(|given| given.hail.to_string()));
            query.build().persistent(false).execute(&mut tx).await?;
            tx.commit().await?;
            Ok(grounds.len())
        })
        .await
    }

    // One statement.
    async fn outcomes(
        &self,
        scopes: &[Scope],
        first: NaiveDate,
        before: [NaiveDate; MILESTONES],
    ) -> Result<Vec<OutcomeCount>> {
        let mut query = QueryBuilder::<Db>::new("select outcome");
        for (index, day) in before.iter().enumerate() {
            for (sum, word) in [("hails", "h"), ("distances", "n")] {
                query.push(", cast(coalesce(sum(case when day < ").push_bind(day);
                query.push(format!(" then {sum} end), 0) as bigint) as {word}{index}"));
            }
            query.push(", sum(case when day < ").push_bind(day);
            query.push(format!(" then distance_m end) as m{index}"));
        }
        query.push(" from hail_days");
        push_scopes(&mut query, scopes);
        query.push(" and day >= ").push_bind(first).push(" group by outcome");
        let rows = query.build().fetch_all(&self.readers).await?;
        let outcomes = rows.iter().map(|row| {
            let mut count =
                OutcomeCount { outcome: row.try_get("outcome")?, ..OutcomeCount::default() };
            for index in 0..MILESTONES {
                count.before[index] = row.try_get(format!("h{index}").as_str())?;
                let distances: i64 = row.try_get(format!("n{index}").as_str())?;
                let metres: Option<f64> = row.try_get(format!("m{index}").as_str())?;
                count.mean_distance_m[index] =
                    metres.filter(|_| distances > 0).map(|metres| metres / distances as f64);
            }
            Ok(count)
        });
        outcomes.collect()
    }

    // One statement.
    async fn months(
        &self,
        scopes: &[Scope],
        since: NaiveDate,
        until: NaiveDate,
    ) -> Result<Vec<(NaiveDate, i64)>> {
        let mut query = QueryBuilder::<Db>::new(
            "select month, cast(sum(hails) as bigint) as hails from hail_days",
        );
        push_scopes(&mut query, scopes);
        query.push(" and day >= ").push_bind(since).push(" and day < ").push_bind(until);
        query.push(" and outcome = ").push_bind(ALL_OUTCOMES);
        query.push(" group by month order by month");
        let rows = query.build().fetch_all(&self.readers).await?;
        rows.iter().map(|row| Ok((row.try_get("month")?, row.try_get("hails")?))).collect()
    }

    // One statement.
    async fn periods(
        &self,
        scopes: &[Scope],
        periods: &[(NaiveDate, NaiveDate)],
    ) -> Result<Vec<PeriodCount>> {
        let mut query = QueryBuilder::<Db>::new("");
        for (index, (since, until)) in periods.iter().enumerate() {
            query.push(if index > 0 { " union all " } else { "" });
            query.push(format!(
                "select cast({index} as bigint) as period, outcome,
                    cast(sum(hails) as bigint) as hails,
                    count(distinct day) as days, count(distinct week) as weeks,
                    count(distinct month) as months
                from hail_days"
            ));
            push_scopes(&mut query, scopes);
            query.push(" and day >= ").push_bind(since).push(" and day < ").push_bind(until);
            query.push(" group by outcome");
        }
        let rows = query.build().fetch_all(&self.readers).await?;
        let counts = rows.iter().map(|row| {
            let period: i64 = row.try_get("period")?;
            Ok(PeriodCount {
                period: usize::try_from(period).expect("it is one of those asked for"),
                outcome: row.try_get("outcome")?,
                hails: row.try_get("hails")?,
                days: row.try_get("days")?,
                weeks: row.try_get("weeks")?,
                months: row.try_get("months")?,
            })
        });
        counts.collect()
    }

    // One statement.
    async fn step_times(&self, scopes: &[Scope]) -> Result<Vec<(String, f64)>> {
        let mut query = QueryBuilder::<Db>::new(
            "select step, sum(seconds) / cast(sum(hails) as double precision) as mean from hail_times",
        );
        push_scopes(&mut query, scopes);
        query.push(" group by step");
        let rows = query.build().fetch_all(&self.readers).await?;
        rows.iter().map(|row| Ok((row.try_get("step")?, row.try_get("mean")?))).collect()
    }

    // One statement.
    async fn newest_hail_points(&self, limit: u32) -> Result<Vec<Point>> {
        let rows = sqlx::query(
            "select id, customer_lon as lon, customer_lat as lat from hails
            order by created_at desc, id desc limit $1",
        )
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await?;
        readable_rows(&rows, "hails", "id", read_place)
    }
}
