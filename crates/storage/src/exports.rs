//! Rows for exports: what happened in a span of time and what was registered by its end, a page at a time.
//!
//! Each page is a question of its own and goes on after the key of the last row, so that memory is bounded, and
//! rows that are changed or deleted meanwhile neither fail nor repeat a page. Names, phone numbers, addresses and
//! customers are not asked for.

use async_trait::async_trait;
use chrono::NaiveDate;
use dispatch::hail::Status;
use dispatch::refusal::Ground;
use registry::vehicle::Features;
use registry::{AccountId, OwnerType, Time};
use territory::{InseeCode, Point};

use crate::Result;

/// Times from `since` to before `until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its begin.
    pub since: Time,
    /// The first moment after it.
    pub until: Time,
}

/// A page of rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T, K> {
    /// Its rows, without those that cannot be read.
    pub rows: Vec<T>,
    /// Key of its last row, after which the next page begins; `None`: this is the last page.
    pub last: Option<K>,
}

/// Facts that identify a driver wherever they are registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriverKey {
    /// Number of the département that issued the card.
    pub departement: String,
    /// Number of the professional card.
    pub professional_licence: String,
}

/// Facts that identify a licence (ADS) wherever it is registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LicenceKey {
    /// Its town.
    pub town: InseeCode,
    /// Its number in the town.
    pub number: String,
}

/// A driver, as an account registered them.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportedDriver {
    /// The account.
    pub account: AccountId,
    /// The person.
    pub driver: DriverKey,
    /// Time of the registration.
    pub created_at: Time,
}

/// A vehicle, as an account describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportedVehicle {
    /// The account.
    pub account: AccountId,
    /// The key of its plate: [`registry::LicencePlate::car`].
    pub car: String,
    /// Its description.
    pub features: Features,
    /// Time of the description.
    pub created_at: Time,
}

/// A licence, as an account registered it.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportedLicence {
    /// The account.
    pub account: AccountId,
    /// Its town and number.
    pub licence: LicenceKey,
    /// Kind of its owner.
    pub owner_type: Option<OwnerType>,
    /// True if two drivers share it.
    pub double_shift: Option<bool>,
    /// Category, in the operator's words.
    pub category: String,
    /// Time of the registration.
    pub created_at: Time,
}

/// A taxi and its parts.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportedTaxi {
    /// Its id.
    pub id: String,
    /// The account that combined it.
    pub account: AccountId,
    /// Its licence.
    pub licence: LicenceKey,
    /// Its driver.
    pub driver: DriverKey,
    /// The key of its plate.
    pub car: String,
    /// Time of the registration.
    pub added_at: Time,
    /// Time of the last report of its position.
    pub last_seen_at: Time,
}

/// A hail with the parts of its taxi.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportedHail {
    /// Time of creation.
    pub created_at: Time,
    /// Last status.
    pub status: Status,
    /// The app that made it.
    pub client: AccountId,
    /// The account it went to.
    pub operator: AccountId,
    /// Its taxi's id.
    pub taxi: String,
    /// The taxi's licence.
    pub licence: LicenceKey,
    /// The taxi's driver.
    pub driver: DriverKey,
    /// The key of the vehicle's plate.
    pub car: String,
    /// Town in which the customer stood, if any.
    pub town: Option<InseeCode>,
    /// Place of the customer.
    pub customer: Point,
    /// Place of the taxi when it was hailed, if known.
    pub taxi_place: Option<Point>,
    /// True if retention took the precision of its places away.
    pub blurred: bool,
    /// True if it is the first of its session.
    pub opens_session: bool,
    /// Legal ground of the driver's refusal, if one was given.
    pub ground: Option<Ground>,
    /// The driver's reason for giving up.
    pub incident_taxi_reason: Option<String>,
    /// The customer's reason for giving up.
    pub incident_customer_reason: Option<String>,
    /// The customer's rating of the ride.
    pub rating_ride: Option<i32>,
    /// Each status with its time, oldest first.
    pub steps: Vec<(Status, Time)>,
}

/// A search.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportedSearch {
    /// Its time.
    pub at: Time,
    /// The app that made it.
    pub account: AccountId,
    /// The town.
    pub town: InseeCode,
    /// Its place.
    pub point: Point,
    /// True if retention took the precision of its place away.
    pub blurred: bool,
    /// Taxis within reach.
    pub found: i32,
    /// Taxis that were shown.
    pub seen: i32,
    /// Metres to the nearest; `None`: none was found.
    pub nearest_m: Option<f64>,
}

/// Daily sum of hails of one outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportedDay {
    /// The day on which the hails were made.
    pub day: NaiveDate,
    /// Key of [`crate::figures::Scope`].
    pub scope: String,
    /// The word of the outcome.
    pub outcome: String,
    /// Hails.
    pub hails: i64,
    /// Hails that opened a session.
    pub sessions: i64,
}

/// Questions of exports. Each is one statement; `after` is the key of the last row of the page before.
#[async_trait]
pub trait Exports {
    /// Time of the oldest hail or search, if there is any.
    async fn oldest_event(&self) -> Result<Option<Time>>;

    /// Drivers registered before `until`.
    async fn export_drivers(
        &self,
        until: Time,
        after: i64,
        take: i64,
    ) -> Result<Page<ExportedDriver, i64>>;

    /// Vehicles described before `until`, one row an account.
    async fn export_vehicles(
        &self,
        until: Time,
        after: i64,
        take: i64,
    ) -> Result<Page<ExportedVehicle, i64>>;

    /// Licences registered before `until`.
    async fn export_licences(
        &self,
        until: Time,
        after: i64,
        take: i64,
    ) -> Result<Page<ExportedLicence, i64>>;

    /// Taxis registered before `until`, by their numbers.
    async fn export_taxis(
        &self,
        until: Time,
        after: i64,
        take: i64,
    ) -> Result<Page<ExportedTaxi, i64>>;

    /// Hails made in `span`, of all operators or one, oldest first.
    async fn export_hails(
        &self,
        operator: Option<AccountId>,
        span: Span,
        after: Option<&(Time, String)>,
        take: i64,
    ) -> Result<Page<ExportedHail, (Time, String)>>;

    /// Searches of `span`, oldest first.
    async fn export_searches(
        &self,
        span: Span,
        after: Option<(Time, i64)>,
        take: i64,
    ) -> Result<Page<ExportedSearch, (Time, i64)>>;

    /// Places of the customers of hails made in `span`, oldest first.
    async fn hail_points(
        &self,
        span: Span,
        after: Option<&(Time, String)>,
        take: i64,
    ) -> Result<Page<Point, (Time, String)>>;

    /// Places of the searches of `span`, oldest first.
    async fn search_points(
        &self,
        span: Span,
        after: Option<(Time, i64)>,
        take: i64,
    ) -> Result<Page<Point, (Time, i64)>>;

    /// Sums of the days from `first` to before `end`, by scope, day and outcome.
    async fn export_days(
        &self,
        first: NaiveDate,
        end: NaiveDate,
        after: Option<&ExportedDay>,
        take: i64,
    ) -> Result<Page<ExportedDay, ExportedDay>>;
}
