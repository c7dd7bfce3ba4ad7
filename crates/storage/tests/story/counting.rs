//! Hails that are over are counted once, and how stories add them up: simply, so that what is
//! expected can be told by heart.

use std::collections::BTreeMap;
use std::sync::Mutex;

use dispatch::hail::Status;
use dispatch::refusal::Ground;
use storage::Store;
use storage::figures::{
    ALL_OUTCOMES, DayBar, DaySum, EndedHail, GivenGround, HailSums, MILESTONES, RIDE_NOT_ENDED,
    Scope, TimeSum,
};
use storage::hails::{Applied, HailChange, Transition};
use territory::Point;

use crate::place::Place;
use crate::world::{
    Cast, at, at_ms, cast, code, customer, day, end, hail, hail_id, new_hail, step,
};

crate::tests![
    hails_are_counted_once_however_often_counting_runs,
    a_hail_comes_to_be_counted_with_its_whole_life,
    counting_that_fails_in_between_counts_nothing,
    counting_that_is_given_up_counts_nothing,
    of_many_that_count_at_once_each_hail_is_counted_by_one,
    a_hail_that_ends_late_counts_for_the_day_it_was_made,
    a_ground_is_counted_once_whenever_it_is_given,
];

/// The word of the only step: from a hail's first status to its last.
pub(crate) const WHOLE: &str = "whole";

fn scopes_of(hail: &EndedHail) -> Vec<Scope> {
    let operator = hail.operator;
    let mut scopes = vec![Scope::All, Scope::Operator(operator), Scope::Client(hail.client)];
    if hail.client == operator {
        scopes.push(Scope::Own(operator));
    }
    if let Some(town) = hail.town {
        let departement = town.as_str()[..2].to_owned();
        scopes.push(Scope::Town(town));
        scopes.push(Scope::TownOperator(town, operator));
        scopes.push(Scope::Departement(departement.clone()));
        scopes.push(Scope::DepartementOperator(departement, operator));
    }
    scopes
}

/// Its distance is the taxi's longitude in metres.
pub(crate) fn add_up(hails: &[EndedHail]) -> HailSums {
    let mut days: BTreeMap<_, DaySum> = BTreeMap::new();
    let mut times: BTreeMap<_, TimeSum> = BTreeMap::new();
    for hail in hails {
        let had_begun = hail.transitions.iter().any(|t| t.to == Status::CustomerOnBoard);
        let outcome = match hail.status {
            Status::TimeoutTaxi if had_begun => RIDE_NOT_ENDED,
            status => status.word(),
        };
        for scope in scopes_of(hail) {
            for outcome in [ALL_OUTCOMES, outcome] {
                let key = (scope.clone(), hail.created_at.date_naive(), outcome);
                let sum = days.entry(key).or_default();
                sum.hails += 1;
                sum.sessions += i64::from(hail.opens_session);
                sum.distance_m += hail.taxi.map_or(0.0, Point::lon);
                sum.distances += i64::from(hail.taxi.is_some());
            }
            let sum = times.entry((scope, WHOLE)).or_default();
            let last = hail.transitions.last().unwrap();
            sum.seconds += (last.at - hail.created_at).as_seconds_f64();
            sum.hails += 1;
        }
    }
    HailSums {
        days: days.into_iter().collect(),
        times: times.into_iter().collect(),
        ..HailSums::default()
    }
}

/// Counts hails that are over, at most so many; how many they were.
pub(crate) async fn count(store: &dyn Store, limit: u32) -> usize {
    store.count_hails(limit, &add_up, at(100_000)).await.unwrap()
}

/// Numbers of hails of these scopes by outcome.
pub(crate) async fn outcomes(store: &dyn Store, scopes: &[Scope]) -> Vec<(String, i64)> {
    let counts =
        store.outcomes(scopes, day("2000-01-01"), [day("2099-01-01"); MILESTONES]).await.unwrap();
    let mut counts: Vec<_> =
        counts.into_iter().map(|count| (count.outcome, count.before[0])).collect();
    counts.sort();
    counts
}

pub(crate) fn words(counts: &[(&str, i64)]) -> Vec<(String, i64)> {
    counts.iter().map(|(word, count)| ((*word).to_owned(), *count)).collect()
}

/// The mean time of each step, by its word.
pub(crate) async fn step_times(store: &dyn Store, scopes: &[Scope]) -> Vec<(String, f64)> {
    let mut times = store.step_times(scopes).await.unwrap();
    times.sort_by(|one, other| one.0.cmp(&other.0));
    times
}

/// Makes hails that end as they begin, with the first taxi, one a second.
async fn hails(store: &dyn Store, outcomes: &[Status]) -> Cast {
    let cast = cast(store).await;
    for (number, outcome) in (1..).zip(outcomes) {
        let now = at(i64::from(number));
        let new = new_hail(number, cast.clients[0], cast.taxis[0].id, now);
        hail(store, &new, now).await;
        end(store, number, *outcome, now).await;
    }
    cast
}

