//! Figures about hails: sums by scope, outcome, month, period and step.

use dispatch::hail::Status;
use registry::AccountId;
use storage::daily::{Days, Measure};
use storage::figures::{
    ALL_OUTCOMES, DayBar, DaySum, HailSums, MILESTONES, OutcomeCount, PeriodCount, Scope, TimeSum,
    outcomes_of,
};
use territory::Point;

use crate::counting::{WHOLE, count, outcomes, step_times, words};
use crate::place::Place;
use crate::world::{at, cast, code, day, end, free_taxi, hail, new_hail, taxi_id};

crate::tests![
    a_figure_speaks_of_its_scopes_alone,
    outcomes_are_told_before_each_milestone,
    months_add_up_their_days,
    periods_tell_days_weeks_and_months,
    the_time_of_a_step_is_a_mean_over_hails,
    a_thousand_sums_are_kept,
    the_points_of_hails_come_newest_first,
    bars_come_by_day_in_classes,
    outcomes_come_by_day,
    sums_of_a_period_come_by_scope,
];

async fn a_figure_speaks_of_its_scopes_alone(place: Place) {
    let store = &*place.store;
    let taxis = cast(store).await.taxis;
    // Accounts 1 and 3 are operators, 2 and 4 apps; 1 hails its own taxi once.
    for (number, client, taxi, town) in [
        (1, 2, 0, Some("75056")),
        (2, 4, 0, Some("75120")),
        (3, 2, 1, Some("75056")),
        (4, 2, 1, Some("69123")),
        (5, 1, 0, None),
    ] {
        let mut new = new_hail(number, AccountId(client), taxis[taxi].id, at(0));
        new.town = town.map(code);
        hail(store, &new, at(0)).await;
        end(store, number, Status::Finished, at(i64::from(number))).await;
    }
    assert_eq!(count(store, 10).await, 5);
    let (one, three, paris) = (AccountId(1), AccountId(3), || code("75056"));
    for (scopes, hails) in [
        (vec![Scope::All], 5),
        (vec![Scope::Departement("75".into())], 3),
        (vec![Scope::Departement("69".into())], 1),
        (vec![Scope::Departement("7".into())], 0),
        (vec![Scope::Town(paris())], 2),
        (vec![Scope::Operator(one)], 3),
        (vec![Scope::Operator(three)], 2),
        (vec![Scope::Operator(AccountId(2))], 0),
        (vec![Scope::Client(AccountId(2))], 3),
        (vec![Scope::Client(one)], 1),
        (vec![Scope::Client(three)], 0),
        (vec![Scope::Own(one)], 1),
        (vec![Scope::Own(three)], 0),
        (vec![Scope::DepartementOperator("75".into(), one)], 2),
        (vec![Scope::DepartementOperator("75".into(), three)], 1),
        (vec![Scope::TownOperator(paris(), one)], 1),
        (vec![Scope::TownOperator(code("69123"), one)], 0),
        // Several are added up; none is nothing.
        (vec![Scope::Operator(one), Scope::Operator(three)], 5),
        (vec![Scope::Town(paris()), Scope::Town(code("69123"))], 3),
        (vec![], 0),
    ] {
        let expected = match hails {
            0 => vec![],
            _ => words(&[("all", hails), ("finished", hails)]),
        };
        assert_eq!(outcomes(store, &scopes).await, expected, "{scopes:?}");
    }
}

/// Counts one new hail as these sums, whatever it is.
async fn count_as(place: &Place, number: u32, sums: &HailSums) {
    let store = &*place.store;
    if number == 1 {
        free_taxi(store).await;
    }
    let taxi = taxi_id("ABCDEFG");
    hail(store, &new_hail(number, AccountId(2), taxi, at(0)), at(0)).await;
    end(store, number, Status::Finished, at(1)).await;
    assert_eq!(store.count_hails(1, &|_| sums.clone(), at(2)).await.unwrap(), 1);
}

