//! Plays a fleet, its operators' back offices and passengers against a registry.
//!
//! A run uses a registry as its partners do: taxis are enrolled, drive and report; back
//! offices receive hails on an HTTP endpoint of their own and drivers answer them; passengers search,
//! hail, confirm, decline or disappear. Random choices come from a seed, so that a run can be
//! repeated as far as the registry and the network allow. Faults of the registry are counted and shown,
//! with an example; they never end a run.
//!
//! **Invariants:** a registry is reached over HTTP alone, also one in the same process; of our
//! own crates only the words of a hail's status are used. Only `clock` reads a clock and waits.

mod accounts;
mod back_office;
mod clock;
mod driver;
mod figures;
mod fleet;
mod habits;
mod hail;
mod hotspots;
mod motion;
mod partner;
mod passenger;
mod places;
mod random;
mod report;
mod screen;
mod simulation;
mod taxi;
mod world;

pub use accounts::{Accounts, Error as AccountsError};
pub use clock::Clock;
pub use figures::{Call, Figures, Outcome, Snapshot};
pub use habits::{Habits, ImpossibleHabits};
pub use places::{Nowhere, Places};
pub use report::{CallReport, Report};
pub use screen::Screen;
pub use simulation::Simulation;
pub use world::{Error, Plan, Until};
