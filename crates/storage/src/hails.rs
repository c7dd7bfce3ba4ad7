//! Hails: made once, changed by compare-and-set, never lost.

use async_trait::async_trait;
use dispatch::hail::Status;
use dispatch::refusal::Ground;
use registry::{
    AccountId, CustomerId, DescriptionId, HailId, LicencePlate, Taxi, TaxiId, Time, VehicleId,
    VehicleStatus,
};
use territory::{InseeCode, Point};
use uuid::Uuid;

use crate::{Activity, Result};

/// A hail that its app wants made once, however often it asks.
#[derive(Clone, Copy)]
pub struct Once<'a> {
    /// The app's key of the request; each app has keys of its own.
    pub key: &'a str,
    /// SHA-256 of what is asked for.
    pub digest: [u8; 32],
    /// The answer for a hail that was made; called inside the transaction.
    pub answer: &'a (dyn Fn(&HailRecord) -> String + Send + Sync),
    /// Answers from then and before are forgotten: their keys are free again.
    pub forgotten: Time,
}

/// A hail as it is kept, with what its answers show of the taxi.
#[derive(Clone, Debug, PartialEq)]
pub struct HailRecord {
    /// Its public id.
    pub id: HailId,
    /// Grows with every change; a change names the one it was made for.
    pub revision: i64,
    /// Status.
    pub status: Status,
    /// Time of creation.
    pub created_at: Time,
    /// Time of the last change of status.
    pub changed_at: Time,
    /// Deadline of the status; `None` once the hail is over.
    pub deadline_at: Option<Time>,
    /// The app that made it.
    pub client: AccountId,
    /// The account it goes to.
    pub operator: AccountId,
    /// The taxi.
    pub taxi: TaxiId,
    /// The id by which its app knows the taxi, where that is not the real one.
    pub shown_taxi: Option<TaxiId>,
    /// Its vehicle.
    pub vehicle: VehicleId,
    /// The vehicle's plate.
    pub plate: LicencePlate,
    /// The vehicle's description by the operator.
    pub description: DescriptionId,
    /// Status of the driver in that description.
    pub driver_status: VehicleStatus,
    /// The vehicle's colour, as the operator says.
    pub color: String,
    /// First name of the driver.
    pub driver_first_name: String,
    /// Last name of the driver.
    pub driver_last_name: String,
    /// The visit it belongs to.
    pub session: Uuid,
    /// Customer, as the app describes them.
    pub customer: CustomerPart,
    /// Place of the taxi when it was hailed.
    pub initial_position: Option<Point>,
    /// The number at which the driver can be called, once told.
    pub taxi_phone: Option<String>,
    /// Remarks of the parties.
    pub remarks: Remarks,
    /// Legal ground of the driver's refusal, if one was given.
    pub ground: Option<Ground>,
    /// Every change of its status, oldest first.
    pub transitions: Vec<Transition>,
}

/// Customer of a hail, as the app describes them.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomerPart {
    /// The app's id of the customer.
    pub id: CustomerId,
    /// Place where the customer waits.
    pub point: Point,
    /// The address of that place.
    pub address: String,
    /// The number at which the customer can be called.
    pub phone: String,
}

/// Remarks of the parties on a hail; the words are those of the public contract.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remarks {
    /// Reason why the customer gave up on the way.
    pub incident_customer_reason: Option<String>,
    /// Reason why the taxi gave up on the way.
    pub incident_taxi_reason: Option<String>,
    /// True if the operator reports the customer.
    pub reporting_customer: Option<bool>,
    /// Reason of the report.
    pub reporting_customer_reason: Option<String>,
    /// The customer's rating.
    pub rating_ride: Option<i32>,
    /// Reason of the rating.
    pub rating_ride_reason: Option<String>,
}

/// One change of a hail's status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The status before; `None` for the first.
    pub from: Option<Status>,
    /// The status after.
    pub to: Status,
    /// Time.
    pub at: Time,
    /// The account that made it; `None` for the registry itself.
    pub by: Option<AccountId>,
    /// Reason, where the rest does not tell it.
    pub reason: Option<String>,
}

