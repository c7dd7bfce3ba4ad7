//! A taxi, and the hails that its driver is offered.

use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, MutexGuard, PoisonError};

use geo::Point;
use tokio::sync::mpsc;

use crate::habits::DriverConduct;
use crate::motion::Motion;
use crate::partner::Partner;

/// A taxi with its driver's inbox.
#[derive(Debug)]
pub(crate) struct Taxi {
    pub(crate) index: u64,
    /// The registry's name for it.
    pub(crate) id: String,
    /// Its operator, by number.
    pub(crate) operator: usize,
    pub(crate) partner: Partner,
    pub(crate) by_hand: bool,
    /// Hails for the driver.
    pub(crate) offers: mpsc::Sender<Offer>,
    /// Number of hails the back office has passed on.
    pub(crate) hails: AtomicU64,
    pub(crate) motion: Mutex<Motion>,
}

impl Taxi {
    pub(crate) fn motion(&self) -> MutexGuard<'_, Motion> {
        // A way is replaced as a whole, so it is never half-written.
        self.motion.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A hail that the back office passes on to a driver.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    pub(crate) hail: String,
    pub(crate) customer: Point<f64>,
    pub(crate) conduct: DriverConduct,
}
