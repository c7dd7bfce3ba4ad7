//! Figures by day: percentiles of distances and times, refusals by ground, connected hours.
//!
//! All of them are read from bars and sums that ticks keep by day, never from single searches and hails.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use dispatch::hail::Status;
use dispatch::refusal::Ground;
use storage::daily::{Days, Measure};
use storage::figures::{ALL_OUTCOMES, Scope};
use storage::live::Grain;

use super::counting::{ANSWER_S, APPROACH_S, GROUND};
use super::live_sums::CONNECTED;
use super::part::{FiguresRefused, MOST_DAYS, OnePart};
use super::searches::{FOUND, NEAREST_DM};
use crate::app::App;
use crate::app::account::caller::Caller;

/// Days of a period if none is named.
const DAYS_BEFORE: TimeDelta = TimeDelta::days(6);

/// Width of the classes of distances, in decimetres.
const NEAREST_WIDTH_DM: i64 = 100;

/// Values below which half and nine tenths of all lie: each is the smallest value that at least that share does not
/// exceed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Percentiles {
    /// Half.
    pub p50: f64,
    /// Nine tenths.
    pub p90: f64,
}

/// Figures of a day or of several.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// Searches; an operator has none.
    pub searches: i64,
    /// Searches with no taxi in reach.
    pub nobody: i64,
    /// Distance to the nearest taxi at searches that found one, in metres, rounded down to 10.
    pub nearest_m: Option<Percentiles>,
    /// Ended hails by outcome, by the day on which they were made.
    pub hails: BTreeMap<String, i64>,
    /// Delay from the reception of a hail to the driver's answer, in seconds.
    pub answer_s: Option<Percentiles>,
    /// Time from the driver's acceptance to the customer on board, in seconds, rounded down to 10.
    pub approach_s: Option<Percentiles>,
    /// Refusals by legal ground.
    pub grounds: BTreeMap<Ground, i64>,
    /// Hours that taxis were connected, added up over taxis.
    pub connected_hours: f64,
}

impl Figures {
    /// Share of searches with no taxi in reach: 0 to 1; `None` without searches.
    pub fn nobody_share(&self) -> Option<f64> {
        (self.searches > 0).then(|| self.nobody as f64 / self.searches as f64)
    }

    /// Number of ended hails.
    pub fn all_hails(&self) -> i64 {
        self.hails.values().sum()
    }

    /// Number of hails with this outcome.
    pub fn hails_of(&self, status: Status) -> i64 {
        self.hails.get(status.word()).copied().unwrap_or_default()
    }

    /// Number of refusals without a ground.
    pub fn without_ground(&self) -> i64 {
        without_ground(self.hails_of(Status::DeclinedByTaxi), &self.grounds)
    }
}

/// Number of refusals without a ground: a ground may be given before its hail is counted.
pub(super) fn without_ground(declined: i64, grounds: &BTreeMap<Ground, i64>) -> i64 {
    (declined - grounds.values().sum::<i64>()).max(0)
}

/// Figures of a period.
#[derive(Clone, Debug, PartialEq)]
pub struct PeriodFigures {
    /// The days, both included.
    pub period: Days,
    /// Of the whole period.
    pub total: Figures,
    /// Of each day.
    pub days: Vec<(NaiveDate, Figures)>,
}

/// Sums of a day or of several.
#[derive(Clone, Default)]
struct Sums {
    bars: BTreeMap<&'static str, BTreeMap<i64, i64>>,
    hails: BTreeMap<String, i64>,
    connected_minutes: i64,
}

impl Sums {
    fn add(&mut self, other: &Self) {
        for (measure, bars) in &other.bars {
            for (value, number) in bars {
                *self.bars.entry(measure).or_default().entry(*value).or_default() += number;
            }
        }
        for (outcome, hails) in &other.hails {
            *self.hails.entry(outcome.clone()).or_default() += hails;
        }
        self.connected_minutes += other.connected_minutes;
    }

    fn figures(&self) -> Figures {
        let none = BTreeMap::new();
        let bars = |measure| self.bars.get(measure).unwrap_or(&none);
        let grounds = bars(GROUND).iter();
        Figures {
            searches: bars(FOUND).values().sum(),
            nobody: bars(FOUND).get(&0).copied().unwrap_or_default(),
            nearest_m: percentiles(bars(NEAREST_DM))
                .map(|dm| Percentiles { p50: dm.p50 / 10.0, p90: dm.p90 / 10.0 }),
            hails: self.hails.clone(),
            answer_s: percentiles(bars(ANSWER_S)),
            approach_s: percentiles(bars(APPROACH_S)),
            grounds: grounds
                .filter_map(|(number, hails)| Some((Ground::of_number(*number)?, *hails)))
                .collect(),
            connected_hours: self.connected_minutes as f64 / 60.0,
        }
    }
}

fn percentiles(bars: &BTreeMap<i64, i64>) -> Option<Percentiles> {
    let total: i64 = bars.values().sum();
    let at = |tenths: i64| {
        let mut up_to = 0;
        let bar = bars.iter().find(|(_, number)| {
            up_to += **number;
            up_to * 10 >= total * tenths
        });
        bar.map_or(0.0, |(value, _)| *value as f64)
    };
    (total > 0).then(|| Percentiles { p50: at(5), p90: at(9) })
}

