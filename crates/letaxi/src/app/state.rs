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
use super::account::post::Post;
use super::account::provider::Provider;
use super::account::second_step_rule::SecondStepRule;
use super::account::secrets::Secrets;
use super::account::sign_in_table::SignInTable;
use super::clock::Clock;
use super::documents::document::Documents;
use super::events::EventLog;
use super::exports::Permits;
use super::figures::live_metrics::Live;
use super::figures::search_queue::SearchQueue;
use super::fleet::details_cache::DetailsCache;
use super::fleet::sample_queue::SampleQueue;
use super::fleet::signers::Signers;
use super::hail::call_queue::CallQueue;
use super::hail::failed_calls::FailedCalls;
use super::hail::geocoder::Geocoder;
use super::hail::leases::Leases;
use super::hail::operator_call::OperatorCall;
use super::hail::recent::RecentHails;
use super::hail::view::HailView;
use super::identity::Identity;
use super::monitor::health::Heartbeat;
use super::monitor::metrics::Measures;
use super::nodes::Membership;
use super::nodes::shared::Shared;
use super::retention::RetentionState;
use super::retention::clocks::KeptDays;
use super::sync::dirty::DirtySet;
use super::sync::followed::Followed;
use super::sync::locks::CarLocks;
use super::territory::places::Places;

/// Exports at once over HTTP; each takes a processor and some megabytes.
const MOST_EXPORTS: usize = 2;
/// Heat maps at once; each takes a processor.
const MOST_HEAT_MAPS: usize = 1;
/// Imports at once over HTTP; each takes a processor and some hundred megabytes.
const MOST_IMPORTS: usize = 1;

/// Serialisation by the public contract. Opaque here: the caller passes these functions.
#[derive(Clone, Copy)]
pub struct Wording {
    /// Serialises a vehicle for search answers.
    pub card: fn(&Vehicle, &Description) -> Card,
    /// Serialises the document for an operator's server.
    pub call: fn(&HailView) -> String,
    /// Serialises additional data of an activity entry.
    pub extra: fn(&caller::Extra<'_>) -> String,
}

/// Settings of the use cases.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct Settings {
    /// E-mail address of the integration account, if any.
    pub integration_account: Option<String>,
    /// True if apps do not see the operators of taxis.
    pub neutral_operator: bool,
    /// True if searches show short-lived ids in place of taxis' own.
    pub fake_taxi_id: bool,
    /// URL of an external console, if any.
    pub console_url: Option<String>,
    /// URL of an external API reference, if any.
    pub swagger_url: Option<String>,
    /// Address at which people reach the registry, if it is known.
    pub public_url: Option<String>,
    /// The accounts that must have a second step.
    pub second_step: SecondStepRule,
    /// True if metrics have an address of their own.
    pub metrics_apart: bool,
    /// Rate limits.
    pub limits: Limits,
    /// Trusted proxies.
    pub trusted_proxies: Networks,
    /// Days for which data are kept.
    pub kept: KeptDays,
    /// Number of searches of which one is sampled; none is if it is 0.
    pub search_sampling: u32,
    /// True if requests continue the traces of their callers.
    pub accepts_traceparent: bool,
    /// Name, logo, colour and contact.
    pub identity: Identity,
    /// True if accounts may make test taxis that answer by themselves.
    pub sandbox: bool,
}

