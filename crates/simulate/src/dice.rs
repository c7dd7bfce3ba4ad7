//! Who does what, and when: everything in a run that chance decides.
//!
//! Each taxi and each passenger has dice of its own, thrown anew for every hail and every trip. So
//! what the third hail of taxi 7 meets depends on the seed alone, not on what happened meanwhile.

use std::time::Duration;

use rand::{RngExt, SeedableRng, rngs::StdRng};

/// Whose dice they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// Where a stand is.
    Stand = 0,
    /// A taxi's way through the streets.
    Streets = 1,
    /// A driver's answer to a hail.
    Driver = 2,
    /// A passenger's trip.
    Passenger = 3,
    /// Where a taxi starts.
    Start = 4,
}

/// The dice of the `turn`th hail or trip of one of them.
pub(crate) fn dice(seed: u64, whose: Whose, index: u64, turn: u64) -> StdRng {
    let words = [seed, whose as u64, index, turn];
    let mut bytes = [0; 32];
    for (slot, word) in bytes.chunks_exact_mut(8).zip(words) {
        slot.copy_from_slice(&word.to_le_bytes());
    }
    StdRng::from_seed(bytes)
}

/// How often people do what is not hoped for: each a share from 0 (never) to 1 (always).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Habits {
    /// Of hails that a driver refuses.
    pub refuse: f64,
    /// Of hails that a driver, or his telephone, does not react to.
    pub ignore: f64,
    /// Of accepted rides in which something happens to the taxi.
    pub incident: f64,
    /// Of passengers who say no, before or after the driver's answer.
    pub passenger_declines: f64,
    /// Of passengers who never look at their telephone again.
    pub passenger_disappears: f64,
}

/// What a driver makes of one hail.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct DriverConduct {
    pub(crate) answer: DriverAnswer,
    /// Whether the back office gives the driver's number at once, or the driver when accepting.
    pub(crate) phone_at_once: bool,
    pub(crate) incident: Incident,
    /// From the hail's arrival until the driver's telephone has shown it.
    pub(crate) reads_after: Duration,
    /// From then until the driver answers.
    pub(crate) answers_after: Duration,
    /// How long the customer takes to get in.
    pub(crate) boards_after: Duration,
    /// How far the customer wants to go, in metres.
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

/// A passenger's trip: how long before it, and how the passenger behaves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct TripConduct {
    pub(crate) appears_after: Duration,
    /// Whether the passenger is somewhere taxis like to be.
    pub(crate) near_stand: bool,
    /// How often the passenger looks for a taxi before walking.
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

    pub(crate) fn driver(&self, dice: &mut StdRng) -> DriverConduct {
        let answer = match dice.random::<f64>() {
            roll if roll < self.refuse => DriverAnswer::Refuses,
            // Three in four see the hail; the others' telephones have no network.
            roll if roll < self.refuse + self.ignore * 0.75 => DriverAnswer::Ignores,
            roll if roll < self.refuse + self.ignore => DriverAnswer::Unreachable,
            _ => DriverAnswer::Accepts,
        };
        let incident = match dice.random::<f64>() {
            roll if roll < self.incident / 2.0 => Incident::OnTheWay,
            roll if roll < self.incident => Incident::Aboard,
            _ => Incident::None,
        };
        DriverConduct {
            answer,
            phone_at_once: dice.random_bool(0.3),
            incident,
            reads_after: seconds(dice, 0.5, 2.0),
            answers_after: seconds(dice, 2.0, 12.0),
            boards_after: seconds(dice, 5.0, 30.0),
            ride_m: dice.random_range(500.0..2_500.0),
            pause: seconds(dice, 20.0, 90.0),
        }
    }

    pub(crate) fn passenger(&self, dice: &mut StdRng) -> TripConduct {
        let resolve = match dice.random::<f64>() {
            roll if roll < self.passenger_declines / 2.0 => Resolve::DeclinesEarly,
            roll if roll < self.passenger_declines => Resolve::DeclinesLate,
            roll if roll < self.passenger_declines + self.passenger_disappears => {
                Resolve::Disappears
            }
            _ => Resolve::Confirms,
        };
        TripConduct {
            appears_after: seconds(dice, 2.0, 60.0),
            near_stand: dice.random_bool(0.8),
            searches: dice.random_range(2..=4),
            search_again_after: seconds(dice, 10.0, 30.0),
            resolve,
            answers_after: seconds(dice, 1.0, 10.0),
        }
    }
}

impl DriverConduct {
    /// A driver who waits for nothing but the customer's own word: for trying things by hand.
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

/// Shares that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("{what}: {share} is no share of people, it must lie between 0 and 1")]
pub struct ImpossibleHabits {
    /// The option or options.
    pub what: &'static str,
    /// What was given.
    pub share: f64,
}

fn seconds(dice: &mut StdRng, from: f64, to: f64) -> Duration {
    Duration::from_secs_f64(dice.random_range(from..to))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HABITS: Habits = Habits {
        refuse: 0.1,
        ignore: 0.08,
        incident: 0.04,
        passenger_declines: 0.1,
        passenger_disappears: 0.05,
    };

    fn drivers(seed: u64) -> Vec<DriverConduct> {
        (0..2_000).map(|turn| HABITS.driver(&mut dice(seed, Whose::Driver, 7, turn))).collect()
    }

    fn passengers(seed: u64) -> Vec<TripConduct> {
        let throw = |turn| HABITS.passenger(&mut dice(seed, Whose::Passenger, 7, turn));
        (0..2_000).map(throw).collect()
    }

    #[test]
    fn the_same_seed_makes_the_same_decisions() {
        assert_eq!(drivers(1), drivers(1));
        assert_eq!(passengers(1), passengers(1));
        assert_ne!(drivers(1), drivers(2));
        assert_ne!(passengers(1), passengers(2));
    }

    #[test]
    fn nobody_throws_another_ones_dice() {
        let throws: Vec<u64> = [
            (Whose::Driver, 0, 0),
            (Whose::Passenger, 0, 0),
            (Whose::Driver, 1, 0),
            (Whose::Driver, 0, 1),
        ]
        .into_iter()
        .map(|(whose, index, turn)| dice(5, whose, index, turn).random())
        .collect();
        let distinct: std::collections::BTreeSet<_> = throws.iter().collect();
        assert_eq!(distinct.len(), throws.len());
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
    fn shares_that_cannot_be_are_refused_by_name() {
        assert_eq!(HABITS.check(), Ok(()));
        let too_many = Habits { refuse: 0.7, ignore: 0.5, ..HABITS };
        assert_eq!(too_many.check().unwrap_err().what, "refuse and ignore together");
        let negative = Habits { incident: -0.1, ..HABITS };
        assert_eq!(negative.check().unwrap_err().what, "incident");
    }
}
