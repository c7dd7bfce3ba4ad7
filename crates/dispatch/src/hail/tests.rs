//! Exhaustive tests of the table of rules.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta};

use super::*;

fn holding(roles: &[Role]) -> Roles {
    roles.iter().copied().collect()
}

fn over() -> impl Iterator<Item = Status> {
    Status::ALL.into_iter().filter(|status| status.is_over())
}

/// The steps that an operator and a client may take, copied from the contract a second time: status, steps of
/// the operator, steps of the client.
const PARTIES: [(Status, &[Status], &[Status]); 6] = [
    (Received, &[], &[DeclinedByCustomer]),
    (ReceivedByOperator, &[ReceivedByTaxi], &[DeclinedByCustomer]),
    (
        ReceivedByTaxi,
        &[AcceptedByTaxi, DeclinedByTaxi, IncidentTaxi],
        &[IncidentCustomer, DeclinedByCustomer],
    ),
    (AcceptedByTaxi, &[IncidentTaxi], &[AcceptedByCustomer, DeclinedByCustomer, IncidentCustomer]),
    (AcceptedByCustomer, &[CustomerOnBoard, IncidentTaxi], &[IncidentCustomer]),
    (CustomerOnBoard, &[Finished, IncidentTaxi], &[IncidentCustomer]),
];

/// Every status, every requested status, every set of roles: 15 × 15 × 32 cases.
#[test]
fn each_role_may_do_what_the_contract_says_and_nothing_else() {
    for from in Status::ALL {
        let row = PARTIES.iter().find(|row| row.0 == from);
        for to in Status::ALL {
            for set in 0..1_u8 << Role::ALL.len() {
                let held = Role::ALL.into_iter().filter(|role| set & (1 << *role as u8) != 0);
                let roles: Roles = held.collect();
                let expected = match row {
                    None => Err(Refused::Over { from, to }),
                    Some((_, operators, clients)) => {
                        let needs = if operators.contains(&to) {
                            Some(Role::Operator)
                        } else {
                            clients.contains(&to).then_some(Role::Client)
                        };
                        match needs {
                            None => Err(Refused::NoSuchStep { from, to }),
                            Some(needs) if roles.has_any(&[needs, Role::Admin]) => Ok((from, to)),
                            Some(needs) => Err(Refused::NotYours { from, to, needs }),
                        }
                    }
                };
                let found = step(from, to, roles).map(|rule| (rule.from, rule.to));
                assert_eq!(found, expected, "{from} to {to} with roles {set:05b}");
            }
        }
    }
}

#[test]
fn a_refusal_says_what_stands_against_the_step() {
    for (from, to, roles, says) in [
        (
            Finished,
            Received,
            &[Role::Admin],
            "a hail that is finished is over and cannot become received",
        ),
        (Received, Finished, &[Role::Admin], "a hail cannot be taken from received to finished"),
        (
            ReceivedByTaxi,
            AcceptedByTaxi,
            &[Role::Client],
            "only an account with the role operateur may take a hail from received_by_taxi to accepted_by_taxi",
        ),
    ] {
        assert_eq!(step(from, to, holding(roles)).unwrap_err().to_string(), says);
    }
}

/// Only one party may request a step, so a refusal can name it.
#[test]
fn no_step_belongs_to_both_parties() {
    let mut seen = BTreeSet::new();
    for rule in RULES.iter().filter(|rule| rule.cause.role().is_some()) {
        assert!(seen.insert((rule.from, rule.to)), "{rule:?} is there twice");
    }
}

#[test]
fn our_call_moves_a_hail_that_waits_for_it_and_no_other() {
    for from in Status::ALL {
        for to in Status::ALL {
            let found = step_of_call(from, to).map(|rule| rule.taxi);
            let expected = match (from, to) {
                (Received, ReceivedByOperator) => Ok(Same),
                (Received, Failure) => Ok(Free),
                _ if from.is_over() => Err(Refused::Over { from, to }),
                _ => Err(Refused::NoSuchStep { from, to }),
            };
            assert_eq!(found, expected, "{from} to {to}");
        }
    }
}

/// Without a step back a hail cannot cycle: it ends after six steps at most.
#[test]
fn no_step_goes_back() {
    for Rule { from, to, .. } in RULES {
        assert!(from < to, "{from} may not lead back to {to}");
    }
}

/// A hail that no party touches must still end.
#[test]
fn no_hail_sleeps_for_ever() {
    for status in Status::ALL.into_iter().filter(|status| status.is_open()) {
        let silences =
            RULES.iter().filter(|rule| rule.from == status && rule.cause.silence().is_some());
        assert_eq!(silences.count(), 1, "{status} needs one deadline");
        let rule = deadline(status).expect("counted above");
        assert!(rule.to.is_over(), "silence in {status} must end the hail");
    }
    for status in over() {
        assert_eq!(deadline(status), None, "{status} is the end");
    }
}

