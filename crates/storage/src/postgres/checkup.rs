//! Facts about a database and its server.

use sqlx::{Connection as _, PgConnection, Row as _};

use super::{FORGETFUL, facts, lock, nodes, options};
use crate::Result;
use crate::checkup::{Checkup, ServerFacts, Serving};

/// Counts the tables that list migrations: one or none.
const TABLES: &str = "select count(*) from pg_class where oid = to_regclass('_sqlx_migrations')";

/// Connections of all programs, and the number that the server allows to ordinary users.
const CONNECTIONS: &str = "select
    (select count(*) from pg_stat_activity where backend_type = 'client backend') as used,
    current_setting('max_connections')::bigint
        - current_setting('superuser_reserved_connections')::bigint
        - coalesce(current_setting('reserved_connections', true)::bigint, 0) as most";

/// See [`crate::checkup::checkup`].
pub(crate) async fn of_server(url: &str) -> Result<Checkup> {
    let options = options(url)?.application_name("letaxi check");
    let options = options.options([("default_transaction_read_only", "on")]);
    let mut db = PgConnection::connect_with(&options).await?;
    let version = "select split_part(current_setting('server_version'), ' ', 1)";
    let version: String = sqlx::query_scalar(version).fetch_one(&mut db).await?;
    let bytes = "select pg_database_size(current_database())";
    let serving = match lock::holders(&mut db).await? {
        (0, 0) => Serving::Nobody,
        (0, nodes) => Serving::Together(nodes),
        _ => Serving::Alone,
    };
    let checkup = Checkup {
        engine: format!("PostgreSQL {version}"),
        bytes: sqlx::query_scalar(bytes).fetch_one(&mut db).await?,
        migrations: facts::migrations(&mut db, TABLES).await?,
        is_unfinished_copy: facts::is_unfinished_copy(&mut db).await?,
        server: Some(server_facts(&mut db).await?),
        serving,
        registry: facts::registry(&mut db).await,
        nodes: nodes::list(&mut db).await,
    };
    db.close().await?;
    Ok(checkup)
}

async fn server_facts(db: &mut PgConnection) -> Result<ServerFacts> {
    let connections = sqlx::query(CONNECTIONS).fetch_one(&mut *db).await?;
    Ok(ServerFacts {
        connections: connections.try_get("used")?,
        most_connections: connections.try_get("most")?,
        forgetful: sqlx::query_scalar(FORGETFUL).fetch_all(&mut *db).await?,
        now: sqlx::query_scalar("select clock_timestamp()").fetch_one(db).await?,
    })
}
