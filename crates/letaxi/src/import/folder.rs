//! The content of a folder, and how it is to be read.

use std::collections::HashSet;
use std::mem::take;

use storage::territory_rows::TerritoryImport;
use territory::{Exclusion, InseeCode, Mergers, Reach, Station, Town, Zone};

use super::complaint::Complaint;
use super::users::UserRow;

/// Options of an import.
#[derive(Clone, Debug)]
pub struct Options {
    /// Property of a town's feature with its code.
    pub code_property: String,
    /// Property of a town's feature with its name.
    pub name_property: String,
    /// True if towns with a faulty border are left out with a warning (`--skip-faulty`).
    pub skip_faulty: bool,
    /// Known mergers of towns.
    pub mergers: Mergers,
    /// Reach of the known towns.
    pub reach: Reach,
    /// True if accounts are imported, too.
    pub accounts: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            code_property: "insee".to_owned(),
            name_property: "nom".to_owned(),
            skip_faulty: false,
            mergers: Mergers::default(),
            reach: Reach::default(),
            accounts: true,
        }
    }
}

/// Content of a folder; `None` for a missing file or folder.
#[derive(Debug, Default)]
pub struct Folder {
    /// Towns, in the order of their file.
    pub towns: Option<Vec<Town>>,
    /// True if their borders are approximate, not for service.
    pub approximate: bool,
    /// Known towns that were left out because of a faulty border.
    pub towns_left_out: HashSet<InseeCode>,
    /// Mergers of towns.
    pub mergers: Mergers,
    /// Pick-up zones, in the order of their folders' names.
    pub zones: Option<Vec<Zone>>,
    /// Exclusion zones, in the order of their files' names.
    pub exclusions: Option<Vec<Exclusion>>,
    /// Taxi ranks, in the order of their file.
    pub stations: Option<Vec<Station>>,
    /// Licences that towns list, by town.
    pub licences: Option<Vec<(InseeCode, Vec<String>)>>,
    /// Accounts, in the order of their file.
    pub users: Option<Vec<UserRow>>,
    /// Warnings.
    pub warnings: Vec<Complaint>,
}

impl Folder {
    /// Its territory, which is taken out of it, to be put in place.
    pub fn take_territory(&mut self) -> TerritoryImport {
        TerritoryImport {
            towns: self.towns.take(),
            zones: self.zones.take(),
            exclusions: self.exclusions.take(),
            stations: self.stations.take(),
            mergers: take(&mut self.mergers),
            towns_kept: take(&mut self.towns_left_out),
            licence_lists: self.licences.take(),
            approximate: self.approximate,
            ..TerritoryImport::default()
        }
    }
}

/// Callback for the progress of a long file: its name, the number of features done, and their total.
pub type Progress<'a> = dyn FnMut(&str, usize, usize) + 'a;
