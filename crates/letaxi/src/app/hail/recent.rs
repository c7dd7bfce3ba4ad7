//! Open hails as this server last wrote them. A step of a hail begins with them and not with a query: the database
//! compares revision and status before it changes anything, so a hail that is known wrongly is read, and decided on again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use registry::HailId;
use storage::hails::HailRecord;

/// Limit of hails in memory, of about 1 kB each. Beyond it, all are forgotten, and read when they change next.
const MOST_HAILS: usize = 16_384;

/// The open hails that this server changed last.
#[derive(Debug, Default)]
pub(in crate::app) struct RecentHails(Mutex<HashMap<HailId, Arc<HailRecord>>>);

impl RecentHails {
    /// The hail as this server last wrote it. Another server may have changed it since, and names of the driver and the
    /// colour are those of when it was last read.
    pub(in crate::app) fn get(&self, id: HailId) -> Option<Arc<HailRecord>> {
        self.hails().get(&id).cloned()
    }

    /// Notes a hail that was just written; one that is over is forgotten.
    pub(in crate::app) fn note(&self, hail: &HailRecord) {
        let mut hails = self.hails();
        if !hail.status.is_open() {
            hails.remove(&hail.id);
            return;
        }
        if hails.len() >= MOST_HAILS {
            hails.clear();
        }
        hails.insert(hail.id, Arc::new(hail.clone()));
    }

    /// Forgets a hail that is not as it was known.
    pub(in crate::app) fn forget(&self, id: HailId) {
        self.hails().remove(&id);
    }

    fn hails(&self) -> MutexGuard<'_, HashMap<HailId, Arc<HailRecord>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
