//! Figures about hails and searches, added up as things happen, so that a page of them needs no count
//! of a million rows.
//!
//! The caller decides the values and their [`Scope`]s; storage keeps and sums them.

use async_trait::async_trait;
use chrono::NaiveDate;
use dispatch::hail::Status;
use dispatch::refusal::Ground;
use registry::{AccountId, HailId, Time};
use territory::{InseeCode, Point};

use crate::Result;
use crate::hails::Transition;

/// Of which part of everything a figure speaks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Of all.
    All,
    /// Of a département, by its number.
    Departement(String),
    /// Of a town.
    Town(InseeCode),
    /// Of an operator.
    Operator(AccountId),
    /// Of an operator in a département.
    DepartementOperator(String, AccountId),
    /// Of an operator in a town.
    TownOperator(InseeCode, AccountId),
    /// Of a search app.
    Client(AccountId),
    /// Of an account that is both app and operator: hails that it made and received.
    Own(AccountId),
}

impl Scope {
    /// The key in the database.
    pub fn key(&self) -> String {
        match self {
            Self::All => String::new(),
            Self::Departement(number) => format!("d{number}"),
            Self::Town(code) => format!("t{code}"),
            Self::Operator(account) => format!("o{account}"),
            Self::DepartementOperator(number, account) => format!("d{number}/o{account}"),
            Self::TownOperator(code, account) => format!("t{code}/o{account}"),
            Self::Client(account) => format!("c{account}"),
            Self::Own(account) => format!("s{account}"),
        }
    }
}

/// The word under which all outcomes are added up.
pub const ALL_OUTCOMES: &str = "all";

/// The word for a ride that nobody ended: its hail is in `timeout_taxi`, as is one that the driver
/// never answered, but it is another story.
pub const RIDE_NOT_ENDED: &str = "timeout_ride";

/// The words under which hails of these statuses are counted.
pub fn outcomes_of(statuses: &[Status]) -> Vec<&'static str> {
    let mut outcomes: Vec<_> = statuses.iter().map(|status| status.word()).collect();
    if statuses.contains(&Status::TimeoutTaxi) {
        outcomes.push(RIDE_NOT_ENDED);
    }
    outcomes
}

/// A hail that is over and not counted yet.
#[derive(Clone, Debug, PartialEq)]
pub struct EndedHail {
    /// Its id.
    pub id: HailId,
    /// Last status.
    pub status: Status,
    /// Time of creation.
    pub created_at: Time,
    /// The app that made it.
    pub client: AccountId,
    /// The account it went to.
    pub operator: AccountId,
    /// The town in which the customer stood, if any.
    pub town: Option<InseeCode>,
    /// True if it was the first of its session.
    pub opens_session: bool,
    /// Place of the customer.
    pub customer: Point,
    /// Place of the taxi when it was hailed.
    pub taxi: Option<Point>,
    /// Every change of its status, oldest first.
    pub transitions: Vec<Transition>,
}

/// Values to add to the row of a day.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DaySum {
    /// Hails.
    pub hails: i64,
    /// Hails that opened a session.
    pub sessions: i64,
    /// Metres between taxi and customer, in all.
    pub distance_m: f64,
    /// Number of distances.
    pub distances: i64,
}

/// Values to add to the row of a step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TimeSum {
    /// Seconds, in all.
    pub seconds: f64,
    /// Number of times.
    pub hails: i64,
}

/// Contribution of ended hails to the figures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HailSums {
    /// By scope, the day on which they were made, and the word of their outcome.
    pub days: Vec<((Scope, NaiveDate, &'static str), DaySum)>,
    /// By scope and the word of a step.
    pub times: Vec<((Scope, &'static str), TimeSum)>,
    /// Bars by the day on which they were made.
    pub bars: Vec<(DayBar, i64)>,
    /// Live counts of the minutes in which they ended.
    pub live: Vec<LiveCount>,
}

/// Adds up hails that are over. Called inside the transaction.
pub type AddUp<'a> = dyn Fn(&[EndedHail]) -> HailSums + Send + Sync + 'a;

/// A legal ground that was given for a refusal and is not counted yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenGround {
    /// The hail.
    pub hail: HailId,
    /// The ground.
    pub ground: Ground,
    /// Time of creation of the hail.
    pub created_at: Time,
    /// The app that made the hail.
    pub client: AccountId,
    /// The account it went to.
    pub operator: AccountId,
    /// The town in which the customer stood, if any.
    pub town: Option<InseeCode>,
}

/// Adds up grounds. Called inside the transaction.
pub type AddUpGrounds<'a> = dyn Fn(&[GivenGround]) -> Vec<(DayBar, i64)> + Send + Sync + 'a;

/// The hails of one outcome.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OutcomeCount {
    /// The outcome's word.
    pub outcome: String,
    /// Number created before each of the requested days.
    pub before: [i64; MILESTONES],
    /// The mean distance of these, in metres; none if there is none.
    pub mean_distance_m: [Option<f64>; MILESTONES],
}

/// Days of one query: today, and three earlier days.
pub const MILESTONES: usize = 4;

/// The hails of one outcome in one period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeriodCount {
    /// Index of the requested period.
    pub period: usize,
    /// The outcome's word.
    pub outcome: String,
    /// Number of hails.
    pub hails: i64,
    /// Number of days with any.
    pub days: i64,
    /// In how many weeks.
    pub weeks: i64,
    /// In how many months.
    pub months: i64,
}

