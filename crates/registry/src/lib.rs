//! Accounts and the things that they register: drivers, vehicles, licences (ADS), taxis, customers.
//!
//! Values are valid by construction: an id, a plate or a role that exists is one that the registry accepts.
//! The in-memory [`directory`] for the hot paths is here too. Positions of taxis do not belong here (see the
//! crate `positions`), nor do the rules for hails (see `dispatch`).
//!
//! **Invariant:** no I/O, no clock, nothing async.

pub mod account;
pub mod customer;
pub mod directory;
pub mod driver;
pub mod ids;
pub mod licence;
pub mod password;
pub mod record;
mod role;
pub mod short_lived;
pub mod taxi;
pub mod vehicle;

pub use account::{Account, AccountFields, is_email, plain_email, same_email};
pub use customer::{Customer, CustomerId};
pub use directory::Directory;
pub use driver::Driver;
pub use ids::{AccountId, DescriptionId, DriverId, HailId, LicenceId, TaxiId, VehicleId};
pub use licence::{Licence, OwnerType};
pub use password::Password;
pub use role::{Role, Roles};
pub use taxi::{Taxi, TaxiDetails};
pub use vehicle::{Description, LicencePlate, Vehicle, VehicleStatus};

/// Point in time: UTC, truncated to microseconds when the clock is read.
pub type Time = chrono::DateTime<chrono::Utc>;
