//! Accounts, their keys and their passwords.
//!
//! Every change begins by raising the one `accounts_revision`, so changes of accounts come one
//! after the other, and what a change looks up stays true until it ends.

use std::sync::LazyLock;

use async_trait::async_trait;
use registry::directory::KeyDigest;
use registry::{Account, AccountFields, AccountId, Time};
use sqlx::{AssertSqlSafe, QueryBuilder, Row as _};

use super::account_parts::{delete_with_its_own, end_tickets, insert_account};
use super::change::Change;
use super::engine::{Engine, Row, readable_rows};
use super::history::record;
use super::list_filters::push_list;
use super::records::{self, assignments, bind, columns};
use super::{BYTEWISE, Db};
use crate::accounts::{AccountChange, Belongings, NewAccount, SealedKey, Taken};
use crate::unreadable::readable;
use crate::{Accounts, Activity, Result, words};

/// Asks for [`read_account`]; filter and order follow.
static ACCOUNT: LazyLock<String> =
    LazyLock::new(|| format!("select id, {} from accounts", columns::<AccountFields>("")));

fn ask_account(rest: &str) -> AssertSqlSafe<String> {
    AssertSqlSafe(format!("{} {rest}", *ACCOUNT))
}

/// Condition that an account's e-mail is `$1`, as [`registry::same_email`] compares them. There is no index: few
/// accounts, and seldom a look.
fn same_email() -> String {
    format!("lower(email{BYTEWISE}) = lower($1{BYTEWISE})")
}

fn read_account(row: &Row) -> Result<Account> {
    Ok(Account { id: AccountId(row.try_get("id")?), fields: records::read(row)? })
}

pub(super) async fn begin_change(tx: &mut Change) -> Result<()> {
    sqlx::query("update accounts_revision set revision = revision + 1").execute(tx).await?;
    Ok(())
}

/// The account that has or had this key.
pub(super) async fn owner_of_key(tx: &mut Change, digest: &KeyDigest) -> Result<Option<AccountId>> {
    let owner = sqlx::query_scalar("select account_id from account_keys where digest = $1")
        .bind(&digest[..])
        .fetch_optional(tx)
        .await?;
    Ok(owner.map(AccountId))
}

