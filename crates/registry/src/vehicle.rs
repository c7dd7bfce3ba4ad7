//! Vehicles and their descriptions by accounts.
//!
//! A vehicle is one car, known by its plate and shared by all accounts; a [`Description`] holds the details
//! that one account gives of it, and the status and radius that the driver chose there. All taxis of that
//! account and vehicle share the description.

use std::fmt;
use std::str::FromStr;

use unicode_normalization::UnicodeNormalization as _;

use crate::record::{Record, Value, record};
use crate::{AccountId, DescriptionId, Time, VehicleId};

/// Length of a licence plate, in characters: from the shortest French plate without separators to the longest
/// with them.
pub const PLATE_LENGTH: std::ops::RangeInclusive<usize> = 7..=10;

/// A licence plate as written by an operator; case and separators are kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LicencePlate(String);

/// A text that is too short or too long for a plate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no licence plate: it has 7 to 10 characters")]
pub struct NotAPlate(pub String);

impl LicencePlate {
    /// The plate as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A key shared by all plates of one car, however written: the letters and digits, of any script, in
    /// upper case. A plate without any letter or digit is a car of its own.
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
    /// Public id.
    pub id: VehicleId,
    /// Licence plate.
    pub plate: LicencePlate,
}

/// Activity of the driver of a vehicle, as known to one account.
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
    /// All statuses.
    pub const ALL: [Self; 5] =
        [Self::Free, Self::Answering, Self::Occupied, Self::Oncoming, Self::Off];

    /// Statuses that an operator may set; hails set the others. In the order in which errors list them.
    pub const SETTABLE: [Self; 3] = [Self::Free, Self::Occupied, Self::Off];

    /// The word in the public contract and the database.
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

/// A word that is not among those allowed here.
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

/// Place of a feature in the public contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeatureUse {
    /// Shown to the account.
    Plain,
    /// Shown to the account, and named among the characteristics of a taxi that has it.
    Characteristic,
    /// Obsolete: taken, and shown with a taxi only.
    Obsolete,
}

record! {
    /// Details of a vehicle, as given by an account, apart from its status.
    ///
    /// `None` means "not given": partners see the difference from `false`. Answers list characteristics in the
    /// order of these fields.
    Features used by FeatureUse {
        /// Model; empty if not given.
        model: String = "model", Plain;
        /// Maker; empty if not given.
        constructor: String = "constructor", Plain;
        /// Kind of engine; empty if not given.
        engine: String = "engine", Plain;
        /// Colour; empty if not given.
        color: String = "color", Plain;
        /// Number of seats.
        seats: Option<i32> = "nb_seats", Plain;
        /// Replacement vehicle (*véhicule relais*, code des transports R.3121-2).
        relay: Option<bool> = "relais", Plain;
        /// Pets are taken.
        pet_accepted: Option<bool> = "pet_accepted", Characteristic;
        /// Bicycles are taken.
        bike_accepted: Option<bool> = "bike_accepted", Characteristic;
        /// A baby seat is on board.
        baby_seat: Option<bool> = "baby_seat", Characteristic;
        /// Wi-Fi is on board.
        wifi: Option<bool> = "wifi", Characteristic;
        /// Equipped for wheelchairs (VASP handicap).
        wheelchair: Option<bool> = "vasp_handicap", Characteristic;
        /// American Express is accepted.
        amex_accepted: Option<bool> = "amex_accepted", Characteristic;
        /// French bank cheques are accepted.
        bank_check_accepted: Option<bool> = "bank_check_accepted", Characteristic;
        /// Kind of body, one of [`BODY_TYPES`].
        body_type: Option<String> = "type_", Obsolete;
        /// Agreement with the public health insurance.
        health_insurance: Option<bool> = "cpam_conventionne", Obsolete;
    }
}

impl Features {
    /// Words of the characteristics that are present.
    pub fn characteristics(&self) -> Vec<&'static str> {
        let all = Self::FIELDS.iter().filter(|field| field.used == FeatureUse::Characteristic);
        all.filter(|field| (field.value)(self) == Value::Flag(Some(true)))
            .map(|field| field.word)
            .collect()
    }
}

/// Obsolete kinds of body that partners may still send, in the order in which errors list them.
pub const BODY_TYPES: [&str; 4] = ["sedan", "mpv", "station_wagon", "normal"];

/// One account's description of one vehicle, with the status of its driver there.
#[derive(Clone, Debug, PartialEq)]
pub struct Description {
    /// Public id.
    pub id: DescriptionId,
    /// The described vehicle.
    pub vehicle: VehicleId,
    /// The describing account.
    pub account: AccountId,
    /// The given details.
    pub features: Features,
    /// Status of the driver.
    pub status: VehicleStatus,
    /// Time of the last change of the status.
    pub status_at: Time,
    /// Largest distance to a customer, in metres (150 to 500), if the driver chose one.
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
