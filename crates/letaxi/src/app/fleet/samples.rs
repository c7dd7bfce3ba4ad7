//! Sampled searches: single searches kept with every description around the customer, so that anyone can check whether
//! their order prefers an operator (décret 2016-335: apps may not discriminate between available taxis).
//!
//! A sample holds the facts that a search read, and its answer. [`Sample::replay`] decides again from the facts, by the
//! functions of the search, and compares.

use std::collections::HashMap;

use dispatch::eligibility::{Candidate, Condition};
use dispatch::ranking::{self, Found, SearchKey};
use positions::Fix;
use registry::directory::{Fleet, SlotId};
use registry::{AccountId, TaxiId, Time, VehicleStatus};
use serde::{Deserialize, Serialize};
use storage::samples::SampledSearch;
use territory::{InseeCode, Point};

use crate::app::App;
use crate::app::account::caller::Caller;

/// Reason for which a search left a description out before its conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOut {
    /// An operator searched, and it is another account's.
    OfAnother,
    /// Its account is disabled.
    AccountDisabled,
    /// The account that receives the hails is disabled.
    OperatorDisabled,
}

/// A description that a search looked at.
pub(super) struct LookedAt {
    pub(super) id: SlotId,
    pub(super) candidate: Candidate,
    pub(super) licence: InseeCode,
    pub(super) left_out: Option<LeftOut>,
}

/// The facts and the answer of a search.
#[derive(Debug, Deserialize, Serialize)]
pub struct Facts {
    /// Descriptions within a kilometre.
    pub taxis: Vec<SampledTaxi>,
    /// Taxis of the answer, in its order: number of the taxi and id of the described account.
    pub shown: Vec<(i64, i64)>,
}

/// A taxi near the customer, through one account's description.
#[derive(Debug, Deserialize, Serialize)]
pub struct SampledTaxi {
    /// Id of the taxi.
    pub taxi: String,
    /// Number in the order of registration.
    pub number: i64,
    /// Account of the description.
    pub account: i64,
    /// Account that receives the hails.
    pub operator: i64,
    /// Reason for which it was left out before its conditions, if it was.
    pub left_out: Option<LeftOut>,
    /// Distance to the customer, in metres, as a text that gives the same number again.
    distance_m: String,
    /// Age of the position, in seconds.
    pub position_age_s: u32,
    /// Status in the description.
    pub status: String,
    /// Status in the description of the account that receives the hails.
    pub own_status: String,
    /// True if a hail of the car was open.
    pub in_open_hail: bool,
    /// Radius that the driver chose, in metres, if any.
    pub radius_m: Option<i32>,
    /// Town of the licence.
    pub licence: String,
    /// True if the licence allows it to take customers there.
    pub licence_allowed: bool,
    /// True if no other account reports the taxi.
    is_alone: bool,
    /// Time of the last change of status in the description, in microseconds; none unless it met all
    /// conditions.
    status_at_us: Option<i64>,
}

impl SampledTaxi {
    /// The taxi as the search saw it; `None` if the sample names an unknown status or no distance.
    pub fn candidate(&self) -> Option<Candidate> {
        let status = |word: &str| word.parse::<VehicleStatus>().ok();
        Some(Candidate {
            status: status(&self.status)?,
            own_status: status(&self.own_status)?,
            in_open_hail: self.in_open_hail,
            position_age_s: self.position_age_s,
            distance_m: self.distance_m.parse().ok()?,
            radius_m: self.radius_m,
            licence_allowed: self.licence_allowed,
        })
    }
}

/// The descriptions that a search looked at, as a sample keeps them. `shown` are those that met all conditions.
pub(super) fn sampled_taxis(
    fleet: &Fleet,
    looked_at: &[LookedAt],
    shown: &[Found<(SlotId, Fix)>],
) -> Vec<SampledTaxi> {
    let shown: HashMap<_, _> = shown.iter().map(|found| (found.details.0, found)).collect();
    let sampled = |LookedAt { id, candidate, licence, left_out }: &LookedAt| {
        let slot = fleet.slot(*id)?;
        let found = shown.get(id);
        Some(SampledTaxi {
            taxi: slot.taxi.to_string(),
            number: slot.number,
            account: slot.account.0,
            operator: slot.operator.0,
            left_out: *left_out,
            distance_m: candidate.distance_m.to_string(),
            position_age_s: candidate.position_age_s,
            status: candidate.status.word().to_owned(),
            own_status: candidate.own_status.word().to_owned(),
            in_open_hail: candidate.in_open_hail,
            radius_m: candidate.radius_m,
            licence: licence.to_string(),
            licence_allowed: candidate.licence_allowed,
            is_alone: found.is_none_or(|found| found.is_alone),
            status_at_us: found.map(|found| found.status_at.timestamp_micros()),
        })
    };
    looked_at.iter().filter_map(sampled).collect()
}

/// A sampled search.
#[derive(Debug)]
pub struct Sample {
    /// Time, account and place.
    pub search: SampledSearch,
    /// Facts and answer.
    pub facts: Facts,
}

