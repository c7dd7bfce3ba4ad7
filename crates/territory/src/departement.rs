//! The départements of France, which register drivers.

use std::str::FromStr;

/// A département: number and name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Departement {
    /// Number: `01` to `95`, `2A`, `2B`, or three digits overseas.
    pub number: &'static str,
    /// Name with accents and hyphens, as the statistics office (INSEE) writes it.
    pub name: &'static str,
}

/// Error: no département has this number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no département has the number {0:?}: write it as 06, 2A or 974")]
pub struct UnknownDepartement(
    /// The given text.
    pub String,
);

impl FromStr for Departement {
    type Err = UnknownDepartement;

    /// The département of a number.
    fn from_str(number: &str) -> Result<Self, UnknownDepartement> {
        let known = DEPARTEMENTS.iter().find(|departement| departement.number == number);
        known.copied().ok_or_else(|| UnknownDepartement(number.to_owned()))
    }
}

/// The départements that match a name or a number. Either is sufficient because callers misspell one of the
/// two; if the two contradict each other, both départements match. The name is compared without regard to
/// case but with accents; the number must be exact. An empty text counts as absent; with neither name nor
/// number all départements match.
pub fn matching(name: Option<&str>, number: Option<&str>) -> Vec<Departement> {
    let name = name.filter(|name| !name.is_empty()).map(str::to_lowercase);
    let number = number.filter(|number| !number.is_empty());
    let nothing_said = name.is_none() && number.is_none();
    let matches = |departement: &Departement| {
        nothing_said
            || number == Some(departement.number)
            || name.as_ref().is_some_and(|name| departement.name.to_lowercase() == *name)
    };
    DEPARTEMENTS.iter().copied().filter(matches).collect()
}

const fn departement(number: &'static str, name: &'static str) -> Departement {
    Departement { number, name }
}

