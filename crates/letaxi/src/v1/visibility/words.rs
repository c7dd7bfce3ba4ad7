//! Codes, values and sentences of the conditions of a search.

use dispatch::eligibility::POSITION_LIFE_S;
use registry::{Time, VehicleStatus};
use schemars::JsonSchema;
use serde::Serialize;

use crate::api::envelope::naive;
use crate::api::language::Language;
use crate::app::fleet::visibility::{Check, Found, Place};

/// A value: seconds, metres or a word.
#[derive(JsonSchema, Serialize)]
#[serde(untagged)]
pub(super) enum Fact {
    Seconds(u32),
    Metres(f64),
    Text(String),
}

/// The word of a condition.
pub(in crate::v1) fn code(found: &Found) -> &'static str {
    match found {
        Found::AccountEnabled(_) => "account_enabled",
        Found::OperatorEnabled(_) => "operator_enabled",
        Found::PositionKnown(_) => "position_known",
        Found::PositionLive(_) => "position_live",
        Found::Free(_) => "status_free",
        Found::OperatorFree(_) => "operator_status_free",
        Found::NoOpenHail(_) => "no_open_hail",
        Found::NotExcluded(_) => "no_exclusion_zone",
        Found::InTown { .. } => "in_a_town",
        Found::LicenceAllowed { .. } => "licence_allowed",
        Found::WithinRadius { .. } => "within_radius",
    }
}

/// The value found and the value that it is compared with.
pub(super) fn facts(found: &Found) -> (Option<Fact>, Option<Fact>) {
    let text = |text: &str| Some(Fact::Text(text.to_owned()));
    let time = |at: &Option<Time>| at.map(|at| Fact::Text(naive(at)));
    let code = |place: &Option<Place>| place.as_ref().and_then(|place| text(place.code.as_str()));
    match found {
        Found::AccountEnabled(at)
        | Found::OperatorEnabled(at)
        | Found::PositionKnown(at)
        | Found::NoOpenHail(at) => (time(at), None),
        Found::PositionLive(age_s) => {
            (age_s.map(Fact::Seconds), Some(Fact::Seconds(POSITION_LIFE_S)))
        }
        Found::Free(status) | Found::OperatorFree(status) => {
            (text(status.word()), text(VehicleStatus::Free.word()))
        }
        Found::NotExcluded(zone) => (zone.as_deref().and_then(text), None),
        Found::InTown { town, .. } => (code(town), None),
        Found::LicenceAllowed { licence, customer, .. } => {
            (text(licence.code.as_str()), code(customer))
        }
        Found::WithinRadius { distance_m, limit_m, .. } => {
            (distance_m.map(|metres| Fact::Metres(tenths(metres))), Some(Fact::Metres(*limit_m)))
        }
    }
}

/// The condition as a sentence for its operator.
pub(in crate::v1) fn sentence(check: &Check, language: Language) -> String {
    let [english, french] = match &check.found {
        Found::AccountEnabled(at) => account(*at),
        Found::OperatorEnabled(at) => operator(*at),
        Found::PositionKnown(at) => position(*at),
        Found::PositionLive(age_s) => age(*age_s),
        Found::Free(status) => free(check.holds, *status),
        Found::OperatorFree(status) => operator_free(check.holds, *status),
        Found::NoOpenHail(at) => open_hail(check.holds, *at),
        Found::NotExcluded(zone) => exclusion(zone.as_deref()),
        Found::InTown { town, swapped } => in_town(town.as_ref(), swapped.as_ref()),
        Found::LicenceAllowed { licence, customer, zone } => {
            allowed(licence, customer.as_ref(), zone.as_deref())
        }
        Found::WithinRadius { distance_m, radius_m, limit_m } => {
            distance(*distance_m, *radius_m, *limit_m)
        }
    };
    language.choose(english, french)
}

/// A sentence in English and French.
type Said = [String; 2];

fn said(english: &str, french: &str) -> Said {
    [english.to_owned(), french.to_owned()]
}

fn account(disabled_at: Option<Time>) -> Said {
    let Some(at) = disabled_at.map(moment) else {
        return said("The account is enabled.", "Le compte est actif.");
    };
    [
        format!("The account is disabled since {at}."),
        format!("Le compte est désactivé depuis le {at}."),
    ]
}

fn operator(disabled_at: Option<Time>) -> Said {
    let Some(at) = disabled_at.map(moment) else {
        return said(
            "The account that receives the hails is enabled.",
            "Le compte qui reçoit les courses est actif.",
        );
    };
    [
        format!("The account that receives the hails is disabled since {at}."),
        format!("Le compte qui reçoit les courses est désactivé depuis le {at}."),
    ]
}

fn position(at: Option<Time>) -> Said {
    let Some(at) = at.map(moment) else {
        return said("No position within a day.", "Aucune position depuis un jour.");
    };
    [format!("Last position at {at}."), format!("Dernière position le {at}.")]
}

fn age(age_s: Option<u32>) -> Said {
    let Some(age_s) = age_s else {
        return said("Position of unknown age.", "Position d'âge inconnu.");
    };
    [
        format!("Position {age_s} s old, limit {POSITION_LIFE_S} s."),
        format!("Position vieille de {age_s} s, limite {POSITION_LIFE_S} s."),
    ]
}