/// A taxi of a sample, judged again.
#[derive(Debug)]
pub struct Judged<'a> {
    /// The taxi.
    pub taxi: &'a SampledTaxi,
    /// Distance to the customer, in metres.
    pub distance_m: f64,
    /// Place in the answer, from 1.
    pub place: Option<usize>,
    /// True if the taxi before it in the answer is as near, so that the key of the search decided.
    pub is_by_key: bool,
    /// Conditions that it does not meet.
    pub unmet: Vec<Condition>,
}

/// The answer of a sampled search, decided again.
#[derive(Debug)]
pub struct Replay<'a> {
    /// Those of the answer in its order, then the others, nearest first.
    pub taxis: Vec<Judged<'a>>,
    /// True if this is the answer that was given.
    pub is_same: bool,
}

/// A sample cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// There is none.
    #[error("there is no sampled search {0}: letaxi explain-search lists the newest")]
    Unknown(i64),
    /// It is damaged.
    #[error(
        "the sampled search {0} cannot be read: another version has written it, or it is damaged"
    )]
    Unreadable(i64),
    /// The store fails.
    #[error(transparent)]
    Store(#[from] storage::Error),
}

impl Sample {
    /// Decides again which taxis are shown, and in which order; `None` if the facts are damaged.
    pub fn replay(&self) -> Option<Replay<'_>> {
        let (search, facts) = (&self.search, &self.facts);
        let key = SearchKey::new(search.at, search.point.lon(), search.point.lat());
        let mut judged = facts.taxis.iter().map(judged).collect::<Option<Vec<_>>>()?;
        let found = judged.iter().enumerate().filter_map(|(place, it)| found(place, it));
        let order = ranking::rank(found.collect(), key);
        let mut before_m = None;
        for (place, found) in order.iter().enumerate() {
            let judged = &mut judged[found.details];
            judged.place = Some(place + 1);
            judged.is_by_key = before_m.replace(found.distance_m) == Some(found.distance_m);
        }
        judged.sort_by(|a, b| {
            let place = |it: &Judged<'_>| it.place.unwrap_or(usize::MAX);
            place(a).cmp(&place(b)).then(a.distance_m.total_cmp(&b.distance_m))
        });
        let order = order.iter().map(|found| (found.number, found.account.0));
        Some(Replay { is_same: order.eq(facts.shown.iter().copied()), taxis: judged })
    }
}

fn judged(taxi: &SampledTaxi) -> Option<Judged<'_>> {
    let candidate = taxi.candidate()?;
    let unmet = Condition::ALL.into_iter().filter(|condition| !candidate.meets(*condition));
    Some(Judged {
        taxi,
        distance_m: candidate.distance_m,
        place: None,
        is_by_key: false,
        unmet: unmet.collect(),
    })
}

/// The taxi as [`ranking`] orders it, with its place in the sample, if it met all conditions.
fn found(place: usize, judged: &Judged<'_>) -> Option<Found<usize>> {
    let taxi = judged.taxi;
    if taxi.left_out.is_some() || !judged.unmet.is_empty() {
        return None;
    }
    Some(Found {
        taxi: taxi.taxi.parse::<TaxiId>().ok()?,
        number: taxi.number,
        account: AccountId(taxi.account),
        status_at: Time::from_timestamp_micros(taxi.status_at_us?)?,
        is_alone: taxi.is_alone,
        distance_m: judged.distance_m,
        details: place,
    })
}

impl App {
    /// Queues a sample.
    pub(super) fn remember_sample(
        &self,
        who: &Caller,
        at: Time,
        point: Point,
        town: InseeCode,
        facts: &Facts,
    ) {
        self.samples.0.push(SampledSearch {
            id: 0,
            at,
            account: who.account.id,
            point,
            town,
            facts: serde_json::to_string(facts).expect("texts and numbers always become JSON"),
        });
    }

    /// Writes the waiting samples.
    pub(in crate::app) async fn write_samples(&self) -> storage::Result<()> {
        let samples = self.samples.0.take();
        if !samples.is_empty() {
            self.store.record_samples(&samples).await?;
            samples.all_written();
        }
        Ok(())
    }

    /// Numbers of waiting and of dropped samples.
    pub(in crate::app) fn waiting_samples(&self) -> (usize, u64) {
        (self.samples.0.len(), self.samples.0.dropped())
    }

    /// The newest sampled searches, newest first.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn newest_samples(&self, limit: u32) -> storage::Result<Vec<SampledSearch>> {
        self.store.newest_samples(limit).await
    }

    /// A sampled search.
    ///
    /// # Errors
    ///
    /// If there is none of this number, or it cannot be read.
    pub async fn sample(&self, id: i64) -> Result<Sample, SampleError> {
        let search = self.store.sample(id).await?.ok_or(SampleError::Unknown(id))?;
        let facts = serde_json::from_str(&search.facts);
        Ok(Sample { facts: facts.map_err(|_damage| SampleError::Unreadable(id))?, search })
    }
}
