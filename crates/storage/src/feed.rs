//! The feed of changes: how a node hears of the changes of others. Only PostgreSQL has one.
//!
//! A trigger notes each change of a description, a taxi, a hail or a part of a taxi in the transaction that makes it, with
//! the number of that transaction. Numbers are drawn at the beginning of transactions, which end in another order, so a reader does not
//! ask for what comes after a number: it asks for what its last snapshot of the database did not show
//! (`pg_visible_in_snapshot`). Each change is told exactly once, as soon as it is committed, however long another
//! transaction stays open.

use async_trait::async_trait;
use dispatch::hail::Status;
use registry::{AccountId, Description, HailId, Taxi, TaxiId, Vehicle, VehicleId};

use crate::Result;

/// Most changes that are told at once; a reader that has missed more reads everything again.
pub const MOST_CHANGES: usize = 20_000;

/// Place of a reader in the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedPlace {
    /// The feed that it has read.
    pub(crate) epoch: String,
    /// Its last snapshot, in PostgreSQL's words.
    pub(crate) snapshot: String,
}

/// A change by somebody else.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Changed {
    /// The description of a vehicle by an account was made, changed or deleted.
    Description(VehicleId, AccountId),
    /// A taxi was made, changed or deleted.
    Taxi(TaxiId),
    /// A hail was made or changed.
    Hail(HailId),
    /// A driver, a licence or the features of a vehicle of an account were changed.
    Parts(AccountId),
}

/// Changes since a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Feed {
    /// Each thing once, and the new place.
    Changes(Vec<Changed>, FeedPlace),
    /// Some changes may be lost, after a crash of the database or a long absence: all is to be read again, from a
    /// new place.
    Lost,
}

/// A description as it is now, with the taxis of its account that use the vehicle.
#[derive(Clone, Debug, PartialEq)]
pub struct DescriptionNow {
    /// The vehicle.
    pub vehicle: Vehicle,
    /// The description.
    pub description: Description,
    /// The taxis.
    pub taxis: Vec<TaxiId>,
}

/// A hail as it is now: enough to tell of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HailNow {
    /// The hail.
    pub id: HailId,
    /// Its status; none if only a newer version knows it.
    pub status: Option<Status>,
    /// The operator.
    pub operator: AccountId,
    /// The app.
    pub client: AccountId,
    /// Its vehicle.
    pub vehicle: VehicleId,
}

/// Reading of the feed, and of what it names.
#[async_trait]
pub trait Feeds {
    /// The present place, if this process is one of several servers. Whoever reads everything after this misses no
    /// change.
    async fn feed_place(&self) -> Result<Option<FeedPlace>>;

    /// The changes of others since a place.
    async fn feed(&self, after: &FeedPlace) -> Result<Feed>;

    /// Deletes what was told before a place.
    async fn prune_feed(&self, before: &FeedPlace) -> Result<()>;

    /// Descriptions as they are now, without those that are gone.
    async fn descriptions_now(
        &self,
        wanted: &[(VehicleId, AccountId)],
    ) -> Result<Vec<DescriptionNow>>;

    /// Taxis as they are now, without those that are gone.
    async fn taxis_now(&self, wanted: &[TaxiId]) -> Result<Vec<Taxi>>;

    /// Vehicles as they are now, without those that are gone.
    async fn vehicles_now(&self, wanted: &[VehicleId]) -> Result<Vec<Vehicle>>;

    /// The open hails of the cars of these vehicles, by vehicle.
    async fn open_hails_now(&self, vehicles: &[VehicleId]) -> Result<Vec<(VehicleId, HailId)>>;

    /// Hails as they are now, without those that are gone.
    async fn hails_now(&self, wanted: &[HailId]) -> Result<Vec<HailNow>>;
}
