//! Statistics of searches, written in batches after the answer, and figures about them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::{Months, NaiveDate};
use registry::Account;
use storage::figures::{Bar, DayBar, Scope, SearchRecord};
use territory::{InseeCode, Point};

use super::live_sums::live_of_searches;
use super::search_queue::{KEPT_AT_ONCE, SearchQueue};
use super::{POINTS, Part, departement_of};
use crate::app::App;

/// Number of rows per write.
const ROWS_AT_ONCE: usize = 500;

/// Maximum number of search apps in the list, by number of searches.
const APPS_LISTED: usize = 10;

/// Bar: number of taxis that could be hailed within a kilometre.
pub(super) const FOUND: &str = "found";
/// Bar: number of taxis that were shown.
const SEEN: &str = "seen";
/// Bar: distance to the nearest found taxi, in decimetres.
pub(super) const NEAREST_DM: &str = "nearest_dm";
/// Bar: searches of an account; the value is its id.
const ACCOUNT: &str = "account";

/// Quartiles of a measure.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Quarters {
    /// First quartile.
    pub first: f64,
    /// A half lies below.
    pub median: f64,
    /// Third quartile.
    pub third: f64,
}

/// Figures about searches of the last month.
#[derive(Clone, Debug, Default)]
pub struct SearchFigures {
    /// Number of taxis that could be hailed within a kilometre.
    pub found: Option<Quarters>,
    /// Number of taxis that were shown.
    pub seen: Option<Quarters>,
    /// Distance to the nearest taxi, in metres.
    pub nearest_m: Option<Quarters>,
    /// The apps with the most searches, and their numbers.
    pub apps: Vec<(Arc<Account>, i64)>,
}

impl App {
    /// Queues a search for the statistics.
    pub(in crate::app) fn remember_search(&self, search: SearchRecord) {
        self.searches.waiting.push(search);
    }

    /// Number of waiting searches.
    pub fn waiting_searches(&self) -> usize {
        self.searches.waiting.len() + self.searches.counted.len()
    }

    /// Number of searches dropped because the queue was full.
    pub fn dropped_searches(&self) -> u64 {
        self.searches.waiting.dropped() + self.searches.counted.dropped()
    }

    /// Writes the waiting searches: all of them into the sums, and the newest also singly.
    ///
    /// In small batches, so that a concurrent hail waits for a few milliseconds at most.
    pub(in crate::app) async fn write_searches(&self) -> storage::Result<()> {
        let SearchQueue { waiting, counted } = &self.searches;
        let searches = waiting.take();
        if !searches.is_empty() {
            let live = live_of_searches(&searches);
            self.store.record_searches(&[], &bars_of(&searches), &live).await?;
            self.live.count_searches(&searches);
            let mut searches = searches.all_written();
            let older = searches.len().saturating_sub(KEPT_AT_ONCE);
            searches.drain(..older);
            counted.count_dropped(older);
            for search in searches {
                counted.push(search);
            }
        }
        let mut searches = counted.take();
        while let Some(rows) = searches.chunks(ROWS_AT_ONCE).next() {
            self.store.record_searches(rows, &[], &[]).await?;
            let rows = rows.len();
            searches.written(rows);
        }
        Ok(())
    }

    /// Figures about the searches of the last month. They have no operators: with a filter by operator they
    /// are empty.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn search_figures(&self, part: &Part) -> storage::Result<SearchFigures> {
        if part.operators.is_some() || part.manager.is_some() {
            return Ok(SearchFigures::default());
        }
        self.write_searches().await?;
        let since = self.today() - Months::new(1);
        let bars = self.store.search_bars(&self.asked(part).scopes(), since).await?;
        let of =
            |measure: &str| bars.iter().filter(|bar| bar.measure == measure).collect::<Vec<_>>();
        let nearest = quarters(&of(NEAREST_DM)).map(|dm| Quarters {
            first: dm.first / 10.0,
            median: dm.median / 10.0,
            third: dm.third / 10.0,
        });
        let mut apps: Vec<_> = of(ACCOUNT)
            .into_iter()
            .filter_map(|bar| {
                let account = self.directory.account(registry::AccountId(bar.value))?;
                Some((account, bar.searches))
            })
            .collect();
        apps.sort_by_key(|(account, searches)| (-searches, account.id));
        apps.truncate(APPS_LISTED);
        Ok(SearchFigures {
            found: quarters(&of(FOUND)),
            seen: quarters(&of(SEEN)),
            nearest_m: nearest,
            apps,
        })
    }

    /// Places of the newest searches: at most [`POINTS`].
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn search_points(&self) -> storage::Result<Vec<Point>> {
        self.write_searches().await?;
        self.store.newest_search_points(POINTS).await
    }
}

