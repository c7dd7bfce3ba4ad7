//! Bars: numbers of searches or hails of a day with one value of a measure.

use std::collections::HashMap;

use async_trait::async_trait;
use chrono::NaiveDate;
use sqlx::{QueryBuilder, Row as _};

use super::Db;
use super::change::Change;
use super::engine::{Engine, Row};
use super::list_filters::push_scopes;
use crate::daily::{Days, Measure};
use crate::figures::{DayBar, Scope};
use crate::{DailySums, Result};

/// Limit of rows of one statement: five values each.
const ROWS_A_STATEMENT: usize = 500;

/// A table of bars.
#[derive(Clone, Copy)]
pub(super) struct Bars {
    /// Its name.
    table: &'static str,
    /// The column with the number.
    number: &'static str,
}

/// Bars of searches.
pub(super) const OF_SEARCHES: Bars = Bars { table: "search_days", number: "searches" };
/// Bars of hails.
pub(super) const OF_HAILS: Bars = Bars { table: "hail_bars", number: "hails" };

impl Bars {
    /// Adds numbers to the bars.
    pub(super) async fn add(self, tx: &mut Change, bars: &[(DayBar, i64)]) -> Result<()> {
        let Self { table, number } = self;
        for rows in bars.chunks(ROWS_A_STATEMENT) {
            let mut insert = QueryBuilder::<Db>::new(format!(
                "insert into {table} (scope, day, measure, value, {number}) "
            ));
            insert.push_values(rows, |mut row, (bar, number)| {
                row.push_bind(bar.scope.key()).push_bind(bar.day).push_bind(bar.measure);
                row.push_bind(bar.value).push_bind(number);
            });
            insert.push(format!(
                " on conflict (scope, day, measure, value)
                    do update set {number} = {table}.{number} + excluded.{number}"
            ));
            insert.build().persistent(false).execute(&mut *tx).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl DailySums for Engine {
    // One statement.
    async fn bars_by_day(
        &self,
        measure: Measure,
        width: i64,
        scopes: &[Scope],
        days: Days,
    ) -> Result<Vec<(NaiveDate, i64, i64)>> {
        let (Bars { table, number }, measure) = bars_of(measure);
        let mut query = QueryBuilder::<Db>::new("select day, value / ");
        query.push_bind(width).push(" as class, ");
        query.push(format!("cast(sum({number}) as bigint) as number from {table}"));
        push_scopes_and_days(&mut query, scopes, days);
        query.push(" and measure = ").push_bind(measure);
        // By place: an expression with a bound value is another one each time to PostgreSQL.
        query.push(" group by 1, 2 order by 1, 2");
        let rows = query.build().persistent(false).fetch_all(&self.readers).await?;
        let row = |row: &Row| {
            let class: i64 = row.try_get("class")?;
            Ok((row.try_get("day")?, class * width, row.try_get("number")?))
        };
        rows.iter().map(row).collect()
    }

    // One statement.
    async fn outcomes_by_day(
        &self,
        scopes: &[Scope],
        days: Days,
    ) -> Result<Vec<(NaiveDate, String, i64)>> {
        let mut query = QueryBuilder::<Db>::new(
            "select day, outcome, cast(sum(hails) as bigint) as hails from hail_days",
        );
        push_scopes_and_days(&mut query, scopes, days);
        query.push(" group by day, outcome order by day, outcome");
        let rows = query.build().persistent(false).fetch_all(&self.readers).await?;
        let row =
            |row: &Row| Ok((row.try_get("day")?, row.try_get("outcome")?, row.try_get("hails")?));
        rows.iter().map(row).collect()
    }

    // One statement.
    async fn bars_by_scope(
        &self,
        measure: Measure,
        scopes: &[Scope],
        days: Days,
    ) -> Result<Vec<(Scope, i64, i64)>> {
        let (Bars { table, number }, measure) = bars_of(measure);
        let mut query = QueryBuilder::<Db>::new(format!(
            "select scope, value, cast(sum({number}) as bigint) as number from {table}"
        ));
        push_scopes_and_days(&mut query, scopes, days);
        query.push(" and measure = ").push_bind(measure);
        query.push(" group by scope, value order by scope, value");
        let rows = query.build().persistent(false).fetch_all(&self.readers).await?;
        let scopes = Keys::of(scopes);
        let row =
            |row: &Row| Ok((scopes.named(row)?, row.try_get("value")?, row.try_get("number")?));
        rows.iter().map(row).collect()
    }

    // One statement.
    async fn outcomes_by_scope(
        &self,
        scopes: &[Scope],
        days: Days,
    ) -> Result<Vec<(Scope, String, i64)>> {
        let mut query = QueryBuilder::<Db>::new(
            "select scope, outcome, cast(sum(hails) as bigint) as hails from hail_days",
        );
        push_scopes_and_days(&mut query, scopes, days);
        query.push(" group by scope, outcome order by scope, outcome");
        let rows = query.build().persistent(false).fetch_all(&self.readers).await?;
        let scopes = Keys::of(scopes);
        let row =
            |row: &Row| Ok((scopes.named(row)?, row.try_get("outcome")?, row.try_get("hails")?));
        rows.iter().map(row).collect()
    }
}

fn bars_of(measure: Measure) -> (Bars, &'static str) {
    match measure {
        Measure::OfSearches(measure) => (OF_SEARCHES, measure),
        Measure::OfHails(measure) => (OF_HAILS, measure),
    }
}

fn push_scopes_and_days(query: &mut QueryBuilder<Db>, scopes: &[Scope], days: Days) {
    push_scopes(query, scopes);
    query.push(" and day >= ").push_bind(days.first);
    query.push(" and day <= ").push_bind(days.last);
}

/// The scopes of a question by their keys.
struct Keys<'a>(HashMap<String, &'a Scope>);

impl<'a> Keys<'a> {
    fn of(scopes: &'a [Scope]) -> Self {
        Self(scopes.iter().map(|scope| (scope.key(), scope)).collect())
    }

    fn named(&self, row: &Row) -> Result<Scope> {
        let key: &str = row.try_get("scope")?;
        Ok(self.0.get(key).map(|scope| (*scope).clone()).ok_or(sqlx::Error::RowNotFound)?)
    }
}
