//! The several API keys of one account. Like all changes of accounts, they begin by raising the
//! revision.

use async_trait::async_trait;
use registry::directory::KeyDigest;
use registry::{AccountId, Time};
use sqlx::Row as _;

use super::accounts::{begin_change, insert_key, owner_of_key, read_digest};
use super::change::Change;
use super::engine::{Engine, Row, readable_rows};
use super::history::record;
use crate::accounts::SealedKey;
use crate::keys::{KeyRecord, KeyRefused};
use crate::{Activity, Keys, Result};

const KEYS: &str = "
    select id, name, created_at, last_used_at from account_keys
    where account_id = $1 and revoked_at is null
    order by id";

fn read_key(row: &Row) -> Result<KeyRecord> {
    Ok(KeyRecord {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        created_at: row.try_get("created_at")?,
        last_used_at: row.try_get("last_used_at")?,
    })
}

async fn keys_of(tx: &mut Change, account: AccountId) -> Result<Vec<KeyRecord>> {
    let rows = sqlx::query(KEYS).bind(account.0).fetch_all(tx).await?;
    rows.iter().map(read_key).collect()
}

#[async_trait]
impl Keys for Engine {
    // One statement.
    async fn keys(&self, account: AccountId) -> Result<Vec<KeyRecord>> {
        let rows = sqlx::query(KEYS).bind(account.0).fetch_all(&self.readers).await?;
        readable_rows(&rows, "account_keys", "id", read_key)
    }

    // Five statements, and one for the activity.
    async fn add_key(
        &self,
        account: AccountId,
        key: &SealedKey,
        name: &str,
        most: usize,
        activity: &[Activity],
        now: Time,
    ) -> Result<std::result::Result<KeyRecord, KeyRefused>> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            begin_change(&mut tx).await?;
            if keys_of(&mut tx, account).await?.len() >= most {
                return Ok(Err(KeyRefused::TooMany));
            }
            if owner_of_key(&mut tx, &key.digest).await?.is_some() {
                return Ok(Err(KeyRefused::Taken));
            }
            insert_key(&mut tx, account, key, name, now).await?;
            let id = sqlx::query_scalar("select id from account_keys where digest = $1")
                .bind(&key.digest[..])
                .fetch_one(&mut tx)
                .await?;
            record(&mut tx, activity, now).await?;
            tx.commit().await?;
            Ok(Ok(KeyRecord { id, name: name.to_owned(), created_at: now, last_used_at: None }))
        })
        .await
    }

    // Four statements, and one for the activity.
    async fn revoke_key(
        &self,
        account: AccountId,
        id: i64,
        activity: &[Activity],
        now: Time,
    ) -> Result<std::result::Result<KeyDigest, KeyRefused>> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            begin_change(&mut tx).await?;
            let keys = keys_of(&mut tx, account).await?;
            if !keys.iter().any(|key| key.id == id) {
                return Ok(Err(KeyRefused::Unknown));
            }
            if keys.len() == 1 {
                return Ok(Err(KeyRefused::Last));
            }
            let digest: Vec<u8> = sqlx::query_scalar(
                "update account_keys set revoked_at = $2 where id = $1 returning digest",
            )
            .bind(id)
            .bind(now)
            .fetch_one(&mut tx)
            .await?;
            record(&mut tx, activity, now).await?;
            tx.commit().await?;
            Ok(Ok(read_digest(digest)?))
        })
        .await
    }

    // One statement for each key.
    async fn note_use(&self, used: &[(KeyDigest, Time)]) -> Result<()> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            for (digest, at) in used {
                sqlx::query(
                    "update account_keys set last_used_at = $2
                    where digest = $1 and (last_used_at is null or last_used_at < $2)",
                )
                .bind(&digest[..])
                .bind(*at)
                .execute(&mut tx)
                .await?;
            }
            tx.commit().await
        })
        .await
    }
}
