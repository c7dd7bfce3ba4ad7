//! Figures about ended hails.

use std::collections::HashMap;

use chrono::{Datelike, Months, NaiveDate, TimeDelta};
use storage::figures::{ALL_OUTCOMES, MILESTONES, OutcomeCount, PeriodCount};
use territory::Point;

use super::{OverTime, POINTS, Part, SINCE, first_of_year, milestones};
use crate::app::App;

/// Figures about ended hails.
#[derive(Clone, Debug, Default)]
pub struct HailFigures {
    outcomes: HashMap<String, OutcomeCount>,
    periods: Vec<PeriodCount>,
    times: HashMap<String, f64>,
    /// Hails by month of this year: 1 to 12.
    pub current_year: Vec<(u32, i64)>,
    /// Hails by month of the year before.
    pub last_year: Vec<(u32, i64)>,
}

/// Period of a mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// The last three months, today excluded.
    LastThreeMonths,
    /// This year.
    CurrentYear,
    /// The year before.
    LastYear,
}

/// Unit of a mean. As with the incumbent, days, weeks and months without hails are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    /// A day.
    Day,
    /// A week.
    Week,
    /// A month.
    Month,
}

impl HailFigures {
    /// Number of hails with this outcome, now and in the past; `None`: all hails.
    pub fn count(&self, outcome: Option<&str>) -> OverTime<i64> {
        let count = self.outcomes.get(outcome.unwrap_or(ALL_OUTCOMES));
        OverTime::of(count.map_or([0; MILESTONES], |count| count.before))
    }

    /// Mean distance between taxi and customer at the time of the hail, in metres; `None` without hails.
    pub fn mean_distance_m(&self) -> OverTime<Option<f64>> {
        let count = self.outcomes.get(ALL_OUTCOMES);
        OverTime::of(count.map_or([None; MILESTONES], |count| count.mean_distance_m))
    }

    /// Mean number of hails in a period.
    pub fn mean(&self, period: Period, per: Per, outcome: Option<&str>) -> f64 {
        let outcome = outcome.unwrap_or(ALL_OUTCOMES);
        let mut counts = self.periods.iter();
        let count =
            counts.find(|count| count.period == period as usize && count.outcome == outcome);
        count.map_or(0.0, |count| mean(count, per))
    }

    /// Mean duration of a step, in seconds; its word is one of [`super::counting::STEPS`].
    pub fn mean_time_s(&self, step: &str) -> f64 {
        self.times.get(step).copied().unwrap_or_default()
    }
}

fn mean(count: &PeriodCount, per: Per) -> f64 {
    let parts = match per {
        Per::Day => count.days,
        Per::Week => count.weeks,
        Per::Month => count.months,
    };
    count.hails as f64 / parts.max(1) as f64
}

impl App {
    /// Figures about hails that are over.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn hail_figures(&self, part: &Part) -> storage::Result<HailFigures> {
        let scopes = self.asked(part).scopes();
        if scopes.is_empty() {
            return Ok(HailFigures::default());
        }
        self.count_hails().await?;
        let today = self.today();
        let [_, three, six, twelve] = milestones(today);
        let before = [today + TimeDelta::days(1), three, six, twelve];
        let this_year = first_of_year(today.year());
        let (last_year, next_year) =
            (first_of_year(today.year() - 1), first_of_year(today.year() + 1));
        let periods =
            [(today - Months::new(3), today), (this_year, next_year), (last_year, this_year)];
        // Concurrent queries: each takes some milliseconds of the database.
        let (outcomes, times, periods, months) = tokio::try_join!(
            self.store.outcomes(&scopes, SINCE, before),
            self.store.step_times(&scopes),
            self.store.periods(&scopes, &periods),
            self.store.months(&scopes, last_year, next_year),
        )?;
        let of_year = |year: NaiveDate| {
            let months = months.iter().filter(move |(month, _)| month.year() == year.year());
            months.map(|(month, hails)| (month.month(), *hails)).collect()
        };
        Ok(HailFigures {
            outcomes: outcomes.into_iter().map(|count| (count.outcome.clone(), count)).collect(),
            periods,
            times: times.into_iter().collect(),
            current_year: of_year(this_year),
            last_year: of_year(last_year),
        })
    }

    /// Places of the customers of the newest hails: at most [`POINTS`].
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn hail_points(&self) -> storage::Result<Vec<Point>> {
        self.store.newest_hail_points(POINTS).await
    }
}
