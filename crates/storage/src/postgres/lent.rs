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
/// Limit of connections that are lent or kept at once, beside those of the other pool.
pub(super) const LENT: u32 = 12;
/// Number of uses after which a connection goes back to the pool, which looks at its age.
const USES: u32 = 10_000;

/// Lends connections of a pool.
#[derive(Clone, Debug)]
pub(super) struct Lender(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    pool: Pool<Postgres>,
    /// Fair: first come, first served.
    turns: Arc<Semaphore>,
    /// The one that was used last comes last.
    kept: Mutex<Vec<Kept>>,
}

#[derive(Debug)]
struct Kept {
    connection: PoolConnection<Postgres>,
    uses: u32,
    /// When it was used last.
    since: Instant,
}

/// A connection for one change. If it is dropped, the pool sees to what is under way, and tries all kept connections out: if
/// this one broke, they may have, too.
#[derive(Debug)]
pub(super) struct Lent {
    /// None once it is given back.
    connection: Option<PoolConnection<Postgres>>,
    uses: u32,
    lender: Lender,
    /// Given back after the connection.
    _turn: OwnedSemaphorePermit,
}

impl Lender {
    /// Lends connections of this pool, which has [`LENT`] of them, for nobody else.
    pub(super) fn new(pool: Pool<Postgres>) -> Self {
        let (turns, kept) = (Arc::new(Semaphore::new(LENT as usize)), Mutex::default());
        Self(Arc::new(Shared { pool, turns, kept }))
    }

    /// Lends a connection, after those who came before.
    ///
    /// # Errors
    ///
    /// If none is free in time, or the database does not answer.
    pub(super) async fn lend(&self) -> sqlx::Result<Lent> {
        let turn = timeout(WAIT, Arc::clone(&self.0.turns).acquire_owned()).await;
        let turn = turn.map_err(|_elapsed| sqlx::Error::PoolTimedOut)?;
        let turn = turn.map_err(|_closed| sqlx::Error::PoolClosed)?;
        let (connection, uses) = match self.trusted() {
            Some(kept) => (kept.connection, kept.uses),
            None => (self.0.pool.acquire().await?, 0),
        };
        Ok(Lent { connection: Some(connection), uses, lender: self.clone(), _turn: turn })
    }

    /// The connection that was used last. One that was idle for long goes back to the pool, which tries it out.
    fn trusted(&self) -> Option<Kept> {
        let kept = self.kept().pop()?;
        #[expect(
            clippy::disallowed_methods,
            reason = "the age of a connection, whatever the time is"
        )]
        let idle_for = kept.since.elapsed();
        (idle_for < TRUSTED).then_some(kept)
    }

    /// Closes all connections, those that are lent when their changes have ended. None is lent any more.
    pub(super) async fn close(&self) {
        self.0.turns.close();
        self.kept().clear();
        self.0.pool.close().await;
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Kept>> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lent {
    /// The connection.
    pub(super) fn connection(&mut self) -> &mut PgConnection {
        self.connection.as_mut().expect("nothing follows the end of a change")
    }

    /// Keeps the connection for the next change: all answers have come, or are read before the next question.
    pub(super) fn keep(mut self) {
        let uses = self.uses + 1;
        let connection = self.connection.take().filter(|_| uses < USES);
        let mut kept = self.lender.kept();
        if let Some(connection) = connection.filter(|_| !self.lender.0.turns.is_closed()) {
            #[expect(
                clippy::disallowed_methods,
                reason = "the age of a connection, whatever the time is"
            )]
            let since = Instant::now();
            kept.push(Kept { connection, uses, since });
        }
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if self.connection.is_some() {
            self.lender.kept().clear();
        }
    }
}
