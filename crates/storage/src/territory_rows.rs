//! The territory as rows: towns, zones, exclusion zones, stations.

use std::collections::HashSet;

use async_trait::async_trait;
use registry::{AccountId, Time};
use territory::{Exclusion, InseeCode, Mergers, Station, Town, Zone};

use crate::{Activity, Result};

/// Everything the database knows of the territory.
#[derive(Debug, Default)]
pub struct TerritoryContent {
    /// Towns by their codes.
    pub towns: Vec<Town>,
    /// Pick-up zones by their ids.
    pub zones: Vec<Zone>,
    /// Exclusion zones by their ids.
    pub exclusions: Vec<Exclusion>,
    /// Taxi ranks by their ids.
    pub stations: Vec<Station>,
    /// All mergers of towns that were ever imported.
    pub mergers: Mergers,
    /// True if any of it was imported as approximate, not for service.
    pub approximate: bool,
    /// Grows with every import that changes something.
    pub revision: i64,
}

/// Parts of the territory to be put in place of what is there; `None` leaves as it is.
#[derive(Debug, Default)]
pub struct TerritoryImport {
    /// All towns.
    pub towns: Option<Vec<Town>>,
    /// All pick-up zones.
    pub zones: Option<Vec<Zone>>,
    /// All exclusion zones.
    pub exclusions: Option<Vec<Exclusion>>,
    /// All taxi ranks.
    pub stations: Option<Vec<Station>>,
    /// Mergers of towns, to be added to those that are known.
    pub mergers: Mergers,
    /// Towns that stay as they are, though `towns` lacks them.
    pub towns_kept: HashSet<InseeCode>,
    /// Towns' lists of licences, in place of those of the same towns; other towns' lists stay.
    pub licence_lists: Option<Vec<(InseeCode, Vec<String>)>>,
    /// Time of the import, for lists of licences, the activity log and `letaxi check`.
    pub at: Time,
    /// Lines of the activity log, if it is put in place.
    pub activity: Vec<Activity>,
    /// True if these parts are approximate, not for service. Each part has its own mark: exact zones
    /// do not make approximate towns exact.
    pub approximate: bool,
}

/// Changes of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Rows that were not there before.
    pub added: usize,
    /// Rows that are different now.
    pub updated: usize,
    /// Rows that are no longer there.
    pub removed: usize,
}

/// Rows of each part before an import; 0 for parts that it did not hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// Towns.
    pub towns: usize,
    /// Pick-up zones.
    pub zones: usize,
    /// Exclusion zones.
    pub exclusions: usize,
    /// Taxi ranks.
    pub stations: usize,
    /// Licences on the lists of the towns that it lists.
    pub licence_lists: usize,
}

/// Number of names in each list of [`Names`].
pub const NAMES_SHOWN: usize = 12;

/// Names of the first changed rows of a part, at most [`NAMES_SHOWN`] of each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Of rows that were not there before.
    pub added: Vec<String>,
    /// Of rows that are different now.
    pub updated: Vec<String>,
    /// Of rows that are no longer there.
    pub removed: Vec<String>,
}

/// Names of changed rows, part by part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamesOfParts {
    /// Towns, with their codes.
    pub towns: Names,
    /// Pick-up zones.
    pub zones: Names,
    /// Exclusion zones.
    pub exclusions: Names,
    /// Taxi ranks.
    pub stations: Names,
    /// Licences on towns' lists: the town's code and the number.
    pub licence_lists: Names,
}

/// Licences that followed their towns when these became part of others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MovedLicences {
    /// Number of rows before.
    pub count: usize,
    /// Those of them whose number was taken in the town in force.
    pub renamed: Vec<RenamedLicence>,
}

/// A licence that got another number, because its account has one of its number in the town in force already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenamedLicence {
    /// Account that holds it.
    pub account: AccountId,
    /// Its number before.
    pub number: String,
    /// Its town before.
    pub old: InseeCode,
    /// Its town now.
    pub new: InseeCode,
    /// Its number now: [`registry::licence::number_beside`].
    pub renamed: String,
}

/// Changes of an import, part by part; `None` for parts it did not hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// True if it was put in place. If not, the counts say what it would have changed.
    pub stored: bool,
    /// The territory's revision before.
    pub revision: i64,
    /// Number of rows before.
    pub before: Sizes,
    /// Names of changed rows.
    pub names: NamesOfParts,
    /// Mergers of towns; none is ever removed.
    pub mergers: Changed,
    /// Licences that were moved to the towns in force.
    pub moved: MovedLicences,
    /// Number of the removed towns that became part of others.
    pub towns_merged: usize,
    /// Towns that the import lacks and that are kept because licences name them, by their codes.
    pub licensed: Vec<InseeCode>,
    /// Towns. A town that licences still name is kept even if the import lacks it.
    pub towns: Option<Changed>,
    /// Pick-up zones.
    pub zones: Option<Changed>,
    /// Exclusion zones.
    pub exclusions: Option<Changed>,
    /// Taxi ranks.
    pub stations: Option<Changed>,
    /// Licences on towns' lists.
    pub licence_lists: Option<Changed>,
}

/// Decides by its changes whether an import is put in place.
pub type Accept<'a> = dyn Fn(&ImportReport) -> bool + Send + Sync + 'a;

/// Questions and changes about the territory.
#[async_trait]
pub trait TerritoryRows {
    /// All of it.
    async fn territory(&self) -> Result<TerritoryContent>;

    /// Grows with every import that changes something; a running server looks at it to notice one.
    async fn territory_revision(&self) -> Result<i64>;

    /// Puts these parts in place, all or nothing; the same import twice changes nothing. Licences, zones and
    /// taxi ranks follow the mergers of their towns. `progress` is told how many rows are done of all that
    /// the import holds, unchanged ones too.
    async fn import_territory(
        &self,
        import: TerritoryImport,
        progress: &(dyn Fn(usize) + Send + Sync),
    ) -> Result<ImportReport> {
        self.import_territory_if(import, &|_| true, progress).await
    }

    /// As [`Self::import_territory`], if what it changes is accepted; else nothing is changed. `accept` is asked
    /// within the transaction, and once for each time that the transaction is tried.
    async fn import_territory_if(
        &self,
        import: TerritoryImport,
        accept: &Accept<'_>,
        progress: &(dyn Fn(usize) + Send + Sync),
    ) -> Result<ImportReport>;
}
