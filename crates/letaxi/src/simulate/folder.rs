//! The land of an imported folder, to drive in.

use super::places::{Nowhere, Places};
use crate::import::Folder;

impl TryFrom<Folder> for Places {
    type Error = Nowhere;

    /// Takes the towns, zones and exclusion zones of a folder.
    fn try_from(folder: Folder) -> Result<Self, Nowhere> {
        let towns = folder.towns.unwrap_or_default().into_iter();
        let towns = towns.map(|town| (town.code.to_string(), town.border));
        let zones = folder.zones.unwrap_or_default().into_iter();
        let zones = zones.map(|zone| zone.towns.iter().map(ToString::to_string).collect());
        let exclusions = folder.exclusions.unwrap_or_default().into_iter();
        let exclusions: Vec<_> = exclusions.map(|exclusion| exclusion.border).collect();
        Self::new(towns, zones.collect(), &exclusions, folder.approximate)
    }
}
