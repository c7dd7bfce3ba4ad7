//! Permits of what takes a processor for long: exports and heat maps over HTTP.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Permits that are left.
#[derive(Debug)]
pub struct Permits(Arc<Semaphore>);

/// A permit, until it is dropped.
#[derive(Debug)]
pub struct Permit(#[expect(dead_code, reason = "it is held")] OwnedSemaphorePermit);

impl Permits {
    /// So many permits.
    pub fn new(count: usize) -> Self {
        Self(Arc::new(Semaphore::new(count)))
    }

    /// A permit; `None` if all are out.
    pub fn take(&self) -> Option<Permit> {
        Arc::clone(&self.0).try_acquire_owned().ok().map(Permit)
    }
}
