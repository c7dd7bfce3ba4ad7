//! Sums of ended hails.

use std::collections::BTreeMap;

use dispatch::hail::Status;
use registry::{AccountId, Time};
use storage::figures::{
    ALL_OUTCOMES, DayBar, DaySum, EndedHail, GivenGround, HailSums, RIDE_NOT_ENDED, Scope, TimeSum,
};
use territory::InseeCode;

use super::departement_of;
use super::live_sums::live_of_hails;
use crate::app::App;

/// Number of hails per batch, and of batches per round.
const COUNTED_AT_ONCE: u32 = 500;
const GOES: usize = 4;

/// Steps whose duration is reported: the word, the first status, the last.
pub const STEPS: [(&str, Status, Status); 8] = {
    use Status::{
        AcceptedByCustomer, AcceptedByTaxi, CustomerOnBoard, DeclinedByCustomer, IncidentTaxi,
        ReceivedByTaxi, TimeoutCustomer, TimeoutTaxi,
    };
    [
        ("accepted_by_taxi", ReceivedByTaxi, AcceptedByTaxi),
        ("accepted_by_customer", AcceptedByTaxi, AcceptedByCustomer),
        ("timeout_customer", AcceptedByTaxi, TimeoutCustomer),
        ("declined_by_customer", AcceptedByTaxi, DeclinedByCustomer),
        ("timeout_taxi", ReceivedByTaxi, TimeoutTaxi),
        ("incident_taxi", AcceptedByTaxi, IncidentTaxi),
        ("customer_on_board_incident_taxi", CustomerOnBoard, IncidentTaxi),
        ("customer_on_board", AcceptedByTaxi, CustomerOnBoard),
    ]
};

impl App {
    /// Adds hails that ended since the last call to the sums, at most some thousands; returns their number.
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn count_hails(&self) -> storage::Result<usize> {
        let mut all = 0;
        for _ in 0..GOES {
            let counted = self.store.count_hails(COUNTED_AT_ONCE, &add_up, self.now()).await?;
            all += counted;
            if counted < COUNTED_AT_ONCE as usize {
                break;
            }
        }
        Ok(all)
    }

    /// Adds grounds of refusals that were given since the last call to the bars, at most some hundreds.
    pub(in crate::app) async fn count_grounds(&self) -> storage::Result<()> {
        self.store.count_grounds(COUNTED_AT_ONCE, &add_up_grounds, self.now()).await.map(drop)
    }
}

/// Bar: legal ground of a refusal; the value is its number.
pub(super) const GROUND: &str = "ground";
/// Bar: whole seconds from the reception of a hail to the driver's answer; see [`MOST_ANSWER_S`].
pub(super) const ANSWER_S: &str = "answer_s";
/// Bar: seconds from the driver's acceptance to the customer on board, in classes of ten; see [`MOST_APPROACH_S`].
pub(super) const APPROACH_S: &str = "approach_s";

/// Highest bar of answers: all later ones count there. The deadlines of a hail leave a driver less than a minute.
const MOST_ANSWER_S: i64 = 120;
/// Highest bar of approaches: all longer ones count there. A customer has to get on board within half an hour.
const MOST_APPROACH_S: i64 = 3_600;

/// Scopes of bars: all, an operator, a town.
fn bar_scopes(operator: AccountId, town: Option<InseeCode>) -> impl Iterator<Item = Scope> {
    [Scope::All, Scope::Operator(operator)].into_iter().chain(town.map(Scope::Town))
}

