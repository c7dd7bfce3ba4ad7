//! The use cases: what can be done with a registry, whoever asks and however.
//!
//! Interfaces (`http`, `udp`, `cli`) turn what they hear into domain types, call one function here
//! and turn its answer into their words. Rules live in the crates below; this folder joins them
//! with the store, the live index and the clock.
//!
//! **Invariants:** nothing here knows a status code or a word of JSON; nothing but [`clock`] reads
//! the time; memory changes only after the database has committed.

pub mod account;
pub mod clock;
pub mod figures;
pub mod fleet;
pub mod hail;
pub mod jobs;
pub mod monitor;
pub mod page;
mod sync;
pub mod territory;

use std::sync::atomic::{AtomicI64, AtomicU32};
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;
use positions::Index;
use registry::directory::{Card, SlotId};
use registry::{Description, Directory, Time, Vehicle};
use storage::Store;
use tokio::sync::Notify;

use account::caller;
use account::limits::{Limits, Usage};
use account::origin::Networks;
use account::secrets::Secrets;
use clock::Clock;
use figures::searches::SearchQueue;
use fleet::signed::Signers;
use hail::call_log::CallQueue;
use hail::create::HailView;
use hail::delivery::OperatorCall;
use hail::failed_calls::FailedCalls;
use hail::geocoding::Geocoder;
use hail::leases::Leases;
use monitor::health::Heartbeat;
use monitor::metrics::Measures;
use sync::dirty::DirtySet;
use sync::locks::CarLocks;
use territory::places::Places;

/// What the public contract words for the use cases. Opaque here: `http` hands these functions in.
#[derive(Clone, Copy)]
pub struct Wording {
    /// A vehicle's part of a search answer.
    pub card: fn(&Vehicle, &Description) -> Card,
    /// The document that an operator's server is called with.
    pub call: fn(&HailView) -> String,
    /// What the activity log keeps beside an action.
    pub extra: fn(&caller::Extra<'_>) -> String,
}

/// What of the settings the use cases depend on.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// E-mail of the account that anyone may act for, if any.
    pub integration_account: Option<String>,
    /// Whether apps are not told which company a taxi drives with.
    pub neutral_operator: bool,
    /// Whether searches show short-lived ids in place of taxis' own.
    pub fake_taxi_id: bool,
    /// Where the console is, if not here.
    pub console_url: Option<String>,
    /// Where the API's reference is, if not here.
    pub swagger_url: Option<String>,
    /// Whether metrics are shown at an address of their own, and so nowhere else.
    pub metrics_apart: bool,
    /// How much each may ask for.
    pub limits: Limits,
    /// Addresses whose word about where a request comes from is taken.
    pub trusted_proxies: Networks,
}

/// A registry at work.
pub struct App {
    store: Arc<dyn Store>,
    directory: Directory,
    signers: Signers,
    measures: Box<Measures>,
    scheduler: Heartbeat,
    /// Rounds of synchronising memory.
    sync: Heartbeat,
    places: ArcSwap<Places>,
    positions: Index<SlotId>,
    clock: Clock,
    secrets: Secrets,
    settings: Settings,
    wording: Wording,
    operators: Arc<dyn OperatorCall>,
    accounts_revision: AtomicI64,
    /// Held by a change of accounts or keys, and while all of them are read, until memory knows the result: so
    /// memory follows in the order of the database.
    accounts_lock: tokio::sync::Mutex<()>,
    dirty: Mutex<DirtySet>,
    car_locks: CarLocks,
    searches: SearchQueue,
    usage: Usage,
    calls: CallQueue,
    leases: Leases,
    failed_calls: FailedCalls,
    geocoder: Option<Arc<dyn Geocoder>>,
    /// Up to which second lines of the activity log were counted last, and which hour connected
    /// taxis were: so that the database is not asked each second.
    activity_counted: AtomicI64,
    hour_counted: AtomicI64,
    /// In which second positions were written last.
    positions_written: AtomicU32,
    wake: Arc<Notify>,
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
    /// Geocoder that is asked for the address of a hail without one, if there is any.
    pub geocoder: Option<Arc<dyn Geocoder>>,
}

impl App {
    /// A registry with nothing in memory yet: enough to look after accounts and the territory.
    pub fn open(parts: Parts) -> Self {
        let Parts { store, clock, secrets, settings, wording, operators, geocoder } = parts;
        Self {
            store,
            directory: Directory::default(),
            signers: Signers::default(),
            measures: Box::default(),
            scheduler: Heartbeat::default(),
            sync: Heartbeat::default(),
            places: ArcSwap::default(),
            positions: Index::new(),
            clock,
            secrets,
            settings,
            wording,
            operators,
            accounts_revision: AtomicI64::new(-1),
            accounts_lock: tokio::sync::Mutex::default(),
            dirty: Mutex::default(),
            car_locks: CarLocks::default(),
            searches: SearchQueue::default(),
            usage: Usage::default(),
            calls: CallQueue::default(),
            leases: Leases::default(),
            failed_calls: FailedCalls::default(),
            geocoder,
            activity_counted: AtomicI64::new(i64::MIN),
            hour_counted: AtomicI64::new(i64::MIN),
            positions_written: AtomicU32::new(0),
            wake: Arc::default(),
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
        app.read_positions().await?;
        Ok(Arc::new(app))
    }

    /// The present time.
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// What it was told at its start.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The territory in force.
    pub fn places(&self) -> Arc<Places> {
        self.places.load_full()
    }
}
