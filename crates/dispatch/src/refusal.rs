//! Legal grounds on which a driver may refuse a hail.
//!
//! Source: Code des transports, R3121-23, as amended by the decree 2023-383. The article lets a driver refuse on
//! eight grounds. The old API has reasons of its own, which have no legal meaning and stay as they are.

use std::fmt;
use std::str::FromStr;

use crate::hail::Status;

/// The article that lists the grounds.
pub const ARTICLE: &str = "R3121-23";

/// Declares the grounds in the article's order, each with its word in our API and the database, and the article's text
/// in short.
macro_rules! grounds {
    ($($(#[doc = $doc:literal])* $ground:ident = $number:literal, $word:literal, $text:literal;)*) => {
        /// A legal ground of a refusal. Its number is its place in the article.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Ground { $($(#[doc = $doc])* $ground = $number,)* }

        impl Ground {
            /// All grounds, in the article's order.
            pub const ALL: [Self; [$($word),*].len()] = [$(Self::$ground),*];

            /// All words, in the article's order.
            pub const WORDS: [&str; Self::ALL.len()] = [$($word),*];

            /// The word in our API and the database.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$ground => $word,)* }
            }

            /// The article's text in short, in French.
            pub const fn text(self) -> &'static str {
                match self { $(Self::$ground => $text,)* }
            }
        }
    };
}

grounds! {
    /// The destination or the customer lies outside the area in which the taxi works.
    OutsideArea = 1, "outside_area", "Course hors de la zone de prise en charge";
    /// The driver's working time would be exceeded.
    WorkingTime = 2, "working_time", "Fin de la durée de service du conducteur";
    /// The taxi is booked.
    PriorBooking = 3, "prior_booking", "Réservation préalable";
    /// A customer hailed the taxi in the street at that moment.
    HailedInStreet = 4, "hailed_in_street", "Taxi hélé dans la rue au même moment";
    /// The taxi queues at a rank.
    QueueingAtRank = 5, "queueing_at_rank", "Taxi en file d'attente à une station";
    /// On approach: the customer is not reachable or absent, or another customer hailed the taxi.
    OnApproach = 6, "on_approach", "En approche : client injoignable ou absent, ou taxi hélé en chemin";
    /// The vehicle would be soiled or damaged.
    Damage = 7, "damage", "Risque de salir ou de détériorer le véhicule";
    /// Hygiene or safety.
    Safety = 8, "safety", "Hygiène ou sécurité";
}

impl Ground {
    /// Its number in the article: 1 to 8.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The ground with this number.
    pub fn of_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|ground| i64::from(ground.number()) == number)
    }
}

impl fmt::Display for Ground {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A word that is not a ground.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a ground of a refusal")]
pub struct UnknownGround(pub String);

impl FromStr for Ground {
    type Err = UnknownGround;

    fn from_str(word: &str) -> Result<Self, UnknownGround> {
        let found = Self::ALL.into_iter().find(|ground| ground.word() == word);
        found.ok_or_else(|| UnknownGround(word.to_owned()))
    }
}

/// Reason for which a hail takes no ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoGround {
    /// Only a hail that the driver declined has a ground.
    #[error("a hail that is {0} is not a refusal")]
    NotRefused(Status),
    /// The hail has another ground, which stands.
    #[error("the ground is {0} and stands")]
    Given(Ground),
}

/// Decides if a hail in this status, with this ground so far, takes a ground. A ground is given once: what was
/// declared is not changed afterwards.
///
/// # Errors
///
/// The hail is not a refusal, or has another ground.
pub fn take_ground(status: Status, given: Option<Ground>, ground: Ground) -> Result<(), NoGround> {
    match given {
        _ if status != Status::DeclinedByTaxi => Err(NoGround::NotRefused(status)),
        Some(given) if given != ground => Err(NoGround::Given(given)),
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grounds_are_numbered_as_in_the_article() {
        let numbers = Ground::ALL.map(Ground::number);
        assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7, 8]);
        for ground in Ground::ALL {
            assert_eq!(ground.to_string().parse(), Ok(ground));
            assert_eq!(Ground::of_number(ground.number().into()), Some(ground));
        }
        assert_eq!(Ground::of_number(0), None);
        assert_eq!(Ground::of_number(9), None);
        assert_eq!("mud_river".parse::<Ground>(), Err(UnknownGround("mud_river".into())));
    }

    #[test]
    fn only_a_refusal_takes_a_ground_and_only_one() {
        for status in Status::ALL {
            for given in [None, Some(Ground::Damage), Some(Ground::Safety)] {
                let expected = match given {
                    _ if status != Status::DeclinedByTaxi => Err(NoGround::NotRefused(status)),
                    Some(Ground::Damage) => Err(NoGround::Given(Ground::Damage)),
                    _ => Ok(()),
                };
                assert_eq!(take_ground(status, given, Ground::Safety), expected, "{status}");
            }
        }
    }
}
