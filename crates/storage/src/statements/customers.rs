//! Customers, as search apps name them, and their bans.

use async_trait::async_trait;
use registry::{AccountId, Customer, CustomerId, Time};
use sqlx::{AssertSqlSafe, Row as _};

use super::FOR_UPDATE;
use super::engine::{Engine, Row};
use super::history::record;
use crate::customers::CustomerChange;
use crate::{Activity, Customers, Result};

fn read_customer(row: &Row) -> Result<Customer> {
    Ok(Customer {
        account: AccountId(row.try_get("account_id")?),
        id: CustomerId(row.try_get("id")?),
        ban_begin: row.try_get("ban_begin")?,
        ban_end: row.try_get("ban_end")?,
        reprieve_begin: row.try_get("reprieve_begin")?,
        reprieve_end: row.try_get("reprieve_end")?,
    })
}

fn changed(mut customer: Customer, change: CustomerChange) -> Customer {
    customer.ban_begin = change.ban_begin.unwrap_or(customer.ban_begin);
    customer.ban_end = change.ban_end.unwrap_or(customer.ban_end);
    customer.reprieve_begin = change.reprieve_begin.unwrap_or(customer.reprieve_begin);
    customer.reprieve_end = change.reprieve_end.unwrap_or(customer.reprieve_end);
    customer
}

#[async_trait]
impl Customers for Engine {
    // Three statements; one if there is no such customer.
    async fn change_customer(
        &self,
        client: AccountId,
        id: &CustomerId,
        change: CustomerChange,
        activity: &[Activity],
        now: Time,
    ) -> Result<Option<Customer>> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            let row = sqlx::query(AssertSqlSafe(format!(
                "select account_id, id, ban_begin, ban_end, reprieve_begin, reprieve_end
                from customers where account_id = $1 and id = $2 {FOR_UPDATE}"
            )))
            .bind(client.0)
            .bind(&id.0)
            .fetch_optional(&mut tx)
            .await?;
            let Some(row) = row else { return Ok(None) };
            let customer = changed(read_customer(&row)?, change);
            sqlx::query(
                "update customers
                set ban_begin = $3, ban_end = $4, reprieve_begin = $5, reprieve_end = $6
                where account_id = $1 and id = $2",
            )
            .bind(client.0)
            .bind(&id.0)
            .bind(customer.ban_begin)
            .bind(customer.ban_end)
            .bind(customer.reprieve_begin)
            .bind(customer.reprieve_end)
            .execute(&mut tx)
            .await?;
            record(&mut tx, activity, now).await?;
            tx.commit().await?;
            Ok(Some(customer))
        })
        .await
    }
}
