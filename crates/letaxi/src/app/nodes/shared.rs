//! The state that a server needs to share with others.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64};

use registry::Time;
use tokio::sync::Notify;

use super::bus::Bus;
use super::early::Early;
use super::joining::Joining;
use super::outgoing::Outgoing;

/// The state of sharing.
pub(in crate::app) struct Shared {
    pub(super) bus: Arc<dyn Bus>,
    pub(in crate::app) outgoing: Outgoing,
    pub(super) joining: Joining,
    pub(super) early: Early,
    /// Second in which positions were last asked for because messages were missed.
    pub(super) asked_s: AtomicI64,
    /// Something was changed here.
    pub(super) changed: Notify,
    /// Something was changed by others.
    pub(super) news: Notify,
    /// Positions of others that came after newer ones.
    pub(super) late: AtomicU64,
    /// Positions of others about taxis that this server does not know.
    pub(super) unknown: AtomicU64,
    /// Requests that others were not told of, because the bus was away.
    pub(super) dropped_requests: AtomicU64,
    /// Requests that others have let through and that were counted here.
    pub(in crate::app) counted: AtomicU64,
}

impl Shared {
    pub(in crate::app) fn new(bus: Arc<dyn Bus>, now: Time) -> Self {
        Self {
            bus,
            outgoing: Outgoing::default(),
            joining: Joining::begin(now),
            early: Early::default(),
            asked_s: AtomicI64::new(i64::MIN),
            changed: Notify::new(),
            news: Notify::new(),
            late: AtomicU64::new(0),
            unknown: AtomicU64::new(0),
            dropped_requests: AtomicU64::new(0),
            counted: AtomicU64::new(0),
        }
    }
}
