//! The towns that other files may name, by codes in force or by old ones.

use std::collections::HashSet;

use territory::{InseeCode, Mergers};

/// The towns there are, and what became of those that are gone.
pub(super) struct Codes<'a> {
    /// All there are; `None` if that cannot be told, and every code is taken.
    pub(super) known: Option<&'a HashSet<InseeCode>>,
    /// Old codes.
    pub(super) mergers: &'a Mergers,
}

impl Codes<'_> {
    /// The code in force for a town that may have been merged into another, if that is known.
    pub(super) fn in_force(&self, code: InseeCode) -> Option<InseeCode> {
        let Some(known) = self.known else { return Some(code) };
        self.mergers.in_force(code, |code| known.contains(&code))
    }
}

/// Hint beside a code that no town has: the town of an arrondissement, or nothing.
pub(super) fn hint(code: InseeCode) -> String {
    code.town_of_arrondissement()
        .map_or_else(String::new, |town| format!(" (an arrondissement of {town}: give that code)"))
}
