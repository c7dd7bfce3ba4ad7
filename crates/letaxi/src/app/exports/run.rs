//! A run over the rows of a table.

use std::sync::Arc;
use std::time::Duration;

use registry::Time;
use storage::Store;
use storage::exports::{ExportedDay, Page};

use super::disguise::Disguise;
use super::month::Month;
use super::permits::Permit;
use super::table::{self, Column};
use super::tables::{self, ExportTable};
use super::values::Value;
use crate::app::App;
use crate::app::account::caller::{Caller, Extra};

/// Rows of one page.
const PAGE: i64 = 2_000;

/// Reason for which there is no export.
#[derive(Debug, thiserror::Error)]
pub enum ExportRefused {
    /// The registry has neither hails nor searches.
    #[error("there is nothing to export: the registry has neither hails nor searches")]
    Empty,
    /// The month is before the first one with data, or to come.
    #[error("there is no data of {asked}: the registry has the months from {first} to {last}")]
    NoSuchMonth {
        /// The month.
        asked: Month,
        /// First month with data.
        first: Month,
        /// The present month.
        last: Month,
    },
    /// Hails of the month are deleted, or may be at any moment.
    #[error("hails of {asked} are no longer kept: {first} is the first whole month")]
    Deleted {
        /// The month.
        asked: Month,
        /// First month whose hails are all kept.
        first: Month,
    },
    /// Other exports are under way.
    #[error("other exports are under way")]
    TooMany,
    /// The store failed.
    #[error(transparent)]
    Broken(#[from] storage::Error),
}

impl ExportRefused {
    /// Time after which another export may be possible.
    pub const WAIT: Duration = Duration::from_mins(1);
}

/// Place of a run between two pages.
enum Cursor {
    Number(i64),
    Hail(Option<(Time, String)>),
    Search(Option<(Time, i64)>),
    Day(Option<ExportedDay>),
    End,
}

/// A run over the rows of a table in a month.
pub struct ExportRun {
    store: Arc<dyn Store>,
    table: ExportTable,
    month: Month,
    disguise: Disguise,
    cursor: Cursor,
}

impl ExportRun {
    /// The next rows, each with a value for each column; `None` at the end.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn next(&mut self) -> storage::Result<Option<Vec<Vec<Value>>>> {
        let (span, disguise, store) = (self.month.span(), &self.disguise, &self.store);
        let until = span.until;
        let (rows, cursor) = match (&self.cursor, self.table) {
            (Cursor::Number(after), ExportTable::Drivers) => {
                let page = store.export_drivers(until, *after, PAGE).await?;
                turn(page, tables::DRIVERS, disguise, Cursor::Number)
            }
            (Cursor::Number(after), ExportTable::Vehicles) => {
                let page = store.export_vehicles(until, *after, PAGE).await?;
                turn(page, tables::VEHICLES, disguise, Cursor::Number)
            }
            (Cursor::Number(after), ExportTable::Ads) => {
                let page = store.export_licences(until, *after, PAGE).await?;
                turn(page, tables::ADS, disguise, Cursor::Number)
            }
            (Cursor::Number(after), ExportTable::Taxis) => {
                let page = store.export_taxis(until, *after, PAGE).await?;
                turn(page, tables::TAXIS, disguise, Cursor::Number)
            }
            (Cursor::Hail(after), _) => {
                let page = store.export_hails(None, span, after.as_ref(), PAGE).await?;
                turn(page, tables::HAILS, disguise, |last| Cursor::Hail(Some(last)))
            }
            (Cursor::Search(after), _) => {
                let page = store.export_searches(span, *after, PAGE).await?;
                turn(page, tables::SEARCHES, disguise, |last| Cursor::Search(Some(last)))
            }
            (Cursor::Day(after), _) => {
                let (first, end) = (self.month.first_day(), self.month.next().first_day());
                let page = store.export_days(first, end, after.as_ref(), PAGE).await?;
                turn(page, tables::FIGURES, disguise, |last| Cursor::Day(Some(last)))
            }
            (Cursor::Number(_) | Cursor::End, _) => return Ok(None),
        };
        self.cursor = cursor;
        Ok(Some(rows))
    }
}

/// Values of a page, and the place of the next one.
fn turn<R, K>(
    page: Page<R, K>,
    columns: &[Column<R>],
    disguise: &Disguise,
    cursor: impl FnOnce(K) -> Cursor,
) -> (Vec<Vec<Value>>, Cursor) {
    let rows = table::values(columns, &page.rows, disguise);
    (rows, page.last.map_or(Cursor::End, cursor))
}

impl App {
    /// The months with data, oldest first; the last one is the present month, which is not over.
    ///
    /// # Errors
    ///
    /// If there are none.
    pub async fn export_months(&self) -> Result<Vec<Month>, ExportRefused> {
        let oldest = self.store.oldest_event().await?.ok_or(ExportRefused::Empty)?;
        let (first, last) = (Month::of(oldest), Month::of(self.now()));
        let months = std::iter::successors(Some(first), |month| Some(month.next()));
        Ok(months.take_while(|month| *month <= last).collect())
    }

    /// Checks that there may be data of a month.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub async fn check_export_month(&self, asked: Month) -> Result<(), ExportRefused> {
        let months = self.export_months().await?;
        let (Some(first), Some(last)) = (months.first(), months.last()) else {
            return Err(ExportRefused::Empty);
        };
        if months.contains(&asked) {
            return Ok(());
        }
        Err(ExportRefused::NoSuchMonth { asked, first: *first, last: *last })
    }

    /// Permit of an export over HTTP, to be held until its end.
    ///
    /// # Errors
    ///
    /// If too many are under way.
    pub fn export_permit(&self) -> Result<Permit, ExportRefused> {
        self.exports.take().ok_or(ExportRefused::TooMany)
    }

    /// Begins a run over a table and writes it with its purpose to the activity log: an account's, or the command
    /// line's.
    ///
    /// # Errors
    ///
    /// If the month has no data, or the store fails.
    pub async fn export(
        &self,
        who: Option<&Caller>,
        table: ExportTable,
        month: Month,
        purpose: &str,
    ) -> Result<ExportRun, ExportRefused> {
        self.check_export_month(month).await?;
        self.record_export(who, table.word(), month, purpose).await?;
        let cursor = match table {
            ExportTable::Hails => Cursor::Hail(None),
            ExportTable::Searches => Cursor::Search(None),
            ExportTable::Figures => Cursor::Day(None),
            _ => Cursor::Number(0),
        };
        let disguise = Disguise::new(self.secrets.pseudonyms(month.year()));
        Ok(ExportRun { store: Arc::clone(&self.store), table, month, disguise, cursor })
    }

    /// Writes an export to the activity log: an account's, or the command line's.
    pub(in crate::app) async fn record_export(
        &self,
        who: Option<&Caller>,
        table: &'static str,
        month: Month,
        purpose: &str,
    ) -> storage::Result<()> {
        let month_text = month.to_string();
        let extra = Extra::Export { table, month: &month_text, purpose };
        let account = who.map(|who| who.account.id.to_string()).unwrap_or_default();
        let mut activity =
            vec![self.activity(storage::Action::Export, storage::Resource::User, account, &extra)];
        activity.extend(who.map(|who| self.activity_of_call(who)));
        self.record_call(&activity).await
    }
}
