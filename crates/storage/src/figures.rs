//! Figures about hails and searches, added up as things happen, so that a page of them needs no count
//! of a million rows.
//!
//! What is added, and under which [`Scope`]s, is decided by who calls; here it is kept and summed.

use async_trait::async_trait;
use chrono::NaiveDate;
use dispatch::hail::Status;
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
    /// How it ended.
    pub status: Status,
    /// When it was made.
    pub created_at: Time,
    /// The app that made it.
    pub client: AccountId,
    /// The account it went to.
    pub operator: AccountId,
    /// The town in which the customer stood, if any.
    pub town: Option<InseeCode>,
    /// Whether it was the first of its session.
    pub opens_session: bool,
    /// Where the customer stood.
    pub customer: Point,
    /// Where the taxi was when it was hailed.
    pub taxi: Option<Point>,
    /// Every change of its status, oldest first.
    pub transitions: Vec<Transition>,
}

/// What is to be added to one row about a day.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DaySum {
    /// Hails.
    pub hails: i64,
    /// Hails that opened a session.
    pub sessions: i64,
    /// Metres between taxi and customer, in all.
    pub distance_m: f64,
    /// How many distances these are.
    pub distances: i64,
}

/// What is to be added to one row about a step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TimeSum {
    /// Seconds, in all.
    pub seconds: f64,
    /// How many times these are.
    pub hails: i64,
}

/// What hails that are over add to the figures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HailSums {
    /// By scope, the day on which they were made, and the word of their outcome.
    pub days: Vec<((Scope, NaiveDate, &'static str), DaySum)>,
    /// By scope and the word of a step.
    pub times: Vec<((Scope, &'static str), TimeSum)>,
}

/// Adds up hails that are over. Called inside the transaction.
pub type AddUp<'a> = dyn Fn(&[EndedHail]) -> HailSums + Send + Sync + 'a;

/// The hails of one outcome.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OutcomeCount {
    /// The outcome's word.
    pub outcome: String,
    /// How many were made before each of the days that were asked for.
    pub before: [i64; MILESTONES],
    /// The mean distance of these, in metres; none if there is none.
    pub mean_distance_m: [Option<f64>; MILESTONES],
}

/// How many days one asks about at once: today, and three days of old.
pub const MILESTONES: usize = 4;

/// The hails of one outcome in one period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeriodCount {
    /// Which of the periods that were asked for.
    pub period: usize,
    /// The outcome's word.
    pub outcome: String,
    /// How many.
    pub hails: i64,
    /// On how many days there were any.
    pub days: i64,
    /// In how many weeks.
    pub weeks: i64,
    /// In how many months.
    pub months: i64,
}

/// A search, as it is remembered.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchRecord {
    /// When.
    pub at: Time,
    /// Whose.
    pub account: AccountId,
    /// Where.
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

/// How many searches of one day had which value of a measure.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SearchBar {
    /// Of which part.
    pub scope: Scope,
    /// The day.
    pub day: NaiveDate,
    /// The measure's word.
    pub measure: &'static str,
    /// The value.
    pub value: i64,
}

/// How many searches had which value of a measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// The measure's word.
    pub measure: String,
    /// The value.
    pub value: i64,
    /// How many searches.
    pub searches: i64,
}

/// Figures about hails.
#[async_trait]
pub trait HailFigures {
    /// Counts hails that are over and were not counted before, at most so many; how many they were.
    /// Each is counted once, whoever counts.
    async fn count_hails(&self, limit: u32, add_up: &AddUp<'_>, now: Time) -> Result<usize>;

    /// How many hails of these scopes, made on `first` or later, ended how: for each outcome those
    /// made before each of the days.
    async fn outcomes(
        &self,
        scopes: &[Scope],
        first: NaiveDate,
        before: [NaiveDate; MILESTONES],
    ) -> Result<Vec<OutcomeCount>>;

    /// How many hails of these scopes each month had; `until` excluded.
    async fn months(
        &self,
        scopes: &[Scope],
        since: NaiveDate,
        until: NaiveDate,
    ) -> Result<Vec<(NaiveDate, i64)>>;

    /// How many hails of these scopes each outcome had in each period; its end is excluded.
    async fn periods(
        &self,
        scopes: &[Scope],
        periods: &[(NaiveDate, NaiveDate)],
    ) -> Result<Vec<PeriodCount>>;

    /// The mean time of each step, in seconds, by its word.
    async fn step_times(&self, scopes: &[Scope]) -> Result<Vec<(String, f64)>>;

    /// Where the customers of the newest hails stood, at most so many.
    async fn newest_hail_points(&self, limit: u32) -> Result<Vec<Point>>;
}

/// Figures about searches and connected taxis.
#[async_trait]
pub trait SearchFigures {
    /// Keeps searches, and adds them to the figures.
    async fn record_searches(
        &self,
        searches: &[SearchRecord],
        bars: &[(SearchBar, i64)],
    ) -> Result<()>;

    /// How many searches of these scopes, since this day, had which value of each measure; by
    /// rising values.
    async fn search_bars(&self, scopes: &[Scope], since: NaiveDate) -> Result<Vec<Bar>>;

    /// Where the newest searches were, at most so many.
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