/// A running registry.
pub struct App {
    pub(super) store: Arc<dyn Store>,
    pub(super) directory: Directory,
    pub(super) signers: Signers,
    pub(super) measures: Box<Measures>,
    pub(super) scheduler: Heartbeat,
    /// State of synchronisation.
    pub(super) sync: Heartbeat,
    pub(super) places: ArcSwap<Places>,
    pub(super) positions: Index<SlotId>,
    pub(super) clock: Clock,
    pub(super) secrets: Secrets,
    pub(super) settings: Settings,
    pub(super) wording: Wording,
    pub(super) operators: Arc<dyn OperatorCall>,
    pub(super) accounts_revision: AtomicI64,
    /// Held during a change of accounts or keys and its update of memory, and during a full load, so that
    /// memory changes in the order of the database.
    pub(super) accounts_lock: tokio::sync::Mutex<()>,
    pub(super) dirty: Mutex<DirtySet>,
    pub(super) followed: tokio::sync::Mutex<Followed>,
    pub(super) membership: Option<Membership>,
    /// State of sharing with other servers, if there is a bus.
    pub(super) shared: Option<Box<Shared>>,
    pub(super) car_locks: CarLocks,
    pub(super) searches: SearchQueue,
    pub(super) samples: SampleQueue,
    pub(super) live: Live,
    pub(super) events: EventLog,
    pub(super) usage: Usage,
    pub(super) sign_ins: SignInTable,
    pub(super) calls: CallQueue,
    pub(super) leases: Leases,
    pub(super) recent_hails: RecentHails,
    pub(super) details_cache: DetailsCache,
    pub(super) failed_calls: FailedCalls,
    pub(super) retention: RetentionState,
    pub(super) geocoder: Option<Arc<dyn Geocoder>>,
    pub(super) post: Option<Arc<dyn Post>>,
    pub(super) provider: Option<Arc<dyn Provider>>,
    pub(super) documents: Documents,
    /// Permits of exports over HTTP.
    pub(super) exports: Permits,
    /// Permits of heat maps.
    pub(super) heat_maps: Permits,
    pub(super) imports: Permits,
    /// Second up to which activity entries were counted, and hour up to which connected taxis were, to avoid
    /// a query each second.
    pub(super) activity_counted: AtomicI64,
    pub(super) hour_counted: AtomicI64,
    /// Second of the last write of positions.
    pub(super) positions_written: AtomicU32,
    /// Held while a test taxi is made or ended, so that no two take the same number.
    pub(super) sandbox: tokio::sync::Mutex<()>,
    pub(super) wake: Arc<Notify>,
}

/// Parts of a registry.
pub struct Parts {
    /// The store.
    pub store: Arc<dyn Store>,
    /// The clock.
    pub clock: Clock,
    /// Secrets for keys.
    pub secrets: Secrets,
    /// Settings of the use cases.
    pub settings: Settings,
    /// The words of the public contract.
    pub wording: Wording,
    /// Client of operators' servers.
    pub operators: Arc<dyn OperatorCall>,
    /// Geocoder for hails without an address, if any.
    pub geocoder: Option<Arc<dyn Geocoder>>,
    /// Sender of letters to people, if any.
    pub post: Option<Arc<dyn Post>>,
    /// Identity provider, if any.
    pub provider: Option<Arc<dyn Provider>>,
    /// Its part among the servers of the database, if it is a server.
    pub membership: Option<Membership>,
}

impl App {
    /// Creates a registry without data in memory: sufficient to manage accounts and the territory.
    pub fn open(parts: Parts) -> Self {
        let Parts {
            store,
            clock,
            secrets,
            settings,
            wording,
            operators,
            geocoder,
            post,
            provider,
            membership,
        } = parts;
        let bus = membership.as_ref().and_then(|membership| membership.bus.clone());
        let shared = bus.map(|bus| Box::new(Shared::new(bus, clock.now())));
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
            followed: tokio::sync::Mutex::default(),
            membership,
            shared,
            car_locks: CarLocks::default(),
            searches: SearchQueue::default(),
            samples: SampleQueue::default(),
            live: Live::default(),
            events: EventLog::default(),
            usage: Usage::default(),
            sign_ins: SignInTable::default(),
            calls: CallQueue::default(),
            leases: Leases::default(),
            recent_hails: RecentHails::default(),
            details_cache: DetailsCache::default(),
            failed_calls: FailedCalls::default(),
            retention: RetentionState::default(),
            geocoder,
            post,
            provider,
            documents: Documents::default(),
            exports: Permits::new(MOST_EXPORTS),
            heat_maps: Permits::new(MOST_HEAT_MAPS),
            imports: Permits::new(MOST_IMPORTS),
            activity_counted: AtomicI64::new(i64::MIN),
            hour_counted: AtomicI64::new(i64::MIN),
            positions_written: AtomicU32::new(0),
            sandbox: tokio::sync::Mutex::default(),
            wake: Arc::default(),
        }
    }

    /// The present time.
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The territory in force.
    pub fn places(&self) -> Arc<Places> {
        self.places.load_full()
    }
}
