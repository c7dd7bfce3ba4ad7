//! Live counts: searches, ended hails and taxis by minute, hour and day.
//!
//! Searches and hails are added by the ticks that add them to the sums of days, in the same transaction. Taxis are
//! sampled once a minute, from memory.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use chrono::{DurationRound, TimeDelta};
use dispatch::eligibility;
use foldhash::HashMap;
use registry::{AccountId, Time};
use storage::figures::{LiveCount, Scope};
use storage::live::{Grain, LiveSum, Move};
use territory::InseeCode;

use super::live_sums::{
    CONNECTED, FREE, NOBODY, POSITION_MEASURES, SAMPLES, SEARCHES, Sums, minute_of,
};
use super::part::{FiguresRefused, OnePart};
use super::sampled_positions::Faults;
use crate::app::App;
use crate::app::account::caller::Caller;
use crate::app::clock::StopWatch;

/// Number of minutes, hours and days that are shown, the running ones included.
const MINUTES: i32 = 60;
const HOURS: i32 = 24;
const DAYS: i32 = 7;

/// Number of minutes that may be kept singly, after an outage.
const SINGLE_MINUTES: i32 = 120;

/// Age at which a minute is moved into its hour and its day.
const SINGLE_FOR: TimeDelta = TimeDelta::minutes(61);

/// Time for which hours are kept.
const HOURS_KEPT_FOR: TimeDelta = TimeDelta::days(14);

/// Limit of minutes moved per tick; more than one are there only after an outage.
const MOVED_AT_ONCE: usize = 5;

/// Counts of a minute, an hour or a day.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LiveRow {
    /// Begin of the period.
    pub at: Time,
    /// Searches; an operator has none.
    pub searches: i64,
    /// Searches with no taxi in reach.
    pub nobody: i64,
    /// Hails that ended in the period, by outcome.
    pub hails: BTreeMap<String, i64>,
    /// Connected taxis, on average over the samples; `None` without a sample.
    pub connected: Option<f64>,
    /// Taxis that could be hailed, on average over the samples.
    pub free: Option<f64>,
}

/// Live counts of a part, each list in order of time, without periods of which nothing is known. The last period may
/// still run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LiveFigures {
    /// The last hour.
    pub minutes: Vec<LiveRow>,
    /// The last day.
    pub hours: Vec<LiveRow>,
    /// The last week.
    pub days: Vec<LiveRow>,
}

fn truncated(time: Time, to: TimeDelta) -> Time {
    time.duration_trunc(to).unwrap_or(time)
}

/// Connected and free taxis.
#[derive(Default)]
struct Sample {
    all: [i64; 2],
    towns: HashMap<InseeCode, [i64; 2]>,
    operators: HashMap<AccountId, [i64; 2]>,
}

impl App {
    /// Samples the taxis once a minute, and moves minutes of more than an hour ago into hours and days.
    pub(in crate::app) async fn count_live(&self) -> storage::Result<()> {
        let minute = minute_of(self.now());
        // A server that joins others does not know their taxis yet.
        let is_done = self.live.sampled.load(Ordering::Relaxed) == minute.timestamp();
        if is_done || self.is_joining() {
            return Ok(());
        }
        let watch = StopWatch::start();
        let sample = self.sampled_taxis();
        let faults = self.sampled_positions(minute.timestamp() / 60);
        self.live.took.add(watch.elapsed());
        self.store.sample_live(&counts_of(minute, &sample, &faults)).await?;
        self.live.count_taxis(sample.all);
        self.move_live_minutes().await?;
        // Set only after success, so that a failed or cancelled round is repeated.
        self.live.sampled.store(minute.timestamp(), Ordering::Relaxed);
        Ok(())
    }

    /// Counts connected and free taxis, in one pass over the live index. A taxi counts once for its town, and for each
    /// operator that reports it.
    fn sampled_taxis(&self) -> Sample {
        let mut sample = Sample::default();
        self.each_connected(|slot, state, counts_as_taxi| {
            let is_free = state
                .state()
                .is_some_and(|state| eligibility::available(state.status, state.in_open_hail));
            let add = |[connected, free]: &mut [i64; 2]| {
                *connected += 1;
                *free += i64::from(is_free);
            };
            add(sample.operators.entry(slot.account).or_default());
            if counts_as_taxi {
                add(&mut sample.all);
                add(sample.towns.entry(slot.town).or_default());
            }
        });
        sample
    }

    async fn move_live_minutes(&self) -> storage::Result<()> {
        let now = self.now();
        for _ in 0..MOVED_AT_ONCE {
            let oldest = self.store.oldest_live_minute(now - SINGLE_FOR).await?;
            let Some(minute) = oldest else { break };
            let which = Move {
                minute,
                hour: truncated(minute, TimeDelta::hours(1)),
                day: truncated(minute, TimeDelta::days(1)),
                hours_since: truncated(now - HOURS_KEPT_FOR, TimeDelta::hours(1)),
            };
            self.store.move_live_minute(which).await?;
        }
        Ok(())
    }