/// Beginning of a ban, which apps may leave out, and its end.
pub type BanTimes = (Option<Time>, Time);

/// Facts that decide about a new hail, from the database.
#[derive(Clone, Debug, PartialEq)]
pub struct HailFacts {
    /// The taxi.
    pub taxi: Taxi,
    /// Status of the driver in the description of each account, with the time since.
    pub statuses: Vec<(AccountId, VehicleStatus, Time)>,
    /// True if its vehicle, or another that is the same car, is in an open hail.
    pub in_open_hail: bool,
    /// True if its operator is disabled: see [`registry::AccountFields::disabled_at`].
    pub operator_is_disabled: bool,
    /// The customer's ban, if there was one.
    pub ban: Option<BanTimes>,
    /// App and customer of the session that was named, if it exists.
    pub named_session: Option<(AccountId, CustomerId)>,
    /// The customer's latest session with this app, and when a hail of it last changed status.
    pub latest_session: Option<(Uuid, Time)>,
}

/// A hail to be made. It starts as `received`.
#[derive(Clone, Debug, PartialEq)]
pub struct NewHail {
    /// Its id.
    pub id: HailId,
    /// The app that makes it.
    pub client: AccountId,
    /// The taxi, and with it the operator and the vehicle.
    pub taxi: TaxiId,
    /// The id by which the app knows the taxi, where that is not the real one.
    pub shown_taxi: Option<TaxiId>,
    /// The customer.
    pub customer: CustomerPart,
    /// The town in which the customer stands, if any.
    pub town: Option<InseeCode>,
    /// The visit it belongs to.
    pub session: Uuid,
    /// True if it is the first hail of the session.
    pub opens_session: bool,
    /// Place of the taxi.
    pub initial_position: Point,
    /// Deadline at which it fails.
    pub deadline_at: Time,
    /// End of the lease of its call to the operator; `None`: not leased.
    pub call_leased_until: Option<Time>,
}

/// Request for a new hail, as far as the decision depends on it.
#[derive(Clone, Copy, Debug)]
pub struct HailWish<'a> {
    /// The taxi.
    pub taxi: TaxiId,
    /// The app that asks.
    pub client: AccountId,
    /// The customer.
    pub customer: &'a CustomerId,
    /// The visit that the app names, if it names one.
    pub named_session: Option<Uuid>,
}

/// Decides about a new hail by what it depends on, if there is such a taxi: the hail with its lines for
/// the log, or nothing to refuse it. Called inside the transaction, so that what it was told is so until
/// the hail is made; again if others got in the way.
pub type DecideHail<'a> =
    dyn Fn(Option<&HailFacts>) -> Option<(NewHail, Vec<Activity>)> + Send + Sync + 'a;

/// Outcome of creating a hail.
#[derive(Clone, Debug, PartialEq)]
pub enum Made {
    /// It is kept, and its taxi is `answering`.
    Hail(Box<HailRecord>),
    /// It was decided against. Nothing changed.
    Refused,
    /// Its car is in an open hail, or its operator does not describe it. Nothing changed.
    NotFree,
    /// The id is taken: draw another. Nothing changed.
    IdTaken,
    /// The app has used this key already: see what it was answered. Nothing changed.
    KeyTaken,
}

/// Decides about a customer's ban by the one there was, at that time. Called inside the transaction, in
/// which nobody else changes the ban.
pub type DecideBan = fn(Option<BanTimes>, Time) -> Option<BanTimes>;

/// A change of a hail. `None` leaves as it is.
#[derive(Clone, Debug, Default)]
pub struct HailChange {
    /// A step of its life.
    pub step: Option<Step>,
    /// The customer's part as it is to be.
    pub customer: Option<CustomerPart>,
    /// The driver's number.
    pub taxi_phone: Option<String>,
    /// The remarks as they are to be.
    pub remarks: Option<Remarks>,
    /// Legal ground of the driver's refusal.
    pub ground: Option<Ground>,
    /// Decision about the customer's ban.
    pub ban: Option<DecideBan>,
}

