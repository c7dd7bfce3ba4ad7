//! Taxis: a licence, a driver and a vehicle, combined by an account.

use territory::InseeCode;

use crate::driver::DriverDetails;
use crate::licence::LicenceDetails;
use crate::{AccountId, Description, DriverId, LicenceId, TaxiId, Time, Vehicle, VehicleId};

/// A taxi. Its hails always go to the account that created it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taxi {
    /// Public id.
    pub id: TaxiId,
    /// The account that created it: its own operator.
    pub operator: AccountId,
    /// Licence.
    pub licence: LicenceId,
    /// Driver.
    pub driver: DriverId,
    /// Vehicle.
    pub vehicle: VehicleId,
    /// Town that issued the licence.
    pub town: InseeCode,
    /// Time of creation.
    pub added_at: Time,
    /// Time of the last report; initially the time of creation.
    pub last_seen_at: Time,
    /// Number among all taxis, from 1; never public.
    pub number: i64,
}

/// A taxi with all its parts, and one account's description of its vehicle.
#[derive(Clone, Debug, PartialEq)]
pub struct TaxiDetails {
    /// Taxi.
    pub taxi: Taxi,
    /// Licence.
    pub licence: LicenceDetails,
    /// Name of the town that issued it.
    pub town_name: String,
    /// Driver.
    pub driver: DriverDetails,
    /// Vehicle.
    pub vehicle: Vehicle,
    /// The account's description of the vehicle.
    pub description: Description,
}
