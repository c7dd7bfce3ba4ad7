//! Tickets between the password and the second step of a sign-in.

use async_trait::async_trait;
use registry::directory::KeyDigest;
use registry::{AccountId, Time};
use sqlx::Row as _;

use super::accounts::read_digest;
use super::engine::{Engine, Row};
use crate::tickets::Ticket;
use crate::{Result, Tickets};

fn read_ticket(row: &Row) -> Result<Ticket> {
    Ok(Ticket {
        digest: read_digest(row.try_get("digest")?)?,
        account: AccountId(row.try_get("account_id")?),
        sealed: row.try_get("sealed")?,
        password_hash: row.try_get("password_hash")?,
        until: row.try_get("until_at")?,
    })
}

#[async_trait]
impl Tickets for Engine {
    // Three statements.
    async fn add_ticket(&self, ticket: &Ticket, most: u32, now: Time) -> Result<()> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            let expired = sqlx::query("delete from tickets where until_at <= $1").bind(now);
            expired.execute(&mut tx).await?;
            sqlx::query(
                "delete from tickets where account_id = $1 and digest not in
                    (select digest from tickets where account_id = $1
                    order by until_at desc, digest limit $2)",
            )
            .bind(ticket.account.0)
            .bind(i64::from(most) - 1)
            .execute(&mut tx)
            .await?;
            sqlx::query(
                "insert into tickets (digest, account_id, sealed, password_hash, until_at)
                values ($1, $2, $3, $4, $5)",
            )
            .bind(&ticket.digest[..])
            .bind(ticket.account.0)
            .bind(&ticket.sealed)
            .bind(&ticket.password_hash)
            .bind(ticket.until)
            .execute(&mut tx)
            .await?;
            tx.commit().await
        })
        .await
    }

    // One statement.
    async fn ticket(&self, digest: &KeyDigest, now: Time) -> Result<Option<Ticket>> {
        let ticket = sqlx::query(
            "select digest, account_id, sealed, password_hash, until_at from tickets
            where digest = $1 and until_at > $2",
        );
        let row = ticket.bind(&digest[..]).bind(now).fetch_optional(&self.readers).await?;
        row.as_ref().map(read_ticket).transpose()
    }

    // One statement.
    async fn attempt(&self, digest: &KeyDigest, most: u32, now: Time) -> Result<bool> {
        self.write(|| async {
            let mut tx = self.begin_single().await?;
            let count = sqlx::query(
                "update tickets set attempts = attempts + 1
                where digest = $1 and until_at > $2 and attempts < $3",
            );
            let count = count.bind(&digest[..]).bind(now).bind(i64::from(most));
            let counted = count.execute(&mut tx).await?.rows_affected();
            tx.commit().await?;
            Ok(counted > 0)
        })
        .await
    }

    // One statement.
    async fn end_ticket(&self, digest: &KeyDigest) -> Result<bool> {
        self.write(|| async {
            let mut tx = self.begin_single().await?;
            let end = sqlx::query("delete from tickets where digest = $1").bind(&digest[..]);
            let ended = end.execute(&mut tx).await?.rows_affected();
            tx.commit().await?;
            Ok(ended > 0)
        })
        .await
    }
}
