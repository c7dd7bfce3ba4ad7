//! Searches, and how many taxis are connected.

use async_trait::async_trait;
use chrono::NaiveDate;
use registry::Time;
use sqlx::{QueryBuilder, Row as _};
use territory::Point;

use super::Db;
use super::day_bars::OF_SEARCHES;
use super::engine::{Engine, readable_rows};
use super::hail_rows::read_place;
use super::list_filters::push_scopes;
use super::live::add_live;
use crate::figures::{Bar, DayBar, LiveCount, Scope, SearchRecord};
use crate::{Result, SearchFigures};

/// Most rows of one statement: eight values each.
const ROWS_A_STATEMENT: usize = 500;

#[async_trait]
impl SearchFigures for Engine {
    // One statement for each 500 rows.
    async fn record_searches(
        &self,
        searches: &[SearchRecord],
        bars: &[(DayBar, i64)],
        live: &[LiveCount],
    ) -> Result<()> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            for rows in searches.chunks(ROWS_A_STATEMENT) {
                let mut insert = QueryBuilder::<Db>::new(
                    "insert into searches (at, account_id, insee, lon, lat, found, seen, nearest_m) ",
                );
                insert.push_values(rows, |mut row, search| {
                    row.push_bind(search.at).push_bind(search.account.0);
                    row.push_bind(search.town.as_str());
                    row.push_bind(search.point.lon()).push_bind(search.point.lat());
                    row.push_bind(search.found).push_bind(search.seen);
                    row.push_bind(search.nearest_m);
                });
                insert.build().persistent(false).execute(&mut tx).await?;
            }
            OF_SEARCHES.add(&mut tx, bars).await?;
            add_live(&mut tx, live).await?;
            tx.commit().await
        })
        .await
    }

    // One statement.
    async fn search_bars(&self, scopes: &[Scope], since: NaiveDate) -> Result<Vec<Bar>> {
        let mut query = QueryBuilder::<Db>::new(
            "select measure, value, cast(sum(searches) as bigint) as searches from search_days",
        );
        push_scopes(&mut query, scopes);
        query.push(" and day >= ").push_bind(since);
        query.push(" group by measure, value order by measure, value");
        let rows = query.build().fetch_all(&self.readers).await?;
        let bars = rows.iter().map(|row| {
            Ok(Bar {
                measure: row.try_get("measure")?,
                value: row.try_get("value")?,
                searches: row.try_get("searches")?,
            })
        });
        bars.collect()
    }

    // One statement.
    async fn newest_search_points(&self, limit: u32) -> Result<Vec<Point>> {
        let rows = sqlx::query("select id, lon, lat from searches order by id desc limit $1")
            .bind(i64::from(limit))
            .fetch_all(&self.readers)
            .await?;
        readable_rows(&rows, "searches", "id", read_place)
    }

    // Two statements for each 500 scopes; one if the hour was counted before.
    async fn count_connected(
        &self,
        hour_at: Time,
        hour: i32,
        taxis: &[(Scope, i64)],
    ) -> Result<bool> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            let moved = sqlx::query("update connected_counted set hour_at = $1 where hour_at < $1")
                .bind(hour_at)
                .execute(&mut tx)
                .await?;
            if moved.rows_affected() == 0 {
                return Ok(false);
            }
            for rows in taxis.chunks(ROWS_A_STATEMENT) {
                let mut insert = QueryBuilder::<Db>::new(
                    "insert into connected_hours (scope, hour, samples, taxis) ",
                );
                insert.push_values(rows, |mut row, (scope, taxis)| {
                    row.push_bind(scope.key()).push_bind(hour).push("1").push_bind(taxis);
                });
                insert.push(
                    " on conflict (scope, hour) do update set
                        samples = connected_hours.samples + 1,
                        taxis = connected_hours.taxis + excluded.taxis",
                );
                insert.build().persistent(false).execute(&mut tx).await?;
            }
            tx.commit().await?;
            Ok(true)
        })
        .await
    }

    // One statement.
    async fn connected_by_hour(&self, scopes: &[Scope]) -> Result<Vec<(i32, f64)>> {
        let mut query = QueryBuilder::<Db>::new(
            "select hour, cast(sum(taxis) as double precision) /
                (select h.samples from connected_hours h where h.scope = ",
        );
        // The days that were counted at all: a town where nobody was connected has no row.
        query.push_bind(Scope::All.key());
        query.push(" and h.hour = connected_hours.hour) as mean from connected_hours");
        push_scopes(&mut query, scopes);
        query.push(" group by hour order by hour");
        let rows = query.build().fetch_all(&self.readers).await?;
        rows.iter().map(|row| Ok((row.try_get("hour")?, row.try_get("mean")?))).collect()
    }
}
