//! The registry at work: its parts in memory, and the store.

use std::sync::atomic::{AtomicI64, AtomicU32};
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;
use positions::Index;
use registry::directory::{Card, SlotId};
use registry::{Description, Directory, Time, Vehicle};
use storage::Store;
use tokio::sync::Notify;

use super::account::caller;
use super::account::limits::{Limits, Usage};
use super::account::origin::Networks;
use super::account::secrets::Secrets;
use super::clock::Clock;
use super::figures::search_queue::SearchQueue;
use super::fleet::signers::Signers;
use super::hail::call_queue::CallQueue;
use super::hail::failed_calls::FailedCalls;
use super::hail::geocoder::Geocoder;
use super::hail::leases::Leases;
use super::hail::operator_call::OperatorCall;
use super::hail::view::HailView;
use super::monitor::health::Heartbeat;
use super::monitor::metrics::Measures;
use super::sync::dirty::DirtySet;
use super::sync::locks::CarLocks;
use super::territory::places::Places;

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
    pub(super) store: Arc<dyn Store>,
    pub(super) directory: Directory,
    pub(super) signers: Signers,
    pub(super) measures: Box<Measures>,
    pub(super) scheduler: Heartbeat,
    /// Rounds of synchronising memory.
    pub(super) sync: Heartbeat,
    pub(super) places: ArcSwap<Places>,
    pub(super) positions: Index<SlotId>,
    pub(super) clock: Clock,
    pub(super) secrets: Secrets,
    pub(super) settings: Settings,
    pub(super) wording: Wording,
    pub(super) operators: Arc<dyn OperatorCall>,
    pub(super) accounts_revision: AtomicI64,
    /// Held by a change of accounts or keys, and while all of them are read, until memory knows the result: so
    /// memory follows in the order of the database.
    pub(super) accounts_lock: tokio::sync::Mutex<()>,
    pub(super) dirty: Mutex<DirtySet>,
    pub(super) car_locks: CarLocks,
    pub(super) searches: SearchQueue,
    pub(super) usage: Usage,
    pub(super) calls: CallQueue,
    pub(super) leases: Leases,
    pub(super) failed_calls: FailedCalls,
    pub(super) geocoder: Option<Arc<dyn Geocoder>>,
    /// Up to which second lines of the activity log were counted last, and which hour connected
    /// taxis were: so that the database is not asked each second.
    pub(super) activity_counted: AtomicI64,
    pub(super) hour_counted: AtomicI64,
    /// In which second positions were written last.
    pub(super) positions_written: AtomicU32,
    pub(super) wake: Arc<Notify>,
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
