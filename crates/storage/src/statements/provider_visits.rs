//! Visits of people at the identity provider.

use async_trait::async_trait;
use registry::Time;
use registry::directory::KeyDigest;

use super::engine::Engine;
use crate::provider_visits::ProviderVisit;
use crate::{ProviderVisits, Result};

#[async_trait]
impl ProviderVisits for Engine {
    // Three statements.
    async fn add_visit(&self, visit: &ProviderVisit, most: u32, now: Time) -> Result<()> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            let expired = sqlx::query("delete from provider_visits where until_at <= $1");
            expired.bind(now).execute(&mut tx).await?;
            sqlx::query(
                "delete from provider_visits where digest not in
                    (select digest from provider_visits order by until_at desc, digest limit $1)",
            )
            .bind(i64::from(most) - 1)
            .execute(&mut tx)
            .await?;
            sqlx::query(
                "insert into provider_visits (digest, browser, sealed, until_at)
                values ($1, $2, $3, $4)",
            )
            .bind(&visit.digest[..])
            .bind(&visit.browser[..])
            .bind(&visit.sealed)
            .bind(visit.until)
            .execute(&mut tx)
            .await?;
            tx.commit().await
        })
        .await
    }

    // One statement.
    async fn end_visit(
        &self,
        digest: &KeyDigest,
        browser: &KeyDigest,
        now: Time,
    ) -> Result<Option<Vec<u8>>> {
        self.write(|| async {
            let mut tx = self.begin().await?;
            let end = sqlx::query_scalar(
                "delete from provider_visits
                where digest = $1 and browser = $2 and until_at > $3 returning sealed",
            );
            let end = end.bind(&digest[..]).bind(&browser[..]).bind(now);
            let sealed = end.fetch_optional(&mut tx).await?;
            tx.commit().await?;
            Ok(sealed)
        })
        .await
    }
}
