//! Last-known positions of taxis.

use async_trait::async_trait;
use registry::AccountId;
use sqlx::{QueryBuilder, Row as _};

use super::Db;
use super::engine::{Engine, Row, arrived, in_passing, key_of};
use super::hail_rows::read_point;
use crate::positions::LastPosition;
use crate::unreadable::readable;
use crate::{LastPositions, Result, words};

/// Most rows of one statement: five values each.
const ROWS_A_STATEMENT: usize = 500;

fn read_position(row: &Row) -> Result<LastPosition> {
    let at_s: i64 = row.try_get("at_s")?;
    Ok(LastPosition {
        taxi: words::read("a taxi's id", row.try_get("taxi_id")?)?,
        account: AccountId(row.try_get("account_id")?),
        point: read_point(row.try_get("lon")?, row.try_get("lat")?)?,
        at_s: u32::try_from(at_s).unwrap_or_default(),
    })
}

#[async_trait]
impl LastPositions for Engine {
    // One statement for each 500 positions, each for itself: others write in between. Memory may
    // still know a taxi that is gone; it is passed over.
    async fn keep_positions(&self, positions: &[LastPosition], latest_s: u32) -> Result<()> {
        for rows in positions.chunks(ROWS_A_STATEMENT) {
            self.write(|| async {
                let mut insert = QueryBuilder::<Db>::new(
                    "insert into last_positions (taxi_id, account_id, lon, lat, at_s)
                        with given (taxi_id, account_id, lon, lat, at_s) as (",
                );
                insert.push_values(rows, |mut row, position| {
                    row.push_bind(position.taxi.as_str()).push_bind(position.account.0);
                    row.push_bind(position.point.lon()).push_bind(position.point.lat());
                    row.push_bind(i64::from(position.at_s));
                });
                insert.push(
                    ") select taxi_id, account_id, lon, lat, at_s from given
                        where exists (select 1 from taxis where id = given.taxi_id)
                            and exists (select 1 from accounts where id = given.account_id)
                    on conflict (taxi_id, account_id) do update
                        set lon = excluded.lon, lat = excluded.lat, at_s = excluded.at_s
                        where last_positions.at_s <= excluded.at_s or last_positions.at_s > ",
                );
                insert.push_bind(i64::from(latest_s));
                let mut tx = self.begin_single().await?;
                insert.build().persistent(false).execute(&mut tx).await?;
                tx.commit().await
            })
            .await?;
        }
        Ok(())
    }

    // One statement.
    async fn last_positions(&self, not_before_s: u32) -> Result<Vec<LastPosition>> {
        let positions = sqlx::query(
            "select taxi_id, account_id, lon, lat, at_s from last_positions where at_s >= $1",
        )
        .bind(i64::from(not_before_s))
        .try_map(|row| {
            let key = || key_of(&row, "taxi_id");
            readable(read_position(&row), "last_positions", key).map_err(in_passing)
        })
        .fetch_all(&self.readers)
        .await
        .map_err(arrived)?;
        Ok(positions.into_iter().flatten().collect())
    }
}