fn free(is_free: bool, status: VehicleStatus) -> Said {
    let [english, french] = words(status);
    let [needs, il_faut] = needs(is_free);
    [format!("Status {english}{needs}."), format!("Statut {french}{il_faut}.")]
}

fn operator_free(is_free: bool, status: VehicleStatus) -> Said {
    let [english, french] = words(status);
    let [needs, il_faut] = needs(is_free);
    [
        format!("Status {english} in the account that receives the hails{needs}."),
        format!("Statut {french} dans le compte qui reçoit les courses{il_faut}."),
    ]
}

/// A status as people say it; `value` beside the sentence has the API's word.
fn words(status: VehicleStatus) -> [&'static str; 2] {
    match status {
        VehicleStatus::Free => ["free", "libre"],
        VehicleStatus::Answering => ["being asked", "sollicité"],
        VehicleStatus::Occupied => ["occupied", "occupé"],
        VehicleStatus::Oncoming => ["on its way to a customer", "en approche d'un client"],
        VehicleStatus::Off => ["off duty", "hors service"],
    }
}

fn needs(is_free: bool) -> [&'static str; 2] {
    if is_free {
        ["", ""]
    } else {
        ["; searches show free taxis only", " ; les recherches ne montrent que les taxis libres"]
    }
}

fn open_hail(is_none: bool, since: Option<Time>) -> Said {
    match since {
        _ if is_none => said("In no open hail.", "Pas de course en cours."),
        None => said("In an open hail.", "Course en cours."),
        Some(since) => {
            let since = since.format("%H:%M UTC");
            [format!("In an open hail since {since}."), format!("Course en cours depuis {since}.")]
        }
    }
}

fn exclusion(zone: Option<&str>) -> Said {
    let Some(zone) = zone else {
        return said("Customer in no exclusion zone.", "Client hors de toute zone d'exclusion.");
    };
    [
        format!("Customer in the exclusion zone {zone}."),
        format!("Client dans la zone d'exclusion {zone}."),
    ]
}

fn in_town(town: Option<&Place>, swapped: Option<&Place>) -> Said {
    match (town.map(name), swapped.map(name)) {
        (Some(town), _) => {
            [format!("Customer in {town}."), format!("Client dans la commune {town}.")]
        }
        (None, Some(town)) => [
            format!("Customer in no town; in {town} if longitude and latitude are exchanged."),
            format!(
                "Client hors de toute commune ; dans {town} si longitude et latitude sont échangées."
            ),
        ],
        (None, None) => said("Customer in no town.", "Client hors de toute commune."),
    }
}

fn allowed(licence: &Place, customer: Option<&Place>, zone: Option<&str>) -> Said {
    let licence = name(licence);
    let Some(customer) = customer.map(name) else {
        return [
            format!("Licence of {licence}, customer in no town."),
            format!("ADS de {licence}, client hors de toute commune."),
        ];
    };
    let [english, french] = match zone {
        _ if licence == customer => said("the same town", "la même commune"),
        None => said("no shared zone", "pas de ZUPC commune"),
        Some(zone) => [format!("shared zone {zone}"), format!("ZUPC commune {zone}")],
    };
    [
        format!("Licence of {licence}, customer in {customer}: {english}."),
        format!("ADS de {licence}, client dans {customer} : {french}."),
    ]
}

fn distance(distance_m: Option<f64>, radius_m: Option<i32>, limit_m: f64) -> Said {
    let Some(metres) = distance_m.map(tenths) else {
        return said("Distance unknown without a position.", "Distance inconnue sans position.");
    };
    let [english, french] = match radius_m {
        None => said("limit of searches", "limite des recherches"),
        Some(radius_m) if f64::from(radius_m) > limit_m => [
            format!("limit of searches; {radius_m} m chosen"),
            format!("limite des recherches ; {radius_m} m choisis"),
        ],
        Some(_) => said("radius chosen by the driver", "rayon choisi par le conducteur"),
    };
    [
        format!("{metres} m from the customer, limit {limit_m} m ({english})."),
        format!("À {metres} m du client, limite {limit_m} m ({french})."),
    ]
}

/// A distance to a tenth of a metre, rounded up: one beyond a limit must not look equal to it.
fn tenths(metres: f64) -> f64 {
    (metres * 10.0).ceil() / 10.0
}

fn moment(at: Time) -> String {
    at.format("%F %H:%M:%S UTC").to_string()
}

fn name(place: &Place) -> String {
    format!("{} {}", place.code, place.name).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_said_in_the_readers_words() {
        let occupied = Check { holds: false, found: Found::Free(VehicleStatus::Occupied) };
        assert_eq!(
            sentence(&occupied, Language::French),
            "Statut occupé ; les recherches ne montrent que les taxis libres."
        );
        assert_eq!(
            sentence(&occupied, Language::English),
            "Status occupied; searches show free taxis only."
        );
        for status in VehicleStatus::ALL {
            let said = free(true, status)[1].clone();
            assert!(!said.contains(status.word()), "{said} has the word of the API");
        }
    }
}