impl HailChange {
    /// True if it changes nothing.
    pub fn is_none(&self) -> bool {
        let Self { step, customer, taxi_phone, remarks, ground, ban } = self;
        step.is_none()
            && customer.is_none()
            && taxi_phone.is_none()
            && remarks.is_none()
            && ground.is_none()
            && ban.is_none()
    }
}

/// A step of a hail's life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The status it takes.
    pub to: Status,
    /// Account that takes it; `None`: the registry.
    pub by: Option<AccountId>,
    /// Reason, where the rest does not tell it.
    pub reason: Option<String>,
    /// Deadline of the new status; `None`: the hail is over.
    pub deadline_at: Option<Time>,
    /// New status of the taxi in its own operator's description; `None`: unchanged.
    pub taxi_becomes: Option<VehicleStatus>,
}

/// Outcome of a change.
#[derive(Clone, Debug, PartialEq)]
pub enum Applied {
    /// It is kept.
    Hail(Box<HailRecord>),
    /// Somebody else changed the hail or its taxi first: read it again. Nothing changed.
    Stale,
}

/// Makes the activity of a change of a taxi's status, from what it was. Called inside the
/// transaction, and only if the status really changes.
pub type StatusActivity<'a> = dyn Fn(VehicleStatus) -> Vec<Activity> + Send + Sync + 'a;

/// Questions and changes about hails.
#[async_trait]
pub trait Hails {
    /// Makes a hail as it is decided, its customer if new, and turns its taxi to `answering`: all or
    /// nothing. Hails of one customer are decided one after the other. With `once`, once for each key of the app, and keeps the answer under it; a refusal
    /// takes no key.
    async fn create_hail(
        &self,
        wish: HailWish<'_>,
        decide: &DecideHail<'_>,
        once: Option<&Once<'_>>,
        now: Time,
    ) -> Result<Made>;

    /// A hail by its id.
    async fn hail(&self, id: HailId) -> Result<Option<HailRecord>>;

    /// Changes a hail if it still is at the revision that was read. The taxi becomes what the step says, if the
    /// driver's status still is what was read.
    async fn change_hail(
        &self,
        hail: &HailRecord,
        change: &HailChange,
        activity: &[Activity],
        status_activity: &StatusActivity<'_>,
        now: Time,
    ) -> Result<Applied>;

    /// Open hails whose deadline has passed, the most overdue first. None at all only if none is left that can be
    /// read.
    async fn overdue_hails(&self, now: Time, limit: u32) -> Result<Vec<HailRecord>>;

    /// The nearest deadline of an open hail after a moment. Those before are [`Self::overdue_hails`]'s.
    async fn next_deadline(&self, after: Time) -> Result<Option<Time>>;

    /// Takes the hails that are owed a call to their operator (`received`, not overdue, not leased),
    /// oldest first, and leases each until `leased_until`, so that nobody else calls meanwhile. Hails that cannot
    /// be read are neither leased nor in the way of others.
    async fn lease_calls(
        &self,
        now: Time,
        leased_until: Time,
        limit: u32,
    ) -> Result<Vec<HailRecord>>;

    /// Leases calls that are under way until `leased_until`, as far as their hails still wait for them.
    async fn renew_leases(&self, hails: &[HailId], leased_until: Time) -> Result<()>;

    /// Vehicles in open hails, with the hail, for the directory. If several hails of one car are open, because they
    /// are older than this rule, the one that counts comes last.
    async fn open_hails(&self) -> Result<Vec<(VehicleId, HailId)>>;

    /// The open hail that a vehicle, or another that is the same car, is in, if any.
    async fn open_hail_of(&self, vehicle: VehicleId) -> Result<Option<HailId>>;
}
