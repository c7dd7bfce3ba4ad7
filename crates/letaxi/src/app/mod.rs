//! The use cases: what can be done with a registry, whoever asks and however.
//!
//! Interfaces (`http`, `udp`, `cli`) turn what they hear into domain types, call one function here
//! and turn its answer into their words. Rules live in the crates below; this folder joins them
//! with the store, the live index and the clock.
//!
//! **Invariants:** nothing here knows a status code or a word of JSON; nothing but [`clock`] reads
//! the time; memory changes only after the database has committed.

pub mod account;
pub mod caller;
pub mod clock;
pub mod delivery;
pub mod enrol;
pub mod hail;
pub mod import;
pub mod refresh;
pub mod report;
pub mod search;
pub mod secrets;
pub mod tick;

use std::collections::HashSet;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;
use positions::Index;
use registry::directory::Card;
use registry::{AccountId, Description, Directory, TaxiId, Time, Vehicle, VehicleId};
use storage::Store;
use territory::{Station, Territory};
use tokio::sync::Notify;

use clock::Clock;
use delivery::OperatorCall;
use secrets::Secrets;

/// Whose position a live position is: a taxi as one account reports it.
pub type Slot = (TaxiId, AccountId);

/// What the public contract words for the use cases. Opaque here: `http` hands these functions in.
#[derive(Clone, Copy)]
pub struct Wording {
    /// A vehicle's part of a search answer.
    pub card: fn(&Vehicle, &Description) -> Card,
    /// The document that an operator's server is called with.
    pub call: fn(&hail::HailView) -> String,
    /// What the activity log keeps beside an action.
    pub extra: fn(&caller::Extra<'_>) -> String,
}

/// What of the settings the use cases depend on.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// E-mail of the account that anyone may act for, if any.
    pub integration_account: Option<String>,
}

/// The territory in force, and what goes with it.
#[derive(Debug)]
pub struct Places {
    /// Towns, zones and exclusion zones.
    pub territory: Territory,
    /// Taxi ranks.
    pub stations: Vec<Station>,
    /// Whether its borders are approximate, not for service.
    pub approximate: bool,
    /// Which import it is.
    revision: i64,
}

impl Default for Places {
    fn default() -> Self {
        Self {
            territory: Territory::new(Vec::new(), Vec::new(), Vec::new()),
            stations: Vec::new(),
            approximate: false,
            revision: 0,
        }
    }
}

/// A registry at work.
pub struct App {
    store: Arc<dyn Store>,
    directory: Directory,
    places: ArcSwap<Places>,
    positions: Index<Slot>,
    clock: Clock,
    secrets: Secrets,
    settings: Settings,
    wording: Wording,
    operators: Arc<dyn OperatorCall>,
    accounts_revision: AtomicI64,
    unread: Mutex<HashSet<(VehicleId, AccountId)>>,
    wake: Notify,
}

/// What a registry is made of.
pub struct Parts {
    /// Where everything durable is kept.
    pub store: Arc<dyn Store>,
    /// Where the time comes from.
    pub clock: Clock,
    /// What keys are sealed with.
    pub secrets: Secrets,
    /// What of the settings the use cases depend on.
    pub settings: Settings,
    /// The words of the public contract.
    pub wording: Wording,
    /// How operators' servers are called.
    pub operators: Arc<dyn OperatorCall>,
}

impl App {
    /// A registry with nothing in memory yet: enough to look after accounts and the territory.
    pub fn open(parts: Parts) -> Self {
        let Parts { store, clock, secrets, settings, wording, operators } = parts;
        Self {
            store,
            directory: Directory::default(),
            places: ArcSwap::default(),
            positions: Index::new(),
            clock,
            secrets,
            settings,
            wording,
            operators,
            accounts_revision: AtomicI64::new(-1),
            unread: Mutex::default(),
            wake: Notify::new(),
        }
    }

    /// Starts a registry: reads into memory what the hot paths need.
    ///
    /// # Errors
    ///
    /// If the store cannot be read.
    pub async fn start(parts: Parts) -> storage::Result<Arc<Self>> {
        let app = Self::open(parts);
        app.load_directory().await?;
        app.notice_changes().await?;
        Ok(Arc::new(app))
    }

    /// The present time.
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// The territory in force.
    pub fn places(&self) -> Arc<Places> {
        self.places.load_full()
    }
}
