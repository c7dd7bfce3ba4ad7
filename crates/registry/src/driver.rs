//! Drivers: holders of a professional licence, as registered by an account.

use chrono::NaiveDate;

use crate::DriverId;

/// A driver. The key within an account is the professional licence and the département that issued it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Driver {
    /// Its id.
    pub id: DriverId,
    /// Its details.
    pub details: DriverDetails,
}

/// Details of a driver, as given by an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriverDetails {
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Date of birth, if given.
    pub birth_date: Option<NaiveDate>,
    /// Number of the professional licence (*carte professionnelle*).
    pub professional_licence: String,
    /// Number of the département that issued it: `75`, `2A`, `971`.
    pub departement: String,
}
