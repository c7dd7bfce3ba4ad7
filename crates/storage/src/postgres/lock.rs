//! The lock of a server on `PostgreSQL`: an advisory lock of a session, on a connection of its own.
//!
//! The lock goes with the connection. So the connection is tried out each second, and when it is lost the lock
//! is taken again on a new one.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::error::DatabaseError;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection as _, PgConnection};
use tokio::time::{interval, timeout};

use super::{WAIT, connect, options};
use crate::{Error, Result, Sharing};

/// The number is only ours to use; it means something within one database.
const LOCK: &str = "select pg_advisory_lock(7835326492)";
/// The same, together with others that ask for it so.
const SHARED_LOCK: &str = "select pg_advisory_lock_shared(7835326492)";
/// `lock_not_available`: somebody else has it, and kept it for the time of `lock_timeout`.
const LOCK_NOT_AVAILABLE: &str = "55P03";
/// Name of the connection among others.
const NAME: &str = "letaxi lock";
/// Longest wait for the lock, as PostgreSQL shows it.
const LOCK_TIMEOUT: &str = "5s";
/// Keepalives: a killed server loses its lock at once, a machine that is gone within 25 seconds.
const SETTINGS: [(&str, &str); 5] = [
    ("lock_timeout", LOCK_TIMEOUT),
    ("statement_timeout", "0"),
    ("tcp_keepalives_idle", "10"),
    ("tcp_keepalives_interval", "5"),
    ("tcp_keepalives_count", "3"),
];
/// Time between two checks of the connection.
const EVERY: Duration = Duration::from_secs(1);

/// A connection that holds the lock.
#[derive(Debug)]
pub(crate) struct Session {
    connection: PgConnection,
    options: PgConnectOptions,
    sharing: Sharing,
    /// The server's process for the connection, and when it began.
    backend: (i32, DateTime<Utc>),
}

/// Takes the lock.
pub(crate) async fn take(url: &str, sharing: Sharing) -> Result<Session> {
    let options = options(url)?.application_name(NAME).options(SETTINGS);
    Session::begin(options, sharing, None).await
}

/// Numbers of sessions that hold the lock alone, and of those that share it; nothing is locked for that.
pub(crate) async fn holders(db: &mut PgConnection) -> Result<(i64, i64)> {
    let holders = "select count(*) filter (where mode = 'ExclusiveLock'),
            count(*) filter (where mode = 'ShareLock')
        from pg_locks
        where locktype = 'advisory' and granted and objsubid = 1
            and (classid::bigint << 32) | objid::bigint = 7835326492
            and database = (select oid from pg_database where datname = current_database())";
    Ok(sqlx::query_as(holders).fetch_one(db).await?)
}

impl Session {
    /// Takes the lock on a new connection, once a former one of this process is ended: to the server it may live on
    /// for a while.
    async fn begin(
        options: PgConnectOptions,
        sharing: Sharing,
        former: Option<(i32, DateTime<Utc>)>,
    ) -> Result<Self> {
        let only = PgPoolOptions::new().max_connections(1).acquire_timeout(WAIT);
        let mut connection = connect(only, &options).await?.acquire().await?.detach();
        // Of a session that nobody keeps, the lock would stay with the pooler.
        let timeout: String =
            sqlx::query_scalar("show lock_timeout").fetch_one(&mut connection).await?;
        if timeout != LOCK_TIMEOUT {
            return Err(Error::Pooler);
        }
        if let Some((pid, since)) = former {
            let end = "select pg_terminate_backend(pid) from pg_stat_activity
                where pid = $1 and backend_start = $2";
            sqlx::query(end).bind(pid).bind(since).execute(&mut connection).await?;
        }
        let lock = match sharing {
            Sharing::Alone => LOCK,
            Sharing::WithOthers => SHARED_LOCK,
        };
        if let Err(error) = sqlx::query(lock).execute(&mut connection).await {
            let code = error.as_database_error().and_then(DatabaseError::code);
            let is_held = code.is_some_and(|code| code == LOCK_NOT_AVAILABLE);
            return Err(if is_held { Error::Served } else { error.into() });
        }
        let own = "select pid, backend_start from pg_stat_activity where pid = pg_backend_pid()";
        let backend = sqlx::query_as(own).fetch_one(&mut connection).await?;
        Ok(Self { connection, options, sharing, backend })
    }

    /// See [`crate::ServingLock::taken_over`].
    pub(crate) async fn taken_over(&mut self) -> Error {
        let mut rounds = interval(EVERY);
        let mut is_lost = false;
        loop {
            rounds.tick().await;
            if matches!(timeout(WAIT, self.connection.ping()).await, Ok(Ok(()))) {
                continue;
            }
            if !is_lost {
                is_lost = true;
                tracing::warn!(
                    "the lock on the database was lost with its connection; taking it again"
                );
            }
            match Self::begin(self.options.clone(), self.sharing, Some(self.backend)).await {
                Ok(session) => {
                    *self = session;
                    is_lost = false;
                    tracing::info!("the lock on the database is held again");
                }
                Err(Error::Served) => return Error::Served,
                // The database is away; whoever needs it says so.
                Err(error) => {
                    tracing::debug!(%error, "the lock on the database cannot be taken yet");
                }
            }
        }
    }
}
