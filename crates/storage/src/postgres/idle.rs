//! Connections that go from one change to the next. The pool asks each connection that comes back whether it still
//! answers: a way to the server and back, which small changes would pay for once more each.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use sqlx::postgres::PgConnection;
use sqlx::{Pool, Postgres};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// Longest wait of a request for a connection, while all are in use or the server is away.
pub(super) const WAIT: Duration = Duration::from_secs(5);
/// Idle time after which a connection is tested before use, in case the database was restarted.
pub(super) const TRUSTED: Duration = Duration::from_secs(5);
/// Limit of connections that are acquired or idle at once, beside those of the other pool.
pub(super) const STATEMENT_CONNECTIONS: u32 = 12;
/// Number of uses after which a connection goes back to the pool, which looks at its age.
const USES: u32 = 10_000;

/// Connections of a pool that were released and are acquired again without its asking.
#[derive(Clone, Debug)]
pub(super) struct IdleConnections(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    pool: Pool<Postgres>,
    /// Fair: first come, first served.
    turns: Arc<Semaphore>,
    /// The one that was used last comes last.
    idle: Mutex<Vec<Idle>>,
}

#[derive(Debug)]
struct Idle {
    connection: PoolConnection<Postgres>,
    uses: u32,
    /// When it was used last.
    since: Instant,
}

/// A connection for one change. If it is dropped, the pool sees to what is under way, and tries all idle connections out: if
/// this one broke, they may have, too.
#[derive(Debug)]
pub(super) struct Acquired {
    /// None once it is released.
    connection: Option<PoolConnection<Postgres>>,
    uses: u32,
    to: IdleConnections,
    /// Released after the connection.
    _turn: OwnedSemaphorePermit,
}

impl IdleConnections {
    /// Those of this pool, which has [`STATEMENT_CONNECTIONS`] of them, for nobody else.
    pub(super) fn new(pool: Pool<Postgres>) -> Self {
        let (turns, idle) =
            (Arc::new(Semaphore::new(STATEMENT_CONNECTIONS as usize)), Mutex::default());
        Self(Arc::new(Shared { pool, turns, idle }))
    }

    /// Acquires a connection, after those who came before.
    ///
    /// # Errors
    ///
    /// If none is free in time, or the database does not answer.
    pub(super) async fn acquire(&self) -> sqlx::Result<Acquired> {
        let acquire = async {
            let turn = Arc::clone(&self.0.turns).acquire_owned().await;
            let turn = turn.map_err(|_closed| sqlx::Error::PoolClosed)?;
            let (connection, uses) = match self.trusted() {
                Some(idle) => (idle.connection, idle.uses),
                None => (self.0.pool.acquire().await?, 0),
            };
            Ok(Acquired { connection: Some(connection), uses, to: self.clone(), _turn: turn })
        };
        timeout(WAIT, acquire).await.unwrap_or(Err(sqlx::Error::PoolTimedOut))
    }

    /// The connection that was used last. One that was idle for long goes back to the pool, which tries it out.
    fn trusted(&self) -> Option<Idle> {
        let idle = self.idle().pop()?;
        #[expect(
            clippy::disallowed_methods,
            reason = "the age of a connection, whatever the time is"
        )]
        let idle_for = idle.since.elapsed();
        (idle_for < TRUSTED).then_some(idle)
    }

    /// Closes all connections, those that are acquired when their changes have ended. None is acquired any more.
    pub(super) async fn close(&self) {
        self.0.turns.close();
        self.idle().clear();
        self.0.pool.close().await;
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Acquired {
    /// The connection.
    pub(super) fn connection(&mut self) -> &mut PgConnection {
        self.connection.as_mut().expect("nothing follows the end of a change")
    }

    /// Releases the connection for the next change: all answers have come, or are read before the next question.
    pub(super) fn release(mut self) {
        let uses = self.uses + 1;
        let connection = self.connection.take().filter(|_| uses < USES);
        let mut idle = self.to.idle();
        if let Some(connection) = connection.filter(|_| !self.to.0.turns.is_closed()) {
            #[expect(
                clippy::disallowed_methods,
                reason = "the age of a connection, whatever the time is"
            )]
            let since = Instant::now();
            idle.push(Idle { connection, uses, since });
        }
    }
}

impl Drop for Acquired {
    fn drop(&mut self) {
        if self.connection.is_some() {
            self.to.idle().clear();
        }
    }
}
