//! Read, decide and write are one: of many that decide at once, each one decides by what the others did.

use chrono::TimeDelta;
use registry::vehicle::Features;
use registry::{AccountId, CustomerId, Taxi, Time};
use storage::Store;
use storage::hails::{Applied, BanTimes, HailChange, HailFacts, Made};
use uuid::Uuid;

use crate::place::Place;
use crate::world::{
    at, change_at, facts_of, free, free_taxi, hail, hail_id, line, new_hail, plate, taxi, wish,
};

crate::tests![
    of_many_changes_of_a_vehicle_none_is_lost,
    of_many_reports_of_a_customer_each_makes_the_ban_longer,
    hails_of_a_customer_at_once_open_one_session,
];

/// Rounds of each race.
const ROUNDS: u32 = 5;

async fn of_many_changes_of_a_vehicle_none_is_lost(place: Place) {
    let operator = free_taxi(&*place.store).await.0.operator;
    for round in 0..ROUNDS {
        // The first ones also make the vehicle, and what is said of it.
        let on = plate(&format!("CH-{round:03}-GE"));
        let changes: [fn(&mut Features); 6] = [
            |known| known.wifi = Some(true),
            |known| known.relay = Some(true),
            |known| known.baby_seat = Some(true),
            |known| known.wheelchair = Some(true),
            |known| known.seats = Some(7),
            |known| known.color = "vert".into(),
        ];
        let changing = changes.map(|change| {
            let (store, on) = (place.store.clone(), on.clone());
            tokio::spawn(async move {
                let describe = |known: Option<&Features>| {
                    let mut features = known.cloned().unwrap_or_default();
                    change(&mut features);
                    features
                };
                store.put_vehicle(operator, &on, &describe, &[line()], at(1)).await.unwrap();
            })
        });
        for changed in changing {
            changed.await.unwrap();
        }
        let mut expected = Features::default();
        for change in &changes {
            change(&mut expected);
        }
        let kept = place.store.description_of_plate(operator, &on).await.unwrap().unwrap();
        assert_eq!(kept.features, expected, "round {round}");
    }
}

/// An app with some free taxis of one operator.
async fn fleet(store: &dyn Store) -> (Vec<Taxi>, AccountId) {
    let (first, client) = free_taxi(store).await;
    let mut taxis = vec![first];
    for number in ["HJKLMN2", "HJKLMN3", "HJKLMN4", "HJKLMN5"] {
        let operator = taxis[0].operator;
        taxis.push(taxi(store, operator, number, &format!("ZZ-{number}")[..10]).await);
    }
    (taxis, client)
}

/// One second longer with each report.
#[expect(clippy::unnecessary_wraps, reason = "a decision may also lift a ban")]
fn longer(ban: Option<BanTimes>, _now: Time) -> Option<BanTimes> {
    let (begin, end) = ban.unwrap_or((Some(at(1)), at(1)));
    Some((begin, end + TimeDelta::seconds(1)))
}

async fn of_many_reports_of_a_customer_each_makes_the_ban_longer(place: Place) {
    let store = &*place.store;
    let (taxis, client) = fleet(store).await;
    for (number, taxi) in (1..).zip(&taxis) {
        free(store, taxi, at(1)).await;
        hail(store, &new_hail(number, client, taxi.id, at(1)), at(1)).await;
    }
    let mut reports = 0;
    for revision in 1..=i64::from(ROUNDS) {
        let reporting: Vec<_> = (1..)
            .zip(&taxis)
            .map(|(number, _)| {
                let store = place.store.clone();
                tokio::spawn(async move {
                    let report = HailChange { ban: Some(longer), ..HailChange::default() };
                    change_at(&*store, hail_id(number), revision, &report, &[], at(2)).await
                })
            })
            .collect();
        for reported in reporting {
            assert!(matches!(reported.await.unwrap().unwrap(), Applied::Hail(_)));
            reports += 1;
        }
        let me = CustomerId("me".into());
        let facts = facts_of(store, taxis[0].id, client, &me, None).await.unwrap().unwrap();
        assert_eq!(facts.ban, Some((Some(at(1)), at(1 + reports))), "each report counts");
    }
}

async fn hails_of_a_customer_at_once_open_one_session(place: Place) {
    let (taxis, client) = fleet(&*place.store).await;
    for round in 0..ROUNDS {
        let mut hailing = Vec::new();
        for (number, taxi) in (0..).zip(&taxis) {
            free(&*place.store, taxi, at(1)).await;
            let store = place.store.clone();
            let mut new = new_hail(round * 100 + number, client, taxi.id, at(2));
            new.customer.id = CustomerId(format!("customer {round}"));
            hailing.push(tokio::spawn(async move {
                let decide = |facts: Option<&HailFacts>| {
                    let latest = facts?.latest_session;
                    let mut new = new.clone();
                    new.opens_session = latest.is_none();
                    new.session = latest.map_or(new.session, |(session, _)| session);
                    Some((new, Vec::new()))
                };
                store.create_hail(wish(&new), &decide, None, at(2)).await.unwrap()
            }));
        }
        let mut sessions: Vec<Uuid> = Vec::new();
        for hailed in hailing {
            match hailed.await.unwrap() {
                Made::Hail(hail) => sessions.push(hail.session),
                other => panic!("{other:?}"),
            }
        }
        sessions.dedup();
        assert_eq!(sessions.len(), 1, "round {round}: {sessions:?}");
        let opening = place.number("select count(*) from hails where opens_session").await;
        assert_eq!(opening, i64::from(round) + 1, "round {round}");
        place.execute("update hails set deadline_at = null").await;
    }
}