/// Bars of the times of hails.
fn bars_of(hails: &[EndedHail]) -> Vec<(DayBar, i64)> {
    let mut bars: BTreeMap<DayBar, i64> = BTreeMap::new();
    for hail in hails {
        let accepted = reached(hail, Status::AcceptedByTaxi);
        let answered = accepted.or_else(|| reached(hail, Status::DeclinedByTaxi));
        let answer_s = answered.map(|at| (at - hail.created_at).num_seconds());
        let on_board = reached(hail, Status::CustomerOnBoard);
        let approach_s = accepted.zip(on_board).map(|(from, to)| (to - from).num_seconds());
        let values = [
            (ANSWER_S, answer_s.map(|value| value.clamp(0, MOST_ANSWER_S))),
            (APPROACH_S, approach_s.map(|value| value.clamp(0, MOST_APPROACH_S) / 10 * 10)),
        ];
        for (measure, value) in values {
            let Some(value) = value else { continue };
            for scope in bar_scopes(hail.operator, hail.town) {
                let day = hail.created_at.date_naive();
                *bars.entry(DayBar { scope, day, measure, value }).or_default() += 1;
            }
        }
    }
    bars.into_iter().collect()
}

/// Adds up grounds of refusals.
fn add_up_grounds(grounds: &[GivenGround]) -> Vec<(DayBar, i64)> {
    let mut bars: BTreeMap<DayBar, i64> = BTreeMap::new();
    for given in grounds {
        let (day, value) = (given.created_at.date_naive(), given.ground.number().into());
        for scope in bar_scopes(given.operator, given.town) {
            *bars.entry(DayBar { scope, day, measure: GROUND, value }).or_default() += 1;
        }
    }
    bars.into_iter().collect()
}

/// Adds up hails.
fn add_up(hails: &[EndedHail]) -> HailSums {
    let mut days: BTreeMap<_, DaySum> = BTreeMap::new();
    let mut times: BTreeMap<_, TimeSum> = BTreeMap::new();
    for hail in hails {
        let day = hail.created_at.date_naive();
        let distance_m = hail.taxi.map(|taxi| taxi.sphere_distance_m(hail.customer));
        for scope in scopes_of(hail.client, hail.operator, hail.town) {
            for outcome in [ALL_OUTCOMES, outcome_of(hail)] {
                let sum = days.entry((scope.clone(), day, outcome)).or_default();
                sum.hails += 1;
                sum.sessions += i64::from(hail.opens_session);
                sum.distance_m += distance_m.unwrap_or_default();
                sum.distances += i64::from(distance_m.is_some());
            }
            for (word, from, to) in STEPS {
                let (Some(from), Some(to)) = (reached(hail, from), reached(hail, to)) else {
                    continue;
                };
                let sum = times.entry((scope.clone(), word)).or_default();
                sum.seconds += (to - from).as_seconds_f64();
                sum.hails += 1;
            }
        }
    }
    HailSums {
        days: days.into_iter().collect(),
        times: times.into_iter().collect(),
        bars: bars_of(hails),
        live: live_of_hails(hails.iter().map(|hail| (hail, outcome_of(hail)))),
    }
}

/// Time at which a hail took a status, if it did.
fn reached(hail: &EndedHail, status: Status) -> Option<Time> {
    hail.transitions.iter().find(|transition| transition.to == status).map(|t| t.at)
}

fn outcome_of(hail: &EndedHail) -> &'static str {
    let ride_had_begun = reached(hail, Status::CustomerOnBoard).is_some();
    if hail.status == Status::TimeoutTaxi && ride_had_begun {
        RIDE_NOT_ENDED
    } else {
        hail.status.word()
    }
}

