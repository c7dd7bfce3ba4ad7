//! Second steps of signing in. Setting and removing one raises the revision of accounts.

use async_trait::async_trait;
use registry::directory::KeyDigest;
use registry::{AccountId, Time};
use sqlx::Row as _;

use super::account_parts::end_tickets;
use super::accounts::begin_change;
use super::change::Change;
use super::engine::Engine;
use super::history::record;
use crate::second_steps::{NewSecondStep, SecondStep};
use crate::{Activity, Result, SecondSteps};

/// Ends the sign-ins of an account, but for one.
/// Ends the sign-ins of an account but for one, and its tickets.
pub(super) async fn end_other_sign_ins(
    tx: &mut Change,
    account: AccountId,
    kept: Option<i64>,
) -> sqlx::Result<()> {
    // No sign-in has this number.
    let kept = kept.unwrap_or(0);
    let end = sqlx::query("delete from sign_ins where account_id = $1 and id <> $2");
    end.bind(account.0).bind(kept).execute(&mut *tx).await?;
    end_tickets(tx, account).await
}

async fn delete_recovery_codes(tx: &mut Change, account: AccountId) -> sqlx::Result<()> {
    let delete = sqlx::query("delete from recovery_codes where account_id = $1");
    delete.bind(account.0).execute(tx).await.map(drop)
}

async fn replace_recovery_codes(
    tx: &mut Change,
    account: AccountId,
    digests: &[KeyDigest],
) -> sqlx::Result<()> {
    delete_recovery_codes(tx, account).await?;
    for digest in digests {
        let insert = sqlx::query("insert into recovery_codes (account_id, digest) values ($1, $2)");
        insert.bind(account.0).bind(&digest[..]).execute(&mut *tx).await?;
    }
    Ok(())
}

async fn has_second_step(tx: &mut Change, account: AccountId) -> sqlx::Result<bool> {
    let has =
        sqlx::query_scalar("select exists (select 1 from second_steps where account_id = $1)");
    has.bind(account.0).fetch_one(tx).await
}

#[async_trait]
impl SecondSteps for Engine {
    // One statement.
    async fn accounts_with_second_step(&self) -> Result<Vec<AccountId>> {
        let ids = sqlx::query_scalar("select account_id from second_steps order by account_id");
        let ids: Vec<i64> = ids.fetch_all(&self.readers).await?;
        Ok(ids.into_iter().map(AccountId).collect())
    }

    // One statement.
    async fn second_step(&self, account: AccountId) -> Result<Option<SecondStep>> {
        let row = sqlx::query(
            "select sealed, used_step, set_at,
                (select count(*) from recovery_codes where account_id = $1) as recovery_codes
            from second_steps where account_id = $1",
        );
        let row = row.bind(account.0).fetch_optional(&self.readers).await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(SecondStep {
            sealed: row.try_get("sealed")?,
            used_step: row.try_get("used_step")?,
            set_at: row.try_get("set_at")?,
            recovery_codes: row.try_get("recovery_codes")?,
        }))
    }

    // Seven statements, one for each recovery code, and one for the activity.
    async fn set_second_step(
        &self,
        account: AccountId,
        new: &NewSecondStep,
        may_replace: bool,
        kept_sign_in: Option<i64>,
        activity: &[Activity],
        now: Time,
    ) -> Result<bool> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            begin_change(&mut tx).await?;
            if !may_replace && has_second_step(&mut tx, account).await? {
                return Ok(false);
            }
            let set = sqlx::query(
                "insert into second_steps (account_id, sealed, used_step, set_at)
                select id, $2, $3, $4 from accounts where id = $1
                on conflict (account_id) do update set
                    sealed = excluded.sealed, used_step = excluded.used_step, set_at = excluded.set_at",
            )
            .bind(account.0)
            .bind(&new.sealed)
            .bind(new.used_step)
            .bind(now)
            .execute(&mut tx)
            .await?;
            if set.rows_affected() == 0 {
                return Ok(false);
            }
            replace_recovery_codes(&mut tx, account, &new.recovery_codes).await?;
            end_other_sign_ins(&mut tx, account, kept_sign_in).await?;
            record(&mut tx, activity, now).await?;
            tx.commit().await?;
            Ok(true)
        })
        .await
    }

    // Five statements, and one for the activity.
    async fn remove_second_step(
        &self,
        account: AccountId,
        kept_sign_in: Option<i64>,
        activity: &[Activity],
        now: Time,
    ) -> Result<bool> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            begin_change(&mut tx).await?;
            let gone = sqlx::query("delete from second_steps where account_id = $1");
            if gone.bind(account.0).execute(&mut tx).await?.rows_affected() == 0 {
                return Ok(false);
            }
            delete_recovery_codes(&mut tx, account).await?;
            end_other_sign_ins(&mut tx, account, kept_sign_in).await?;
            record(&mut tx, activity, now).await?;
            tx.commit().await?;
            Ok(true)
        })
        .await
    }

    // One statement.
    async fn use_step(&self, account: AccountId, sealed: &[u8], step: i64) -> Result<bool> {
        self.write(|| async {
            let mut tx = self.begin_single().await?;
            let used = sqlx::query(
                "update second_steps set used_step = $3
                where account_id = $1 and sealed = $2 and used_step < $3",
            );
            let used = used.bind(account.0).bind(sealed).bind(step).execute(&mut tx).await?;
            tx.commit().await?;
            Ok(used.rows_affected() > 0)
        })
        .await
    }

    // Two statements, and one for the activity.
    async fn use_recovery_code(
        &self,
        account: AccountId,
        digest: &KeyDigest,
        activity: &[Activity],
        now: Time,
    ) -> Result<Option<i64>> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            let used =
                sqlx::query("delete from recovery_codes where account_id = $1 and digest = $2");
            let used = used.bind(account.0).bind(&digest[..]).execute(&mut tx).await?;
            if used.rows_affected() == 0 {
                return Ok(None);
            }
            let left =
                sqlx::query_scalar("select count(*) from recovery_codes where account_id = $1");
            let left = left.bind(account.0).fetch_one(&mut tx).await?;
            record(&mut tx, activity, now).await?;
            tx.commit().await?;
            Ok(Some(left))
        })
        .await
    }

    // Two statements, one for each recovery code, and one for the activity.
    async fn set_recovery_codes(
        &self,
        account: AccountId,
        digests: &[KeyDigest],
        activity: &[Activity],
        now: Time,
    ) -> Result<bool> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            begin_change(&mut tx).await?;
            if !has_second_step(&mut tx, account).await? {
                return Ok(false);
            }
            replace_recovery_codes(&mut tx, account, digests).await?;
            record(&mut tx, activity, now).await?;
            tx.commit().await?;
            Ok(true)
        })
        .await
    }
}
