//! Permits of exports over HTTP.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Exports at once; each takes a processor and some megabytes.
const MOST_EXPORTS: usize = 2;

/// Permits that are left.
#[derive(Debug)]
pub struct Permits(Arc<Semaphore>);

/// A permit, until it is dropped.
#[derive(Debug)]
pub struct Permit(#[expect(dead_code, reason = "it is held")] OwnedSemaphorePermit);

impl Default for Permits {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MOST_EXPORTS)))
    }
}

impl Permits {
    /// A permit; `None` if all are out.
    pub fn take(&self) -> Option<Permit> {
        Arc::clone(&self.0).try_acquire_owned().ok().map(Permit)
    }
}
