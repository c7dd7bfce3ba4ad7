//! Live counts by minute, hour and day.

use async_trait::async_trait;
use registry::Time;
use sqlx::{AssertSqlSafe, QueryBuilder, Row as _};

use super::change::Change;
use super::engine::Engine;
use super::list_filters::push_list;
use super::{Db, FOR_UPDATE};
use crate::figures::{LiveCount, Scope};
use crate::live::{Grain, LiveSum, Move};
use crate::{LiveCounts, Result};

/// Limit of rows of one statement: four values each.
const ROWS_A_STATEMENT: usize = 500;

fn table(grain: Grain) -> &'static str {
    match grain {
        Grain::Minute => "live_minutes",
        Grain::Hour => "live_hours",
        Grain::Day => "live_days",
    }
}

async fn insert(tx: &mut Change, counts: &[LiveCount], conflict: &str) -> Result<u64> {
    let mut changed = 0;
    for rows in counts.chunks(ROWS_A_STATEMENT) {
        let mut insert =
            QueryBuilder::<Db>::new("insert into live_minutes (at, scope, measure, number) ");
        insert.push_values(rows, |mut row, count| {
            row.push_bind(count.at).push_bind(count.scope.key());
            row.push_bind(count.measure).push_bind(count.number);
        });
        insert.push(" on conflict (at, scope, measure) ").push(conflict);
        changed += insert.build().persistent(false).execute(&mut *tx).await?.rows_affected();
    }
    Ok(changed)
}

/// Adds events to their minutes.
pub(super) async fn add_live(tx: &mut Change, counts: &[LiveCount]) -> Result<()> {
    let add = "do update set number = live_minutes.number + excluded.number";
    insert(tx, counts, add).await.map(drop)
}

#[async_trait]
impl LiveCounts for Engine {
    // One statement, and one for each 500 counts.
    async fn sample_live(&self, sample: &[LiveCount]) -> Result<()> {
        let Some((first, others)) = sample.split_first() else { return Ok(()) };
        self.write(|| async {
            let mut tx = self.begin().await?;
            // Of several servers that come at once, the others wait here until the first has ended.
            if insert(&mut tx, std::slice::from_ref(first), "do nothing").await? > 0 {
                insert(&mut tx, others, "do nothing").await?;
            }
            tx.commit().await
        })
        .await
    }

    // One statement.
    async fn oldest_live_minute(&self, before: Time) -> Result<Option<Time>> {
        let oldest = "select at from live_minutes where at < $1 order by at limit 1";
        Ok(sqlx::query_scalar(oldest).bind(before).fetch_optional(&self.readers).await?)
    }

    // Five statements.
    async fn move_live_minute(&self, which: Move) -> Result<()> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            // Another server may move it just now, and then nothing is left of it.
            let lock = format!("select number from live_minutes where at = $1 {FOR_UPDATE}");
            sqlx::query(AssertSqlSafe(lock)).bind(which.minute).fetch_all(&mut tx).await?;
            for (grain, at) in [(Grain::Hour, which.hour), (Grain::Day, which.day)] {
                let table = table(grain);
                let add = format!(
                    "insert into {table} (at, scope, measure, number)
                    select $1, scope, measure, number from live_minutes where at = $2
                    on conflict (at, scope, measure)
                        do update set number = {table}.number + excluded.number"
                );
                let add = sqlx::query(AssertSqlSafe(add)).bind(at).bind(which.minute);
                add.execute(&mut tx).await?;
            }
            for (delete, at) in [
                ("delete from live_minutes where at = $1", which.minute),
                ("delete from live_hours where at < $1", which.hours_since),
            ] {
                sqlx::query(delete).bind(at).execute(&mut tx).await?;
            }
            tx.commit().await
        })
        .await
    }

    // One statement.
    async fn live_sums(
        &self,
        grain: Grain,
        periods: &[Time],
        scopes: &[Scope],
    ) -> Result<Vec<LiveSum>> {
        let mut query = QueryBuilder::<Db>::new(format!(
            "select at, measure, cast(sum(number) as bigint) as number from {} where at in ",
            table(grain)
        ));
        push_list(&mut query, periods.iter().copied());
        query.push(" and scope in ");
        push_list(&mut query, scopes.iter().map(Scope::key));
        query.push(" group by at, measure order by at, measure");
        let rows = query.build().persistent(false).fetch_all(&self.readers).await?;
        let sums = rows.iter().map(|row| {
            Ok(LiveSum {
                at: row.try_get("at")?,
                measure: row.try_get("measure")?,
                number: row.try_get("number")?,
            })
        });
        sums.collect()
    }
}