/// Sums of days: scope, day, outcome, hails, metres and how many distances these are.
fn days(rows: &[(Scope, &str, &'static str, i64, f64, i64)]) -> HailSums {
    let row =
        |(scope, text, outcome, hails, distance_m, distances): &(_, &str, _, i64, f64, i64)| {
            let sum = DaySum {
                hails: *hails,
                sessions: 0,
                distance_m: *distance_m,
                distances: *distances,
            };
            ((Scope::clone(scope), day(text), *outcome), sum)
        };
    HailSums { days: rows.iter().map(row).collect(), ..HailSums::default() }
}

async fn outcomes_are_told_before_each_milestone(place: Place) {
    let store = &*place.store;
    let (all, own) = (Scope::All, Scope::Operator(AccountId(1)));
    let rows = [
        (all.clone(), "2023-12-31", "finished", 100, 1_000.0, 10),
        (all.clone(), "2024-01-01", "finished", 1, 30.0, 1),
        (all.clone(), "2024-02-29", "finished", 2, 70.5, 2),
        (all.clone(), "2024-03-01", "finished", 4, 0.0, 0),
        (all.clone(), "2024-02-29", "failure", 8, 0.0, 0),
        (own.clone(), "2024-02-29", "finished", 16, 100.0, 5),
    ];
    count_as(&place, 1, &days(&rows)).await;
    let before = ["2024-03-02", "2024-03-01", "2024-02-29", "2024-01-01"].map(day);
    let told = async |scopes: &[Scope]| {
        let mut told = store.outcomes(scopes, day("2024-01-01"), before).await.unwrap();
        told.sort_by(|one, other| one.outcome.cmp(&other.outcome));
        told
    };
    let failure = OutcomeCount {
        outcome: "failure".into(),
        before: [8, 8, 0, 0],
        mean_distance_m: [None; MILESTONES],
    };
    let finished = OutcomeCount {
        outcome: "finished".into(),
        before: [7, 3, 1, 0],
        mean_distance_m: [Some(33.5), Some(33.5), Some(30.0), None],
    };
    assert_eq!(told(&[Scope::All]).await, [failure.clone(), finished]);
    let both = OutcomeCount {
        outcome: "finished".into(),
        before: [23, 19, 1, 0],
        mean_distance_m: [Some(25.0625), Some(25.0625), Some(30.0), None],
    };
    assert_eq!(told(&[own, all]).await, [failure, both]);
    assert_eq!(told(&[]).await, []);
}

async fn months_add_up_their_days(place: Place) {
    let store = &*place.store;
    let all = Scope::All;
    let rows = [
        (all.clone(), "2023-12-31", ALL_OUTCOMES, 1, 0.0, 0),
        (all.clone(), "2024-02-01", ALL_OUTCOMES, 2, 0.0, 0),
        (all.clone(), "2024-02-29", ALL_OUTCOMES, 4, 0.0, 0),
        (all.clone(), "2024-02-29", "finished", 999, 0.0, 0),
        (all.clone(), "2024-03-01", ALL_OUTCOMES, 8, 0.0, 0),
        (Scope::Town(code("75056")), "2024-02-10", ALL_OUTCOMES, 16, 0.0, 0),
    ];
    count_as(&place, 1, &days(&rows)).await;
    // The same once more: it is added to what is there.
    count_as(&place, 2, &days(&rows[..2])).await;
    let months = async |scopes: &[Scope], since, until| {
        store.months(scopes, day(since), day(until)).await.unwrap()
    };
    let (december, february, march) = (day("2023-12-01"), day("2024-02-01"), day("2024-03-01"));
    let all_months = months(&[Scope::All], "2023-01-01", "2025-01-01").await;
    assert_eq!(all_months, [(december, 2), (february, 8), (march, 8)]);
    let cut = months(&[Scope::All], "2024-02-02", "2024-03-01").await;
    assert_eq!(cut, [(february, 4)]);
    let both = months(&[all, Scope::Town(code("75056"))], "2024-02-01", "2024-03-02").await;
    assert_eq!(both, [(february, 24), (march, 8)]);
    assert_eq!(months(&[Scope::Town(code("69123"))], "2023-01-01", "2025-01-01").await, []);
}

async fn periods_tell_days_weeks_and_months(place: Place) {
    let store = &*place.store;
    let (all, town) = (Scope::All, Scope::Town(code("75056")));
    // 2024-02-26 is a Monday. The first of March is in its week, and the third, a Sunday.
    let rows = [
        (all.clone(), "2024-02-25", "finished", 1, 0.0, 0),
        (all.clone(), "2024-02-26", "finished", 2, 0.0, 0),
        (all.clone(), "2024-03-01", "finished", 4, 0.0, 0),
        (all.clone(), "2024-03-03", "finished", 8, 0.0, 0),
        (all.clone(), "2024-03-04", "failure", 16, 0.0, 0),
        (town.clone(), "2024-02-26", "finished", 32, 0.0, 0),
        (town.clone(), "2024-02-27", "finished", 64, 0.0, 0),
    ];
    count_as(&place, 1, &days(&rows)).await;
    let told = async |scopes: &[Scope], periods: &[(&str, &str)]| {
        let periods: Vec<_> =
            periods.iter().map(|(since, until)| (day(since), day(until))).collect();
        let mut told = store.periods(scopes, &periods).await.unwrap();
        told.sort_by(|one, other| (one.period, &one.outcome).cmp(&(other.period, &other.outcome)));
        told
    };
    let count = |period, outcome: &str, [hails, days, weeks, months]: [i64; 4]| PeriodCount {
        period,
        outcome: outcome.into(),
        hails,
        days,
        weeks,
        months,
    };
    let periods = [
        ("2024-02-26", "2024-03-04"),
        ("2024-02-25", "2024-03-05"),
        ("2020-01-01", "2021-01-01"),
        ("2024-02-26", "2024-02-27"),
    ];
    let expected = [
        count(0, "finished", [14, 3, 1, 2]),
        count(1, "failure", [16, 1, 1, 1]),
        count(1, "finished", [15, 4, 2, 2]),
        count(3, "finished", [2, 1, 1, 1]),
    ];
    assert_eq!(told(&[Scope::All], &periods).await, expected);
    // A day on which both scopes have hails is one day.
    let expected = [count(0, "finished", [110, 4, 1, 2])];
    assert_eq!(told(&[all.clone(), town], &periods[..1]).await, expected);
    assert_eq!(told(&[], &periods).await, []);
    assert_eq!(told(&[all], &[]).await, []);
}

async fn the_time_of_a_step_is_a_mean_over_hails(place: Place) {
    let store = &*place.store;
    let (all, town) = (Scope::All, Scope::Town(code("75056")));
    let row =
        |scope: &Scope, step, seconds, hails| ((scope.clone(), step), TimeSum { seconds, hails });
    let first = vec![row(&all, "on_board", 10.0, 1), row(&all, "accepted", 3.5, 1)];
    let second = vec![row(&all, "on_board", 20.0, 4), row(&town, "on_board", 60.0, 1)];
    count_as(&place, 1, &HailSums { times: first, ..HailSums::default() }).await;
    count_as(&place, 2, &HailSums { times: second, ..HailSums::default() }).await;
    let expected = [("accepted".to_owned(), 3.5), ("on_board".to_owned(), 6.0)];
    assert_eq!(step_times(store, &[Scope::All]).await, expected);
    assert_eq!(
        step_times(store, &[Scope::Town(code("75056"))]).await,
        [("on_board".to_owned(), 60.0)]
    );
    assert_eq!(step_times(store, &[Scope::Own(AccountId(1))]).await, []);
    let expected = [("accepted".to_owned(), 3.5), ("on_board".to_owned(), 15.0)];
    assert_eq!(step_times(store, &[all, town]).await, expected);
    assert_eq!(step_times(store, &[]).await, []);
}

/// More than one statement takes.
async fn a_thousand_sums_are_kept(place: Place) {
    let scopes: Vec<_> = (1..=1_001).map(|number| Scope::Operator(AccountId(number))).collect();
    let day_of = |scope: &Scope| {
        let sum = DaySum { hails: 3, sessions: 2, distance_m: 1.5, distances: 1 };
        ((scope.clone(), day("2024-02-29"), ALL_OUTCOMES), sum)
    };
    let time_of = |scope: &Scope| ((scope.clone(), WHOLE), TimeSum { seconds: 8.0, hails: 2 });
    let sums = HailSums {
        days: scopes.iter().map(day_of).collect(),
        times: scopes.iter().map(time_of).collect(),
        ..HailSums::default()
    };
    count_as(&place, 1, &sums).await;
    assert_eq!(place.number("select cast(sum(hails) as bigint) from hail_days").await, 3_003);
    assert_eq!(place.number("select cast(sum(sessions) as bigint) from hail_days").await, 2_002);
    assert_eq!(place.number("select cast(sum(hails) as bigint) from hail_times").await, 2_002);
    let told =
        place.store.outcomes(&scopes, day("2024-01-01"), [day("2099-01-01"); 4]).await.unwrap();
    assert_eq!(told[0].before, [3_003; MILESTONES]);
    assert_eq!(told[0].mean_distance_m, [Some(1.5); MILESTONES]);
    assert_eq!(place.store.step_times(&scopes).await.unwrap(), [(WHOLE.to_owned(), 4.0)]);
}

async fn the_points_of_hails_come_newest_first(place: Place) {
    let store = &*place.store;
    let (taxi, client) = free_taxi(store).await;
    assert_eq!(store.newest_hail_points(5).await.unwrap(), []);
    for (number, seconds, lon) in [(2, 10, 1.0), (3, 10, 2.0), (1, 20, 3.0), (4, 5, 4.0)] {
        let mut new = new_hail(number, client, taxi.id, at(seconds));
        new.customer.point = Point::new(lon, 48.5).unwrap();
        hail(store, &new, at(seconds)).await;
        if number != 4 {
            end(store, number, Status::Finished, at(seconds)).await;
        }
    }
    let points = async |limit| {
        let points = store.newest_hail_points(limit).await.unwrap();
        points.iter().map(|point| (point.lon(), point.lat())).collect::<Vec<_>>()
    };
    assert_eq!(points(5).await, [(3.0, 48.5), (2.0, 48.5), (1.0, 48.5), (4.0, 48.5)]);
    assert_eq!(points(2).await, [(3.0, 48.5), (2.0, 48.5)]);
    assert_eq!(points(0).await, []);
}

#[test]
fn a_timeout_of_the_taxi_is_counted_under_two_words() {
    let outcomes = outcomes_of(&[Status::TimeoutTaxi, Status::Finished]);
    assert_eq!(outcomes, ["timeout_taxi", "finished", "timeout_ride"]);
    assert_eq!(outcomes_of(&[Status::Finished, Status::Failure]), ["finished", "failure"]);
    assert_eq!(outcomes_of(&[]), [""; 0]);
}

async fn bars_come_by_day_in_classes(place: Place) {
    let store = &*place.store;
    let all = Scope::All;
    let bar = |scope: &Scope, on, measure, value| DayBar {
        scope: scope.clone(),
        day: day(on),
        measure,
        value,
    };
    let town = Scope::Town(code("75056"));
    let bars = vec![
        (bar(&all, "2024-02-28", "answer_s", 3), 1),
        (bar(&all, "2024-02-29", "answer_s", 3), 2),
        (bar(&all, "2024-02-29", "answer_s", 9), 4),
        (bar(&all, "2024-02-29", "answer_s", 10), 8),
        (bar(&all, "2024-02-29", "ground", 3), 16),
        (bar(&all, "2024-03-01", "answer_s", 0), 32),
        (bar(&all, "2024-03-02", "answer_s", 3), 64),
        (bar(&town, "2024-02-29", "answer_s", 3), 128),
    ];
    let sums = HailSums { bars: bars.clone(), ..HailSums::default() };
    count_as(&place, 1, &sums).await;
    store.record_searches(&[], &bars[..1], &[]).await.unwrap();
    let days = Days { first: day("2024-02-29"), last: day("2024-03-01") };
    let read = async |measure, width, scopes: &[Scope]| {
        store.bars_by_day(measure, width, scopes, days).await.unwrap()
    };
    let (leap, first) = (day("2024-02-29"), day("2024-03-01"));
    let answers = Measure::OfHails("answer_s");
    let expected = [(leap, 3, 2), (leap, 9, 4), (leap, 10, 8), (first, 0, 32)];
    assert_eq!(read(answers, 1, std::slice::from_ref(&all)).await, expected);
    let expected = [(leap, 0, 6), (leap, 10, 8), (first, 0, 32)];
    assert_eq!(read(answers, 10, std::slice::from_ref(&all)).await, expected);
    let expected = [(leap, 0, 142), (first, 0, 32)];
    assert_eq!(read(answers, 100, &[all.clone(), town]).await, expected);
    assert_eq!(read(Measure::OfSearches("answer_s"), 1, &[all]).await, []);
    assert_eq!(read(answers, 1, &[]).await, []);
}

async fn outcomes_come_by_day(place: Place) {
    let all = Scope::All;
    let rows = [
        (all.clone(), "2024-02-28", "finished", 1, 0.0, 0),
        (all.clone(), "2024-02-29", "finished", 2, 0.0, 0),
        (all.clone(), "2024-02-29", "failure", 4, 0.0, 0),
        (all.clone(), "2024-03-01", "finished", 8, 0.0, 0),
        (Scope::Town(code("75056")), "2024-03-01", "finished", 16, 0.0, 0),
    ];
    count_as(&place, 1, &days(&rows)).await;
    let days = Days { first: day("2024-02-29"), last: day("2024-03-01") };
    let outcomes = place.store.outcomes_by_day(&[all], days).await.unwrap();
    let row = |on, word: &str, hails| (day(on), word.to_owned(), hails);
    let expected = [
        row("2024-02-29", "failure", 4),
        row("2024-02-29", "finished", 2),
        row("2024-03-01", "finished", 8),
    ];
    assert_eq!(outcomes, expected);
}

async fn sums_of_a_period_come_by_scope(place: Place) {
    let store = &*place.store;
    let (one, other) = (Scope::Operator(AccountId(1)), Scope::Operator(AccountId(2)));
    let rows = [
        (one.clone(), "2024-02-28", "finished", 1, 0.0, 0),
        (one.clone(), "2024-02-29", "finished", 2, 0.0, 0),
        (one.clone(), "2024-03-01", "finished", 4, 0.0, 0),
        (one.clone(), "2024-03-01", "failure", 8, 0.0, 0),
        (other.clone(), "2024-03-01", "finished", 16, 0.0, 0),
        (Scope::All, "2024-03-01", "finished", 32, 0.0, 0),
    ];
    let bar = |scope: &Scope, on, value| DayBar {
        scope: scope.clone(),
        day: day(on),
        measure: "ground",
        value,
    };
    let bars = vec![
        (bar(&one, "2024-02-28", 3), 1),
        (bar(&one, "2024-02-29", 3), 2),
        (bar(&one, "2024-03-01", 3), 4),
        (bar(&other, "2024-03-01", 5), 8),
        (bar(&Scope::All, "2024-03-01", 5), 16),
    ];
    count_as(&place, 1, &HailSums { bars, ..days(&rows) }).await;
    let days = Days { first: day("2024-02-29"), last: day("2024-03-01") };
    let both = [other.clone(), one.clone()];
    let outcomes = store.outcomes_by_scope(&both, days).await.unwrap();
    let row = |scope: &Scope, word: &str, hails| (scope.clone(), word.to_owned(), hails);
    let expected = [row(&one, "failure", 8), row(&one, "finished", 6), row(&other, "finished", 16)];
    assert_eq!(outcomes, expected);
    let grounds = Measure::OfHails("ground");
    let bars = store.bars_by_scope(grounds, &both, days).await.unwrap();
    assert_eq!(bars, [(one.clone(), 3, 6), (other, 5, 8)]);
    let delays = Measure::OfHails("answer_s");
    assert_eq!(store.bars_by_scope(delays, &[one], days).await.unwrap(), []);
    assert_eq!(store.outcomes_by_scope(&[], days).await.unwrap(), []);
}
