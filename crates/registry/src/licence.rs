//! Taxi licences (ADS, *autorisation de stationnement*): a town's permission to wait for customers in its
//! streets (code des transports, L.3121-1 ff.).

use std::fmt;
use std::str::FromStr;

use territory::InseeCode;

use crate::{LicenceId, VehicleId};

/// A taxi licence. The key within an account is the number and the town.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Licence {
    /// Its id.
    pub id: LicenceId,
    /// Its details.
    pub details: LicenceDetails,
}

/// Details of a licence, as given by an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LicenceDetails {
    /// Number assigned by the town.
    pub number: String,
    /// The town that issued it.
    pub town: InseeCode,
    /// Vehicle with which it is used, if given.
    pub vehicle: Option<VehicleId>,
    /// Name of the holder.
    pub owner_name: String,
    /// Kind of holder, if given.
    pub owner_type: Option<OwnerType>,
    /// True if two drivers may share it in a day (*doublage*); `None` if not given.
    pub double_shift: Option<bool>,
    /// Obsolete; kept because partners read it back.
    pub category: String,
}

/// The new number of a licence whose town was merged into one in which its account already has a licence of
/// the same number: `12 (02695)`. The account's own number and the old code lead to it.
pub fn number_beside(number: &str, old_town: InseeCode) -> String {
    format!("{number} ({old_town})")
}

/// A number of a licence without differences of writing: in upper case, without blanks, punctuation and leading zeros.
/// Towns and operators write `042`, `42` and `n° 42` of one licence.
pub fn plain_number(number: &str) -> String {
    let upper = number.to_uppercase();
    let upper = ["N°", "Nº", "NO "]
        .into_iter()
        .find_map(|sign| upper.trim().strip_prefix(sign).map(str::to_owned))
        .unwrap_or(upper);
    let plain: String = upper.chars().filter(|character| character.is_alphanumeric()).collect();
    let short = plain.trim_start_matches('0');
    if short.is_empty() { plain } else { short.to_owned() }
}

/// Kind of holder of a licence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnerType {
    /// A natural person.
    Individual,
    /// A company.
    Company,
}

impl OwnerType {
    /// All kinds, in the order in which errors list them.
    pub const ALL: [Self; 2] = [Self::Individual, Self::Company];

    /// The word in the public contract and the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Individual => "individual",
            Self::Company => "company",
        }
    }
}

impl fmt::Display for OwnerType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for OwnerType {
    type Err = crate::vehicle::UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|kind| kind.word() == word);
        found.ok_or_else(|| crate::vehicle::UnknownWord(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_licence_has_one_plain_number_however_it_is_written() {
        for written in ["42", "042", " 42", "n° 42", "N°042", "4 2", "4-2"] {
            assert_eq!(plain_number(written), "42", "{written}");
        }
        assert_eq!(plain_number("a12"), "A12");
        assert_eq!(plain_number("000"), "000");
        assert_ne!(plain_number("420"), plain_number("42"));
    }
}
