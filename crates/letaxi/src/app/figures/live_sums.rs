//! Live counts of what happened: searches and ended hails by minute.

use std::collections::BTreeMap;

use chrono::{DurationRound, TimeDelta};
use foldhash::HashMap;
use registry::Time;
use storage::figures::{EndedHail, LiveCount, Scope, SearchRecord};
use territory::InseeCode;

/// Measure: searches.
pub(super) const SEARCHES: &str = "searches";
/// Measure: searches with no taxi in reach.
pub(super) const NOBODY: &str = "nobody";
/// Measure: connected taxis, by sample.
pub(super) const CONNECTED: &str = "connected";
/// Measure: connected taxis that could be hailed, by sample.
pub(super) const FREE: &str = "free";
/// Measures of sampled positions, of an operator: positions, free taxis whose last one is stale, taxis at one place for an
/// hour, taxis that came too fast; and of the free ones whose place was looked at: all, those outside their zone, those
/// with longitude and latitude exchanged.
pub(super) const POSITION_MEASURES: [&str; 7] = [
    "position_sampled",
    "position_stale",
    "position_standing",
    "position_fast",
    "position_placed",
    "position_outside",
    "position_swapped",
];
/// Measure: samples of taxis; of [`Scope::All`] only.
pub(super) const SAMPLES: &str = "samples";

/// Begin of the minute of a time.
pub(super) fn minute_of(time: Time) -> Time {
    time.duration_trunc(TimeDelta::minutes(1)).unwrap_or(time)
}

/// Live counts of searches.
pub(super) fn live_of_searches(searches: &[SearchRecord]) -> Vec<LiveCount> {
    let mut of_towns: HashMap<(Time, InseeCode), [i64; 2]> = HashMap::default();
    for search in searches {
        let [all, nobody] = of_towns.entry((minute_of(search.at), search.town)).or_default();
        *all += 1;
        *nobody += i64::from(search.found == 0);
    }
    let mut sums = Sums::default();
    for ((at, town), [all, nobody]) in of_towns {
        for scope in [Scope::All, Scope::Town(town)] {
            sums.add(at, &scope, SEARCHES, all);
            sums.add(at, &scope, NOBODY, nobody);
        }
    }
    sums.counts()
}

/// Live counts of hails with their outcomes, in the minutes in which they ended.
pub(super) fn live_of_hails<'a>(
    hails: impl Iterator<Item = (&'a EndedHail, &'static str)>,
) -> Vec<LiveCount> {
    let mut sums = Sums::default();
    for (hail, outcome) in hails {
        let ended_at = hail.transitions.last().map_or(hail.created_at, |last| last.at);
        let scopes = [Scope::All, Scope::Operator(hail.operator)];
        for scope in scopes.into_iter().chain(hail.town.map(Scope::Town)) {
            sums.add(minute_of(ended_at), &scope, outcome, 1);
        }
    }
    sums.counts()
}

/// Sums in the order of the table's key, so that two servers with the same rows do not deadlock.
#[derive(Default)]
pub(super) struct Sums(BTreeMap<(Time, Scope, &'static str), i64>);

impl Sums {
    /// Adds a number; 0 makes no row.
    pub(super) fn add(&mut self, at: Time, scope: &Scope, measure: &'static str, number: i64) {
        if number > 0 {
            *self.0.entry((at, scope.clone(), measure)).or_default() += number;
        }
    }

    /// The sums.
    pub(super) fn counts(self) -> Vec<LiveCount> {
        let count = |((at, scope, measure), number)| LiveCount { at, scope, measure, number };
        self.0.into_iter().map(count).collect()
    }
}
