//! Retention: rows lose their precision or are deleted once the law's time for them has passed.
//!
//! Each method makes one small change, so that a purge is interrupted without loss and never holds others up. The
//! caller decides the times; `R3121-33` of the Code des transports is their source.

use async_trait::async_trait;
use chrono::NaiveDate;
use registry::{AccountId, TaxiId, Time, VehicleId};
use territory::{InseeCode, Point};

use crate::Result;

/// Limit of rows that one change blurs or deletes: other changes wait some milliseconds for it.
pub const ROWS_A_CHANGE: u64 = 500;

/// Word under which [`Retention::blur_hails`] notes its progress.
pub const EXACT_HAILS: &str = "exact_hails";
/// Word under which [`Retention::blur_searches`] notes its progress.
pub const EXACT_SEARCHES: &str = "exact_searches";

/// The place that replaces an exact one: from the town it is noted for, if any, and the exact place, if it can be
/// read. `None` if no town is known.
pub type Blur<'a> = dyn Fn(Option<InseeCode>, Option<Point>) -> Option<Point> + Send + Sync + 'a;

/// Progress of one clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockProgress {
    /// Word of the clock.
    pub clock: String,
    /// Rows from before this time are done.
    pub until: Time,
    /// End of the last round that was not interrupted, if any.
    pub ran_at: Option<Time>,
    /// Rows that this round blurred or deleted.
    pub rows: i64,
}

/// Times of the oldest rows; `None` where there is no row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Oldest {
    /// Creation of the oldest hail.
    pub hail: Option<Time>,
    /// The oldest exact place: of a hail, of a search, or the last known one of a taxi.
    pub exact_place: Option<Time>,
    /// The oldest search.
    pub search: Option<Time>,
    /// Last connection of the taxi that is silent for longest.
    pub taxi_seen: Option<Time>,
    /// The oldest look-up of an inspector.
    pub inspection: Option<Time>,
    /// The oldest line of the activity log.
    pub activity: Option<Time>,
}

/// Numbers of rows whose time has passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// Taxis of drivers who have not been connected since.
    pub taxis: i64,
    /// Hails.
    pub hails: i64,
    /// Searches to delete.
    pub searches: i64,
    /// Exact places of hails, of searches, and last known ones.
    pub exact_places: i64,
    /// Inspectors' look-ups.
    pub inspections: i64,
    /// Lines of the activity log.
    pub activity: i64,
}

/// A number of rows that are due, and of all rows of their kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// Rows whose time has passed.
    pub due: i64,
    /// All rows.
    pub all: i64,
}

/// Shares of rows that are due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shares {
    /// Of taxis.
    pub taxis: Share,
    /// Of hails.
    pub hails: Share,
    /// Of hails with exact places.
    pub exact_hails: Share,
}

/// Times before which rows are due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Before {
    /// Last connections of drivers.
    pub taxis: Time,
    /// Creation of hails, and searches.
    pub hails: Time,
    /// Exact places.
    pub exact_places: Time,
    /// Inspectors' look-ups.
    pub inspections: Time,
    /// Lines of the activity log.
    pub activity: Time,
}

/// Questions and changes of retention.
#[async_trait]
pub trait Retention {
    /// Progress of all clocks that ever ran.
    async fn retention_progress(&self) -> Result<Vec<ClockProgress>>;

    /// Notes the end of a round of a clock.
    async fn end_round(&self, progress: &ClockProgress) -> Result<()>;

    /// Asks the server of this database for a round now.
    async fn ask_for_round(&self, now: Time) -> Result<()>;

    /// Time at which a round was asked for, until one has ended that began later.
    async fn round_asked_at(&self) -> Result<Option<Time>>;

    /// Forgets requests for a round that were made by then.
    async fn answer_request(&self, asked_at: Time) -> Result<()>;

    /// Blurs the oldest exact hails created before a time: the customer's place and the taxi's; address and phone
    /// numbers become `redacted`. Goes on where the call before ended; returns the number of hails. A place without a town becomes 0° 0°, that of a taxi none.
    async fn blur_hails(
        &self,
        before: Time,
        redacted: &str,
        blur: &Blur<'_>,
        now: Time,
    ) -> Result<u64>;

    /// Blurs the oldest exact searches from before a time, as [`Retention::blur_hails`].
    async fn blur_searches(&self, before: Time, blur: &Blur<'_>, now: Time) -> Result<u64>;

    /// Deletes last known positions from before a time.
    async fn delete_positions(&self, before: Time) -> Result<u64>;

    /// Deletes hails created before a time, with their transitions, and customers who have no other hail and no ban
    /// after `now`.
    async fn delete_hails(&self, before: Time, now: Time) -> Result<u64>;

    /// Deletes searches from before a time.
    async fn delete_searches(&self, before: Time) -> Result<u64>;

    /// Deletes sampled searches from before a time.
    async fn delete_samples(&self, before: Time) -> Result<u64>;

    /// Deletes lines of the activity log from before a day (UTC), and their counts, which are kept by day.
    async fn delete_activity(&self, before: NaiveDate) -> Result<u64>;

    /// Taxis whose driver, on any taxi of any operator, was not connected since a time, longest silent first, with
    /// their vehicles. Taxis of kept hails are left out.
    async fn silent_taxis(&self, before: Time, limit: u32) -> Result<Vec<(TaxiId, VehicleId)>>;

    /// Deletes a taxi of [`Retention::silent_taxis`], if it still is one, with driver, licence, vehicle and its
    /// descriptions where no other taxi needs them. Returns the accounts whose descriptions of the vehicle are gone;
    /// `None` if nothing changed.
    async fn delete_taxi(&self, taxi: TaxiId, before: Time) -> Result<Option<Vec<AccountId>>>;

    /// Vehicles without a taxi that nobody described or changed since a time.
    async fn unused_vehicles(&self, before: Time, limit: u32) -> Result<Vec<VehicleId>>;

    /// Deletes a vehicle of [`Retention::unused_vehicles`], if it still is one; returns the accounts that described it.
    async fn delete_vehicle(&self, vehicle: VehicleId, before: Time) -> Result<Vec<AccountId>>;

    /// Deletes drivers and licences without a taxi that were not changed since a time. A driver who drives for another
    /// operator stays.
    async fn delete_unused(&self, before: Time) -> Result<u64>;

    /// Times of the oldest rows.
    async fn oldest(&self) -> Result<Oldest>;

    /// Counts the taxis and hails that are due, and all of them.
    async fn shares(&self, before: &Before) -> Result<Shares>;

    /// Counts the rows that are due; slow for many.
    async fn due(&self, before: &Before) -> Result<Due>;
}