/// Increments of the bars by these searches.
fn bars_of(searches: &[SearchRecord]) -> Vec<(DayBar, i64)> {
    let mut of_towns: HashMap<(NaiveDate, InseeCode, &'static str, i64), i64> = HashMap::new();
    for search in searches {
        let day: NaiveDate = search.at.date_naive();
        #[expect(clippy::cast_possible_truncation, reason = "a kilometre has 10,000 decimetres")]
        let nearest_dm = search.nearest_m.map(|metres| (metres * 10.0).round() as i64);
        let values = [
            (FOUND, Some(search.found.into())),
            (SEEN, Some(search.seen.into())),
            (NEAREST_DM, nearest_dm),
            (ACCOUNT, Some(search.account.0)),
        ];
        for (measure, value) in values {
            let Some(value) = value else { continue };
            *of_towns.entry((day, search.town, measure, value)).or_default() += 1;
        }
    }
    let mut bars: HashMap<DayBar, i64> = HashMap::new();
    for ((day, town, measure, value), searches) in of_towns {
        let departement = Scope::Departement(departement_of(town));
        for scope in [Scope::All, departement, Scope::Town(town)] {
            *bars.entry(DayBar { scope, day, measure, value }).or_default() += searches;
        }
    }
    // Sorted, so that two servers with the same bars do not deadlock.
    BTreeMap::from_iter(bars).into_iter().collect()
}

/// Quartiles of bars with ascending values, with linear interpolation.
fn quarters(bars: &[&Bar]) -> Option<Quarters> {
    let total: i64 = bars.iter().map(|bar| bar.searches).sum();
    let value_at = |place: i64| {
        let mut before = 0;
        let bar = bars.iter().find(|bar| {
            before += bar.searches;
            place < before
        });
        bar.map_or(0.0, |bar| bar.value as f64)
    };
    let at = |share: f64| {
        let place = share * (total - 1) as f64;
        #[expect(clippy::cast_possible_truncation, reason = "it is less than a count of searches")]
        let below = place.floor() as i64;
        let (low, high) = (value_at(below), value_at((below + 1).min(total - 1)));
        low + (high - low) * (place - place.floor())
    };
    (total > 0).then(|| Quarters { first: at(0.25), median: at(0.5), third: at(0.75) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[(i64, i64)]) -> Option<Quarters> {
        let bar = |(value, searches): &(i64, i64)| Bar {
            measure: FOUND.to_owned(),
            value: *value,
            searches: *searches,
        };
        let bars: Vec<Bar> = values.iter().map(bar).collect();
        quarters(&bars.iter().collect::<Vec<_>>())
    }

    #[test]
    fn quarters_lie_between_values_in_proportion() {
        for (values, first, median, third) in [
            (&[(7, 1)][..], 7.0, 7.0, 7.0),
            (&[(0, 1), (2, 2)], 1.0, 2.0, 2.0),
            (&[(1, 2), (3, 2)], 1.0, 2.0, 3.0),
            (&[(0, 1_000_000), (10, 1_000_001)], 0.0, 10.0, 10.0),
        ] {
            assert_eq!(of(values), Some(Quarters { first, median, third }), "{values:?}");
        }
        assert_eq!(of(&[]), None);
    }
}
