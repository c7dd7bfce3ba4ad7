//! Vehicles, and what each account says of them.
//!
//! A vehicle is one car, known by its plate and shared by all accounts; a [`Description`] is what
//! one account says of it, with the status and the radius its driver chose there. All taxis of that
//! account and vehicle share them.

use std::fmt;
use std::str::FromStr;

use unicode_normalization::UnicodeNormalization as _;

use crate::{AccountId, DescriptionId, Time, VehicleId};

/// The shortest and the longest licence plate, in characters: the shortest French one without
/// separators, and the longest with them.
pub const PLATE_LENGTH: std::ops::RangeInclusive<usize> = 7..=10;

/// A licence plate as an operator writes it; case and separators matter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LicencePlate(String);

/// A text too short or too long for a plate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no licence plate: it has 7 to 10 characters")]
pub struct NotAPlate(pub String);

impl LicencePlate {
    /// The plate as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same text for all plates that are one car, however they are written: its letters and digits, of any
    /// script, in upper case. A plate without any is a car of its own.
    pub fn car(&self) -> String {
        let upper = self.0.nfkc().flat_map(char::to_uppercase);
        let car: String = upper.filter(|character| character.is_alphanumeric()).collect();
        if car.is_empty() { self.0.clone() } else { car }
    }
}

impl FromStr for LicencePlate {
    type Err = NotAPlate;

    fn from_str(text: &str) -> Result<Self, NotAPlate> {
        if PLATE_LENGTH.contains(&text.chars().count()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAPlate(text.to_owned()))
        }
    }
}

impl fmt::Display for LicencePlate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// One car.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vehicle {
    /// Its id, public.
    pub id: VehicleId,
    /// Its plate.
    pub plate: LicencePlate,
}

/// What the driver of a vehicle is doing, as one account knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VehicleStatus {
    /// Looking for customers.
    Free,
    /// Being asked by a hail.
    Answering,
    /// With a customer.
    Occupied,
    /// On the way to a customer.
    Oncoming,
    /// Not at work.
    Off,
}

impl VehicleStatus {
    /// Every status.
    pub const ALL: [Self; 5] =
        [Self::Free, Self::Answering, Self::Occupied, Self::Oncoming, Self::Off];

    /// Those an operator may set; the others only a hail sets. In the order in which errors list
    /// them.
    pub const SETTABLE: [Self; 3] = [Self::Free, Self::Occupied, Self::Off];

    /// The word of the public contract and the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Answering => "answering",
            Self::Occupied => "occupied",
            Self::Oncoming => "oncoming",
            Self::Off => "off",
        }
    }
}

impl fmt::Display for VehicleStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A word that the registry does not know in this place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a word known here")]
pub struct UnknownWord(pub String);

impl FromStr for VehicleStatus {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let found = Self::ALL.into_iter().find(|status| status.word() == word);
        found.ok_or_else(|| UnknownWord(word.to_owned()))
    }
}

/// What an account says of a vehicle, apart from its status.
///
/// `None` means "not told": partners see the difference between `false` and not told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Features {
    /// Model; empty when not told.
    pub model: String,
    /// Maker; empty when not told.
    pub constructor: String,
    /// Kind of engine; empty when not told.
    pub engine: String,
    /// Colour; empty when not told.
    pub color: String,
    /// Number of seats.
    pub seats: Option<i32>,
    /// Whether it stands in for another (*véhicule relais*, code des transports R.3121-2).
    pub relay: Option<bool>,
    /// French bank cheques are accepted.
    pub bank_check_accepted: Option<bool>,
    /// A baby seat is on board.
    pub baby_seat: Option<bool>,
    /// Bicycles may ride along.
    pub bike_accepted: Option<bool>,
    /// Pets may ride along.
    pub pet_accepted: Option<bool>,
    /// American Express is accepted.
    pub amex_accepted: Option<bool>,
    /// There is Wi-Fi on board.
    pub wifi: Option<bool>,
    /// Equipped for wheelchairs (VASP handicap).
    pub wheelchair: Option<bool>,
    /// Obsolete: kind of body, one of [`BODY_TYPES`].
    pub body_type: Option<String>,
    /// Obsolete: has an agreement with the public health insurance.
    pub health_insurance: Option<bool>,
}

/// The obsolete kinds of body a partner may still send, in the order in which errors list them.
pub const BODY_TYPES: [&str; 4] = ["sedan", "mpv", "station_wagon", "normal"];

/// What one account says of one vehicle, and what its driver is doing there.
#[derive(Clone, Debug, PartialEq)]
pub struct Description {
    /// Its id, public.
    pub id: DescriptionId,
    /// The vehicle it describes.
    pub vehicle: VehicleId,
    /// The account that says so.
    pub account: AccountId,
    /// What it says.
    pub features: Features,
    /// What the driver is doing.
    pub status: VehicleStatus,
    /// When the status last changed.
    pub status_at: Time,
    /// How far away a customer may stand, in metres (150 to 500), if the driver chose.
    pub radius_m: Option<i32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plate_has_seven_to_ten_characters_whatever_they_are() {
        for text in ["1234567", "AB 123 CD", "🚕🚕🚕🚕🚕🚕🚕"] {
            assert_eq!(
                text.parse::<LicencePlate>().map(|plate| plate.to_string()),
                Ok(text.into())
            );
        }
        assert!("123456".parse::<LicencePlate>().is_err());
        assert!("12345678901".parse::<LicencePlate>().is_err());
    }

    #[test]
    fn a_car_is_one_however_its_plate_is_written() {
        let car = |text: &str| text.parse::<LicencePlate>().expect("a plate").car();
        for text in [
            "ab124cd",
            "AB-124-CD ",
            "AB–124–CD",
            "AB\u{2011}124\u{2011}CD",
            "ＡＢ－１２４－ＣＤ",
            "Ab.124.cD",
        ] {
            assert_eq!(car(text), "AB124CD", "{text}");
        }
        assert_ne!(car("AB-124-CE"), "AB124CD");
        assert_eq!(car("аб-124-вг"), "АБ124ВГ", "other scripts have letters, too");
        assert_ne!(car("-------"), car("--------"), "nothing tells these from any other car");
    }

    #[test]
    fn every_status_has_its_word_and_every_word_its_status() {
        for status in VehicleStatus::ALL {
            assert_eq!(status.word().parse(), Ok(status));
        }
        assert!("FREE".parse::<VehicleStatus>().is_err());
    }
}
