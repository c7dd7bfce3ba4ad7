//! Migrations: the tables as this version knows them.

use sqlx::migrate::MigrateError;
use sqlx::{AssertSqlSafe, SqlSafeStr as _};

use super::engine::Engine;
use super::{BEGIN, LOCK_MIGRATIONS, UNFINISHED_COPIES, begin_with, cars, lock_tables, migrator};
use crate::{Error, Result};

impl Engine {
    /// Brings the tables to what this version knows, all or nothing, while nobody else does.
    pub(crate) async fn migrate(&self) -> Result<()> {
        let mut migrator = migrator();
        migrator.set_locking(false);
        let newest = migrator.iter().map(|migration| migration.version).max();
        let mut transaction = begin_with(self.writers.pool(), BEGIN.into_sql_str()).await?;
        sqlx::query(LOCK_MIGRATIONS).execute(&mut *transaction).await?;
        let copies: i64 =
            sqlx::query_scalar(UNFINISHED_COPIES).fetch_one(&mut *transaction).await?;
        if copies > 0 {
            return Err(Error::UnfinishedCopy);
        }
        let lock = AssertSqlSafe(lock_tables(migrator.iter().count()));
        sqlx::query(lock).execute(&mut *transaction).await?;
        // Not `run`: the compiler cannot tell that its future may change threads.
        match migrator.run_direct(None, &mut *transaction, false).await {
            Err(MigrateError::VersionMissing(found)) if Some(found) > newest => {
                return Err(Error::Newer { found });
            }
            outcome => outcome?,
        }
        cars::fill(&mut transaction).await?;
        Ok(transaction.commit().await?)
    }
}
