//! Codes of towns that other files may use, present or old.

use std::collections::HashSet;

use territory::{InseeCode, Mergers};

/// Known towns and mergers.
pub(super) struct Codes<'a> {
    /// All present codes; `None` if they cannot be determined, and then every code is accepted.
    pub(super) known: Option<&'a HashSet<InseeCode>>,
    /// Old codes.
    pub(super) mergers: &'a Mergers,
}

impl Codes<'_> {
    /// The code in force of a town, which may have been merged; `None` if it is unknown.
    pub(super) fn in_force(&self, code: InseeCode) -> Option<InseeCode> {
        let Some(known) = self.known else { return Some(code) };
        self.mergers.in_force(code, |code| known.contains(&code))
    }
}

/// Hint for an unknown code: the town, if it is the code of an arrondissement.
pub(super) fn hint(code: InseeCode) -> String {
    code.town_of_arrondissement()
        .map_or_else(String::new, |town| format!(" (an arrondissement of {town}: give that code)"))
}
