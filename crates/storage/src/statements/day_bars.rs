//! Bars: numbers of searches or hails of a day with one value of a measure.

use sqlx::QueryBuilder;

use super::Db;
use super::change::Change;
use crate::Result;
use crate::figures::DayBar;

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
