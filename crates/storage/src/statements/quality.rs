//! Facts about the quality of operators' data.

use async_trait::async_trait;
use registry::{AccountId, Time};

use super::engine::Engine;
use crate::quality::CallCount;
use crate::{QualityFacts, Result};

#[async_trait]
impl QualityFacts for Engine {
    // One statement.
    async fn plates_spelt_twice(&self) -> Result<Vec<(AccountId, i64)>> {
        let rows: Vec<(i64, i64)> = sqlx::query_as(
            "select account_id, count(*) from (
                select d.account_id, v.car from descriptions d
                join vehicles v on v.id = d.vehicle_id
                where v.car is not null
                group by d.account_id, v.car
                having count(*) > 1
            ) twice
            group by account_id order by account_id",
        )
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.into_iter().map(|(account, cars)| (AccountId(account), cars)).collect())
    }

    // One statement.
    async fn calls_since(&self, since: Time) -> Result<Vec<(AccountId, CallCount)>> {
        let rows: Vec<(i64, i64, i64)> = sqlx::query_as(
            "select account_id, count(*), count(failure) from operator_calls
            where at >= $1 and not is_test group by account_id order by account_id",
        )
        .bind(since)
        .fetch_all(&self.readers)
        .await?;
        let count = |(account, calls, failed)| (AccountId(account), CallCount { calls, failed });
        Ok(rows.into_iter().map(count).collect())
    }
}
