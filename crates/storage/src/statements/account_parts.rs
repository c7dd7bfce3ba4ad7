//! The longer statements of accounts: how one is written down, and how it goes.

use registry::{AccountFields, AccountId, Time};
use sqlx::{AssertSqlSafe, Row as _};

use super::change::Change;
use super::engine::Engine;
use super::records::{bind, columns, parameters};
use crate::Result;
use crate::accounts::{Belongings, NewAccount};

/// Belongings of an account, and the rows to count them by.
const BELONGINGS: [(&str, &str); 7] = [
    ("managed accounts", "accounts where manager_id = $1"),
    ("taxis", "taxis where account_id = $1"),
    ("vehicles", "descriptions where account_id = $1"),
    ("licences", "licences where account_id = $1"),
    ("drivers", "drivers where account_id = $1"),
    ("customers", "customers where account_id = $1"),
    ("hails", "hails where operator_id = $1 or client_id = $1"),
];

/// Tables whose rows are deleted with an account: they are of no use to anybody else.
const ITS_OWN: [&str; 4] = ["account_keys", "given_answers", "operator_calls", "last_positions"];

/// Ends all tickets of an account.
pub(super) async fn end_tickets(tx: &mut Change, account: AccountId) -> sqlx::Result<()> {
    let end = sqlx::query("delete from tickets where account_id = $1").bind(account.0);
    end.execute(tx).await.map(drop)
}

pub(super) async fn insert_account(
    tx: &mut Change,
    new: &NewAccount,
    now: Time,
) -> Result<AccountId> {
    let insert = AssertSqlSafe(format!(
        "insert into accounts (password_hash, created_at, updated_at, {})
        values ($1, $2, $2, {})
        returning id",
        columns::<AccountFields>(""),
        parameters::<AccountFields>(3),
    ));
    let query = sqlx::query(insert).bind(&new.password_hash).bind(now);
    let row = bind(query, &new.account).fetch_one(tx).await?;
    Ok(AccountId(row.try_get("id")?))
}

/// Deletes an account and what is of use to itself alone. If anything else belongs to it, a foreign key is violated.
pub(super) async fn delete_with_its_own(
    tx: &mut Change,
    id: AccountId,
) -> std::result::Result<(), sqlx::Error> {
    for table in ITS_OWN {
        let delete = AssertSqlSafe(format!("delete from {table} where account_id = $1"));
        sqlx::query(delete).bind(id.0).execute(&mut *tx).await?;
    }
    sqlx::query("delete from accounts where id = $1").bind(id.0).execute(tx).await?;
    Ok(())
}

impl Engine {
    /// Counts the belongings of an account.
    pub(super) async fn belongings(&self, id: AccountId) -> Result<Belongings> {
        let mut belongings = Belongings::default();
        for (kind, place) in BELONGINGS {
            let count = AssertSqlSafe(format!("select count(*) from {place}"));
            let count = sqlx::query_scalar(count).bind(id.0).fetch_one(&self.readers).await?;
            belongings.0.extend(Some((kind, count)).filter(|(_, count)| *count > 0));
        }
        Ok(belongings)
    }
}
