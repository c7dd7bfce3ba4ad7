//! Links by which a person sets a password once.

use async_trait::async_trait;
use registry::directory::KeyDigest;
use registry::{AccountId, Time};
use sqlx::{QueryBuilder, Row as _};

use super::Db;
use super::accounts::{begin_change, put_password_hash, read_digest};
use super::engine::{Engine, Row};
use super::history::record;
use super::list_filters::push_list;
use crate::password_links::{Access, PasswordLink};
use crate::retention::ROWS_A_CHANGE;
use crate::{Activity, PasswordLinks, Result};

#[async_trait]
impl PasswordLinks for Engine {
    // Two statements, and one for the activity.
    async fn add_password_link(
        &self,
        link: &PasswordLink,
        most: u32,
        activity: &[Activity],
    ) -> Result<()> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            sqlx::query(
                "delete from password_links where account_id = $1 and id not in
                    (select id from password_links where account_id = $1 order by id desc limit $2)",
            )
            .bind(link.account.0)
            .bind(i64::from(most) - 1)
            .execute(&mut tx)
            .await?;
            sqlx::query(
                "insert into password_links (digest, account_id, made_at, expires_at)
                values ($1, $2, $3, $4)",
            )
            .bind(&link.digest[..])
            .bind(link.account.0)
            .bind(link.made_at)
            .bind(link.expires_at)
            .execute(&mut tx)
            .await?;
            record(&mut tx, activity, link.made_at).await?;
            tx.commit().await
        })
        .await
    }

    // One statement.
    async fn password_link(&self, digest: &KeyDigest) -> Result<Option<PasswordLink>> {
        let row = sqlx::query(
            "select digest, account_id, made_at, expires_at from password_links where digest = $1",
        );
        let row = row.bind(&digest[..]).fetch_optional(&self.readers).await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(PasswordLink {
            digest: read_digest(row.try_get("digest")?)?,
            account: AccountId(row.try_get("account_id")?),
            made_at: row.try_get("made_at")?,
            expires_at: row.try_get("expires_at")?,
        }))
    }

    // Five statements, and one for the activity.
    async fn use_password_link(
        &self,
        digest: &KeyDigest,
        password_hash: &str,
        activity: &[Activity],
        now: Time,
    ) -> Result<Option<AccountId>> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            begin_change(&mut tx).await?;
            let account = sqlx::query_scalar(
                "select account_id from password_links where digest = $1 and expires_at > $2",
            );
            let account = account.bind(&digest[..]).bind(now).fetch_optional(&mut tx).await?;
            let Some(account) = account.map(AccountId) else { return Ok(None) };
            put_password_hash(&mut tx, account, Some(password_hash), now).await?;
            record(&mut tx, activity, now).await?;
            tx.commit().await?;
            Ok(Some(account))
        })
        .await
    }

    // One statement.
    async fn delete_password_links(&self, expired_until: Time) -> Result<u64> {
        self.write(|| async {
            let mut tx = self.begin_single().await?;
            let gone = sqlx::query(
                "delete from password_links where id in (select id from password_links
                    where expires_at <= $1 order by id limit $2)",
            );
            let gone = gone.bind(expired_until).bind(ROWS_A_CHANGE.cast_signed());
            let gone = gone.execute(&mut tx).await?;
            tx.commit().await?;
            Ok(gone.rows_affected())
        })
        .await
    }

    // One statement; none for no accounts.
    async fn access_of(&self, accounts: &[AccountId]) -> Result<Vec<Access>> {
        if accounts.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = QueryBuilder::<Db>::new(
            "select id, password_hash is not null as has_password,
                exists (select 1 from second_steps s where s.account_id = a.id) as has_second_step,
                (select max(expires_at) from password_links l where l.account_id = a.id) as link_until,
                (select max(last_seen_at) from sign_ins i where i.account_id = a.id) as last_seen_at
            from accounts a where id in ",
        );
        push_list(&mut query, accounts.iter().map(|id| id.0));
        query.push(" order by id");
        let rows = query.build().persistent(false).fetch_all(&self.readers).await?;
        let read = |row: &Row| {
            Ok(Access {
                account: AccountId(row.try_get("id")?),
                has_password: row.try_get("has_password")?,
                has_second_step: row.try_get("has_second_step")?,
                link_until: row.try_get("link_until")?,
                last_seen_at: row.try_get("last_seen_at")?,
            })
        };
        rows.iter().map(read).collect()
    }
}
