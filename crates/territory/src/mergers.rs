//! Mergers of towns: old INSEE codes and their successors.

use std::collections::BTreeMap;

use crate::InseeCode;

/// Codes of merged towns, each with the code that replaced it. A successor may have been merged in its turn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mergers(BTreeMap<InseeCode, InseeCode>);

impl Mergers {
    /// The code in force for a town: its own while the town exists, else that of its successor after any
    /// number of mergers. `None` if no such town exists.
    pub fn in_force(
        &self,
        mut code: InseeCode,
        is_town: impl Fn(InseeCode) -> bool,
    ) -> Option<InseeCode> {
        // Each step follows one merger; more steps than mergers would be a cycle.
        for _ in 0..=self.0.len() {
            if is_town(code) {
                return Some(code);
            }
            code = *self.0.get(&code)?;
        }
        None
    }

    /// The code that replaced this one, if it was merged.
    pub fn get(&self, old: InseeCode) -> Option<InseeCode> {
        self.0.get(&old).copied()
    }

    /// Each old code with its successor, sorted by old code.
    pub fn iter(&self) -> impl Iterator<Item = (InseeCode, InseeCode)> {
        self.0.iter().map(|(old, new)| (*old, *new))
    }
}

impl FromIterator<(InseeCode, InseeCode)> for Mergers {
    fn from_iter<T: IntoIterator<Item = (InseeCode, InseeCode)>>(pairs: T) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl Extend<(InseeCode, InseeCode)> for Mergers {
    /// If a code is merged twice, the later merger applies.
    fn extend<T: IntoIterator<Item = (InseeCode, InseeCode)>>(&mut self, pairs: T) {
        self.0.extend(pairs);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> InseeCode {
        text.parse().expect("a code")
    }

    fn mergers(pairs: &[(&str, &str)]) -> Mergers {
        pairs.iter().map(|(old, new)| (code(old), code(new))).collect()
    }

    #[test]
    fn a_chain_of_mergers_leads_to_the_town_that_is_there() {
        let mergers = mergers(&[("00001", "00002"), ("00002", "00003")]);
        let in_force = |of: &str, towns: &[&str]| {
            let found = mergers.in_force(code(of), |asked| towns.contains(&asked.as_str()));
            found.map(|found| found.to_string())
        };
        for old in ["00001", "00002", "00003"] {
            assert_eq!(in_force(old, &["00003"]).as_deref(), Some("00003"));
        }
        // A town that exists again has its own code.
        assert_eq!(in_force("00001", &["00002", "00003"]).as_deref(), Some("00002"));
        assert_eq!(in_force("00001", &["00001", "00003"]).as_deref(), Some("00001"));
        assert_eq!(in_force("00001", &["00004"]), None);
    }

    #[test]
    fn mergers_in_a_circle_lead_nowhere() {
        let mergers = mergers(&[("00001", "00002"), ("00002", "00001")]);
        assert_eq!(mergers.in_force(code("00001"), |_| false), None);
    }
}