#[test]
fn every_status_can_be_reached() {
    let mut reached = BTreeSet::from([Received]);
    // Ascending order: no step goes back.
    for status in Status::ALL {
        if reached.contains(&status) {
            reached.extend(rules_from(status).map(|rule| rule.to));
        }
    }
    assert_eq!(reached, BTreeSet::from(Status::ALL));
}

#[test]
fn a_hail_is_open_until_it_comes_to_one_of_nine_ends() {
    let ends = [
        Failure,
        DeclinedByTaxi,
        IncidentTaxi,
        TimeoutTaxi,
        DeclinedByCustomer,
        IncidentCustomer,
        TimeoutCustomer,
        TimeoutAcceptedByCustomer,
        Finished,
    ];
    assert_eq!(over().collect::<Vec<_>>(), ends);
}

/// Otherwise the taxi of an ended hail would stay `answering`.
#[test]
fn every_end_says_what_becomes_of_the_taxi() {
    for rule in RULES.iter().filter(|rule| rule.to.is_over()) {
        assert!(!matches!(rule.taxi, Same | Oncoming), "{rule:?}");
    }
}

/// The contract gives the effect by the new status, and for silence by the old one.
#[test]
fn the_taxi_becomes_what_the_contract_says() {
    for rule in RULES {
        let expected = match (rule.from, rule.to) {
            (_, AcceptedByCustomer) => Oncoming,
            (_, CustomerOnBoard | TimeoutAcceptedByCustomer) => Occupied,
            (_, DeclinedByTaxi | TimeoutTaxi) => Off,
            (_, ReceivedByOperator | ReceivedByTaxi | AcceptedByTaxi) => Same,
            _ => Free,
        };
        assert_eq!(rule.taxi, expected, "{rule:?}");
    }
    let becomes = [Same, Free, Oncoming, Occupied, Off].map(Taxi::status);
    let words = becomes.map(|status| status.map(VehicleStatus::word));
    assert_eq!(words, [None, Some("free"), Some("oncoming"), Some("occupied"), Some("off")]);
}

#[test]
fn a_deadline_fires_when_its_time_has_come_and_not_before() {
    let start = DateTime::UNIX_EPOCH;
    for (status, seconds, becomes) in [
        (Received, 10, Failure),
        (ReceivedByOperator, 10, Failure),
        (ReceivedByTaxi, 30, TimeoutTaxi),
        (AcceptedByTaxi, 30, TimeoutCustomer),
        (AcceptedByCustomer, 30 * 60, TimeoutAcceptedByCustomer),
        (CustomerOnBoard, 2 * 60 * 60, TimeoutTaxi),
    ] {
        let at = start + TimeDelta::seconds(seconds);
        assert_eq!(deadline_at(status, start), Some(at), "{status}");
        assert_eq!(overdue(status, start, at - TimeDelta::microseconds(1)), None, "{status}");
        for late in [0, 1, 86_400] {
            let rule = overdue(status, start, at + TimeDelta::seconds(late));
            assert_eq!(rule.map(|rule| rule.to), Some(becomes), "{status}, {late} s late");
        }
    }
    for status in over() {
        assert_eq!(deadline_at(status, start), None);
        assert_eq!(overdue(status, start, start + TimeDelta::days(365)), None);
    }
}

#[test]
fn every_status_has_its_word_and_every_word_its_status() {
    for status in Status::ALL {
        assert_eq!(status.to_string().parse(), Ok(status));
    }
    for word in [RETIRED_WORD, "", "Received", "received "] {
        assert_eq!(word.parse::<Status>(), Err(UnknownStatus(word.to_owned())));
    }
}

/// Partners know this list from errors.
#[test]
fn the_words_are_listed_as_partners_know_them() {
    assert_eq!(
        WORDS.join(", "),
        "received, sent_to_operator, received_by_operator, received_by_taxi, accepted_by_taxi, \
         accepted_by_customer, customer_on_board, failure, declined_by_taxi, incident_taxi, \
         timeout_taxi, declined_by_customer, incident_customer, timeout_customer, \
         timeout_accepted_by_customer, finished"
    );
}

#[test]
fn a_driver_who_accepts_must_be_reachable_by_phone() {
    let needing: Vec<_> = Status::ALL.into_iter().filter(|to| needs_taxi_phone(*to)).collect();
    assert_eq!(needing, [AcceptedByTaxi]);
}

#[test]
fn each_party_sees_no_more_than_the_moment_asks_for() {
    let parties = holding(&[Role::Client, Role::Operator]);
    for status in Status::ALL {
        let (position, phones, driver) = match status {
            Received | ReceivedByOperator | ReceivedByTaxi => (true, false, false),
            AcceptedByTaxi | CustomerOnBoard => (true, false, true),
            AcceptedByCustomer => (true, true, true),
            _ => (false, false, false),
        };
        assert_eq!(shows_position(status), position, "position in {status}");
        assert_eq!(shows_phones(status, parties), phones, "phones in {status}");
        assert_eq!(shows_driver(status), driver, "driver in {status}");
        assert!(shows_phones(status, holding(&[Role::Admin])), "admins see phones in {status}");
    }
}
