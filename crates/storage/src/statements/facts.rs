//! Facts about the tables, read on a connection that is nobody's.

use std::collections::BTreeMap;

use registry::Role;
use sqlx::Row as _;

use super::engine::Connection;
use super::{UNFINISHED_COPIES, migrator};
use crate::Result;
use crate::backup::SEALED_KEY;
use crate::checkup::{Migrations, OperatorFacts, RegistryFacts};

/// The newest time of a hail or of a line of the activity log.
const NEWEST: &str = "select max(at) from
    (select max(at) as at from activity union all select max(created_at) from hails) as newest";

/// Compares the migrations of a database with those of this version; `tables` counts the tables that list them.
pub(super) async fn migrations(
    db: &mut Connection,
    tables: &'static str,
) -> Result<Option<Migrations>> {
    let tables: i64 = sqlx::query_scalar(tables).fetch_one(&mut *db).await?;
    if tables == 0 {
        return Ok(None);
    }
    let rows: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("select version, checksum from _sqlx_migrations").fetch_all(db).await?;
    let mut done: BTreeMap<_, _> = rows.into_iter().collect();
    let newest = done.keys().next_back().copied().unwrap_or_default();
    let mut found = Migrations { newest, ..Migrations::default() };
    for migration in migrator().iter() {
        match done.remove(&migration.version) {
            None => found.pending.push(migration.version),
            Some(checksum) if checksum != *migration.checksum => {
                found.different.push(migration.version);
            }
            Some(_) => {}
        }
    }
    found.unknown = done.into_keys().collect();
    Ok(Some(found))
}

/// True if the database is the target of a copy that was not finished.
pub(super) async fn is_unfinished_copy(db: &mut Connection) -> Result<bool> {
    let copies: i64 = sqlx::query_scalar(UNFINISHED_COPIES).fetch_one(db).await?;
    Ok(copies > 0)
}

/// Reads the facts of a registry.
pub(super) async fn registry(db: &mut Connection) -> Result<RegistryFacts> {
    let counts = "select (select count(*) from accounts) as accounts,
        (select count(*) from towns) as towns, (select count(*) from zones) as zones";
    let counts = sqlx::query(counts).fetch_one(&mut *db).await?;
    let parts: Vec<(String, bool)> =
        sqlx::query_as("select part, approximate from territory_state").fetch_all(&mut *db).await?;
    Ok(RegistryFacts {
        accounts: counts.try_get("accounts")?,
        towns: counts.try_get("towns")?,
        zones: counts.try_get("zones")?,
        is_approximate: parts.iter().any(|(_, is_approximate)| *is_approximate),
        imported_at: sqlx::query_scalar(
            "select max(imported_at) from territory_state where part in ('towns', 'zones')",
        )
        .fetch_one(&mut *db)
        .await?,
        newest: sqlx::query_scalar(NEWEST).fetch_one(&mut *db).await?,
        sealed_key: sqlx::query_scalar(SEALED_KEY).fetch_optional(&mut *db).await?,
        operators: operators(db).await?,
    })
}

async fn operators(db: &mut Connection) -> Result<Vec<OperatorFacts>> {
    let rows: Vec<(i64, String, String)> = sqlx::query_as(
        "select id, email, hail_endpoint from accounts
        where ' ' || roles || ' ' like '% ' || $1 || ' %' and disabled_at is null order by id",
    )
    .bind(Role::Operator.word())
    .fetch_all(db)
    .await?;
    let facts = |(id, email, endpoint)| OperatorFacts { id, email, endpoint };
    Ok(rows.into_iter().map(facts).collect())
}