impl App {
    /// Figures of a part in a period; of the last seven days if no day is named.
    ///
    /// # Errors
    ///
    /// See [`FiguresRefused`].
    pub async fn figures(
        &self,
        who: &Caller,
        part: &OnePart,
        since: Option<NaiveDate>,
        until: Option<NaiveDate>,
    ) -> Result<PeriodFigures, FiguresRefused> {
        let scopes = self.scopes_for(who, part)?;
        let period = self.period(since, until)?;
        self.count_hails().await?;
        self.write_searches().await?;
        Ok(self.figures_of(&scopes, period).await?)
    }

    /// The days of a period; of the last seven days if no day is named.
    ///
    /// # Errors
    ///
    /// If the first day is after the last, or if there are too many.
    pub fn period(
        &self,
        since: Option<NaiveDate>,
        until: Option<NaiveDate>,
    ) -> Result<Days, FiguresRefused> {
        let last = until.unwrap_or_else(|| self.today());
        let first = since.unwrap_or_else(|| last - DAYS_BEFORE);
        if first > last {
            return Err(FiguresRefused::Backwards);
        }
        if (last - first).num_days() >= MOST_DAYS {
            return Err(FiguresRefused::TooLong);
        }
        Ok(Days { first, last })
    }

    /// Figures of scopes in a period.
    pub(super) async fn figures_of(
        &self,
        scopes: &[Scope],
        period: Days,
    ) -> storage::Result<PeriodFigures> {
        let mut days: BTreeMap<NaiveDate, Sums> = period
            .first
            .iter_days()
            .take_while(|day| *day <= period.last)
            .map(|day| (day, Sums::default()))
            .collect();
        for (measure, word, width) in [
            (Measure::OfSearches(FOUND), FOUND, 1),
            (Measure::OfSearches(NEAREST_DM), NEAREST_DM, NEAREST_WIDTH_DM),
            (Measure::OfHails(ANSWER_S), ANSWER_S, 1),
            (Measure::OfHails(APPROACH_S), APPROACH_S, 1),
            (Measure::OfHails(GROUND), GROUND, 1),
        ] {
            let bars = self.store.bars_by_day(measure, width, scopes, period).await?;
            for (day, value, number) in bars {
                let sums = days.entry(day).or_default();
                *sums.bars.entry(word).or_default().entry(value).or_default() += number;
            }
        }
        for (day, outcome, hails) in self.store.outcomes_by_day(scopes, period).await? {
            if outcome != ALL_OUTCOMES {
                *days.entry(day).or_default().hails.entry(outcome).or_default() += hails;
            }
        }
        for (day, minutes) in self.connected_minutes(scopes, &days).await? {
            if let Some(sums) = days.get_mut(&day) {
                sums.connected_minutes += minutes;
            }
        }
        let mut total = Sums::default();
        for sums in days.values() {
            total.add(sums);
        }
        let days = days.iter().map(|(day, sums)| (*day, sums.figures())).collect();
        Ok(PeriodFigures { period, total: total.figures(), days })
    }

    /// Minutes of connected taxis by day: a sample stands for a minute.
    async fn connected_minutes(
        &self,
        scopes: &[Scope],
        days: &BTreeMap<NaiveDate, Sums>,
    ) -> storage::Result<Vec<(NaiveDate, i64)>> {
        let begins: Vec<_> =
            days.keys().map(|day| day.and_time(NaiveTime::MIN).and_utc()).collect();
        let mut sums = self.store.live_sums(Grain::Day, &begins, scopes).await?;
        let minutes = self.single_minutes();
        sums.extend(self.store.live_sums(Grain::Minute, &minutes, scopes).await?);
        let connected = sums.iter().filter(|sum| sum.measure == CONNECTED);
        Ok(connected.map(|sum| (sum.at.date_naive(), sum.number)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_smallest_value_that_the_share_does_not_exceed() {
        for (values, p50, p90) in [
            (&[(7, 1)][..], 7.0, 7.0),
            (&[(1, 5), (2, 4), (9, 1)], 1.0, 2.0),
            (&[(1, 5), (2, 3), (9, 2)], 1.0, 9.0),
            (&[(0, 1_000_000), (10, 1_000_001)], 10.0, 10.0),
        ] {
            let bars = values.iter().copied().collect();
            assert_eq!(percentiles(&bars), Some(Percentiles { p50, p90 }), "{values:?}");
        }
        assert_eq!(percentiles(&BTreeMap::new()), None);
    }

    #[test]
    fn refusals_without_a_ground_are_those_that_none_was_given_for() {
        let hails = BTreeMap::from([("declined_by_taxi".to_owned(), 5)]);
        let grounds = BTreeMap::from([(Ground::Safety, 2), (Ground::Damage, 1)]);
        let figures = Figures { hails, grounds, ..Figures::default() };
        assert_eq!(figures.without_ground(), 2);
    }
}
