//! Identifiers, used by tables, logs and partners.
//!
//! Rows have integers from one sequence per table. Taxis ([`TaxiId`]) and hails ([`HailId`]), whose ids
//! people type or read aloud, have short public ids.

use std::fmt;
use std::str::FromStr;

use rand::{Rng, RngExt};

macro_rules! integer_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

integer_id!(
    /// Id of an account, in the order of creation; public.
    AccountId
);
integer_id!(
    /// Id of a driver, as registered by one account.
    DriverId
);
integer_id!(
    /// Id of a vehicle, shared by all accounts that describe it; public.
    VehicleId
);
integer_id!(
    /// Id of one account's description of a vehicle; public.
    DescriptionId
);
integer_id!(
    /// Id of a taxi licence (ADS), as registered by one account.
    LicenceId
);

/// Digits and letters that are not confused when read aloud: no 0, 1, I, O or l. This is the alphabet of
/// short UUIDs, as in the ids that partners already have.
pub const TAXI_ALPHABET: &[u8; 57] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// Lookup table of [`TAXI_ALPHABET`]: ids of taxis are parsed fifty at a time.
const IS_OF_ALPHABET: [bool; 256] = {
    let (mut known, mut index) = ([false; 256], 0);
    while index < TAXI_ALPHABET.len() {
        known[TAXI_ALPHABET[index] as usize] = true;
        index += 1;
    }
    known
};

/// The public id of a taxi: 7 characters of [`TAXI_ALPHABET`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaxiId([u8; 7]);

/// Error: the text is not an id of this kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not an id of a {kind}: {rule}")]
pub struct NotAnId {
    /// The given text.
    pub text: String,
    /// Kind of the expected id.
    pub kind: &'static str,
    /// Form of the expected id.
    pub rule: &'static str,
}

impl TaxiId {
    /// Draws a random id; the store refuses an id that is taken, and another one is drawn.
    pub fn fresh(rng: &mut impl Rng) -> Self {
        Self(std::array::from_fn(|_| TAXI_ALPHABET[rng.random_range(0..TAXI_ALPHABET.len())]))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("the alphabet is ASCII")
    }

    /// The id as ASCII, for writers of many ids that need no UTF-8 check.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The id at this position in the order of the alphabet.
    ///
    /// # Panics
    ///
    /// Panics if `place` is [`TAXI_IDS`] or more.
    pub(crate) fn at(mut place: u64) -> Self {
        assert!(place < TAXI_IDS, "there are only {TAXI_IDS} ids");
        let mut bytes = [0; 7];
        for byte in bytes.iter_mut().rev() {
            let digit = usize::try_from(place % BASE).expect("less than 57");
            *byte = TAXI_ALPHABET[digit];
            place /= BASE;
        }
        Self(bytes)
    }

    /// Position in the order of all ids: the inverse of [`Self::at`].
    pub(crate) fn place(self) -> u64 {
        self.0.iter().fold(0, |place, byte| {
            let digit = TAXI_ALPHABET.iter().position(|known| known == byte);
            place * BASE + digit.expect("an id is of the alphabet") as u64
        })
    }
}

const BASE: u64 = TAXI_ALPHABET.len() as u64;

/// Number of all ids of taxis: about 2 · 10¹².
pub(crate) const TAXI_IDS: u64 = BASE.pow(7);

impl FromStr for TaxiId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let not_an_id = || NotAnId {
            text: text.to_owned(),
            kind: "taxi",
            rule: "7 letters and digits without 0, 1, I, O and l",
        };
        let bytes: [u8; 7] = text.as_bytes().try_into().ok().ok_or_else(not_an_id)?;
        let known = bytes.iter().all(|byte| IS_OF_ALPHABET[usize::from(*byte)]);
        known.then_some(Self(bytes)).ok_or_else(not_an_id)
    }
}

impl fmt::Display for TaxiId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The public id of a hail: 7 hexadecimal digits in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HailId([u8; 7]);

impl HailId {
    /// Draws a random id. There are only 268 million; the store refuses an id that is taken, and another one
    /// is drawn.
    pub fn fresh(rng: &mut impl Rng) -> Self {
        Self(std::array::from_fn(|_| b"0123456789abcdef"[rng.random_range(0..16)]))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("hexadecimal digits are ASCII")
    }
}

impl FromStr for HailId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let not_an_id = || NotAnId {
            text: text.to_owned(),
            kind: "hail",
            rule: "7 hexadecimal digits in lower case",
        };
        let bytes: [u8; 7] = text.as_bytes().try_into().ok().ok_or_else(not_an_id)?;
        let known = bytes.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        known.then_some(Self(bytes)).ok_or_else(not_an_id)
    }
}

impl fmt::Display for HailId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_id_reads_back_as_itself() {
        let mut rng = rand::rng();
        for _ in 0..1000 {
            let (taxi, hail) = (TaxiId::fresh(&mut rng), HailId::fresh(&mut rng));
            assert_eq!(taxi.to_string().parse(), Ok(taxi));
            assert_eq!(hail.to_string().parse(), Ok(hail));
        }
    }

    #[test]
    fn what_is_no_id_is_refused_with_the_rule() {
        for text in ["", "zzzzzz", "zzzzzzzz", "zzzzzz0", "zzzzzzl", "ééé"] {
            assert!(text.parse::<TaxiId>().is_err(), "{text}");
        }
        let refusal = "ABCDEF1".parse::<HailId>().expect_err("upper case");
        assert_eq!(
            refusal.to_string(),
            r#""ABCDEF1" is not an id of a hail: 7 hexadecimal digits in lower case"#
        );
    }
}
