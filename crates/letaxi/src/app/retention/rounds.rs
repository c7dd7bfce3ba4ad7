//! Rounds of retention.

use std::time::Duration;

use chrono::TimeDelta;
use registry::{TaxiId, Time, VehicleId};
use storage::retention::{ClockProgress, Due, ROWS_A_CHANGE, Share};
use territory::{InseeCode, Point};

use super::clocks::Clock;
use crate::app::App;
use crate::app::jobs::scheduler::pace;
use crate::app::sync::dirty::Dirty;
use crate::app::territory::places::Places;

/// Text in place of an address or a phone number that retention took away, as partners know it.
pub const REDACTED: &str = "[REDACTED]";

/// Pause after a change of many rows, for the others: a purge takes a small part of the disk and of a processor.
const REST: Duration = Duration::from_millis(25);

/// Limit of taxis and vehicles that one question finds.
const TAXIS_AT_ONCE: u32 = 200;

/// Share of the taxis or hails, as one of so many, beyond which a round that nobody asked for deletes or blurs nothing: the
/// machine's clock may be wrong, or a backup of long ago be restored.
const MOST_DUE: i64 = 4;

/// Number of rows up to which that share does not matter.
const FEW_DUE: i64 = 10;

/// Time after which a round stops; the next one continues it.
const ROUND_LIMIT: TimeDelta = TimeDelta::seconds(20);

/// Result of a round, or of a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round {
    /// Clocks that came to their end, with the rows of their whole round.
    pub ended: Vec<(Clock, u64)>,
    /// False if time ran out: the next call continues.
    pub is_complete: bool,
}

/// State of a clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockState {
    /// The clock.
    pub clock: Clock,
    /// Days for which its data are kept.
    pub kept_days: u32,
    /// Data from before this time are due.
    pub due_before: Time,
    /// Time of the oldest data, if there are any.
    pub oldest_at: Option<Time>,
    /// End of the last complete round, if any.
    pub last_round_at: Option<Time>,
    /// Rows that it blurred or deleted.
    pub last_round_rows: i64,
    /// True if so much was due that the last round left it alone.
    pub is_held_back: bool,
}

impl App {
    /// Runs a round if one is due or was asked for.
    ///
    /// # Errors
    ///
    /// If the store fails; the next call continues.
    pub async fn purge_if_due(&self) -> storage::Result<()> {
        let asked_at = self.store.round_asked_at().await?;
        if asked_at.is_none() && !self.retention.is_due(self.now()) {
            return Ok(());
        }
        let held_back = if asked_at.is_some() { Vec::new() } else { self.held_back().await? };
        self.retention.hold_back(&held_back);
        let round = self.run_clocks(&held_back, Some(ROUND_LIMIT)).await;
        // Also those whose names nobody may keep.
        self.details_cache.forget_all();
        let round = round?;
        if let Some(asked_at) = asked_at.filter(|_| round.is_complete) {
            self.store.answer_request(asked_at).await?;
        }
        Ok(())
    }

    /// Clocks that are about to take so much that somebody should look first.
    async fn held_back(&self) -> storage::Result<Vec<Clock>> {
        let shares = self.store.shares(&self.settings.kept.all_before(self.now())).await?;
        let mut held_back = Vec::new();
        for (clock, Share { due, all }) in [
            (Clock::Taxis, shares.taxis),
            (Clock::Hails, shares.hails),
            (Clock::ExactPlaces, shares.exact_hails),
        ] {
            if due > FEW_DUE && due * MOST_DUE > all {
                tracing::warn!(
                    clock = clock.word(),
                    due,
                    all,
                    "retention holds back: most of the data are due. If the machine's clock is right, run: letaxi purge --now"
                );
                held_back.push(clock);
            }
        }
        Ok(held_back)
    }

    /// Runs a whole round of all clocks, however much is due.
    ///
    /// # Errors
    ///
    /// If the store fails; the next call continues.
    pub async fn purge(&self) -> storage::Result<Round> {
        self.run_clocks(&[], None).await
    }