    /// Live counts of a part.
    ///
    /// # Errors
    ///
    /// See [`FiguresRefused`].
    pub async fn live_figures(
        &self,
        who: &Caller,
        part: &OnePart,
    ) -> Result<LiveFigures, FiguresRefused> {
        let scopes = self.scopes_for(who, part)?;
        let minute = TimeDelta::minutes(1);
        let single = self.live_sums(Grain::Minute, minute, SINGLE_MINUTES, &scopes).await?;
        let rows = async |grain, length, periods| {
            let periods_before = match grain {
                Grain::Minute => [Vec::new(), Vec::new()],
                _ => self.live_sums(grain, length, periods, &scopes).await?,
            };
            let begins = self.periods(length, periods);
            storage::Result::Ok(rows(&begins, length, [&periods_before, &single]))
        };
        Ok(LiveFigures {
            minutes: rows(Grain::Minute, minute, MINUTES).await?,
            hours: rows(Grain::Hour, TimeDelta::hours(1), HOURS).await?,
            days: rows(Grain::Day, TimeDelta::days(1), DAYS).await?,
        })
    }

    /// The minutes that may be kept singly.
    pub(super) fn single_minutes(&self) -> Vec<Time> {
        self.periods(TimeDelta::minutes(1), SINGLE_MINUTES)
    }

    /// Begins of the last periods of a length, the running one last.
    fn periods(&self, length: TimeDelta, periods: i32) -> Vec<Time> {
        let last = truncated(self.now(), length);
        (0..periods).rev().map(|back| last - length * back).collect()
    }

    /// Sums of these scopes, and samples.
    async fn live_sums(
        &self,
        grain: Grain,
        length: TimeDelta,
        periods: i32,
        scopes: &[Scope],
    ) -> storage::Result<[Vec<LiveSum>; 2]> {
        let periods = self.periods(length, periods);
        let sums = self.store.live_sums(grain, &periods, scopes).await?;
        let mut samples = self.store.live_sums(grain, &periods, &[Scope::All]).await?;
        samples.retain(|sum| sum.measure == SAMPLES);
        Ok([sums, samples])
    }
}

/// Rows of a sample.
fn counts_of(
    minute: Time,
    sample: &Sample,
    faults: &BTreeMap<AccountId, Faults>,
) -> Vec<LiveCount> {
    let mut sums = Sums::default();
    let towns = sample.towns.iter().map(|(town, counts)| (Scope::Town(*town), *counts));
    let operators = sample.operators.iter().map(|(id, counts)| (Scope::Operator(*id), *counts));
    for (scope, [connected, free]) in towns.chain(operators).chain([(Scope::All, sample.all)]) {
        sums.add(minute, &scope, CONNECTED, connected);
        sums.add(minute, &scope, FREE, free);
    }
    for (operator, faults) in faults {
        for (measure, number) in POSITION_MEASURES.into_iter().zip(faults) {
            sums.add(minute, &Scope::Operator(*operator), measure, *number);
        }
    }
    // First, because it tells if another server has sampled the minute.
    let sampled = LiveCount { at: minute, scope: Scope::All, measure: SAMPLES, number: 1 };
    [sampled].into_iter().chain(sums.counts()).collect()
}

/// Rows of periods, from sums and samples of whole periods and of single minutes.
fn rows(begins: &[Time], length: TimeDelta, parts: [&[Vec<LiveSum>; 2]; 2]) -> Vec<LiveRow> {
    let mut measures: BTreeMap<Time, BTreeMap<&str, i64>> = BTreeMap::new();
    let mut samples: BTreeMap<Time, i64> = BTreeMap::new();
    for [sums, sampled] in parts {
        for sum in sums {
            let of_period = measures.entry(truncated(sum.at, length)).or_default();
            *of_period.entry(&sum.measure).or_default() += sum.number;
        }
        for sum in sampled {
            *samples.entry(truncated(sum.at, length)).or_default() += sum.number;
        }
    }
    let row = |at: &Time| {
        let numbers = measures.remove(at);
        let samples = samples.get(at).filter(|samples| **samples > 0);
        if numbers.is_none() && samples.is_none() {
            return None;
        }
        let mut numbers = numbers.unwrap_or_default();
        let mut take = |measure: &str| numbers.remove(measure).unwrap_or_default();
        let [searches, nobody, connected, free, _] =
            [SEARCHES, NOBODY, CONNECTED, FREE, SAMPLES].map(&mut take);
        let mean = |sum: i64| samples.map(|samples| sum as f64 / *samples as f64);
        Some(LiveRow {
            at: *at,
            searches,
            nobody,
            hails: numbers
                .into_iter()
                .filter(|(word, _)| !POSITION_MEASURES.contains(word))
                .map(|(word, hails)| (word.to_owned(), hails))
                .collect(),
            connected: mean(connected),
            free: mean(free),
        })
    };
    begins.iter().filter_map(row).collect()
}
