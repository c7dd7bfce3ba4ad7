//! Test taxis that answer hails by themselves.

use async_trait::async_trait;
use registry::{AccountId, TaxiId};
use sqlx::Row as _;

use super::engine::{Engine, Row, readable_rows};
use super::hail_rows::read_place;
use crate::sandbox::SandboxTaxi;
use crate::{Result, SandboxTaxis, words};

fn read_taxi(row: &Row) -> Result<SandboxTaxi> {
    Ok(SandboxTaxi {
        number: row.try_get("number")?,
        taxi: words::read("a taxi's id", row.try_get("taxi_id")?)?,
        account: AccountId(row.try_get("account_id")?),
        behaviour: words::read("a behaviour", row.try_get("behaviour")?)?,
        point: read_place(row)?,
        added_at: row.try_get("added_at")?,
        ends_at: row.try_get("ends_at")?,
    })
}

#[async_trait]
impl SandboxTaxis for Engine {
    // One statement.
    async fn sandbox_taxis(&self) -> Result<Vec<SandboxTaxi>> {
        let rows = sqlx::query(
            "select number, taxi_id, account_id, behaviour, lon, lat, added_at, ends_at
            from sandbox_taxis order by number",
        );
        let rows = rows.fetch_all(&self.readers).await?;
        readable_rows(&rows, "sandbox_taxis", "number", read_taxi)
    }

    // One statement.
    async fn add_sandbox_taxi(&self, taxi: &SandboxTaxi) -> Result<()> {
        self.write(|| async {
            let mut tx = self.begin_single().await?;
            sqlx::query(
                "insert into sandbox_taxis
                    (number, taxi_id, account_id, behaviour, lon, lat, added_at, ends_at)
                values ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(taxi.number)
            .bind(taxi.taxi.as_str())
            .bind(taxi.account.0)
            .bind(taxi.behaviour.word())
            .bind(taxi.point.lon())
            .bind(taxi.point.lat())
            .bind(taxi.added_at)
            .bind(taxi.ends_at)
            .execute(&mut tx)
            .await?;
            tx.commit().await
        })
        .await
    }

    // One statement.
    async fn remove_sandbox_taxi(&self, taxi: TaxiId) -> Result<()> {
        self.write(|| async {
            let mut tx = self.begin_single().await?;
            let remove = sqlx::query("delete from sandbox_taxis where taxi_id = $1");
            remove.bind(taxi.as_str()).execute(&mut tx).await?;
            tx.commit().await
        })
        .await
    }
}