/// Scopes of a hail from an app to an operator.
fn scopes_of(client: AccountId, operator: AccountId, town: Option<InseeCode>) -> Vec<Scope> {
    let mut scopes = vec![Scope::All, Scope::Operator(operator), Scope::Client(client)];
    if client == operator {
        scopes.push(Scope::Own(operator));
    }
    if let Some(town) = town {
        let departement = departement_of(town);
        scopes.extend([
            Scope::Town(town),
            Scope::TownOperator(town, operator),
            Scope::Departement(departement.clone()),
            Scope::DepartementOperator(departement, operator),
        ]);
    }
    scopes
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use storage::hails::Transition;
    use territory::Point;

    use super::*;

    /// A hail that took these statuses, ten seconds apart.
    fn hail(statuses: &[Status]) -> EndedHail {
        let start = DateTime::from_timestamp(1_709_208_000, 0).expect("noon of 29 February 2024");
        let transition = |(after_s, to): (i64, &Status)| Transition {
            from: None,
            to: *to,
            at: start + TimeDelta::seconds(after_s),
            by: None,
            reason: None,
        };
        EndedHail {
            id: "0000001".parse().expect("an id"),
            status: *statuses.last().expect("a status"),
            created_at: start,
            client: AccountId(1),
            operator: AccountId(2),
            town: "97105".parse().ok(),
            opens_session: true,
            customer: Point::new(0.0, 0.0).expect("a point"),
            taxi: Point::new(0.0, 0.001).ok(),
            transitions: (0..).step_by(10).zip(statuses).map(transition).collect(),
        }
    }

    type Named<T> = Vec<(&'static str, T)>;

    fn sums_of_all(hails: &[EndedHail]) -> (Named<i64>, Named<f64>) {
        let HailSums { days, times, .. } = add_up(hails);
        let days = days.into_iter().filter(|((scope, ..), _)| *scope == Scope::All);
        let times = times.into_iter().filter(|((scope, _), _)| *scope == Scope::All);
        (
            days.map(|((.., outcome), sum)| (outcome, sum.hails)).collect(),
            times.map(|((_, step), sum)| (step, sum.seconds)).collect(),
        )
    }

    #[test]
    fn a_hail_counts_for_all_and_for_its_outcome_with_the_times_of_its_steps() {
        use Status::{
            AcceptedByCustomer, AcceptedByTaxi, CustomerOnBoard, Finished, ReceivedByTaxi,
        };
        let steps = [ReceivedByTaxi, AcceptedByTaxi, AcceptedByCustomer, CustomerOnBoard, Finished];
        let (days, times) = sums_of_all(&[hail(&steps), hail(&steps)]);
        assert_eq!(days, [("all", 2), ("finished", 2)]);
        let expected = [
            ("accepted_by_customer", 20.0),
            ("accepted_by_taxi", 20.0),
            ("customer_on_board", 40.0),
        ];
        assert_eq!(times, expected);
    }

    #[test]
    fn a_ride_that_nobody_ended_is_told_from_a_driver_who_never_answered() {
        use Status::{CustomerOnBoard, ReceivedByTaxi, TimeoutTaxi};
        let (days, _) = sums_of_all(&[hail(&[CustomerOnBoard, TimeoutTaxi])]);
        assert_eq!(days, [("all", 1), ("timeout_ride", 1)]);
        let (days, _) = sums_of_all(&[hail(&[ReceivedByTaxi, TimeoutTaxi])]);
        assert_eq!(days, [("all", 1), ("timeout_taxi", 1)]);
    }

    #[test]
    fn a_hail_counts_under_each_of_its_scopes_once() {
        let scopes = |hail: &EndedHail| {
            let scopes = scopes_of(hail.client, hail.operator, hail.town);
            scopes.iter().map(Scope::key).collect::<Vec<_>>()
        };
        let mut hail = hail(&[Status::Failure]);
        assert_eq!(scopes(&hail), ["", "o2", "c1", "t97105", "t97105/o2", "d971", "d971/o2"]);
        hail.town = None;
        hail.client = hail.operator;
        assert_eq!(scopes(&hail), ["", "o2", "c2", "s2"]);
    }

    #[test]
    fn the_distance_is_that_between_taxi_and_customer() {
        let HailSums { days, .. } = add_up(&[hail(&[Status::Failure])]);
        let (_, sum) = &days[0];
        assert!((sum.distance_m - 111.2).abs() < 0.1, "{sum:?}");
        assert_eq!((sum.distances, sum.sessions), (1, 1));
    }

    #[test]
    fn a_session_counts_once_with_the_hail_that_opened_it() {
        let opens = hail(&[Status::Failure]);
        let goes_on = EndedHail { opens_session: false, ..hail(&[Status::Failure]) };
        let HailSums { days, .. } = add_up(&[opens, goes_on]);
        for (of, sum) in days {
            assert_eq!((sum.hails, sum.sessions), (2, 1), "{of:?}");
        }
    }
}
