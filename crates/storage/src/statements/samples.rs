//! Sampled searches.

use async_trait::async_trait;
use registry::AccountId;
use sqlx::{QueryBuilder, Row as _};

use super::Db;
use super::engine::{Engine, Row, key_of, readable_rows};
use super::hail_rows::read_place;
use crate::samples::SampledSearch;
use crate::unreadable::readable;
use crate::{Result, SampledSearches, words};

/// Most rows of one statement: six values each, and one of them some 10 kB.
const ROWS_A_STATEMENT: usize = 100;

fn read_sample(row: &Row) -> Result<SampledSearch> {
    Ok(SampledSearch {
        id: row.try_get("id")?,
        at: row.try_get("at")?,
        account: AccountId(row.try_get("account_id")?),
        point: read_place(row)?,
        town: words::read("a town", row.try_get("insee")?)?,
        facts: row.try_get("facts")?,
    })
}

#[async_trait]
impl SampledSearches for Engine {
    // One statement for each 100 samples.
    async fn record_samples(&self, samples: &[SampledSearch]) -> Result<()> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            for rows in samples.chunks(ROWS_A_STATEMENT) {
                let mut insert = QueryBuilder::<Db>::new(
                    "insert into sampled_searches (at, account_id, insee, lon, lat, facts) ",
                );
                insert.push_values(rows, |mut row, sample| {
                    row.push_bind(sample.at).push_bind(sample.account.0);
                    row.push_bind(sample.town.as_str());
                    row.push_bind(sample.point.lon()).push_bind(sample.point.lat());
                    row.push_bind(&sample.facts);
                });
                insert.build().persistent(false).execute(&mut tx).await?;
            }
            tx.commit().await
        })
        .await
    }

    // One statement.
    async fn newest_samples(&self, limit: u32) -> Result<Vec<SampledSearch>> {
        let rows = sqlx::query("select * from sampled_searches order by id desc limit $1")
            .bind(i64::from(limit))
            .fetch_all(&self.readers)
            .await?;
        readable_rows(&rows, "sampled_searches", "id", read_sample)
    }

    // One statement.
    async fn sample(&self, id: i64) -> Result<Option<SampledSearch>> {
        let row = sqlx::query("select * from sampled_searches where id = $1");
        let row = row.bind(id).fetch_optional(&self.readers).await?;
        let read = |row| readable(read_sample(row), "sampled_searches", || key_of(row, "id"));
        row.as_ref().map(read).transpose().map(Option::flatten)
    }
}