/// All 101 départements, sorted by number.
#[rustfmt::skip]
pub const DEPARTEMENTS: [Departement; 101] = [
    departement("01", "Ain"),
    departement("02", "Aisne"),
    departement("03", "Allier"),
    departement("04", "Alpes-de-Haute-Provence"),
    departement("05", "Hautes-Alpes"),
    departement("06", "Alpes-Maritimes"),
    departement("07", "Ardèche"),
    departement("08", "Ardennes"),
    departement("09", "Ariège"),
    departement("10", "Aube"),
    departement("11", "Aude"),
    departement("12", "Aveyron"),
    departement("13", "Bouches-du-Rhône"),
    departement("14", "Calvados"),
    departement("15", "Cantal"),
    departement("16", "Charente"),
    departement("17", "Charente-Maritime"),
    departement("18", "Cher"),
    departement("19", "Corrèze"),
    departement("21", "Côte-d'Or"),
    departement("22", "Côtes-d'Armor"),
    departement("23", "Creuse"),
    departement("24", "Dordogne"),
    departement("25", "Doubs"),
    departement("26", "Drôme"),
    departement("27", "Eure"),
    departement("28", "Eure-et-Loir"),
    departement("29", "Finistère"),
    departement("2A", "Corse-du-Sud"),
    departement("2B", "Haute-Corse"),
    departement("30", "Gard"),
    departement("31", "Haute-Garonne"),
    departement("32", "Gers"),
    departement("33", "Gironde"),
    departement("34", "Hérault"),
    departement("35", "Ille-et-Vilaine"),
    departement("36", "Indre"),
    departement("37", "Indre-et-Loire"),
    departement("38", "Isère"),
    departement("39", "Jura"),
    departement("40", "Landes"),
    departement("41", "Loir-et-Cher"),
    departement("42", "Loire"),
    departement("43", "Haute-Loire"),
    departement("44", "Loire-Atlantique"),
    departement("45", "Loiret"),
    departement("46", "Lot"),
    departement("47", "Lot-et-Garonne"),
    departement("48", "Lozère"),
    departement("49", "Maine-et-Loire"),
    departement("50", "Manche"),
    departement("51", "Marne"),
    departement("52", "Haute-Marne"),
    departement("53", "Mayenne"),
    departement("54", "Meurthe-et-Moselle"),
    departement("55", "Meuse"),
    departement("56", "Morbihan"),
    departement("57", "Moselle"),
    departement("58", "Nièvre"),
    departement("59", "Nord"),
    departement("60", "Oise"),
    departement("61", "Orne"),
    departement("62", "Pas-de-Calais"),
    departement("63", "Puy-de-Dôme"),
    departement("64", "Pyrénées-Atlantiques"),
    departement("65", "Hautes-Pyrénées"),
    departement("66", "Pyrénées-Orientales"),
    departement("67", "Bas-Rhin"),
    departement("68", "Haut-Rhin"),
    departement("69", "Rhône"),
    departement("70", "Haute-Saône"),
    departement("71", "Saône-et-Loire"),
    departement("72", "Sarthe"),
    departement("73", "Savoie"),
    departement("74", "Haute-Savoie"),
    departement("75", "Paris"),
    departement("76", "Seine-Maritime"),
    departement("77", "Seine-et-Marne"),
    departement("78", "Yvelines"),
    departement("79", "Deux-Sèvres"),
    departement("80", "Somme"),
    departement("81", "Tarn"),
    departement("82", "Tarn-et-Garonne"),
    departement("83", "Var"),
    departement("84", "Vaucluse"),
    departement("85", "Vendée"),
    departement("86", "Vienne"),
    departement("87", "Haute-Vienne"),
    departement("88", "Vosges"),
    departement("89", "Yonne"),
    departement("90", "Territoire de Belfort"),
    departement("91", "Essonne"),
    departement("92", "Hauts-de-Seine"),
    departement("93", "Seine-Saint-Denis"),
    departement("94", "Val-de-Marne"),
    departement("95", "Val-d'Oise"),
    departement("971", "Guadeloupe"),
    departement("972", "Martinique"),
    departement("973", "Guyane"),
    departement("974", "La Réunion"),
    departement("976", "Mayotte"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(name: Option<&str>, number: Option<&str>) -> Vec<&'static str> {
        matching(name, number).into_iter().map(|departement| departement.number).collect()
    }

    #[test]
    fn a_name_or_a_number_is_enough() {
        assert_eq!(numbers(None, Some("75")), ["75"]);
        assert_eq!(numbers(Some("Paris"), None), ["75"]);
        assert_eq!(numbers(Some("Pariss"), Some("75")), ["75"]);
        assert_eq!(numbers(Some("Paris"), Some("999")), ["75"]);
    }

    #[test]
    fn a_name_may_be_in_any_case_but_accents_matter() {
        assert_eq!(numbers(Some("pArIs"), None), ["75"]);
        assert_eq!(numbers(Some("ARDÈCHE"), None), ["07"]);
        assert!(numbers(Some("Ardeche"), None).is_empty());
        assert!(numbers(Some(" "), None).is_empty());
    }

    #[test]
    fn a_number_is_exact() {
        assert_eq!(numbers(None, Some("2A")), ["2A"]);
        for number in ["2a", "1", "975", "20", "075"] {
            assert!(numbers(None, Some(number)).is_empty(), "{number}");
        }
    }

    #[test]
    fn a_name_and_a_number_of_two_departements_match_both() {
        assert_eq!(numbers(Some("Paris"), Some("93")), ["75", "93"]);
    }

    #[test]
    fn an_empty_text_says_nothing_and_nothing_said_matches_all() {
        assert_eq!(numbers(Some(""), Some("75")), ["75"]);
        for (name, number) in [(None, None), (Some(""), Some("")), (Some(""), None)] {
            assert_eq!(numbers(name, number).len(), 101);
        }
    }

    #[test]
    fn each_departement_is_there_once() {
        let mut numbers: Vec<String> =
            (1..=95).filter(|n| *n != 20).map(|n| format!("{n:02}")).collect();
        numbers.extend(["2A", "2B", "971", "972", "973", "974", "976"].map(str::to_owned));
        numbers.sort();
        assert_eq!(DEPARTEMENTS.map(|departement| departement.number.to_owned()).to_vec(), numbers);
        for departement in DEPARTEMENTS {
            assert_eq!(matching(Some(departement.name), None), [departement]);
        }
    }
}
