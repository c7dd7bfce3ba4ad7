//! Calls to operators' servers, as they are remembered for a while.

use async_trait::async_trait;
use registry::{AccountId, Time};
use sqlx::{QueryBuilder, Row as _};

use super::Db;
use super::engine::{Engine, Row, readable_rows};
use crate::calls::CallRecord;
use crate::{Calls, Result, words};

/// Most calls of one statement.
const CALLS_A_STATEMENT: usize = 500;

fn read_call(row: &Row) -> Result<CallRecord> {
    Ok(CallRecord {
        id: row.try_get("id")?,
        account: AccountId(row.try_get("account_id")?),
        hail: words::read("a hail's id", row.try_get("hail_id")?)?,
        endpoint: row.try_get("endpoint")?,
        at: row.try_get("at")?,
        took_ms: row.try_get("took_ms")?,
        failure: row.try_get("failure")?,
        is_test: row.try_get("is_test")?,
    })
}

#[async_trait]
impl Calls for Engine {
    // One statement for each 500 calls.
    async fn record_calls(&self, calls: &[CallRecord]) -> Result<()> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            for calls in calls.chunks(CALLS_A_STATEMENT) {
                let mut insert = QueryBuilder::<Db>::new(
                    "insert into operator_calls
                        (account_id, hail_id, endpoint, at, took_ms, failure, is_test) ",
                );
                insert.push_values(calls, |mut row, call| {
                    row.push_bind(call.account.0)
                        .push_bind(call.hail.as_str())
                        .push_bind(&call.endpoint)
                        .push_bind(call.at)
                        .push_bind(call.took_ms)
                        .push_bind(&call.failure)
                        .push_bind(call.is_test);
                });
                insert.build().persistent(false).execute(&mut tx).await?;
            }
            tx.commit().await
        })
        .await
    }

    // One statement.
    async fn list_calls(
        &self,
        account: AccountId,
        before: Option<i64>,
        take: u32,
    ) -> Result<Vec<CallRecord>> {
        let rows = sqlx::query(
            "select id, account_id, hail_id, endpoint, at, took_ms, failure, is_test
            from operator_calls
            where account_id = $1 and id < $2
            order by id desc limit $3",
        )
        .bind(account.0)
        .bind(before.unwrap_or(i64::MAX))
        .bind(i64::from(take))
        .fetch_all(&self.readers)
        .await?;
        readable_rows(&rows, "operator_calls", "id", read_call)
    }

    // One statement for each 500 calls.
    async fn forget_calls(&self, before: Time) -> Result<()> {
        self.delete_old(("operator_calls", "id"), "at < $1", before).await.map(drop)
    }
}
