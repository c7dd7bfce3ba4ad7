//! The territory as rows: towns, zones, exclusion zones, stations.

use async_trait::async_trait;
use territory::{Exclusion, Station, Town, Zone};

use crate::Result;

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
    /// Whether any of it was imported as approximate, not for service.
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
    /// Whether these parts are approximate, not for service. Said of each part alone: exact zones
    /// do not make approximate towns exact.
    pub approximate: bool,
}

/// What an import changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    /// Rows that were not there before.
    pub added: usize,
    /// Rows that are different now.
    pub updated: usize,
    /// Rows that are no longer there.
    pub removed: usize,
}

/// What an import changed, part by part; `None` for parts it did not hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Towns. A town that licences still name is kept even if the import lacks it.
    pub towns: Option<Changed>,
    /// Pick-up zones.
    pub zones: Option<Changed>,
    /// Exclusion zones.
    pub exclusions: Option<Changed>,
    /// Taxi ranks.
    pub stations: Option<Changed>,
}

/// Questions and changes about the territory.
#[async_trait]
pub trait TerritoryRows {
    /// All of it.
    async fn territory(&self) -> Result<TerritoryContent>;

    /// Grows with every import that changes something; a running server looks at it to notice one.
    async fn territory_revision(&self) -> Result<i64>;

    /// Puts these parts in place, all or nothing; the same import twice changes nothing.
    /// `progress` is told how many rows are done of all that the import holds, unchanged ones too.
    async fn import_territory(
        &self,
        import: TerritoryImport,
        progress: &(dyn Fn(usize) + Send + Sync),
    ) -> Result<ImportReport>;
}
