//! Geography of the registry: the town of a point, and the taxis that may take a customer there.
//!
//! Points, towns, pick-up zones (ZUPC), exclusion zones and taxi ranks. Positions of taxis do not belong
//! here.
//!
//! **Invariant:** no I/O, no clock, nothing async.

mod areas;
mod bounds;
mod departement;
mod inside;
mod mergers;
mod point;
mod reach;
mod station;
mod territory;
mod town;
mod zone;

pub use bounds::Bounds;
pub use departement::{DEPARTEMENTS, Departement, matching};
pub use inside::{Inside, point_inside};
pub use mergers::Mergers;
pub use point::{MAX_LAT, MAX_LON, OutOfRange, Point, SPHERE_RADIUS_M, SphereDistances};
pub use reach::{FAR_KM, Reach};
pub use station::{Place, Station, is_schema_id};
pub use territory::Territory;
pub use town::{InseeCode, NotAnInseeCode, Town};
pub use zone::{Exclusion, InForce, Zone};