/// A search, as it is remembered.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchRecord {
    /// Time.
    pub at: Time,
    /// Account.
    pub account: AccountId,
    /// Place.
    pub point: Point,
    /// The town that holds the point.
    pub town: InseeCode,
    /// Taxis that could be hailed within a kilometre.
    pub found: i32,
    /// Taxis that were shown.
    pub seen: i32,
    /// Metres to the nearest that was found.
    pub nearest_m: Option<f64>,
}

/// The searches or hails of one day with one value of a measure.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DayBar {
    /// Of which part.
    pub scope: Scope,
    /// The day.
    pub day: NaiveDate,
    /// The measure's word.
    pub measure: &'static str,
    /// The value.
    pub value: i64,
}

/// Number of a measure in one minute.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LiveCount {
    /// Begin of the minute.
    pub at: Time,
    /// Of which part.
    pub scope: Scope,
    /// The measure's word.
    pub measure: &'static str,
    /// The number.
    pub number: i64,
}

/// Number of searches with one value of a measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// The measure's word.
    pub measure: String,
    /// The value.
    pub value: i64,
    /// Number of searches.
    pub searches: i64,
}

/// Figures about hails.
#[async_trait]
pub trait HailFigures {
    /// Counts hails that are over and were not counted before, at most so many; how many they were.
    /// Each is counted once, whoever counts.
    async fn count_hails(&self, limit: u32, add_up: &AddUp<'_>, now: Time) -> Result<usize>;

    /// Counts grounds of refusals that were not counted before, at most so many; how many they were. Each is counted
    /// once, whoever counts, also if it was given after its hail was counted.
    async fn count_grounds(
        &self,
        limit: u32,
        add_up: &AddUpGrounds<'_>,
        now: Time,
    ) -> Result<usize>;

    /// Counts hails of these scopes, created on `first` or later, by outcome: those created before each of
    /// the days.
    async fn outcomes(
        &self,
        scopes: &[Scope],
        first: NaiveDate,
        before: [NaiveDate; MILESTONES],
    ) -> Result<Vec<OutcomeCount>>;

    /// Counts hails of these scopes by month; `until` excluded.
    async fn months(
        &self,
        scopes: &[Scope],
        since: NaiveDate,
        until: NaiveDate,
    ) -> Result<Vec<(NaiveDate, i64)>>;

    /// Counts hails of these scopes by outcome and period; the end of a period is excluded.
    async fn periods(
        &self,
        scopes: &[Scope],
        periods: &[(NaiveDate, NaiveDate)],
    ) -> Result<Vec<PeriodCount>>;

    /// The mean time of each step, in seconds, by its word.
    async fn step_times(&self, scopes: &[Scope]) -> Result<Vec<(String, f64)>>;

    /// Places of the customers of the newest hails, at most `limit`.
    async fn newest_hail_points(&self, limit: u32) -> Result<Vec<Point>>;
}

/// Figures about searches and connected taxis.
#[async_trait]
pub trait SearchFigures {
    /// Keeps searches, and adds them to the figures and to the live counts.
    async fn record_searches(
        &self,
        searches: &[SearchRecord],
        bars: &[(DayBar, i64)],
        live: &[LiveCount],
    ) -> Result<()>;

    /// Counts searches of these scopes since this day by measure and value, in order of rising values.
    async fn search_bars(&self, scopes: &[Scope], since: NaiveDate) -> Result<Vec<Bar>>;

    /// Places of the newest searches, at most `limit`.
    async fn newest_search_points(&self, limit: u32) -> Result<Vec<Point>>;

    /// Adds the number of connected taxis of each scope to the figures of an hour, unless that hour
    /// was counted before; whether it was added. `hour` is that of the day, 0 to 23.
    async fn count_connected(
        &self,
        hour_at: Time,
        hour: i32,
        taxis: &[(Scope, i64)],
    ) -> Result<bool>;

    /// The mean number of connected taxis of these scopes in each hour of the day that was ever
    /// counted.
    async fn connected_by_hour(&self, scopes: &[Scope]) -> Result<Vec<(i32, f64)>>;
}
