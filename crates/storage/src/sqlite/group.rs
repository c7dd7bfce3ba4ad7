//! Group commit: changes that wait for the only writer share one transaction, and one sync of the disk.
//!
//! Changes lock the writer one after the other, first come, first served. The first one begins a transaction. If others
//! wait when it ends, it leaves the transaction open for them, and each of them is a savepoint. The group is committed
//! when no change waits any more, at the latest after those that waited when the first one ended. All changes are answered
//! after the commit. A change that fails, panics or is dropped is undone alone; if the commit fails, all changes of the
//! group fail.
//!
//! A change that no other waits for commits at once, as fast as without groups.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{Connection as _, Executor as _, Pool, Sqlite};
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};
use tokio::time::timeout;

use crate::{Error, Result};

/// Limit of changes that one commit waits for.
const CHANGES_A_GROUP: usize = 64;
/// Limit of changes that wait for the writer. Any more are refused at once.
const CHANGES_WAITING: usize = 1_024;
/// Limit of the time that a change waits for the writer.
const WAIT: Duration = Duration::from_secs(30);

/// Outcome of a commit, for each change of the group.
pub(super) type Committed = std::result::Result<(), Arc<sqlx::Error>>;

/// The only writer of a database.
#[derive(Clone, Debug)]
pub(super) struct Writer(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    pool: Pool<Sqlite>,
    /// False if others need the connection between two groups: a database in memory has only one.
    keeps_connection: bool,
    /// Fair: first come, first served.
    group: Arc<Mutex<Group>>,
    /// Number of changes that wait for the lock.
    waiting: AtomicUsize,
}

/// The writer's connection and the changes of its open transaction.
#[derive(Debug, Default)]
pub(super) struct Group {
    connection: Option<PoolConnection<Sqlite>>,
    /// True while a transaction is open; then a change or [`Writer::commit_later`] will commit it.
    pub(super) is_open: bool,
    /// Changes that have ended and wait for the commit.
    members: Vec<oneshot::Sender<Committed>>,
}

/// Counts a waiting change until it is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Writer {
    /// The writer of a database; `pool` has one connection.
    pub(super) fn new(pool: Pool<Sqlite>, keeps_connection: bool) -> Self {
        let (group, waiting) = (Arc::default(), AtomicUsize::default());
        Self(Arc::new(Shared { pool, keeps_connection, group, waiting }))
    }

    /// The pool of the writer's connection, which is in the pool until the first change.
    pub(super) fn pool(&self) -> &Pool<Sqlite> {
        &self.0.pool
    }

    /// Locks the writer for a change, after those that came before.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] if too many changes wait, or if this one waited too long.
    pub(super) async fn lock(&self) -> Result<OwnedMutexGuard<Group>> {
        let waiting = self.0.waiting.fetch_add(1, Ordering::Relaxed);
        let counted = Waiting(&self.0.waiting);
        if waiting >= CHANGES_WAITING {
            return Err(Error::Busy);
        }
        let group = timeout(WAIT, Arc::clone(&self.0.group).lock_owned()).await;
        let mut group = group.map_err(|_elapsed| Error::Busy)?;
        drop(counted);
        if group.connection.is_none() {
            group.connection = Some(self.0.pool.acquire().await?);
        }
        Ok(group)
    }

    /// True if changes wait for the lock.
    pub(super) fn is_awaited(&self) -> bool {
        self.0.waiting.load(Ordering::Relaxed) > 0
    }

    /// Waits for the commit of a change that has ended; starts the commit, or leaves it to a later change.
    pub(super) async fn join(
        &self,
        mut group: OwnedMutexGuard<Group>,
        is_first: bool,
    ) -> Result<()> {
        let (committed, outcome) = oneshot::channel();
        group.members.push(committed);
        if group.members.len() >= CHANGES_A_GROUP || !self.is_awaited() {
            // In a task: a caller that is cancelled must not interrupt the commit of others.
            tokio::spawn(self.clone().commit(group));
        } else {
            drop(group);
            if is_first {
                tokio::spawn(self.clone().commit_later());
            }
        }
        match outcome.await {
            Ok(outcome) => outcome.map_err(Error::Group),
            // Only the end of the process drops a group.
            Err(_dropped) => Err(sqlx::Error::PoolClosed.into()),
        }
    }

    /// Commits the open group after the changes that wait now.
    async fn commit_later(self) {
        let group = Arc::clone(&self.0.group).lock_owned().await;
        self.commit(group).await;
    }

    async fn commit(self, mut group: OwnedMutexGuard<Group>) {
        // Another change may have committed it.
        if !group.is_open {
            return;
        }
        match sqlx::query("commit").execute(group.connection()).await {
            Ok(_) => self.close_group(group, &Ok(())),
            Err(error) => self.fail(group, error).await,
        }
    }

    /// Undoes the whole group; all its changes fail with this error.
    async fn fail(&self, mut group: OwnedMutexGuard<Group>, error: sqlx::Error) {
        tracing::debug!(%error, changes = group.members.len(), "changes could not be committed");
        group.roll_back().await;
        self.close_group(group, &Err(Arc::new(error)));
    }

    /// Ends the group, whose transaction has ended, and tells its changes the outcome.
    pub(super) fn close_group(&self, mut group: OwnedMutexGuard<Group>, outcome: &Committed) {
        group.is_open = false;
        if !self.0.keeps_connection {
            group.connection = None;
        }
        for member in std::mem::take(&mut group.members) {
            // Its caller may have been cancelled.
            let _gone = member.send(outcome.clone());
        }
    }

    /// Undoes a change that did not end.
    pub(super) async fn undo(self, mut group: OwnedMutexGuard<Group>, is_first: bool) {
        if is_first {
            group.roll_back().await;
            self.close_group(group, &Ok(()));
        } else if let Err(error) = group.connection().execute(UNDO_SAVEPOINT).await {
            // The savepoint may be released already, or not have been set. But after an error of the disk SQLite may have
            // rolled back the whole transaction, with the changes of all others.
            if group.connection().execute("begin").await.is_ok() {
                self.fail(group, error).await;
            }
        }
    }

    /// Returns the connection and closes the pool. Later changes are refused.
    pub(super) async fn close(&self) {
        loop {
            self.clone().commit_later().await;
            let mut group = self.0.group.lock().await;
            if !group.is_open {
                drop(group.connection.take());
                break;
            }
        }
        self.0.pool.close().await;
    }
}

const UNDO_SAVEPOINT: &str = "rollback to change; release change";

impl Group {
    /// The connection.
    pub(super) fn connection(&mut self) -> &mut sqlx::SqliteConnection {
        self.connection.as_mut().expect("a change has a connection")
    }

    /// Rolls the transaction back. A connection that fails at that is closed, and the next change opens another.
    async fn roll_back(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        match connection.execute("rollback").await {
            Ok(_) => self.connection = Some(connection),
            Err(error) if is_over(&error) => self.connection = Some(connection),
            Err(error) => {
                tracing::warn!(%error, "a transaction could not be undone; its connection is closed");
                let _closed = connection.detach().close_hard().await;
            }
        }
    }
}

/// True if a rollback failed because no transaction was open: SQLite has rolled it back by itself, or it never began.
fn is_over(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(|error| error.message().ends_with("no transaction is active"))
}