async fn hails_are_counted_once_however_often_counting_runs(place: Place) {
    let store = &*place.store;
    assert_eq!(count(store, 10).await, 0);
    let cast = hails(store, &[Status::Finished, Status::Failure, Status::Finished]).await;
    hail(store, &new_hail(4, cast.clients[0], cast.taxis[0].id, at(4)), at(4)).await;
    assert_eq!(outcomes(store, &[Scope::All]).await, []);
    assert_eq!(count(store, 2).await, 2);
    let expected = words(&[("all", 2), ("failure", 1), ("finished", 1)]);
    assert_eq!(outcomes(store, &[Scope::All]).await, expected);
    for counted in [1, 0, 0] {
        assert_eq!(count(store, 2).await, counted);
        let expected = words(&[("all", 3), ("failure", 1), ("finished", 2)]);
        assert_eq!(outcomes(store, &[Scope::All]).await, expected);
    }
    end(store, 4, Status::IncidentTaxi, at(5)).await;
    assert_eq!(count(store, 10).await, 1);
    let expected = words(&[("all", 4), ("failure", 1), ("finished", 2), ("incident_taxi", 1)]);
    assert_eq!(outcomes(store, &[Scope::All]).await, expected);
}

async fn a_hail_comes_to_be_counted_with_its_whole_life(place: Place) {
    let store = &*place.store;
    let Cast { taxis, clients: [first, second] } = cast(store).await;
    hail(store, &new_hail(1, first, taxis[0].id, at_ms(1_001)), at_ms(1_001)).await;
    step(store, 1, Status::ReceivedByOperator, Some(at(12)), at(2)).await;
    end(store, 1, Status::DeclinedByTaxi, at(5)).await;
    let mut new = new_hail(2, second, taxis[1].id, at(3));
    (new.town, new.opens_session) = (None, false);
    hail(store, &new, at(3)).await;
    end(store, 2, Status::Failure, at(4)).await;
    place
        .execute("update hails set initial_lon = null, initial_lat = null where insee is null")
        .await;

    let seen = Mutex::new(Vec::new());
    let look = |hails: &[EndedHail]| {
        seen.lock().unwrap().extend_from_slice(hails);
        HailSums::default()
    };
    assert_eq!(store.count_hails(10, &look, at(9)).await.unwrap(), 2);
    let received = |at, by| Transition { from: None, to: Status::Received, at, by, reason: None };
    let then = |from, to, at| Transition { from: Some(from), to, at, by: None, reason: None };
    let ended_second = EndedHail {
        id: hail_id(1),
        status: Status::DeclinedByTaxi,
        created_at: at_ms(1_001),
        client: first,
        operator: taxis[0].operator,
        town: Some(code("75056")),
        opens_session: true,
        customer: customer("me").point,
        taxi: Some(Point::new(2.36, 48.86).unwrap()),
        transitions: vec![
            received(at_ms(1_001), Some(first)),
            then(Status::Received, Status::ReceivedByOperator, at(2)),
            then(Status::ReceivedByOperator, Status::DeclinedByTaxi, at(5)),
        ],
    };
    let ended_first = EndedHail {
        id: hail_id(2),
        status: Status::Failure,
        created_at: at(3),
        client: second,
        operator: taxis[1].operator,
        town: None,
        opens_session: false,
        taxi: None,
        transitions: vec![
            received(at(3), Some(second)),
            then(Status::Received, Status::Failure, at(4)),
        ],
        ..ended_second.clone()
    };
    assert_eq!(*seen.lock().unwrap(), [ended_first, ended_second]);
}

async fn counting_that_fails_in_between_counts_nothing(place: Place) {
    let store = &*place.store;
    hails(store, &[Status::Finished, Status::Failure]).await;
    // The sums of days can be written; those of steps, which come next, cannot.
    place.execute("alter table hail_times rename to hidden").await;
    for _ in 0..2 {
        // Its hails are passed over until the transaction that failed before is undone.
        let mut counts = 0;
        while let Ok(counted) = store.count_hails(10, &add_up, at(9)).await {
            assert_eq!(counted, 0);
            counts += 1;
            assert!(counts < COUNTS, "counting does not fail");
        }
        assert_eq!(outcomes(store, &[Scope::All]).await, []);
    }
    let counted = "select count(*) from hails where counted_at is not null";
    assert_eq!(place.number(counted).await, 0);
    place.execute("alter table hidden rename to hail_times").await;
    let mut now_counted = 0;
    for _ in 0..COUNTS {
        now_counted = count(store, 10).await;
        if now_counted > 0 {
            break;
        }
    }
    assert_eq!(now_counted, 2);
    let expected = words(&[("all", 2), ("failure", 1), ("finished", 1)]);
    assert_eq!(outcomes(store, &[Scope::All]).await, expected);
    assert_eq!(place.number(counted).await, 2);
}

/// Counts in which a transaction that was given up is undone: more than it ever takes.
const COUNTS: u32 = 1_000;

