//! The scheduler: applies deadlines, makes owed calls, counts, and synchronises memory.
//!
//! It keeps no state: each tick compares the stored state with the required one, so a restart loses no timer
//! and no call.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use dispatch::hail;
use storage::hails::{Applied, HailChange, HailRecord};
use tokio::task::{JoinError, JoinSet};
use tokio::time::timeout;

use super::last_positions::KEPT_S;
use crate::app::App;
use crate::app::clock::seconds;
use crate::app::monitor::health::Heartbeat;

/// Maximum number of overdue hails per batch.
const OVERDUE_AT_ONCE: u32 = 256;

/// Maximum number of old positions checked per tick.
const POSITIONS_AT_ONCE: usize = 10_000;

/// Interval of ticks without an earlier deadline.
const EVERY: Duration = Duration::from_secs(1);

/// Interval of signs of life in the list of nodes.
const SIGN_OF_LIFE_EVERY: Duration = Duration::from_secs(2);

/// Time limit of a tick and of the work beside it: a database connection may hang without an error.
const TICK_LIMIT: Duration = Duration::from_secs(30);

/// Signal to stop.
type Stop = tokio::sync::watch::Receiver<bool>;

/// Reason of a deadline's step in a hail's transitions, as partners know it.
pub(in crate::app) const SILENCE: &str = "timeout";

/// Result of a tick.
#[derive(Debug, Default)]
pub struct Work {
    /// Number of hails whose deadline was applied.
    pub expired: usize,
    /// Hails to be delivered now, with [`App::deliver`].
    pub calls: Vec<HailRecord>,
    /// Time until the nearest deadline, if any hail is open.
    pub next_in: Option<Duration>,
}

impl App {
    /// Leases owed calls, applies passed deadlines, and removes positions of the day before: one round of
    /// [`App::run`], for tests with a manual clock.
    ///
    /// # Errors
    ///
    /// If the store fails; the next tick finds all remaining work.
    pub async fn tick(&self) -> storage::Result<Work> {
        let work = async {
            let calls = self.take_up_calls().await?;
            Ok(Work { calls, ..self.apply_deadlines().await? })
        };
        let work = work.await;
        self.scheduler.ticked(work.is_ok(), self.now());
        work
    }

    /// A tick without the calls.
    async fn apply_deadlines(&self) -> storage::Result<Work> {
        self.sweep_usage();
        let now = self.now();
        self.positions.expire(seconds(now).saturating_sub(KEPT_S), POSITIONS_AT_ONCE);
        self.store.look_again().await?;
        let expired = self.expire_hails().await?;
        let next_answer = self.play_sandbox().await?;
        let next = self.store.next_deadline(now).await?;
        let next = next.into_iter().chain(next_answer).min();
        let next_in = next.map(|at| (at - self.now()).to_std().unwrap_or_default());
        Ok(Work { expired, calls: Vec::new(), next_in })
    }

    /// Adds ended hails to the sums, writes queued records, and maintains the database. No hail waits for it;
    /// failures are logged and do not stop the rest.
    ///
    /// # Errors
    ///
    /// If the store is away. The next call continues.
    pub async fn count(&self) -> storage::Result<()> {
        unless_away(self.count_hails().await.map(drop))?;
        unless_away(self.count_grounds().await)?;
        unless_away(self.write_searches().await)?;
        unless_away(self.write_samples().await)?;
        unless_away(self.write_positions().await)?;
        unless_away(self.note_use_of_keys().await)?;
        unless_away(self.note_sign_ins().await)?;
        unless_away(self.write_calls().await)?;
        unless_away(self.forget_answers().await)?;
        unless_away(self.count_activity().await)?;
        unless_away(self.count_connected().await)?;
        unless_away(self.count_live().await)?;
        unless_away(self.store.tend().await)
    }

