//! Sign-ins of people in browsers. Like all changes of accounts, additions and ends raise the revision.

use async_trait::async_trait;
use registry::{AccountId, Time};
use sqlx::Row as _;

use super::accounts::{begin_change, read_digest};
use super::engine::{Engine, Row, readable_rows};
use super::history::record;
use crate::retention::ROWS_A_CHANGE;
use crate::sign_ins::{Ended, SignIn};
use crate::{Activity, Result, SignIns};

fn read_sign_in(row: &Row) -> Result<SignIn> {
    Ok(SignIn {
        id: row.try_get("id")?,
        digest: read_digest(row.try_get("digest")?)?,
        account: AccountId(row.try_get("account_id")?),
        device: row.try_get("device")?,
        created_at: row.try_get("created_at")?,
        last_seen_at: row.try_get("last_seen_at")?,
        second_step_elsewhere: row.try_get("second_step_elsewhere")?,
    })
}

#[async_trait]
impl SignIns for Engine {
    // One statement.
    async fn sign_ins(&self) -> Result<Vec<SignIn>> {
        let rows = sqlx::query(
            "select id, digest, account_id, device, created_at, last_seen_at, second_step_elsewhere
            from sign_ins order by id",
        );
        let rows = rows.fetch_all(&self.readers).await?;
        readable_rows(&rows, "sign_ins", "id", read_sign_in)
    }

    // Three statements, and one for the activity.
    async fn add_sign_in(
        &self,
        sign_in: &SignIn,
        id_token: Option<&[u8]>,
        most: u32,
        activity: &[Activity],
        now: Time,
    ) -> Result<i64> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            begin_change(&mut tx).await?;
            sqlx::query(
                "delete from sign_ins where account_id = $1 and id not in
                    (select id from sign_ins where account_id = $1 order by id desc limit $2)",
            )
            .bind(sign_in.account.0)
            .bind(i64::from(most) - 1)
            .execute(&mut tx)
            .await?;
            let id = sqlx::query_scalar(
                "insert into sign_ins (digest, account_id, device, created_at, last_seen_at,
                    second_step_elsewhere, id_token)
                values ($1, $2, $3, $4, $5, $6, $7) returning id",
            )
            .bind(&sign_in.digest[..])
            .bind(sign_in.account.0)
            .bind(&sign_in.device)
            .bind(sign_in.created_at)
            .bind(sign_in.last_seen_at)
            .bind(sign_in.second_step_elsewhere)
            .bind(id_token)
            .fetch_one(&mut tx)
            .await?;
            record(&mut tx, activity, now).await?;
            tx.commit().await?;
            Ok(id)
        })
        .await
    }

    // Two statements.
    async fn end_sign_in(&self, account: AccountId, id: i64) -> Result<Option<Ended>> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            begin_change(&mut tx).await?;
            let ended = sqlx::query_scalar(
                "delete from sign_ins where account_id = $1 and id = $2 returning id_token",
            );
            let ended = ended.bind(account.0).bind(id).fetch_optional(&mut tx).await?;
            tx.commit().await?;
            Ok(ended.map(|id_token| Ended { id_token }))
        })
        .await
    }

    // One statement for each sign-in.
    async fn note_seen(&self, seen: &[(i64, Time)]) -> Result<()> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            for (id, at) in seen {
                sqlx::query(
                    "update sign_ins set last_seen_at = $2 where id = $1 and last_seen_at < $2",
                )
                .bind(id)
                .bind(*at)
                .execute(&mut tx)
                .await?;
            }
            tx.commit().await
        })
        .await
    }

    // One statement.
    async fn delete_sign_ins(&self, created_until: Time, seen_until: Time) -> Result<u64> {
        self.write(|| async {
            let mut tx = self.begin_single().await?;
            let gone = sqlx::query(
                "delete from sign_ins where id in (select id from sign_ins
                    where created_at <= $1 or last_seen_at <= $2 order by id limit $3)",
            )
            .bind(created_until)
            .bind(seen_until)
            .bind(ROWS_A_CHANGE.cast_signed())
            .execute(&mut tx)
            .await?;
            tx.commit().await?;
            Ok(gone.rows_affected())
        })
        .await
    }
}
