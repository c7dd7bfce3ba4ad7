//! Taxis: a licence, a driver and a vehicle that an account bound together.

use territory::InseeCode;

use crate::driver::DriverDetails;
use crate::licence::LicenceDetails;
use crate::{AccountId, Description, DriverId, LicenceId, TaxiId, Time, Vehicle, VehicleId};

/// A taxi. Hails for it always go to the account that bound it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taxi {
    /// Its public id.
    pub id: TaxiId,
    /// The account that bound it: its own operator.
    pub operator: AccountId,
    /// Its licence.
    pub licence: LicenceId,
    /// Its driver.
    pub driver: DriverId,
    /// Its vehicle.
    pub vehicle: VehicleId,
    /// The town that issued its licence.
    pub town: InseeCode,
    /// When it was bound.
    pub added_at: Time,
    /// When it was last heard of; at first, when it was bound.
    pub last_seen_at: Time,
    /// Its number among all taxis, from 1; never public.
    pub number: i64,
}

/// A taxi with all that is known of it, seen through one account's description of its vehicle.
#[derive(Clone, Debug, PartialEq)]
pub struct TaxiDetails {
    /// The taxi.
    pub taxi: Taxi,
    /// Its licence.
    pub licence: LicenceDetails,
    /// Name of the town that issued it.
    pub town_name: String,
    /// Its driver.
    pub driver: DriverDetails,
    /// Its vehicle.
    pub vehicle: Vehicle,
    /// What the account says of the vehicle.
    pub description: Description,
}