    async fn expire_hails(&self) -> storage::Result<usize> {
        let mut expired = 0;
        loop {
            let overdue = self.store.overdue_hails(self.now(), OVERDUE_AT_ONCE).await?;
            if overdue.is_empty() {
                return Ok(expired);
            }
            for hail in overdue {
                let rule = hail::deadline(hail.status)
                    .expect("only open hails have a deadline, and each open status has a rule");
                let step = self.step(rule, None, Some(SILENCE.to_owned()));
                let change = HailChange { step: Some(step), ..HailChange::default() };
                // A stale hail was changed meanwhile: it is not overdue any more, or will be found again.
                if let Applied::Hail(_) = self.change(&hail, &change, None).await? {
                    expired += 1;
                    let late = hail.deadline_at.and_then(|at| (self.now() - at).to_std().ok());
                    self.measures.deadlines.add(late.unwrap_or_default());
                }
            }
        }
    }

    /// Ticks until `stop` is set: each second and at the nearest deadline, and calls for new hails at once.
    /// Beside it memory is synchronised, ended hails are counted, and old data are blurred and deleted; none of
    /// it delays a deadline.
    ///
    /// A round that panics counts as failed: it is logged and counted, and the next one follows as usual.
    ///
    /// # Errors
    ///
    /// If a loop ends nevertheless: background work would stop, so the process must end.
    pub async fn run(self: Arc<Self>, stop: Stop) -> Result<(), JoinError> {
        let mut loops = JoinSet::new();
        loops.spawn(Arc::clone(&self).tick_on(stop.clone()));
        loops.spawn(Arc::clone(&self).count_on(stop.clone()));
        loops.spawn(Arc::clone(&self).purge_on(stop.clone()));
        loops.spawn(Arc::clone(&self).close_events_on(stop.clone()));
        loops.spawn(Arc::clone(&self).share_on(stop.clone()));
        loops.spawn(Arc::clone(&self).hear_on(stop.clone()));
        loops.spawn(self.keep_on(stop));
        while let Some(ended) = loops.join_next().await {
            ended?;
        }
        Ok(())
    }

    /// Ends the streams of events once `stop` is set: they are requests, and the server waits for open ones.
    async fn close_events_on(self: Arc<Self>, mut stop: Stop) {
        // An error means that the sender is gone, so stop as well.
        let _ = stop.wait_for(|stop| *stop).await;
        self.close_events();
    }

    /// Ticks until `stop` is set. Calls come first: they are delivered regardless of deadlines, and many
    /// overdue hails do not delay them.
    async fn tick_on(self: Arc<Self>, mut stop: Stop) {
        while !is_over(&stop) {
            let called = self.start_calls().await;
            let work = self
                .in_time("applying deadlines", Some(&self.scheduler), self.apply_deadlines())
                .await;
            self.scheduler.ticked(called && work.is_some(), self.now());
            let next_in = work.and_then(|work| work.next_in);
            let mut pause = pin!(pace(next_in.map_or(EVERY, |next| next.min(EVERY))));
            loop {
                tokio::select! {
                    () = &mut pause => break,
                    () = self.wake.notified() => {}
                    _ = stop.changed() => break,
                }
                // A new hail is owed a call. Its deadline is at least ten seconds away, but a test taxi may
                // answer soon.
                if self.sandbox_account().is_some() || !self.start_calls().await {
                    break;
                }
            }
        }
    }

    /// Starts the calls that are owed; false if they could not be taken up.
    async fn start_calls(self: &Arc<Self>) -> bool {
        let calls =
            self.in_time("taking up calls", Some(&self.scheduler), self.take_up_calls()).await;
        let taken_up = calls.is_some();
        for hail in calls.unwrap_or_default() {
            tokio::spawn(Arc::clone(self).deliver_and_log(hail));
        }
        taken_up
    }

    /// Wakes the scheduler, but not before the calling task waits for something: the tick would compete for
    /// processors and the database with the answer that it is about to send.
    pub(in crate::app) fn wake_scheduler(&self) {
        let wake = Arc::clone(&self.wake);
        tokio::spawn(async move { wake.notify_one() });
    }

    /// Counts each second until `stop` is set, and once more.
    async fn count_on(self: Arc<Self>, mut stop: Stop) {
        loop {
            let last = is_over(&stop);
            self.in_time("counting", None, self.count()).await;
            if last {
                return;
            }
            tokio::select! {
                () = pace(EVERY) => {}
                _ = stop.changed() => {}
            }
        }
    }

