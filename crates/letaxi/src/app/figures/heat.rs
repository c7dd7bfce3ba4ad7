//! Heat maps: hails and searches by cells of the H3 grid.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{Datelike, NaiveDate, NaiveTime, TimeDelta};
use h3o::{CellIndex, LatLng, Resolution};
use registry::Role;
use storage::exports::Span;
use territory::Bounds;
use tokio::task::yield_now;

use super::public::SHOWN_FROM;
use crate::app::App;
use crate::app::account::limits::Admitted;
use crate::app::exports::Permit;

/// Resolutions of heat maps: from about 250 km² a cell to 0.1 km².
pub const HEAT_RESOLUTIONS: std::ops::RangeInclusive<i32> = 5..=9;
/// The one resolution of public heat maps, about 0.7 km² a cell. Of two resolutions, a cell's count less those of the
/// smaller cells in it that are shown would tell the few events of the one that is hidden.
pub const PUBLIC_HEAT_RESOLUTION: Resolution = Resolution::Eight;
/// Longest span of a heat map.
pub const MOST_HEAT_DAYS: i64 = 31;
/// Most cells of an answer.
pub const MOST_HEAT_CELLS: usize = 20_000;
/// Most events of a heat map, so that one takes seconds at most.
pub const MOST_HEAT_EVENTS: usize = 2_000_000;
/// Rows of one page.
const PAGE: i64 = 10_000;

/// Events of a heat map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeatOf {
    /// Hails, where their customers stood.
    Hails,
    /// Searches.
    Searches,
}

/// A wish for a heat map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeatWish {
    /// Events.
    pub of: HeatOf,
    /// Resolution of the cells, one of [`HEAT_RESOLUTIONS`].
    pub resolution: Resolution,
    /// Cells whose centre is here; `None`: all.
    pub bounds: Option<Bounds>,
    /// First day; `None`: the first of the last month that is over.
    pub since: Option<NaiveDate>,
    /// First day after the span; `None`: the end of that month.
    pub until: Option<NaiveDate>,
}

/// A heat map.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatMap {
    /// First day.
    pub since: NaiveDate,
    /// First day after the span.
    pub until: NaiveDate,
    /// Counts below this are hidden.
    pub shown_from: u64,
    /// Cells with their counts, in the order of their indexes.
    pub cells: Vec<(CellIndex, u64)>,
}

/// Reason for which there is no heat map.
#[derive(Debug, thiserror::Error)]
pub enum HeatRefused {
    /// The span is empty or too long.
    #[error("a heat map is of 1 to {MOST_HEAT_DAYS} days")]
    Span,
    /// Without an admin's key, the span must be a month: counts of overlapping spans would tell of few.
    #[error("the public heat map is of one whole month")]
    NotAMonth,
    /// Without an admin's key, there is only [`PUBLIC_HEAT_RESOLUTION`].
    #[error("the public heat map has one resolution")]
    NotPublic,
    /// There are too many events or cells.
    #[error("the heat map would be too large")]
    TooLarge,
    /// Other heat maps are under way.
    #[error("other heat maps are under way")]
    Busy,
    /// The store failed.
    #[error(transparent)]
    Broken(#[from] storage::Error),
}

impl App {
    /// A heat map: for an admin of any days with any count, for everyone else of a whole month, in cells of
    /// [`PUBLIC_HEAT_RESOLUTION`] and with the counts from [`SHOWN_FROM`] alone. So public cells never overlap, and no
    /// difference of their counts tells of a hidden one.
    ///
    /// # Errors
    ///
    /// See [`HeatRefused`].
    pub async fn heat_map(
        &self,
        caller: &Admitted,
        wish: HeatWish,
    ) -> Result<HeatMap, HeatRefused> {
        let is_admin = caller.owner.as_ref().is_some_and(|owner| owner.is(Role::Admin));
        if !is_admin && wish.resolution != PUBLIC_HEAT_RESOLUTION {
            return Err(HeatRefused::NotPublic);
        }
        let (since, until) = self.heat_days(&wish, is_admin)?;
        let _permit: Permit = self.heat_maps.take().ok_or(HeatRefused::Busy)?;
        let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
        let counts =
            self.heat_cells(&wish, Span { since: midnight(since), until: midnight(until) });
        let shown_from = if is_admin { 1 } else { SHOWN_FROM };
        let shown = |(cell, count): &(CellIndex, u64)| {
            *count >= shown_from && wish.bounds.is_none_or(|bounds| is_in(*cell, &bounds))
        };
        let cells: Vec<_> = counts.await?.into_iter().filter(shown).collect();
        if cells.len() > MOST_HEAT_CELLS {
            return Err(HeatRefused::TooLarge);
        }
        Ok(HeatMap { since, until, shown_from, cells })
    }

    fn heat_days(
        &self,
        wish: &HeatWish,
        is_admin: bool,
    ) -> Result<(NaiveDate, NaiveDate), HeatRefused> {
        let first_of = |day: NaiveDate| day.with_day(1).unwrap_or(day);
        let this_month = first_of(self.today());
        let until = wish.until.unwrap_or(match wish.since {
            Some(since) => first_of(first_of(since) + TimeDelta::days(31)),
            None => this_month,
        });
        let since = wish.since.unwrap_or_else(|| first_of(until - TimeDelta::days(1)));
        if !(1..=MOST_HEAT_DAYS).contains(&(until - since).num_days()) {
            return Err(HeatRefused::Span);
        }
        let is_month = since.day() == 1 && until.day() == 1 && until <= this_month;
        if is_admin || is_month { Ok((since, until)) } else { Err(HeatRefused::NotAMonth) }
    }

    /// Counts of all cells. The bounds are not asked for here: they would cut cells.
    async fn heat_cells(
        &self,
        wish: &HeatWish,
        span: Span,
    ) -> Result<BTreeMap<CellIndex, u64>, HeatRefused> {
        let store = Arc::clone(&self.store);
        let mut counts = BTreeMap::new();
        let (mut after_hail, mut after_search, mut events) = (None, None, 0);
        loop {
            let (points, is_last) = match wish.of {
                HeatOf::Hails => {
                    let page = store.hail_points(span, after_hail.as_ref(), PAGE).await?;
                    after_hail = page.last;
                    (page.rows, after_hail.is_none())
                }
                HeatOf::Searches => {
                    let page = store.search_points(span, after_search, PAGE).await?;
                    after_search = page.last;
                    (page.rows, after_search.is_none())
                }
            };
            events += points.len();
            if events > MOST_HEAT_EVENTS {
                return Err(HeatRefused::TooLarge);
            }
            for point in points {
                if let Ok(place) = LatLng::new(point.lat(), point.lon()) {
                    *counts.entry(place.to_cell(wish.resolution)).or_default() += 1;
                }
            }
            if is_last {
                return Ok(counts);
            }
            yield_now().await;
        }
    }
}

/// True if the centre of a cell lies in a rectangle.
fn is_in(cell: CellIndex, bounds: &Bounds) -> bool {
    let centre = LatLng::from(cell);
    bounds.holds(centre.lng(), centre.lat())
}