    /// Runs a round of all clocks but some, for `limit` at most.
    async fn run_clocks(
        &self,
        held_back: &[Clock],
        limit: Option<TimeDelta>,
    ) -> storage::Result<Round> {
        let stop_at = limit.map(|limit| self.now() + limit);
        let mut ended = Vec::new();
        for clock in Clock::ALL.into_iter().filter(|clock| !held_back.contains(clock)) {
            if !self.run_clock(clock, stop_at).await? {
                return Ok(Round { ended, is_complete: false });
            }
            let now = self.now();
            let rows = self.retention.end(clock);
            let progress = ClockProgress {
                clock: clock.word().to_owned(),
                until: self.settings.kept.before(clock, now),
                ran_at: Some(now),
                rows: i64::try_from(rows).unwrap_or(i64::MAX),
            };
            self.store.end_round(&progress).await?;
            if rows > 0 {
                let kept_days = self.settings.kept.of(clock);
                tracing::info!(
                    clock = clock.word(),
                    rows,
                    kept_days,
                    "data were blurred or deleted"
                );
            }
            ended.push((clock, rows));
        }
        self.retention.ran(self.now(), self.store.oldest().await?);
        Ok(Round { ended, is_complete: true })
    }

    /// States of all clocks, from the database.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn retention_clocks(&self) -> storage::Result<Vec<ClockState>> {
        let (progress, oldest) =
            (self.store.retention_progress().await?, self.store.oldest().await?);
        let (kept, now) = (self.settings.kept, self.now());
        let state = |clock: Clock| {
            let known = progress.iter().find(|known| known.clock == clock.word());
            ClockState {
                clock,
                kept_days: kept.of(clock),
                due_before: kept.before(clock, now),
                oldest_at: clock.oldest(&oldest),
                last_round_at: known.and_then(|known| known.ran_at),
                last_round_rows: known.map_or(0, |known| known.rows),
                is_held_back: self.retention.holds_back(clock),
            }
        };
        Ok(Clock::ALL.map(state).into())
    }

    /// Counts the rows that the next round would blur or delete.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn due(&self) -> storage::Result<Due> {
        self.store.due(&self.settings.kept.all_before(self.now())).await
    }

    /// Asks the server of this database for a round now.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn ask_for_round(&self) -> storage::Result<()> {
        self.store.ask_for_round(self.now()).await
    }

    /// Runs one clock; false if it stopped before its end.
    async fn run_clock(&self, clock: Clock, stop_at: Option<Time>) -> storage::Result<bool> {
        let now = self.now();
        let before = self.settings.kept.before(clock, now);
        let store = &self.store;
        let all = |clock| Batches { app: self, clock, stop_at };
        match clock {
            Clock::ExactPlaces => {
                // The figures first: they need the distance between customer and taxi.
                while self.count_hails().await? > 0 {
                    if self.is_past(stop_at) {
                        return Ok(false);
                    }
                }
                let places = self.places.load_full();
                let blur = |town, exact| blurred(&places, town, exact);
                let hails = || store.blur_hails(before, REDACTED, &blur, now);
                let searches = || store.blur_searches(before, &blur, now);
                Ok(all(clock).run(hails).await?
                    && all(clock).run(searches).await?
                    && all(clock).run(|| store.delete_samples(before)).await?
                    && all(clock).run(|| store.delete_positions(before)).await?)
            }
            Clock::Hails => Ok(all(clock).run(|| store.delete_hails(before, now)).await?
                && all(clock).run(|| store.delete_searches(before)).await?),
            Clock::Inspections => {
                self.retention.add(clock, store.forget_inspections(before).await?);
                Ok(true)
            }
            Clock::Activity => all(clock).run(|| store.delete_activity(before.date_naive())).await,
            Clock::Taxis => Ok(self.delete_taxis(before, stop_at).await?
                && self.delete_vehicles(before, stop_at).await?
                && all(clock).run(|| store.delete_unused(before)).await?),
        }
    }

    /// Deletes taxis of drivers who were not connected since.
    async fn delete_taxis(&self, before: Time, stop_at: Option<Time>) -> storage::Result<bool> {
        loop {
            let silent = self.store.silent_taxis(before, TAXIS_AT_ONCE).await?;
            let mut gone = 0;
            for (taxi, vehicle) in &silent {
                gone += u64::from(self.delete_taxi(*taxi, *vehicle, before).await?);
            }
            self.retention.add(Clock::Taxis, gone);
            if silent.len() < TAXIS_AT_ONCE as usize || gone == 0 {
                return Ok(true);
            }
            if self.is_past(stop_at) {
                return Ok(false);
            }
            pace(REST).await;
        }
    }

    /// Deletes a taxi, in the database and then in memory; false if it was seen again.
    async fn delete_taxi(
        &self,
        taxi: TaxiId,
        vehicle: VehicleId,
        before: Time,
    ) -> storage::Result<bool> {
        let _lock = self.car_locks.lock_known(self.directory.car(vehicle).as_deref()).await;
        // Dropped without confirmation if this is interrupted.
        let unconfirmed = self.unconfirmed(Dirty::Taxi(taxi));
        let gone = self.store.delete_taxi(taxi, before).await?;
        if let Some(accounts) = &gone {
            self.directory.take_taxi(taxi);
            for account in accounts {
                self.directory.take_description(vehicle, *account);
            }
        }
        unconfirmed.confirm();
        Ok(gone.is_some())
    }

    /// Deletes vehicles that no taxi uses.
    async fn delete_vehicles(&self, before: Time, stop_at: Option<Time>) -> storage::Result<bool> {
        loop {
            let unused = self.store.unused_vehicles(before, TAXIS_AT_ONCE).await?;
            for vehicle in &unused {
                let car = self.directory.car(*vehicle);
                let _lock = self.car_locks.lock_known(car.as_deref()).await;
                for account in self.store.delete_vehicle(*vehicle, before).await? {
                    self.directory.take_description(*vehicle, account);
                }
            }
            self.retention.add(Clock::Taxis, unused.len() as u64);
            if unused.len() < TAXIS_AT_ONCE as usize {
                return Ok(true);
            }
            if self.is_past(stop_at) {
                return Ok(false);
            }
            pace(REST).await;
        }
    }

    fn is_past(&self, stop_at: Option<Time>) -> bool {
        stop_at.is_some_and(|stop_at| self.now() >= stop_at)
    }
}

/// Changes of many rows, one after the other.
struct Batches<'a> {
    app: &'a App,
    clock: Clock,
    stop_at: Option<Time>,
}

impl Batches<'_> {
    /// Makes changes until one finds few rows; false if time runs out before.
    async fn run<F>(&self, mut change: impl FnMut() -> F) -> storage::Result<bool>
    where
        F: Future<Output = storage::Result<u64>>,
    {
        loop {
            let rows = change().await?;
            self.app.retention.add(self.clock, rows);
            if rows < ROWS_A_CHANGE {
                return Ok(true);
            }
            if self.app.is_past(self.stop_at) {
                return Ok(false);
            }
            pace(REST).await;
        }
    }
}

/// An inner point of the town of a place: the town it is noted for, if that still exists, or else the one that holds the
/// exact place. It lies in the town wherever the place did, so it tells nothing but the town.
fn blurred(places: &Places, town: Option<InseeCode>, exact: Option<Point>) -> Option<Point> {
    let territory = &places.territory;
    let town = town
        .and_then(|town| territory.in_force(town))
        .or_else(|| territory.town_at(exact?).map(|town| town.code))?;
    let inside = places.point_in(std::iter::once(town))?;
    Point::new(inside.lon, inside.lat).ok()
}
