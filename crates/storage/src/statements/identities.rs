//! Identities at the identity provider that open accounts.

use async_trait::async_trait;
use registry::{AccountId, Time};
use sqlx::Row as _;

use super::accounts::begin_change;
use super::engine::{Engine, Row};
use super::history::record;
use super::second_steps::end_other_sign_ins;
use crate::identities::{Identity, Linked};
use crate::{Activity, Identities, Result};

fn read_identity(row: &Row) -> Result<Identity> {
    Ok(Identity {
        id: row.try_get("id")?,
        account: AccountId(row.try_get("account_id")?),
        issuer: row.try_get("issuer")?,
        subject: row.try_get("subject")?,
        email: row.try_get("email")?,
        linked_at: row.try_get("linked_at")?,
    })
}

const ACCOUNT_OF_IDENTITY: &str =
    "select account_id from identities where issuer = $1 and subject = $2";

#[async_trait]
impl Identities for Engine {
    // One statement.
    async fn identities_of(&self, account: AccountId) -> Result<Vec<Identity>> {
        let rows = sqlx::query("select * from identities where account_id = $1 order by id");
        let rows = rows.bind(account.0).fetch_all(&self.readers).await?;
        rows.iter().map(read_identity).collect()
    }

    // One statement.
    async fn account_of_identity(&self, issuer: &str, subject: &str) -> Result<Option<AccountId>> {
        let account = sqlx::query_scalar(ACCOUNT_OF_IDENTITY).bind(issuer).bind(subject);
        Ok(account.fetch_optional(&self.readers).await?.map(AccountId))
    }

    // Three statements, and one for the activity.
    async fn link_identity(
        &self,
        identity: &Identity,
        most: u32,
        activity: &[Activity],
    ) -> Result<Linked> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            // It locks, so that two links of one account count one after the other.
            begin_change(&mut tx).await?;
            let owner = sqlx::query_scalar(ACCOUNT_OF_IDENTITY);
            let owner = owner.bind(&identity.issuer).bind(&identity.subject);
            if let Some(owner) = owner.fetch_optional(&mut tx).await? {
                let is_own = AccountId(owner) == identity.account;
                return Ok(if is_own { Linked::Already } else { Linked::Taken });
            }
            let known = sqlx::query_scalar("select count(*) from identities where account_id = $1");
            let known: i64 = known.bind(identity.account.0).fetch_one(&mut tx).await?;
            if known >= i64::from(most) {
                return Ok(Linked::Full);
            }
            sqlx::query(
                "insert into identities (account_id, issuer, subject, email, linked_at)
                values ($1, $2, $3, $4, $5)",
            )
            .bind(identity.account.0)
            .bind(&identity.issuer)
            .bind(&identity.subject)
            .bind(&identity.email)
            .bind(identity.linked_at)
            .execute(&mut tx)
            .await?;
            record(&mut tx, activity, identity.linked_at).await?;
            tx.commit().await?;
            Ok(Linked::New)
        })
        .await
    }

    // Three statements, and one for the activity.
    async fn unlink_identity(
        &self,
        account: AccountId,
        id: i64,
        kept_sign_in: Option<i64>,
        activity: &[Activity],
        now: Time,
    ) -> Result<bool> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            begin_change(&mut tx).await?;
            let gone = sqlx::query("delete from identities where account_id = $1 and id = $2");
            if gone.bind(account.0).bind(id).execute(&mut tx).await?.rows_affected() == 0 {
                return Ok(false);
            }
            end_other_sign_ins(&mut tx, account, kept_sign_in).await?;
            record(&mut tx, activity, now).await?;
            tx.commit().await?;
            Ok(true)
        })
        .await
    }
}
