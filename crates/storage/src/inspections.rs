//! Look-ups by inspectors: what was asked, and the drivers that were shown.

use async_trait::async_trait;
use registry::{AccountId, LicencePlate, TaxiDetails, Time};

use crate::Result;

/// Key of a look-up. There is none by name or place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InspectionKey {
    /// The plate of a car, in any spelling.
    Plate(LicencePlate),
    /// A professional card.
    Card {
        /// Its number.
        number: String,
        /// Number of the département that issued it.
        departement: String,
    },
    /// A licence (ADS).
    Licence {
        /// Its number.
        number: String,
        /// Code of the town that issued it.
        town: String,
    },
}

/// A driver as a look-up showed them. No position, ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InspectedDriver {
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Number of the professional card.
    pub professional_licence: String,
    /// Number of the département that issued it.
    pub departement: String,
    /// True if the taxi was connected at that moment.
    pub connected: bool,
    /// Time of its last connection, if that was over and is known.
    pub connected_until: Option<Time>,
}

/// A look-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// Its number.
    pub id: i64,
    /// Time.
    pub at: Time,
    /// The inspector.
    pub account: AccountId,
    /// Purpose, as the inspector states it.
    pub purpose: String,
    /// Key.
    pub key: InspectionKey,
    /// Drivers that were shown; none if nothing was found.
    pub drivers: Vec<InspectedDriver>,
}

/// A look-up to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewInspection {
    /// The inspector.
    pub account: AccountId,
    /// Purpose.
    pub purpose: String,
    /// Key.
    pub key: InspectionKey,
}

/// Driver of a taxi as the inspector sees them; `None` if the inspector may not see this taxi.
pub type ShowDriver<'a> = dyn Fn(&TaxiDetails) -> Option<InspectedDriver> + Send + Sync + 'a;

/// Look-ups and their log.
#[async_trait]
pub trait Inspections {
    /// Finds taxis by a key, and writes the look-up with the drivers that `show` makes of them, all in one transaction;
    /// also if none is found. Returns the number of the look-up and the taxis that are shown.
    async fn inspect(
        &self,
        new: &NewInspection,
        show: &ShowDriver<'_>,
        now: Time,
    ) -> Result<(i64, Vec<(TaxiDetails, InspectedDriver)>)>;

    /// Look-ups with numbers below `before`, newest first.
    async fn list_inspections(&self, before: Option<i64>, take: u32) -> Result<Vec<Inspection>>;

    /// Deletes look-ups from before a time, in batches. Returns their number.
    async fn forget_inspections(&self, before: Time) -> Result<u64>;
}