    /// Synchronises memory each second, and when another server announces a change, until `stop` is set.
    async fn keep_on(self: Arc<Self>, mut stop: Stop) {
        while !is_over(&stop) {
            if self
                .in_time("synchronising memory", Some(&self.sync), self.sync_memory())
                .await
                .is_none()
            {
                self.sync.ticked(false, self.now());
            }
            tokio::select! {
                () = pace(EVERY) => {}
                () = self.news_of_others() => {}
                _ = stop.changed() => {}
            }
        }
    }

    /// Looks each second until `stop` is set if retention has something to do.
    async fn purge_on(self: Arc<Self>, mut stop: Stop) {
        while !is_over(&stop) {
            self.in_time("blurring and deleting old data", None, self.purge_if_due()).await;
            tokio::select! {
                () = pace(EVERY) => {}
                _ = stop.changed() => {}
            }
        }
    }

    /// Shows signs of life in the list of nodes until `stop` is set, and then leaves it.
    ///
    /// # Errors
    ///
    /// [`storage::Error::OtherBus`] or [`storage::Error::Served`] if this server must stop.
    pub async fn stay_listed(&self, mut stop: Stop) -> storage::Result<()> {
        while !is_over(&stop) {
            match timeout(TICK_LIMIT, self.show_life()).await {
                Ok(Err(error @ storage::Error::OtherBus { .. })) => return Err(error),
                // The database is away; whoever needs it says so.
                Ok(Err(error)) => tracing::debug!(%error, "no sign of life could be shown"),
                Ok(Ok(())) | Err(_) => {}
            }
            tokio::select! {
                () = pace(SIGN_OF_LIFE_EVERY) => {}
                _ = stop.changed() => {}
            }
        }
        // Others forget it soon in any case.
        if let Ok(Err(error)) = timeout(EVERY, self.leave_nodes()).await {
            tracing::debug!(%error, "the list of nodes could not be left");
        }
        Ok(())
    }

    /// Writes all queued records, when no more requests come and before the process ends.
    ///
    /// # Errors
    ///
    /// If the store is away, or positions cannot be written.
    pub async fn finish(&self) -> storage::Result<()> {
        unless_away(self.write_searches().await)?;
        unless_away(self.write_samples().await)?;
        self.write_positions_now().await
    }

    async fn deliver_and_log(self: Arc<Self>, hail: HailRecord) {
        let id = hail.id;
        match self.caught(self.deliver(hail)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::error!(%error, hail = %id, "the outcome of a call could not be kept");
            }
            Err(error) => tracing::error!(%error, hail = %id, "a call was not made to its end"),
        }
    }

    /// The outcome of a round, with a log entry if it failed or timed out.
    async fn in_time<T>(
        &self,
        what: &str,
        heartbeat: Option<&Heartbeat>,
        work: impl Future<Output = storage::Result<T>>,
    ) -> Option<T> {
        match timeout(TICK_LIMIT, self.caught(work)).await {
            Ok(Ok(Ok(done))) => return Some(done),
            Ok(Ok(Err(error))) => {
                tracing::error!(%error, "{what} failed; the next time goes on with it");
            }
            Ok(Err(error)) => {
                if let Some(heartbeat) = heartbeat {
                    heartbeat.broke();
                }
                tracing::error!(%error, "{what} failed; the next time goes on with it");
            }
            Err(_late) => {
                let limit_s = TICK_LIMIT.as_secs();
                tracing::error!(
                    limit_s,
                    "{what} did not end in time; the next time goes on with it"
                );
            }
        }
        None
    }
}

/// Continues after a failure, which is logged, unless the store is away: the rest would wait for it in vain.
fn unless_away(outcome: storage::Result<()>) -> storage::Result<()> {
    outcome.or_else(|error| {
        if error.is_away() {
            return Err(error);
        }
        tracing::error!(%error, "a part of counting failed; the next time goes on with it");
        Ok(())
    })
}

/// True if the loop must stop, also if the sender of the signal is gone.
pub(in crate::app) fn is_over(stop: &Stop) -> bool {
    *stop.borrow() || stop.has_changed().is_err()
}

#[expect(clippy::disallowed_methods, reason = "the loops that live in real time")]
pub(in crate::app) async fn pace(pause: Duration) {
    tokio::time::sleep(pause).await;
}