pub(super) async fn insert_key(
    tx: &mut Change,
    id: AccountId,
    key: &SealedKey,
    name: &str,
    now: Time,
) -> Result<()> {
    sqlx::query(
        "insert into account_keys (account_id, digest, sealed, name, created_at)
        values ($1, $2, $3, $4, $5)",
    )
    .bind(id.0)
    .bind(&key.digest[..])
    .bind(&key.sealed)
    .bind(name)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

/// Reads the digest of a key or of a cookie.
pub(super) fn read_digest(digest: Vec<u8>) -> Result<KeyDigest> {
    let length = digest.len();
    digest.try_into().map_err(|_bytes| words::unreadable("the length of a digest", length))
}

/// Ends all sign-ins, links and tickets of an account, whose password has changed.
async fn end_sign_ins(tx: &mut Change, account: AccountId) -> sqlx::Result<()> {
    let end = sqlx::query("delete from sign_ins where account_id = $1").bind(account.0);
    end.execute(&mut *tx).await?;
    let end = sqlx::query("delete from password_links where account_id = $1").bind(account.0);
    end.execute(&mut *tx).await?;
    end_tickets(tx, account).await
}

/// Sets or removes the password's hash of an account, and ends its sign-ins, links and tickets.
pub(super) async fn put_password_hash(
    tx: &mut Change,
    id: AccountId,
    hash: Option<&str>,
    now: Time,
) -> sqlx::Result<()> {
    sqlx::query("update accounts set password_hash = $2, updated_at = $3 where id = $1")
        .bind(id.0)
        .bind(hash)
        .bind(now)
        .execute(&mut *tx)
        .await?;
    end_sign_ins(tx, id).await
}

#[async_trait]
impl Accounts for Engine {
    // Two statements.
    async fn accounts(&self) -> Result<(Vec<Account>, Vec<(KeyDigest, AccountId)>)> {
        let mut tx = self.snapshot().await?;
        let rows = sqlx::query(ask_account("order by id")).fetch_all(&mut *tx).await?;
        let accounts = readable_rows(&rows, "accounts", "id", read_account)?;
        let keys: Vec<(Vec<u8>, i64)> = sqlx::query_as(
            "select digest, account_id from account_keys where revoked_at is null order by id",
        )
        .fetch_all(&mut *tx)
        .await?;
        let keys = keys.into_iter().map(|(digest, account)| {
            let digest = read_digest(digest);
            let digest = readable(digest, "account_keys", || format!("of account {account}"))?;
            Ok(digest.map(|digest| (digest, AccountId(account))))
        });
        Ok((accounts, keys.filter_map(Result::transpose).collect::<Result<_>>()?))
    }

    // One statement.
    async fn account(&self, id: AccountId) -> Result<Option<Account>> {
        let row = sqlx::query(ask_account("where id = $1"))
            .bind(id.0)
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(read_account).transpose()
    }

    // One statement.
    async fn account_of_email(&self, email: &str) -> Result<Option<Account>> {
        let found =
            ask_account(&format!("where {} order by email <> $1, id limit 1", same_email()));
        let row = sqlx::query(found).bind(email).fetch_optional(&self.readers).await?;
        row.as_ref().map(read_account).transpose()
    }

    // Five statements.
    async fn create_account(
        &self,
        new: &NewAccount,
        now: Time,
    ) -> Result<std::result::Result<Account, Taken>> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            begin_change(&mut tx).await?;
            let taken = format!("select exists (select 1 from accounts where {})", same_email());
            let email_is_taken: bool = sqlx::query_scalar(AssertSqlSafe(taken))
                .bind(&new.account.email)
                .fetch_one(&mut tx)
                .await?;
            if email_is_taken {
                return Ok(Err(Taken::Email));
            }
            if owner_of_key(&mut tx, &new.key.digest).await?.is_some() {
                return Ok(Err(Taken::Key));
            }
            let id = insert_account(&mut tx, new, now).await?;
            insert_key(&mut tx, id, &new.key, "", now).await?;
            tx.commit().await?;
            Ok(Ok(Account { id, fields: new.account.clone() }))
        })
        .await
    }

    // Four statements; two more for a new password.
    async fn update_account(
        &self,
        id: AccountId,
        change: &AccountChange<'_>,
        password_hash: Option<&str>,
        activity: &[Activity],
        now: Time,
    ) -> Result<Option<Account>> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            begin_change(&mut tx).await?;
            let row = sqlx::query(ask_account("where id = $1"))
                .bind(id.0)
                .fetch_optional(&mut tx)
                .await?;
            let Some(row) = row else { return Ok(None) };
            let mut account = read_account(&row)?;
            change(&mut account.fields);
            let update = AssertSqlSafe(format!(
                "update accounts
                set updated_at = $2, password_hash = coalesce($3, password_hash), {}
                where id = $1",
                assignments::<AccountFields>(4),
            ));
            let query = sqlx::query(update).bind(id.0).bind(now).bind(password_hash);
            bind(query, &account.fields).execute(&mut tx).await?;
            if password_hash.is_some() {
                end_sign_ins(&mut tx, id).await?;
            }
            record(&mut tx, activity, now).await?;
            tx.commit().await?;
            Ok(Some(account))
        })
        .await
    }

    // Six statements; eight more if it is refused. The database's own foreign keys decide, so that no table is
    // forgotten, and nothing can be made of the account meanwhile.
    async fn delete_account(&self, id: AccountId) -> Result<std::result::Result<(), Belongings>> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            begin_change(&mut tx).await?;
            match delete_with_its_own(&mut tx, id).await {
                Err(sqlx::Error::Database(error)) if error.is_foreign_key_violation() => {
                    drop(tx);
                    return Ok(Err(self.belongings(id).await?));
                }
                outcome => outcome?,
            }
            tx.commit().await?;
            Ok(Ok(()))
        })
        .await
    }

    // Four statements.
    async fn set_password_hash(&self, id: AccountId, hash: Option<&str>, now: Time) -> Result<()> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            begin_change(&mut tx).await?;
            put_password_hash(&mut tx, id, hash, now).await?;
            tx.commit().await?;
            Ok(())
        })
        .await
    }

    // One statement.
    async fn password_hash(&self, id: AccountId) -> Result<Option<String>> {
        let hash = sqlx::query_scalar("select password_hash from accounts where id = $1")
            .bind(id.0)
            .fetch_optional(&self.readers)
            .await?;
        Ok(hash.flatten())
    }

    // Four statements.
    async fn set_key(
        &self,
        id: AccountId,
        key: &SealedKey,
        now: Time,
    ) -> Result<std::result::Result<(), Taken>> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            begin_change(&mut tx).await?;
            let owner = owner_of_key(&mut tx, &key.digest).await?;
            if owner.is_some_and(|owner| owner != id) {
                return Ok(Err(Taken::Key));
            }
            sqlx::query(
                "update account_keys set revoked_at = $2
                where account_id = $1 and revoked_at is null and digest <> $3",
            )
            .bind(id.0)
            .bind(now)
            .bind(&key.digest[..])
            .execute(&mut tx)
            .await?;
            if owner.is_none() {
                insert_key(&mut tx, id, key, "", now).await?;
            } else {
                // The account's own key, given once more: it opens again.
                sqlx::query(
                    "update account_keys set sealed = $2, revoked_at = null where digest = $1",
                )
                .bind(&key.digest[..])
                .bind(&key.sealed)
                .execute(&mut tx)
                .await?;
            }
            tx.commit().await?;
            Ok(Ok(()))
        })
        .await
    }

    // One statement.
    async fn sealed_key(&self, id: AccountId) -> Result<Option<Vec<u8>>> {
        let sealed = sqlx::query_scalar(
            "select sealed from account_keys where account_id = $1 and revoked_at is null
            order by id limit 1",
        );
        Ok(sealed.bind(id.0).fetch_optional(&self.readers).await?)
    }

    // One statement; none for no accounts.
    async fn sealed_keys(&self, ids: &[AccountId]) -> Result<Vec<(AccountId, Vec<u8>)>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = QueryBuilder::<Db>::new(
            "select k.account_id, k.sealed from account_keys k
            where k.id in (select min(id) from account_keys
                where revoked_at is null and account_id in ",
        );
        push_list(&mut query, ids.iter().map(|id| id.0));
        query.push(" group by account_id)");
        let rows: Vec<(i64, Vec<u8>)> =
            query.build_query_as().persistent(false).fetch_all(&self.readers).await?;
        Ok(rows.into_iter().map(|(id, sealed)| (AccountId(id), sealed)).collect())
    }

    // One statement.
    async fn all_sealed_keys(&self) -> Result<Vec<(AccountId, Vec<u8>)>> {
        let rows: Vec<(i64, Vec<u8>)> = sqlx::query_as(
            "select account_id, sealed from account_keys where revoked_at is null order by id",
        )
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.into_iter().map(|(id, sealed)| (AccountId(id), sealed)).collect())
    }

    // One statement.
    async fn accounts_revision(&self) -> Result<i64> {
        let revision = sqlx::query_scalar("select revision from accounts_revision");
        Ok(revision.fetch_one(&self.readers).await?)
    }
}
