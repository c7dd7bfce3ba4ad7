//! Registrations of operators: drivers, vehicles, licences (ADS), taxis.

use async_trait::async_trait;
use registry::driver::DriverDetails;
use registry::licence::LicenceDetails;
use registry::vehicle::Features;
use registry::{
    AccountId, Description, Driver, DriverId, Licence, LicenceId, LicencePlate, Taxi, TaxiDetails,
    TaxiId, Time, Vehicle, VehicleId, VehicleStatus,
};
use territory::InseeCode;

use crate::hails::StatusActivity;
use crate::{Activity, Result};

/// Something that was made now, or was there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upserted<T> {
    /// The thing as it is now.
    pub value: T,
    /// True if it was created now.
    pub created: bool,
}

/// Parts that `POST /taxis` names, looked up for one account.
#[derive(Clone, Debug, PartialEq)]
pub struct TaxiParts {
    /// The licence, if the account has it.
    pub licence: Option<LicenceId>,
    /// The vehicle.
    pub vehicle: VehicleFound,
    /// The driver, if the account has it.
    pub driver: Option<DriverId>,
}

/// Knowledge of a plate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VehicleFound {
    /// Nobody registered this plate.
    Unknown,
    /// Others registered it, this account did not.
    NotDescribed,
    /// This account describes it.
    Described(VehicleId),
}

/// Parts of a new taxi, as an operator names them.
#[derive(Clone, Copy, Debug)]
pub struct TaxiNames<'a> {
    /// The licence: its number, and the code of its town.
    pub licence: (&'a str, &'a str),
    /// The vehicle.
    pub plate: &'a LicencePlate,
    /// The driver: the number of the professional licence, and that of the département.
    pub driver: (&'a str, &'a str),
}

/// Outcome of making a taxi.
#[derive(Clone, Debug, PartialEq)]
pub enum PutTaxi {
    /// It is bound, or was before.
    Bound(Upserted<Taxi>),
    /// Some of its parts are not there. Nothing changed.
    Missing(TaxiParts),
    /// The id is taken: draw another. Nothing changed.
    IdTaken,
}

/// Refusal of a licence. Nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LicenceUnfit {
    /// The account does not describe its vehicle.
    Vehicle(VehicleId),
    /// There is no such town.
    Town,
}

/// A driver's choices; `None` changes nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// The status to take.
    pub status: Option<VehicleStatus>,
    /// The radius in metres; `Some(None)` takes it back.
    pub radius_m: Option<Option<i32>>,
}

/// Makes what an account says of a vehicle of what it said before, if anything. Called inside the
/// transaction; again if others got in the way.
pub type Describe<'a> = dyn Fn(Option<&Features>) -> Features + Send + Sync + 'a;

/// Questions and changes about what operators register.
#[async_trait]
pub trait Enrolment {
    /// Makes or replaces a driver; the key is (account, licence number, département).
    async fn put_driver(
        &self,
        account: AccountId,
        driver: &DriverDetails,
        activity: &[Activity],
        now: Time,
    ) -> Result<Upserted<Driver>>;

    /// Description that this account gives of the vehicle with this plate.
    async fn description_of_plate(
        &self,
        account: AccountId,
        plate: &LicencePlate,
    ) -> Result<Option<Description>>;

    /// Makes the vehicle if nobody has, and makes or replaces what this account says of it, as
    /// `describe` makes it of what it said before. A new description starts `off`; an existing one
    /// keeps its status and radius.
    async fn put_vehicle(
        &self,
        account: AccountId,
        plate: &LicencePlate,
        describe: &Describe<'_>,
        activity: &[Activity],
        now: Time,
    ) -> Result<Upserted<(Vehicle, Description)>>;

    /// Returns true if this account describes this vehicle.
    async fn describes(&self, account: AccountId, vehicle: VehicleId) -> Result<bool>;

    /// Makes or replaces a licence, if the account describes its vehicle; the key is (account,
    /// number, town).
    async fn put_licence(
        &self,
        account: AccountId,
        licence: &LicenceDetails,
        activity: &[Activity],
        now: Time,
    ) -> Result<std::result::Result<Upserted<Licence>, LicenceUnfit>>;

    /// True if this account has a licence of this number and town.
    async fn has_licence(&self, account: AccountId, number: &str, town: InseeCode) -> Result<bool>;

    /// Binds a taxi of parts of this account, or finds the one that is bound of the same. `fresh`
    /// is the id it gets if it is new.
    async fn put_taxi(
        &self,
        account: AccountId,
        names: TaxiNames<'_>,
        fresh: TaxiId,
        activity: &[Activity],
        now: Time,
    ) -> Result<PutTaxi>;

    /// A taxi seen through one account's description of its vehicle; `None` if there is no such
    /// taxi or the account does not describe its vehicle.
    async fn taxi_details(&self, account: AccountId, taxi: TaxiId) -> Result<Option<TaxiDetails>>;

    /// Stores the wish of the driver of a taxi, as this account tells it, and writes the activity
    /// that `activity` makes of the status before the change. The status' time moves only if the status does. `None` as
    /// in [`Enrolment::taxi_details`].
    async fn wish(
        &self,
        account: AccountId,
        taxi: TaxiId,
        wish: Wish,
        activity: &StatusActivity<'_>,
        now: Time,
    ) -> Result<Option<TaxiDetails>>;

    /// As [`Enrolment::wish`], of a taxi as the caller knows it, which is not read. `None`, with nothing changed, if the
    /// taxi is gone, or its status or radius are others.
    async fn wish_known(
        &self,
        known: TaxiDetails,
        wish: Wish,
        activity: &StatusActivity<'_>,
        now: Time,
    ) -> Result<Option<TaxiDetails>>;

    /// Notes that these taxis were heard of at this time; never an earlier one than is known.
    async fn see_taxis(&self, taxis: &[TaxiId], at: Time) -> Result<()>;

    /// Every taxi, for the directory.
    async fn taxis(&self) -> Result<Vec<Taxi>>;

    /// The taxi with this number: see [`Taxi::number`].
    async fn taxi_of_number(&self, number: i64) -> Result<Option<TaxiId>>;

    /// One taxi.
    async fn taxi(&self, taxi: TaxiId) -> Result<Option<Taxi>>;

    /// Every description with its vehicle, for the directory.
    async fn descriptions(&self) -> Result<Vec<(Vehicle, Description)>>;

    /// One description with its vehicle, for the directory.
    async fn description(
        &self,
        vehicle: VehicleId,
        account: AccountId,
    ) -> Result<Option<(Vehicle, Description)>>;
}
