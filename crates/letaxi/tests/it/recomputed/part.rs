//! Towns of the generated history, and filters of figures, applied to one row after the other.

use std::f64::consts::PI;

/// A town, by its code, with the middle of its square.
pub(super) struct Town {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) middle: [f64; 2],
}

/// Half the side of a town's square, in degrees.
const HALF: f64 = 0.05;
/// A town that becomes part of another on the way.
pub(super) const MERGED: &str = "69029";
/// The town it becomes part of.
pub(super) const MERGED_INTO: &str = "69266";
/// Towns that share their taxis: the zone of Lyon.
pub(super) const ZONE: [&str; 2] = ["69123", MERGED_INTO];

#[rustfmt::skip]
pub(super) const TOWNS: [Town; 9] = [
    Town { code: "75056", name: "Paris", middle: [2.35, 48.86] },
    Town { code: "93066", name: "Saint-Denis", middle: [2.35, 48.98] },
    Town { code: "69123", name: "Lyon", middle: [4.79, 45.76] },
    Town { code: MERGED_INTO, name: "Villeurbanne", middle: [4.89, 45.76] },
    Town { code: MERGED, name: "Bron", middle: [4.99, 45.76] },
    Town { code: "38185", name: "Grenoble", middle: [5.72, 45.19] },
    Town { code: "2A004", name: "Ajaccio", middle: [8.73, 41.92] },
    Town { code: "97105", name: "Basse-Terre", middle: [-61.73, 16.0] },
    Town { code: "97411", name: "Saint-Denis", middle: [55.45, -20.88] },
];

/// A place outside of all towns.
pub(super) const NOWHERE: [f64; 2] = [0.0, 46.0];

/// The square of a town.
pub(super) fn square([lon, lat]: [f64; 2]) -> [f64; 4] {
    [lon - HALF, lat - HALF, lon + HALF, lat + HALF]
}

/// The square of the two towns that become one.
pub(super) fn merged_square() -> [f64; 4] {
    let [into, merged] = [MERGED_INTO, MERGED].map(|code| square(town(code).middle));
    [into[0], into[1], merged[2], merged[3]]
}

/// A town by its code.
pub(super) fn town(code: &str) -> &'static Town {
    TOWNS.iter().find(|town| town.code == code).unwrap()
}

/// The code that is in force at the end.
pub(super) fn in_force(code: &str) -> &str {
    if code == MERGED { MERGED_INTO } else { code }
}

/// Number of the département of a town.
pub(super) fn departement(code: &str) -> &str {
    if code.starts_with("97") { &code[..3] } else { &code[..2] }
}

/// True if taxis of one town may take customers in another.
pub(super) fn may_take(licence: &str, customer: &str) -> bool {
    let [licence, customer] = [licence, customer].map(in_force);
    licence == customer || (ZONE.contains(&licence) && ZONE.contains(&customer))
}

/// Distance in metres on a sphere, by the chord between two points.
pub(super) fn metres(one: [f64; 2], other: [f64; 2]) -> f64 {
    let unit = |[lon, lat]: [f64; 2]| {
        let [lon, lat] = [lon, lat].map(|degrees| degrees * PI / 180.0);
        [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
    };
    let (one, other) = (unit(one), unit(other));
    let square: f64 = (0..3).map(|axis| (one[axis] - other[axis]).powi(2)).sum();
    2.0 * 6_372_797.560_856 * (square.sqrt() / 2.0).asin()
}

/// A filter of figures, with accounts by their names.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter {
    pub(super) departements: Vec<&'static str>,
    pub(super) towns: Vec<&'static str>,
    pub(super) groups: Vec<&'static str>,
    pub(super) manager: Option<&'static str>,
}

/// The manager of each operator.
pub(super) const MANAGERS: [(&str, &str); 4] =
    [("op-a", "boss"), ("op-b", "boss"), ("op-c", "chief"), ("empty", "chief")];

/// The manager of an operator, if it has one.
pub(super) fn manager_of(operator: &str) -> Option<&'static str> {
    MANAGERS.iter().find(|(managed, _)| *managed == operator).map(|(_, manager)| *manager)
}

impl Filter {
    /// True if it asks for places.
    pub(super) fn is_local(&self) -> bool {
        !self.departements.is_empty() || !self.towns.is_empty()
    }

    /// True if it asks for operators.
    pub(super) fn names_operators(&self) -> bool {
        !self.groups.is_empty() || self.manager.is_some()
    }

    /// True if it holds a place. Overseas numbers have three digits, and `97` means all of them.
    pub(super) fn holds_town(&self, code: Option<&str>) -> bool {
        let Some(code) = code else { return !self.is_local() };
        let is_in = |number: &&str| {
            departement(code) == *number || (*number == "97" && code.starts_with("97"))
        };
        (self.departements.is_empty() || self.departements.iter().any(is_in))
            && (self.towns.is_empty()
                || self.towns.iter().any(|town| in_force(town) == in_force(code)))
    }

    /// True if it holds an operator.
    pub(super) fn holds_operator(&self, name: &str) -> bool {
        (self.groups.is_empty() || self.groups.contains(&name))
            && (self.manager.is_none() || self.manager == manager_of(name))
    }

    /// True if it holds what an operator did in a town.
    pub(super) fn holds(&self, town: Option<&str>, operator: &str) -> bool {
        self.holds_town(town) && self.holds_operator(operator)
    }
}