async fn counting_that_is_given_up_counts_nothing(place: Place) {
    hails(&*place.store, &[Status::Finished]).await;
    let store = place.store.clone();
    let given_up = tokio::spawn(async move {
        let give_up = |_: &[EndedHail]| -> HailSums { std::panic::resume_unwind(Box::new(())) };
        store.count_hails(10, &give_up, at(9)).await
    });
    assert!(given_up.await.unwrap_err().is_panic());
    assert_eq!(outcomes(&*place.store, &[Scope::All]).await, []);
    // Until PostgreSQL has undone the transaction, its lock on the hail makes others skip it.
    let mut counted = 0;
    for _ in 0..COUNTS {
        counted = count(&*place.store, 10).await;
        if counted > 0 {
            break;
        }
    }
    assert_eq!(counted, 1);
    let expected = words(&[("all", 1), ("finished", 1)]);
    assert_eq!(outcomes(&*place.store, &[Scope::All]).await, expected);
}

async fn of_many_that_count_at_once_each_hail_is_counted_by_one(place: Place) {
    hails(&*place.store, &[Status::Finished; 9]).await;
    let second = storage::open(&place.url).await.unwrap();
    let counting: Vec<_> = (0..12)
        .map(|number| {
            let store = if number % 2 == 0 { place.store.clone() } else { second.clone() };
            tokio::spawn(async move { count(&*store, 2).await })
        })
        .collect();
    let mut counted = 0;
    for hails in counting {
        counted += hails.await.unwrap();
    }
    // Some may find all hails about to be counted, and go away with none.
    counted += count(&*second, 10).await;
    assert_eq!(counted, 9);
    let expected = words(&[("all", 9), ("finished", 9)]);
    assert_eq!(outcomes(&*second, &[Scope::All]).await, expected);
    let seconds = step_times(&*second, &[Scope::All]).await;
    assert_eq!(seconds, [(WHOLE.to_owned(), 0.0)]);
    second.close().await;
}

async fn a_hail_that_ends_late_counts_for_the_day_it_was_made(place: Place) {
    let store = &*place.store;
    let Cast { taxis, clients } = cast(store).await;
    let yesterday = at(-86_400);
    hail(store, &new_hail(1, clients[0], taxis[0].id, yesterday), yesterday).await;
    hail(store, &new_hail(2, clients[0], taxis[1].id, at(0)), at(0)).await;
    end(store, 2, Status::Finished, at(10)).await;
    assert_eq!(count(store, 10).await, 1);
    end(store, 1, Status::TimeoutTaxi, at(20)).await;
    assert_eq!(count(store, 10).await, 1);
    let days = [
        (day("2024-02-28"), day("2024-02-29")),
        (day("2024-02-29"), day("2024-03-01")),
        (day("2024-03-01"), day("2024-03-02")),
    ];
    let mut counts = store.periods(&[Scope::All], &days).await.unwrap();
    counts.sort_by(|one, other| (one.period, &one.outcome).cmp(&(other.period, &other.outcome)));
    let counts: Vec<_> = counts.iter().map(|c| (c.period, &*c.outcome, c.hails)).collect();
    let expected = [(0, "all", 1), (0, "timeout_taxi", 1), (1, "all", 1), (1, "finished", 1)];
    assert_eq!(counts, expected);
}

/// Counts grounds for all, by number; how many they were.
async fn count_grounds(store: &dyn Store) -> usize {
    let bar = |given: &GivenGround| {
        let (day, value) = (given.created_at.date_naive(), given.ground.number().into());
        DayBar { scope: Scope::Operator(given.operator), day, measure: "ground", value }
    };
    let add_up = |grounds: &[GivenGround]| {
        let mut bars = BTreeMap::new();
        for given in grounds {
            *bars.entry(bar(given)).or_default() += 1;
        }
        bars.into_iter().collect()
    };
    store.count_grounds(10, &add_up, at(100)).await.unwrap()
}

async fn a_ground_is_counted_once_whenever_it_is_given(place: Place) {
    let store = &*place.store;
    hails(store, &[Status::DeclinedByTaxi, Status::DeclinedByTaxi, Status::Finished]).await;
    assert_eq!(count(store, 10).await, 3);
    assert_eq!(count_grounds(store).await, 0);
    // After its hail was counted, and for a hail that was changed by others meanwhile.
    for (number, ground) in [(1, Ground::Damage), (2, Ground::Damage), (2, Ground::Damage)] {
        let hail = store.hail(hail_id(number)).await.unwrap().unwrap();
        let change = HailChange { ground: Some(ground), ..HailChange::default() };
        let applied = store.change_hail(&hail, &change, &[], &|_| Vec::new(), at(5)).await;
        assert!(matches!(applied.unwrap(), Applied::Hail(_)));
    }
    assert_eq!(count_grounds(store).await, 2);
    assert_eq!(count_grounds(store).await, 0);
    let bar = "select hails from hail_bars where scope = 'o1' and value = 7";
    assert_eq!(place.number(bar).await, 2);
    assert_eq!(place.number("select count(*) from hail_bars").await, 1);
}
