//! Habits of drivers and passengers: their shares, and what one of them does on one hail or trip.

use std::time::Duration;

use rand::seq::IndexedRandom;
use rand::{RngExt, rngs::StdRng};

/// Shares of people who let a ride fail, each from 0 (nobody) to 1 (everybody).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Habits {
    /// Hails that drivers refuse.
    pub refuse: f64,
    /// Hails that drivers, or their telephones, do not react to.
    pub ignore: f64,
    /// Accepted rides in which something happens to the taxi.
    pub incident: f64,
    /// Passengers who say no, before or after the driver's answer.
    pub passenger_declines: f64,
    /// Passengers who never look at their telephone again.
    pub passenger_disappears: f64,
}

/// A driver's conduct on one hail.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct DriverConduct {
    pub(crate) answer: DriverAnswer,
    /// True if the back office gives the driver's number at once, false if the driver does when accepting.
    pub(crate) phone_at_once: bool,
    pub(crate) incident: Incident,
    /// From the hail's arrival until the driver's telephone has shown it.
    pub(crate) reads_after: Duration,
    /// From then until the driver answers.
    pub(crate) answers_after: Duration,
    /// Time the customer takes to get in.
    pub(crate) boards_after: Duration,
    /// Length of the ride, in metres.
    pub(crate) ride_m: f64,
    /// The break after a hail that left the taxi off.
    pub(crate) pause: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DriverAnswer {
    Accepts,
    Refuses,
    /// Sees it and does nothing.
    Ignores,
    /// Is out of reach: not even the telephone reacts.
    Unreachable,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Incident {
    None,
    OnTheWay,
    Aboard,
}

/// A passenger's conduct on one trip.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct TripConduct {
    pub(crate) appears_after: Duration,
    /// True if the passenger stands near a hotspot.
    pub(crate) near_hotspot: bool,
    /// Searches before the passenger walks.
    pub(crate) searches: u32,
    pub(crate) search_again_after: Duration,
    pub(crate) resolve: Resolve,
    /// From the driver's yes to the passenger's own answer.
    pub(crate) answers_after: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resolve {
    Confirms,
    /// Says no as soon as the driver's telephone has the hail.
    DeclinesEarly,
    /// Says no once the driver has said yes.
    DeclinesLate,
    Disappears,
}

impl Habits {
    /// Tells whether each share is one, and those that exclude each other fit together.
    ///
    /// # Errors
    ///
    /// Names the shares that do not.
    pub fn check(&self) -> Result<(), ImpossibleHabits> {
        let shares = [
            ("refuse", self.refuse),
            ("ignore", self.ignore),
            ("incident", self.incident),
            ("passenger-declines", self.passenger_declines),
            ("passenger-disappears", self.passenger_disappears),
            ("refuse and ignore together", self.refuse + self.ignore),
            (
                "passenger-declines and passenger-disappears together",
                self.passenger_declines + self.passenger_disappears,
            ),
        ];
        match shares.into_iter().find(|(_, share)| !(0.0..=1.0).contains(share)) {
            Some((what, share)) => Err(ImpossibleHabits { what, share }),
            None => Ok(()),
        }
    }

    pub(crate) fn driver(&self, rng: &mut StdRng) -> DriverConduct {
        // Three in four of those who do not react see the hail; the others' telephones have no network.
        let answer = choose(
            rng,
            DriverAnswer::Accepts,
            &[
                (DriverAnswer::Refuses, self.refuse),
                (DriverAnswer::Ignores, self.ignore * 0.75),
                (DriverAnswer::Unreachable, self.ignore * 0.25),
            ],
        );
        let half = self.incident / 2.0;
        let incidents = [(Incident::OnTheWay, half), (Incident::Aboard, half)];
        let incident = choose(rng, Incident::None, &incidents);
        DriverConduct {
            answer,
            phone_at_once: rng.random_bool(0.3),
            incident,
            reads_after: seconds(rng, 0.5, 2.0),
            answers_after: seconds(rng, 2.0, 12.0),
            boards_after: seconds(rng, 5.0, 30.0),
            ride_m: rng.random_range(500.0..2_500.0),
            pause: seconds(rng, 20.0, 90.0),
        }
    }

    pub(crate) fn passenger(&self, rng: &mut StdRng) -> TripConduct {
        let half = self.passenger_declines / 2.0;
        let resolve = choose(
            rng,
            Resolve::Confirms,
            &[
                (Resolve::DeclinesEarly, half),
                (Resolve::DeclinesLate, half),
                (Resolve::Disappears, self.passenger_disappears),
            ],
        );
        TripConduct {
            appears_after: seconds(rng, 2.0, 60.0),
            near_hotspot: rng.random_bool(0.8),
            searches: rng.random_range(2..=4),
            search_again_after: seconds(rng, 10.0, 30.0),
            resolve,
            answers_after: seconds(rng, 1.0, 10.0),
        }
    }
}

impl DriverConduct {
    /// A driver who accepts at once, for a taxi that is hailed by hand.
    pub(crate) fn prompt() -> Self {
        let soon = Duration::from_millis(300);
        Self {
            answer: DriverAnswer::Accepts,
            phone_at_once: false,
            incident: Incident::None,
            reads_after: soon,
            answers_after: soon,
            boards_after: soon,
            ride_m: 0.0,
            pause: soon,
        }
    }
}

/// Shares outside 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("{what}: {share} is not a share of people: it must lie between 0 and 1")]
pub struct ImpossibleHabits {
    /// The option or options.
    pub what: &'static str,
    /// The value given.
    pub share: f64,
}

/// Chooses by shares; the `usual` one has what is left of 1.
fn choose<T: Copy>(rng: &mut StdRng, usual: T, shares: &[(T, f64)]) -> T {
    let left = 1.0 - shares.iter().map(|(_, share)| share).sum::<f64>();
    let all: Vec<_> = shares.iter().copied().chain([(usual, left.max(0.0))]).collect();
    all.choose_weighted(rng, |(_, share)| *share).expect("shares add up to 1").0
}

fn seconds(rng: &mut StdRng, from: f64, to: f64) -> Duration {
    Duration::from_secs_f64(rng.random_range(from..to))
}

#[cfg(test)]
mod tests {
    use crate::random::{Stream, rng};

    use super::*;

    const HABITS: Habits = Habits {
        refuse: 0.1,
        ignore: 0.08,
        incident: 0.04,
        passenger_declines: 0.1,
        passenger_disappears: 0.05,
    };

    fn drivers(seed: u64) -> Vec<DriverConduct> {
        (0..2_000).map(|turn| HABITS.driver(&mut rng(seed, Stream::Driver, 7, turn))).collect()
    }

    fn passengers(seed: u64) -> Vec<TripConduct> {
        let draw = |turn| HABITS.passenger(&mut rng(seed, Stream::Passenger, 7, turn));
        (0..2_000).map(draw).collect()
    }

    #[test]
    fn the_same_seed_makes_the_same_decisions() {
        assert_eq!(drivers(1), drivers(1));
        assert_eq!(passengers(1), passengers(1));
        assert_ne!(drivers(1), drivers(2));
        assert_ne!(passengers(1), passengers(2));
    }

    #[test]
    fn people_keep_to_their_shares() {
        let drivers = drivers(3);
        let share = |answer| {
            drivers.iter().filter(|conduct| conduct.answer == answer).count() as f64 / 2_000.0
        };
        assert!((share(DriverAnswer::Refuses) - 0.1).abs() < 0.02);
        assert!((share(DriverAnswer::Ignores) - 0.06).abs() < 0.02);
        assert!((share(DriverAnswer::Unreachable) - 0.02).abs() < 0.01);
        let gone = passengers(3).iter().filter(|trip| trip.resolve == Resolve::Disappears).count();
        assert!((gone as f64 / 2_000.0 - 0.05).abs() < 0.02);
    }

    #[test]
    fn shares_outside_0_to_1_are_refused_by_name() {
        assert_eq!(HABITS.check(), Ok(()));
        let too_many = Habits { refuse: 0.7, ignore: 0.5, ..HABITS };
        assert_eq!(too_many.check().unwrap_err().what, "refuse and ignore together");
        let negative = Habits { incident: -0.1, ..HABITS };
        assert_eq!(negative.check().unwrap_err().what, "incident");
    }
}
