//! Test taxis that answer hails by themselves, for developers of apps.
//!
//! A behaviour tells the next step of the operator's side, and its time. The steps are those of
//! [`crate::hail::RULES`]; a test compares them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use registry::Time;

use crate::hail::{Status, deadline_at};

/// Time after which the driver of a test taxi hears of a hail.
pub const RINGS_AFTER: Duration = Duration::from_secs(1);
/// Time after which the driver answers, unless they are slow.
pub const ANSWERS_AFTER: Duration = Duration::from_secs(3);
/// Time before the deadline at which a slow driver answers.
pub const SLOW_BEFORE: Duration = Duration::from_secs(3);
/// Duration of the approach, and of the ride.
pub const DRIVES_FOR: Duration = Duration::from_secs(10);

/// Declares the behaviours, each with its word in our API and the database.
macro_rules! behaviours {
    ($($(#[doc = $doc:literal])* $behaviour:ident = $word:literal;)*) => {
        /// Behaviour of a test taxi.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Behaviour { $($(#[doc = $doc])* $behaviour,)* }

        impl Behaviour {
            /// All behaviours.
            pub const ALL: [Self; [$($word),*].len()] = [$(Self::$behaviour),*];

            /// All words.
            pub const WORDS: [&str; Self::ALL.len()] = [$($word),*];

            /// The word in our API and the database.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$behaviour => $word,)* }
            }
        }
    };
}

behaviours! {
    /// Accepts, takes the customer on board and ends the ride.
    Accept = "accept";
    /// Declines.
    Refuse = "refuse";
    /// Never answers: the hail times out.
    Ignore = "ignore";
    /// Accepts shortly before the deadline, and then drives like the first.
    Slow = "slow";
    /// Accepts, and reports that the customer is not there.
    NoShow = "no_show";
}

/// A word that is not a behaviour.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a behaviour of a test taxi")]
pub struct UnknownBehaviour(pub String);

impl FromStr for Behaviour {
    type Err = UnknownBehaviour;

    fn from_str(word: &str) -> Result<Self, UnknownBehaviour> {
        let found = Self::ALL.into_iter().find(|behaviour| behaviour.word() == word);
        found.ok_or_else(|| UnknownBehaviour(word.to_owned()))
    }
}

impl fmt::Display for Behaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// The next step of a test taxi in a hail that took its status at `changed_at`, and the time of that step; `None` if
/// it waits for the other party, for the registry, or for ever.
pub fn next_step(behaviour: Behaviour, status: Status, changed_at: Time) -> Option<(Status, Time)> {
    use Behaviour::{Accept, Ignore, NoShow, Refuse, Slow};

    let after = |to, wait: Duration| Some((to, changed_at + wait));
    match (status, behaviour) {
        (Status::ReceivedByOperator, _) => after(Status::ReceivedByTaxi, RINGS_AFTER),
        (Status::ReceivedByTaxi, Accept | NoShow) => after(Status::AcceptedByTaxi, ANSWERS_AFTER),
        (Status::ReceivedByTaxi, Refuse) => after(Status::DeclinedByTaxi, ANSWERS_AFTER),
        (Status::ReceivedByTaxi, Slow) => {
            Some((Status::AcceptedByTaxi, deadline_at(status, changed_at)? - SLOW_BEFORE))
        }
        (Status::AcceptedByCustomer, NoShow) => after(Status::IncidentTaxi, DRIVES_FOR),
        (Status::AcceptedByCustomer, Accept | Slow) => after(Status::CustomerOnBoard, DRIVES_FOR),
        (Status::CustomerOnBoard, Accept | Slow) => after(Status::Finished, DRIVES_FOR),
        // The status of a taxi whose behaviour was changed meanwhile, too.
        (_, Ignore | Refuse | Accept | Slow | NoShow) => None,
    }
}

#[cfg(test)]
mod tests {
    use registry::{Role, Roles};

    use super::*;
    use crate::hail;

    /// The statuses and seconds of a hail of a taxi, whose customer confirms at once.
    fn life(behaviour: Behaviour) -> Vec<(&'static str, i64)> {
        let begin = Time::UNIX_EPOCH;
        let (mut status, mut at, mut life) = (Status::ReceivedByOperator, begin, Vec::new());
        while let Some((to, then)) = next_step(behaviour, status, at) {
            let roles: Roles = [Role::Operator].into_iter().collect();
            assert!(hail::step(status, to, roles).is_ok(), "{status} to {to}");
            assert!(deadline_at(status, at).unwrap() > then, "{status} to {to} comes too late");
            (status, at) = (to, then);
            life.push((status.word(), (at - begin).num_seconds()));
            if status == Status::AcceptedByTaxi {
                status = Status::AcceptedByCustomer;
            }
        }
        life
    }

    #[test]
    fn each_behaviour_takes_steps_that_the_rules_allow_before_their_deadlines() {
        let ride = |from: i64| [("customer_on_board", from + 10), ("finished", from + 20)];
        let rings = ("received_by_taxi", 1);
        let accepts = |at| ("accepted_by_taxi", at);
        assert_eq!(life(Behaviour::Accept), [[rings, accepts(4)], ride(4)].concat());
        assert_eq!(life(Behaviour::Slow), [[rings, accepts(28)], ride(28)].concat());
        assert_eq!(life(Behaviour::Refuse), [rings, ("declined_by_taxi", 4)]);
        assert_eq!(life(Behaviour::Ignore), [rings]);
        assert_eq!(life(Behaviour::NoShow), [rings, accepts(4), ("incident_taxi", 14)]);
    }

    #[test]
    fn a_test_taxi_waits_for_the_registry_and_for_the_customer() {
        for behaviour in Behaviour::ALL {
            assert_eq!(behaviour.word().parse(), Ok(behaviour));
            for status in [Status::Received, Status::AcceptedByTaxi, Status::Finished] {
                assert_eq!(next_step(behaviour, status, Time::UNIX_EPOCH), None, "{status}");
            }
        }
    }
}
